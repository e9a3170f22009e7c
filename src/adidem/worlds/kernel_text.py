"""The text of the function that runs a folded program: loops over rows, and in each a loop over worlds.

Knows a plan of loops, buffers and static values. Does not know how text is compiled or run.

The text names no static value that differs between rows: those lie in one array, `still`, which is given to it. What
crosses from one loop to another lies in `kept`, a tile of worlds wide.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from adidem.kernel.formula import CELL
from adidem.kernel.period import NEVER
from adidem.kernel.quantity import Array
from adidem.worlds.fold import Folded, Key
from adidem.worlds.interval import LIMIT
from adidem.worlds.loops import CARRIES, GATHERS, Circle, Loop, Plan
from adidem.worlds.row_text import LEAST, RowText

STILL, APART, DRAWN = 0, 1, 2
_TOGETHER = 200


@dataclass
class Layout:
    """Where values lie, in rows.

    tile    how many worlds are taken at a time
    still   the static values, one after the other
    kept    node → first row in `kept`; a row before it holds what is carried into the first period
    made    node → first row of the results, for those asked for
    filled  row of `kept` → its value, in every world and tile alike
    inputs  the dynamic columns, in the order in which the function takes them
    """

    tile: int
    still: list[Array] = field(default_factory=lambda: [np.zeros(1, np.int64)])
    still_length: int = 1
    kept: dict[int, int] = field(default_factory=dict[int, int])
    kept_rows: int = 0
    made: dict[int, int] = field(default_factory=dict[int, int])
    made_rows: int = 0
    filled: dict[int, int] = field(default_factory=dict[int, int])
    inputs: list[Key] = field(default_factory=list[Key])
    _places: dict[bytes, int] = field(default_factory=dict[bytes, int])
    _aside: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])

    def put(self, values: Array) -> int:
        """The place in `still` where some values begin."""
        values = np.ascontiguousarray(values, np.int64).reshape(-1)
        key = values.tobytes()
        if key not in self._places:
            self._places[key] = self.still_length
            self.still.append(values)
            self.still_length += len(values)
        return self._places[key]

    def room(self, index: int, rows: int) -> int:
        """The first row of a new buffer, with a row before it."""
        self.kept[index] = self.kept_rows + 1
        self.kept_rows += rows + 1
        return self.kept[index]

    def aside(self, index: int, side: int) -> int:
        """The row for what is gathered (0) or its place (1), until a loop of its own takes it up."""
        if (index, side) not in self._aside:
            self._aside[index, side] = self.kept_rows
            self.kept_rows += 1
        return self._aside[index, side]


@dataclass
class KernelText:
    """The text, and the layout of what it is given."""

    text: str
    layout: Layout
    plan: Plan


def kernel_text(folded: Folded, tile: int) -> KernelText:
    """Write the text of a folded program that takes `tile` worlds at a time."""
    return Writer(Plan(folded), tile).whole()


class Writer:
    """Writes one text."""

    def __init__(self, plan: Plan, tile: int):
        self.plan, self.folded, self.nodes = plan, plan.folded, plan.nodes
        self.layout = Layout(tile)
        self.lines: list[str] = []
        self._inputs()
        self._buffers()
        self._made()

    def _inputs(self) -> None:
        used = {index for step in self.folded.steps for index in step if index in self.folded.drawn}
        self.layout.inputs = sorted({self.folded.drawn[index] for index in used})

    def _made(self) -> None:
        for index in dict.fromkeys(self.folded.wanted.values()):
            if self.plan.live(index):
                self.layout.made[index] = self.layout.made_rows
                self.layout.made_rows += self.plan.rows(index)

    def _buffers(self) -> None:
        """Make room for what another loop reads, and for what is carried."""
        layout, plan = self.layout, self.plan
        for index in self._crossing():
            rows = plan.rows(index)
            start = layout.room(index, rows)
            own = plan.ranges[index]
            for row in np.flatnonzero(own.fixed).tolist():
                layout.filled[start + row] = int(own.low[row])
            if self.nodes[index].operator in CARRIES:
                layout.filled[start - 1] = LIMIT if self.nodes[index].operator == "running" else 0
        for loop in plan.loops():
            for item in loop.items:
                if item < 0:
                    layout.room(item, self.gathering_rows(~item))

    def gathering_rows(self, index: int) -> int:
        """How many rows records are gathered into, with one for those that fall outside."""
        node = self.nodes[index]
        if node.operator in ("sum", "earliest"):
            return len(self.folded.shape.grid) + 1
        when = node.arguments[2]
        return (len(self.thresholds(index)) if when in self.folded.static else self.plan.rows(when)) + 1

    def thresholds(self, index: int) -> Array:
        """The days up to which records are gathered, each once, ascending."""
        return np.unique(self.folded.static[self.nodes[index].arguments[2]])

    def _crossing(self) -> Iterator[int]:
        """The nodes that are read outside their own turn in their own loop."""
        home = {item: loop for loop in self.plan.loops() for item in loop.items}
        circled = {
            item
            for block in self.plan.blocks
            if isinstance(block, Circle)
            for part in block.parts
            for item in part.items
        }
        seen: dict[int, None] = {}
        for item, loop in home.items():
            node = self.nodes[item if item >= 0 else ~item]
            if item >= 0 and (node.operator in ("total", "running", "since") or item in circled):
                seen[item] = None
            if item >= 0 and node.operator in GATHERS:
                continue
            for number, argument in enumerate(node.arguments):
                elsewhere = node.operator in ("at", "through", "previous") and number == 0
                before = node.operator == "since" and number == 1
                if self.plan.live(argument) and (elsewhere or before or home[argument] is not loop):
                    seen[argument] = None
        yield from seen

    # The text

    def whole(self) -> KernelText:
        """The whole text: one function, or where that is long one for each block, for compiling grows faster than
        text.
        """
        names = "".join(f", drawn_{number}" for number in range(len(self.layout.inputs)))
        given = f"(still, kept, made, apart, worlds, base{names})"
        functions, calls = list[str](), list[str]()
        for number, block in enumerate([None, *self.plan.blocks]):
            self.lines = []
            if block is None:
                self._bounds("    ")
            else:
                self._block(block, "    ")
            body = self.lines or ["    pass"]
            if self.folded.live <= _TOGETHER:
                calls += [f"    {line}" for line in body]
            else:
                functions += ["@inner", f"def block_{number}{given}:", *body, "", ""]
                calls.append(f"        block_{number}{given}")
        tile = self.layout.tile
        run = [
            f"def run(still, kept, made, apart, worlds{names}):",
            f"    for tile in range(worlds // {tile}):",
            f"        base = tile * {tile}",
            *calls,
        ]
        return KernelText("\n".join([*functions, *run]) + "\n", self.layout, self.plan)

    def _bounds(self, indent: str) -> None:
        """Set the worlds apart in which a drawn value lies outside its bounds."""
        for number, key in enumerate(self.layout.inputs):
            own = self.folded.bounds[key]
            low, high = self.layout.put(own.low), self.layout.put(own.high)
            given = f"apart, drawn_{number}, still, {low}, {high}, {len(own.low)}, worlds, base, {self.layout.tile}"
            self.lines.append(f"{indent}mark_outside({given})")

    def _block(self, block: Loop | Circle, indent: str) -> None:
        if not isinstance(block, Circle):
            self._loop(block, indent, "")
            return
        self.lines.append(f"{indent}for cell in range({len(self.folded.shape.grid)}):")
        for part in block.parts:
            self._loop(part, indent + "    ", "cell")

    def _loop(self, loop: Loop, indent: str, cell: str) -> None:
        for item in loop.items:
            if item < 0:
                self._empty(~item, indent, cell)
        if loop.straight:
            self._straight(~loop.items[0], indent)
            return
        if loop.variants and loop.rows:
            self._rows(loop, indent, cell)
        for item in loop.items:
            if item < 0 and self.nodes[~item].operator in ("until", "latest"):
                self._scan(~item, indent)

    def _rows(self, loop: Loop, indent: str, cell: str) -> None:
        made = np.flatnonzero(loop.kind)
        first, last = int(made[0]), int(made[-1])
        self.lines.append(f"{indent}for row in {self._range(loop, first, last, cell)}:")
        indent += "    "
        whole = len(loop.variants) == 1 and bool(loop.kind[first : last + 1].all())
        if not whole:
            self.lines.append(f"{indent}kind = still[{self.layout.put(loop.kind)} + row]")
        for number, items in enumerate(loop.variants, 1):
            deeper = indent
            if not whole:
                self.lines.append(f"{indent}if kind == {number}:")
                deeper += "    "
            self.lines += RowText(self, loop, np.flatnonzero(loop.kind == number), cell).lines(items, deeper)

    def _range(self, loop: Loop, first: int, last: int, cell: str) -> str:
        if not cell:
            return f"range({first}, {last + 1})"
        if loop.domain == CELL:
            return "range(cell, cell + 1)"
        if loop.rows == 1 and loop.domain not in self.folded.shape.cells:
            return "range(1)"
        edges = np.searchsorted(self.folded.shape.cells_of(loop.domain), np.arange(len(self.folded.shape.grid) + 1))
        place = self.layout.put(edges)
        return f"range(still[{place} + cell], still[{place + 1} + cell])"

    def _empty(self, index: int, indent: str, cell: str) -> None:
        """What there is before any record is gathered."""
        node, start = self.nodes[index], self.layout.kept[~index]
        empty = {"earliest": NEVER, "latest": LEAST}.get(node.operator, 0)
        tile, rows = self.layout.tile, self.gathering_rows(index)
        first, last = (f"{start} + cell", f"{start + 1} + cell") if cell else (str(start), str(start + rows))
        self.lines.append(f"{indent}fill(kept, ({first}) * {tile}, ({last}) * {tile}, {empty})")

    def _scan(self, index: int, indent: str) -> None:
        """Gather what was gathered up to earlier days too."""
        start, scope = self.layout.kept[~index], self.scope(~index)
        here, before = self.spot(start, "row"), self.spot(start - 1, "row")
        both = f"load(kept, {scope}, {here})", f"load(kept, {scope}, {before})"
        met = f"{both[0]} + {both[1]}" if self.nodes[index].operator == "until" else f"max({both[0]}, {both[1]})"
        self.lines += [
            f"{indent}for row in range(1, {self.gathering_rows(index) - 1}):",
            f"{indent}    for world in range({self.layout.tile}):",
            f"{indent}        value = {met}",
            *self.checked(index, "value", indent + "        "),
            f"{indent}        store(kept, {scope}, {here}, value)",
        ]

    def _straight(self, index: int, indent: str) -> None:
        """Every record against every day."""
        node, start, scope = self.nodes[index], self.layout.kept[~index], self.scope(~index)
        value, own, when = node.arguments
        here = f"load(kept, {scope}, {self.spot(start, 'query')})"
        rows = self.plan.place(~index)[1]
        taken, late = f"{self.at_row(own, 'row')} <= {self.at_row(when, 'query')}", "value"
        met = (
            f"{here} + select({taken}, value, 0)"
            if node.operator == "until"
            else f"max({here}, select({taken}, value, {LEAST}))"
        )
        self.lines += [
            f"{indent}for query in range({self.plan.rows(when)}):",
            f"{indent}    for row in range({rows}):",
            f"{indent}        for world in range({self.layout.tile}):",
            f"{indent}            value = {self.at_row(value, 'row')}",
            f"{indent}            {late} = {met}",
            *self.checked(index, "value", indent + "            "),
            f"{indent}            store(kept, {scope}, {self.spot(start, 'query')}, value)",
        ]

    # Places

    def scope(self, item: int) -> int:
        """The number of an item's buffer."""
        return 10 + list(self.layout.kept).index(item)

    def spot(self, start: int, row: str) -> str:
        """The place in `kept` of a buffer's row, for the world of the innermost loop."""
        tile = self.layout.tile
        return f"({start} + {row}) * {tile} + world" if row else f"{start * tile} + world"

    def at_row(self, index: int, row: str) -> str:
        """The value of a node at some row, as an integer; of a node with one row, that one."""
        one = self.plan.rows(index) == 1
        if index in self.folded.static:
            values = self.folded.static[index]
            if (values == values[0, 0]).all():
                return str(int(values[0, 0]))
            return f"load(still, {STILL}, {self.layout.put(values)} + {row})"
        if index in self.folded.drawn:
            number = self.layout.inputs.index(self.folded.drawn[index])
            place = "base + world" if one else f"({row}) * worlds + base + world"
            return f"load(drawn_{number}, {DRAWN}, {place})"
        start = self.layout.kept[index]
        return f"load(kept, {self.scope(index)}, {self.spot(start, '' if one else row)})"

    def checked(self, index: int, value: str, indent: str) -> list[str]:
        """Set the world apart where a value leaves what is kept exactly."""
        if index not in self.folded.ranges.unsafe:
            return []
        return self.set_apart(f"({value} > {LIMIT}) | ({value} < -{LIMIT})", indent)

    def set_apart(self, condition: str, indent: str) -> list[str]:
        """Set the world apart where a condition holds."""
        mark = f"load(apart, {APART}, base + world)"
        return [f"{indent}store(apart, {APART}, base + world, select({condition}, 1, {mark}))"]
