"""A network's layers as a diagram, from the summary that Keras prints.

Each block shows the output of a layer: feature maps as a stack of sheets, a vector as a column of dots. Layers that
keep the shape (dropout, normalisation, activation) are named beside the block before them.
"""

import re
from dataclasses import dataclass, field

SIDE = 100  # of a block's square in the diagram, in its units
KINDS = {
    "Conv2D": "convolution",
    "DepthwiseConv2D": "convolution by channel",
    "SeparableConv2D": "separable convolution",
    "MaxPooling2D": "max-pooling",
    "AveragePooling2D": "average pooling",
    "GlobalAveragePooling2D": "average of each feature map",
    "GlobalMaxPooling2D": "maximum of each feature map",
    "Flatten": "flattened",
    "Dense": "dense",
    "InputLayer": "input",
    "Add": "sum",
    "Concatenate": "concatenation",
    "Reshape": "frames from left to right",
}
SHEETS = 8  # in a stack, at most
DOTS = 12  # in a column, at most; a gap in the middle replaces the others


@dataclass(frozen=True)
class Layer:
    name: str
    kind: str  # its class in Keras
    shape: tuple[int, ...]  # of the output, without the batch; 0 for a width that depends on the line
    parameters: int


@dataclass
class Block:
    """A layer that changes the shape, with the following layers that keep it."""

    title: str
    shape: str
    parameters: int
    sheets: list[dict[str, float]] = field(default_factory=list)  # from the back: x, y, side
    dots: list[float] = field(default_factory=list)  # y of the centres; 0 is a gap
    beside: list[str] = field(default_factory=list)
    is_output: bool = False

    @property
    def is_input(self) -> bool:
        return self.title == "picture"


def layers(summary: str) -> list[Layer]:
    """The rows of a Keras summary. Rows that Keras has wrapped over several lines are joined."""
    rows: list[list[str]] = [[]]
    for line in summary.splitlines():
        if line.startswith(("│", "|")):
            cells = [cell.strip() for cell in line.strip("│|").split(line[0])]
            rows[-1] = [a + b for a, b in zip(rows[-1], cells, strict=False)] if rows[-1] else cells
        else:
            rows.append([])
    return [layer for row in rows if row and (layer := _layer(row))]


def _layer(cells: list[str]) -> Layer | None:
    match = re.fullmatch(r"(.+?)\s*\((\w+)\)", cells[0]) if len(cells) >= 3 else None
    if match is None:
        return None
    shape = tuple(int(size) if size.isdigit() else 0 for size in re.findall(r"\d+|None", cells[1])[1:])
    parameters = re.sub(r"\D", "", cells[2])
    return Layer(match[1], match[2], shape, int(parameters or 0))


def blocks(summary: str) -> list[Block]:
    """The blocks from the picture to the ten outputs; empty if the summary cannot be parsed."""
    parsed = layers(summary)
    if not parsed:
        return []
    image = Layer("image", "InputLayer", (28, 28, 1), 0)  # of a sequential network, whose summary has no input layer
    diagram = [_block(next((layer for layer in parsed if layer.kind == "InputLayer"), image))]
    for layer in parsed:
        if layer.kind == "InputLayer":
            continue
        if layer.kind in KINDS and layer.shape:
            diagram.append(_block(layer))
        else:
            diagram[-1].beside.append(_plain(layer.kind))
            diagram[-1].parameters += layer.parameters
    diagram[-1].is_output = True
    return diagram


def _block(layer: Layer) -> Block:
    title = "picture" if layer.kind == "InputLayer" else KINDS[layer.kind]
    block = Block(title, " × ".join(str(size or "width") for size in layer.shape), layer.parameters)
    if len(layer.shape) == 3:
        block.sheets = _sheets(layer.shape[0], layer.shape[2])
    else:
        block.dots = _dots(layer.shape[-1])
    return block


def _sheets(side: int, channels: int) -> list[dict[str, float]]:
    """A stack of squares, sized by the side of the feature maps; their number is the logarithm of the channels."""
    count = min(channels, channels.bit_length(), SHEETS)
    size = 16 + 44 * min(side, 28) / 28
    step = 5
    start = (SIDE - size - step * (count - 1)) / 2
    return [
        {"x": round(start + step * i, 1), "y": round(SIDE - start - size - step * i, 1), "side": round(size, 1)}
        for i in reversed(range(count))
    ]


def _dots(width: int) -> list[float]:
    count = min(width, DOTS)
    gap = {count // 2 - 1, count // 2} if width > DOTS else set()
    step = (SIDE - 12) / max(count - 1, 1)
    return [0 if i in gap else round(6 + step * i, 1) for i in range(count)]


def _plain(kind: str) -> str:
    """A class name as words: BatchNormalization → batch normalization; ReLU and similar names stay."""
    return kind if kind.endswith("LU") else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
