"""In which loops over rows a folded program is run, and which of its rows each loop has to touch.

Knows the folded program, domains and rows. Does not know text, buffers or worlds.

Operations over the rows of one domain share a loop as long as none needs another row of what the loop itself makes.
What moves between domains stands in two loops: the records are gathered in their own, and read in the other. Rows
that are the same in every world, and rows that nothing reads, are left out; rows that need different operations (a
quarter that closes, one that does not) are told apart by `Loop.kind`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.domain import Shape
from adidem.kernel.formula import CELL, ONE, Node
from adidem.worlds.fold import Folded
from adidem.worlds.interval import Mask

GATHERS = frozenset(("sum", "earliest", "until", "latest"))
CARRIES = frozenset(("total", "running", "since", "previous"))
_READS_ROWS = frozenset(("at", "through"))
_VARIANTS = 3
_COST_OF_TEXT = 400
"""How many operation rows a variant of a loop has to spare before it is worth its compiling."""

Place = tuple[str, int]


@dataclass
class Loop:
    """One loop over rows.

    items     nodes in order; ~node gathers the records of that node
    kind      [rows] 0 for a row that is left out, else the number of its variant, from 1
    variants  the items that each variant runs
    straight  whether the whole loop is the gathering of one node by days that differ between worlds on both sides
    """

    domain: str
    rows: int
    items: list[int]
    kind: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    variants: list[list[int]] = field(default_factory=list[list[int]])
    straight: bool = False


@dataclass
class Circle:
    """Loops that are run for one period after the other, each over the rows of that period."""

    parts: list[Loop]


@dataclass
class _Unit:
    """What stays together when loops are made: an item, or a circle within one domain."""

    items: list[int]
    place: Place
    circle: bool = False
    alone: bool = False


class Plan:
    """The loops of a folded program, and which rows of each node are made."""

    def __init__(self, folded: Folded):
        self.folded = folded
        self.nodes, self.shape = folded.program.nodes, folded.shape
        self.ranges = folded.ranges.of
        self.blocks: list[Loop | Circle] = []
        self.need: dict[int, Mask] = {}
        self._arrange()
        self._all_of_circles()
        self._demand()

    def rows(self, index: int) -> int:
        """How many rows a node has."""
        return len(self.ranges[index].low)

    def live(self, index: int) -> bool:
        """Whether a node is made by a loop."""
        return index not in self.folded.static and index not in self.folded.drawn

    def place(self, item: int) -> Place:
        """The domain and number of rows over which an item loops."""
        if item >= 0:
            rows = self.rows(item)
            return (self.nodes[item].domain if rows > 1 else ONE), rows
        node = self.nodes[~item]
        rows = gathered_rows(self.shape, node, [self.rows(a) for a in node.arguments])
        return (node.detail if rows > 1 else ONE), rows

    def straight(self, index: int) -> bool:
        """Whether records are compared with days that differ between worlds too, so that no order of days helps."""
        node = self.nodes[index]
        return node.operator in ("until", "latest") and node.arguments[2] not in self.folded.static

    def loops(self) -> Iterator[Loop]:
        """Every loop, those in circles too."""
        for block in self.blocks:
            yield from block.parts if isinstance(block, Circle) else (block,)

    # Arranging

    def _units(self) -> Iterator[_Unit]:
        for step in self.folded.steps:
            if len(step) == 1:
                (index,) = step
                if index in self.folded.drawn:
                    continue
                if self.nodes[index].operator in GATHERS:
                    yield _Unit([~index], self.place(~index), alone=self.straight(index))
                yield _Unit([index], self.place(index))
            elif all(self._within(index) for index in step):
                yield _Unit(list(step), (CELL, len(self.shape.grid)))
            else:
                yield _Unit(list(step), ("", 0), circle=True)

    def _within(self, index: int) -> bool:
        node = self.nodes[index]
        moves = node.operator in GATHERS or node.operator in _READS_ROWS
        return node.domain == CELL and not moves and self.rows(index) > 1

    def _waits(self, unit: _Unit, home: dict[int, int], units: Sequence[_Unit]) -> Iterator[tuple[int, bool]]:
        """The units that one reads, and whether they must be over before it begins."""
        for item in unit.items:
            node = self.nodes[item if item >= 0 else ~item]
            if item >= 0 and node.operator in GATHERS and not unit.circle:
                yield home[~item], True
                continue
            for number, argument in enumerate(node.arguments):
                if argument not in home:
                    continue
                other_rows = item >= 0 and number == 0 and node.operator in _READS_ROWS
                yield home[argument], other_rows or units[home[argument]].place != unit.place

    def _arrange(self) -> None:
        units = list(self._units())
        home = {item: number for number, unit in enumerate(units) for item in unit.items}
        waits = [
            [(other, after) for other, after in self._waits(unit, home, units) if other != number]
            for number, unit in enumerate(units)
        ]
        left, done = dict(enumerate(units)), set[int]()
        while left:
            groups: dict[Place | int, list[int]] = {}
            taken: dict[int, Place | int] = {}
            for number, unit in left.items():
                key = number if unit.circle or unit.alone else unit.place
                if all(other in done or (not after and taken.get(other) == key) for other, after in waits[number]):
                    groups.setdefault(key, []).append(number)
                    taken[number] = key
            best = max(groups.values(), key=len)
            self.blocks.append(self._block([left.pop(number) for number in best]))
            done.update(best)

    def _block(self, units: list[_Unit]) -> Loop | Circle:
        if units[0].circle:
            return Circle(list(self._parts(units[0].items)))
        domain, rows = units[0].place
        return Loop(domain, rows, [item for unit in units for item in unit.items], straight=units[0].alone)

    def _parts(self, order: Sequence[int]) -> Iterator[Loop]:
        part: Loop | None = None
        for index in order:
            node = self.nodes[index]
            for item in (~index, index) if node.operator in GATHERS else (index,):
                domain = node.detail if item < 0 else node.domain
                # What was gathered is read only when all its records are.
                if part is None or part.domain != domain or part.items[-1] == ~item:
                    if part is not None:
                        yield part
                    part = Loop(domain, self.folded.ranges.rows(domain), [])
                part.items.append(item)
        if part is not None:
            yield part

    # Which rows

    def _all_of_circles(self) -> None:
        for loop in self.loops():
            for item in loop.items:
                if item >= 0:
                    self.need[item] = np.zeros(self.rows(item), bool)
        for block in self.blocks:
            if isinstance(block, Circle):
                for part in block.parts:
                    part.kind, part.variants = np.ones(part.rows, np.int64), [list(part.items)]
                    for item in part.items:
                        if item >= 0:
                            self.need[item][:] = True

    def _demand(self) -> None:
        for index in self.folded.wanted.values():
            self._ask(index, ~self.ranges[index].fixed)
        for block in reversed(self.blocks):
            if isinstance(block, Circle):
                for part in block.parts:
                    for item in part.items:
                        for argument in self.nodes[item if item >= 0 else ~item].arguments:
                            self._ask(argument, np.ones(self.rows(argument), bool))
            else:
                self._settle(block)

    def _ask(self, index: int, rows: Mask) -> None:
        """Some rows of a node are read; those that are the same in every world need no making."""
        if index not in self.need:
            return
        mine = self.need[index]
        if len(mine) == 1 != len(rows):
            rows = np.array([rows.any()])
        self.need[index] = mine | (rows & ~self.ranges[index].fixed)

    def _settle(self, loop: Loop) -> None:
        """Follow what is asked for through a loop, and sort its rows by what they need."""
        while True:
            before = {item: self._mask(loop, item).copy() for item in loop.items}
            for item in reversed(loop.items):
                self._pass_on(loop, item)
            if any((before[item] != self._mask(loop, item)).any() for item in loop.items):
                continue
            if not self._merge(loop):
                return

    def _mask(self, loop: Loop, item: int) -> Mask:
        """[rows] The rows at which an item is run."""
        if item >= 0:
            return self.need[item]
        node = self.nodes[~item]
        value = self.ranges[node.arguments[0]]
        nothing = value.fixed & (value.low == 0) if node.operator in ("sum", "until") else np.zeros(1, bool)
        also = self.need.get(item, np.zeros(1, bool))
        asked = np.array([self.need[~item].any()])
        if node.operator == "sum" and len(node.arguments) == 1:
            # The sum of a period whose records are all the same in every world is known without them.
            cells = self.shape.cells_of(node.detail)
            inside = (cells >= 0) & (cells < len(self.need[~item]))
            asked = inside & self.need[~item][np.where(inside, cells, 0)]
        return (np.broadcast_to(~nothing, (loop.rows,)) & asked) | also

    def _pass_on(self, loop: Loop, item: int) -> None:
        node, rows = self.nodes[item if item >= 0 else ~item], self._mask(loop, item)
        if item >= 0 and node.operator in CARRIES:
            self._carry(item, node)
        elif item >= 0 and node.operator in GATHERS:
            return
        elif item >= 0 and node.operator in _READS_ROWS:
            if rows.any():
                self._ask(node.arguments[0], np.ones(self.rows(node.arguments[0]), bool))
            self._ask(node.arguments[1], rows)
        elif item >= 0 and node.operator == "where":
            condition = self.ranges[node.arguments[0]]
            self._ask(node.arguments[0], rows)
            self._ask(node.arguments[1], rows & ~((condition.low == 0) & (condition.high == 0)))
            self._ask(node.arguments[2], rows & ~((condition.low > 0) | (condition.high < 0)))
        else:
            for number, argument in enumerate(node.arguments):
                all_of_it = item < 0 and number == 2 and rows.any()
                self._ask(argument, np.ones(self.rows(argument), bool) if all_of_it else rows)

    def _carry(self, index: int, node: Node) -> None:
        rows = self.need[index]
        before = np.concatenate([rows[1:], [False]])
        if node.operator == "previous":
            self._ask(node.arguments[0], before)
            return
        fixed = self.ranges[index].fixed
        for row in range(len(rows) - 1, 0, -1):
            if rows[row] and not fixed[row - 1]:
                rows[row - 1] = True
        self._ask(node.arguments[0], rows)
        if node.operator == "since":
            self._ask(node.arguments[1], np.concatenate([rows[1:], [False]]))

    def _merge(self, loop: Loop) -> bool:
        """Sort the rows into variants; whether two were joined, so that more is asked for."""
        masks = np.array([self._mask(loop, item) for item in loop.items])
        patterns, kind, counts = np.unique(masks, axis=1, return_inverse=True, return_counts=True)
        kind = kind.reshape(-1)
        some = [int(p) for p in np.flatnonzero(patterns.any(axis=0))]
        joined = self._cheapest(patterns, counts, some)
        if joined is None:
            loop.variants = [[i for i, on in zip(loop.items, patterns[:, p], strict=True) if on] for p in some]
            number = np.zeros(patterns.shape[1], np.int64)
            number[some] = np.arange(1, len(some) + 1)
            loop.kind = number[kind]
            return False
        a, b = joined
        rows = (kind == a) | (kind == b)
        for item, on in zip(loop.items, patterns[:, a] | patterns[:, b], strict=True):
            if on:
                self.need[item] = self.need.get(item, np.zeros(1, bool)) | rows
        return True

    def _cheapest(
        self, patterns: NDArray[np.bool_], counts: NDArray[np.int64], some: list[int]
    ) -> tuple[int, int] | None:
        """The two variants that are joined at the least cost, where there are too many or too little is spared."""
        best: tuple[int, int, int] | None = None
        for place, a in enumerate(some):
            for b in some[place + 1 :]:
                either = (patterns[:, a] | patterns[:, b]).sum()
                cost = (either - patterns[:, a].sum()) * counts[a] + (either - patterns[:, b].sum()) * counts[b]
                if best is None or cost < best[0]:
                    best = int(cost), a, b
        if best is None or (len(some) <= _VARIANTS and best[0] > _COST_OF_TEXT):
            return None
        return best[1:]


def gathered_rows(shape: Shape, node: Node, rows: Sequence[int]) -> int:
    """How many records a node gathers."""
    if node.operator == "sum" and len(rows) == 1:
        return len(shape.cells_of(node.detail))
    return max(rows[:2]) if node.operator != "earliest" else rows[0]
