"""The skeleton of a written digit as a graph: lines one pixel wide between ends and junctions of the ink.

Sources: Guo, Hall, "Parallel thinning with two-subiteration algorithms", 1989; Kato, Yasuhara, "Recovery of drawing
order from single-stroke handwriting images", 2000, for spurs and for crossings that thinning tears apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.synthesis.curves import Path

Ink = NDArray[np.bool_]
Pixel = tuple[int, int]  # row, column
SPUR = 0.9  # longest line that thinning leaves at a rough edge, in widths of the pen
LOOP = 3.0  # longest line round a hole that is a speck, in widths of the pen
ISLAND = 0.08  # least share of the ink that is a part of the digit

# The neighbours of a pixel, clockwise from above, each with a bit of the number of a neighbourhood.
AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def _removable() -> list[NDArray[np.bool_]]:
    """Whether a pixel goes, by its neighbourhood, in each of the two turns of a round, (256,)."""
    p2, p3, p4, p5, p6, p7, p8, p9 = (np.arange(256) >> bit & 1 for bit in range(8))
    crossings = (1 - p2 & (p3 | p4)) + (1 - p4 & (p5 | p6)) + (1 - p6 & (p7 | p8)) + (1 - p8 & (p9 | p2))
    least = np.minimum((p9 | p2) + (p3 | p4) + (p5 | p6) + (p7 | p8), (p2 | p3) + (p4 | p5) + (p6 | p7) + (p8 | p9))
    may_go = (crossings == 1) & (least >= 2) & (least <= 3)
    return [may_go & ((p6 | p7 | 1 - p9) & p8 == 0), may_go & ((p2 | p3 | 1 - p5) & p4 == 0)]


_REMOVABLE = _removable()


def thin(ink: Ink) -> Ink:
    """The middle of the ink, one pixel wide. ink: (height, width), without ink at its edge. Returns the same shape."""
    height, width = ink.shape
    left = ink.astype(np.uint8)
    inner = left[1:-1, 1:-1]
    parts = [(left[1 + y : height - 1 + y, 1 + x : width - 1 + x], 1 << bit) for bit, (y, x) in enumerate(AROUND)]
    around = np.empty_like(inner)
    turn = kept = 0
    while kept < 2:  # until neither turn removes anything
        around[:] = parts[0][0]
        for part, weight in parts[1:]:
            around += part * np.uint8(weight)
        gone = _REMOVABLE[turn][around] & inner.view(np.bool_)
        kept = 0 if gone.any() else kept + 1
        inner[gone] = 0
        turn = 1 - turn
    return left.astype(np.bool_)


@dataclass(eq=False)
class Edge:
    """A line between two nodes, which may be the same."""

    nodes: list[int]
    points: Path  # from the first node to the second, both included

    @property
    def length(self) -> float:
        return float(np.hypot(*np.diff(self.points, axis=0).T).sum())

    def from_end(self, end: int) -> Path:
        """The points, beginning at its first (0) or second (1) node."""
        return self.points[::-1] if end else self.points


@dataclass
class Skeleton:
    """Edges between nodes: ends of the ink (one edge), junctions (three or more), or the top of a ring (one, twice)."""

    width: float  # of the pen, px
    edges: list[Edge] = field(default_factory=list)

    def at(self, node: int) -> list[tuple[Edge, int]]:
        """The edges that begin (0) or end (1) at a node. A loop is there twice."""
        return [(edge, end) for edge in self.edges for end in (0, 1) if edge.nodes[end] == node]

    @property
    def nodes(self) -> list[int]:
        return sorted({node for edge in self.edges for node in edge.nodes})

    def simplify(self, bridge: float) -> None:
        """Removes spurs and specks, and makes one crossing of two junctions nearer than `bridge` widths of the pen."""
        for node in self.nodes:
            self._unite(node)
        while flaw := min(self._flaws(bridge), key=lambda flaw: flaw[0], default=None):
            edge = flaw[1]
            first, second = edge.nodes
            self.edges.remove(edge)
            if first != second and min(len(self.at(first)), len(self.at(second))) > 0:
                self._merge(first, second, edge.points.mean(0))
            for node in {first, second}:
                self._unite(node)

    def _flaws(self, bridge: float) -> Iterator[tuple[float, Edge]]:
        """The edges to remove, each with its length. A speck has one edge round it, or one on each side."""
        degrees = {node: len(self.at(node)) for node in self.nodes}
        for edge in self.edges:
            least, most = sorted(degrees[node] for node in edge.nodes)
            is_loop = edge.nodes[0] == edge.nodes[1]
            limit = (LOOP if is_loop else bridge if least > 2 else SPUR) * self.width
            beside = [each.length for each in self.edges if each is not edge and {*each.nodes} == {*edge.nodes}]
            is_side = not is_loop and edge.length + min(beside, default=np.inf) < LOOP * self.width
            if most > 2 and (edge.length < limit or is_side):
                yield edge.length, edge

    def _merge(self, first: int, second: int, place: NDArray[np.float64]) -> None:
        for edge in self.edges:
            for end in (0, 1):
                if edge.nodes[end] in (first, second):
                    edge.nodes[end] = first
                    edge.points[-end] = place

    def _unite(self, node: int) -> None:
        """Makes one edge of two that meet where nothing else does."""
        ends = self.at(node)
        if len(ends) != 2 or ends[0][0] is ends[1][0]:
            return
        (first, end), (second, start) = ends
        points = np.vstack([first.from_end(1 - end), second.from_end(start)[1:]])
        self.edges = [edge for edge in self.edges if edge is not first and edge is not second]
        self.edges.append(Edge([first.nodes[1 - end], second.nodes[1 - start]], points))


def skeleton_of(ink: Ink) -> Skeleton:
    """The graph of some ink, not yet simplified. ink: see `thin`. Its points are x, y in px."""
    thinned = thin(ink)
    pixels: set[Pixel] = {(int(y), int(x)) for y, x in np.argwhere(thinned)}
    beside = {pixel: _beside(pixel, pixels) for pixel in pixels}
    skeleton = Skeleton(float(ink.sum()) / max(len(pixels), 1))
    least = ISLAND * len(pixels)
    for part in _parts(beside):
        if len(part) >= least:
            skeleton.edges += _edges(part, beside)
    return skeleton


def _beside(pixel: Pixel, pixels: set[Pixel]) -> list[Pixel]:
    """The neighbours of a pixel; not those across a corner that another neighbour already leads to."""
    y, x = pixel
    neighbours = []
    for dy, dx in AROUND:
        is_reached = dy and dx and ((y + dy, x) in pixels or (y, x + dx) in pixels)
        if (y + dy, x + dx) in pixels and not is_reached:
            neighbours.append((y + dy, x + dx))
    return neighbours


def _parts(beside: dict[Pixel, list[Pixel]]) -> Iterator[list[Pixel]]:
    """The pixels of each connected part, its topmost first."""
    left = dict.fromkeys(sorted(beside))
    while left:
        part = [next(iter(left))]
        del left[part[0]]
        for pixel in part:  # grows on the way
            for other in beside[pixel]:
                if other in left:
                    del left[other]
                    part.append(other)
        yield part


def _edges(part: list[Pixel], beside: dict[Pixel, list[Pixel]]) -> list[Edge]:
    """The edges of one connected part. Junctions that touch are one node."""
    nodes = [pixel for pixel in part if len(beside[pixel]) != 2] or part[:1]
    node_of: dict[Pixel, int] = {}
    for cluster in _parts({pixel: [each for each in beside[pixel] if each in nodes] for pixel in nodes}):
        node_of |= dict.fromkeys(cluster, _number(cluster[0]))
    places = {
        number: np.mean([pixel for pixel in nodes if node_of[pixel] == number], axis=0) for number in node_of.values()
    }
    edges, seen = [], set[Pixel]()
    for node in nodes:
        for step in beside[node]:
            if step in seen or step in node_of:
                continue
            chain, before = [step], node
            while chain[-1] not in node_of:
                seen.add(chain[-1])
                following = [each for each in beside[chain[-1]] if each != before]
                before = chain[-1]
                chain.append(following[0])
            ends = [node_of[node], node_of[chain[-1]]]
            points = np.array([places[ends[0]], *chain[:-1], places[ends[1]]])[:, ::-1].astype(float)
            edges.append(Edge(ends, points))
    if not edges:  # a dot
        number = _number(part[0])
        edges.append(Edge([number, -number], np.repeat(np.array([part[0][::-1]], float), 2, 0)))
    return edges


def _number(pixel: Pixel) -> int:
    return 1 + pixel[0] * 1000 + pixel[1]
