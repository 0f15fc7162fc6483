"""A network's layers as a picture: read from the summary that Keras prints, measured out for drawing.

Each block is what a layer hands on: feature maps as a stack of sheets, a vector as a column of dots. Layers that
change neither (dropout, normalisation, activation) are named beside the block they work on.
"""

import re
from dataclasses import dataclass, field

SIDE = 100  # of a block's picture
KINDS = {
    "Conv2D": "convolution",
    "DepthwiseConv2D": "convolution by channel",
    "SeparableConv2D": "separable convolution",
    "MaxPooling2D": "max-pooling",
    "AveragePooling2D": "average pooling",
    "GlobalAveragePooling2D": "average of each map",
    "GlobalMaxPooling2D": "largest of each map",
    "Flatten": "laid out in a row",
    "Dense": "dense",
    "InputLayer": "input",
    "Add": "added up",
    "Concatenate": "joined",
}
SHEETS = 8  # at most, in a stack
PARALLEL_DOTS = 12  # at most, in a column; more are left out in its middle


@dataclass(frozen=True)
class Layer:
    name: str
    kind: str  # Keras's name of it
    shape: tuple[int, ...]  # without the batch
    parameters: int


@dataclass
class Block:
    """What is drawn: one layer that changes the shape, with the others that work on its outcome."""

    title: str
    shape: str
    parameters: int
    sheets: list[dict[str, float]] = field(default_factory=list)  # from the back: x, y, side
    dots: list[float] = field(default_factory=list)  # heights of the centres; 0 leaves a gap
    beside: list[str] = field(default_factory=list)
    is_output: bool = False

    @property
    def is_input(self) -> bool:
        return self.title == "picture"


def layers(summary: str) -> list[Layer]:
    """The rows of a Keras summary; of a row that goes over several lines, each cell's parts are joined."""
    rows: list[list[str]] = [[]]
    for line in summary.splitlines():
        if line.startswith(("│", "|")):
            cells = [cell.strip() for cell in line.strip("│|").split(line[0])]
            rows[-1] = [a + b for a, b in zip(rows[-1], cells, strict=False)] if rows[-1] else cells
        else:
            rows.append([])
    return [layer for row in rows if row and (layer := _layer(row))]


def _layer(cells: list[str]) -> Layer | None:
    named = re.fullmatch(r"(.+?)\s*\((\w+)\)", cells[0]) if len(cells) >= 3 else None
    if named is None:
        return None
    shape = tuple(int(number) for number in re.findall(r"\d+", cells[1]))
    parameters = re.sub(r"\D", "", cells[2])
    return Layer(named[1], named[2], shape, int(parameters or 0))


def blocks(summary: str) -> list[Block]:
    """The blocks from the picture to the ten answers; none when the summary cannot be read."""
    found = layers(summary)
    if not found:
        return []
    drawn = [_block(Layer("image", "InputLayer", (28, 28, 1), 0))]
    for layer in found:
        if layer.kind == "InputLayer":
            continue
        if layer.kind in KINDS and layer.shape:
            drawn.append(_block(layer))
        else:
            drawn[-1].beside.append(_plain(layer.kind))
            drawn[-1].parameters += layer.parameters
    drawn[-1].is_output = True
    return drawn


def _block(layer: Layer) -> Block:
    title = "picture" if layer.kind == "InputLayer" else KINDS[layer.kind]
    block = Block(title, " × ".join(map(str, layer.shape)), layer.parameters)
    if len(layer.shape) == 3:
        block.sheets = _sheets(layer.shape[0], layer.shape[2])
    else:
        block.dots = _dots(layer.shape[0])
    return block


def _sheets(side: int, channels: int) -> list[dict[str, float]]:
    """A stack of squares: their size goes with the maps' side, their number with the logarithm of the channels."""
    count = min(channels, channels.bit_length(), SHEETS)
    size = 16 + 44 * min(side, 28) / 28
    step = 5
    start = (SIDE - size - step * (count - 1)) / 2
    return [
        {"x": round(start + step * i, 1), "y": round(SIDE - start - size - step * i, 1), "side": round(size, 1)}
        for i in reversed(range(count))
    ]


def _dots(width: int) -> list[float]:
    count = min(width, PARALLEL_DOTS)
    gap = {count // 2 - 1, count // 2} if width > PARALLEL_DOTS else set()
    step = (SIDE - 12) / max(count - 1, 1)
    return [0 if i in gap else round(6 + step * i, 1) for i in range(count)]


def _plain(kind: str) -> str:
    """BatchNormalization → batch normalization; ReLU, ELU and the like are names already."""
    return kind if kind.endswith("LU") else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
