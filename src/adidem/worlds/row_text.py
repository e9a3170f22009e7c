"""The body of one loop: what is done with one row, world by world, in the order of the plan.

Knows operators, ranges and how a value is read and written as text. Does not know how loops follow each other.

A flag is a bool within the loop and 0 or 1 where it is kept. What is the same for all worlds of a row is read before
the loop over worlds begins; what is the same for all its rows too stands in the text as a number.
"""

from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from adidem.kernel.formula import CELL, ONE, Node
from adidem.kernel.period import ALWAYS, Calendar
from adidem.kernel.quantity import Array
from adidem.worlds.interval import LIMIT
from adidem.worlds.loops import CARRIES, GATHERS, Loop

if TYPE_CHECKING:
    from adidem.worlds.kernel_text import Writer

LEAST = -(2**63)
"""Less than every value: what there is before the greatest of some records is known."""
_LONGEST_TABLE = 100_000
_MADE, _ASIDE = 3, 4
_COMPARED = {"less": "<", "at most": "<=", "equal": "=="}


class RowText:
    """The text of one variant of a loop.

    head   lines before the loop over worlds
    body   lines in it
    after  bodies of loops over worlds that follow it: what is gathered by a day that differs from world to world
    """

    def __init__(self, writer: "Writer", loop: Loop, rows: Array, cell: str):
        self.writer, self.plan, self.folded = writer, writer.plan, writer.folded
        self.nodes, self.layout = writer.nodes, writer.layout
        self.loop, self.rows, self.cell = loop, rows, cell
        self.head: list[str] = []
        self.body: list[str] = []
        self.after: list[list[str]] = []
        self.made: dict[int, bool] = {}
        self.read: dict[int, str] = {}

    def lines(self, items: list[int], indent: str) -> list[str]:
        """All lines for some items, in order."""
        for item in items:
            if item < 0:
                self._gather(~item)
            else:
                self._make(item)
        out = [indent + line for line in self.head]
        for body in (self.body, *self.after):
            if body:
                out.append(f"{indent}for world in range({self.layout.tile}):")
                out += [f"{indent}    {line}" for line in body]
        return out or [f"{indent}pass"]

    # Reading

    def fixed(self, index: int) -> Array | None:
        """[the variant's rows] The values of a node that is the same in every world at all of them, and that the loop
        does not make itself.
        """
        own = self.plan.ranges[index]
        if index in self.made:
            return None
        if len(own.low) == 1:
            return np.repeat(own.low, len(self.rows)) if own.fixed[0] else None
        return own.low[self.rows] if own.fixed[self.rows].all() else None

    def _hoisted(self, name: str, values: Array) -> str:
        line = f"{name} = still[{self.layout.put(values)} + row]"
        if line not in self.head:
            self.head.append(line)
        return name

    def number(self, index: int) -> str:
        """A node's value as an integer."""
        if index in self.made:
            return f"select(x{index}, 1, 0)" if self.made[index] else f"x{index}"
        known = self.fixed(index)
        if known is not None and (known == known[0]).all():
            return f"({int(known[0])})" if known[0] < 0 else str(int(known[0]))
        if known is not None:
            return self._hoisted(f"still_{index}", self.plan.ranges[index].low)
        if index not in self.read:
            self.read[index] = f"y{index}"
            self.body.append(f"y{index} = {self.writer.at_row(index, 'row')}")
        return self.read[index]

    def flag(self, index: int) -> str:
        """A node's value as a bool."""
        if self.made.get(index):
            return f"x{index}"
        number = self.number(index)
        return {"0": "False", "1": "True"}.get(number, f"({number} != 0)")

    def is_flag(self, index: int) -> bool:
        """Whether a node is 0 or 1 in every row and world."""
        own = self.plan.ranges[index]
        return self.nodes[index].unit.kind == "flag" and bool((own.low >= 0).all() and (own.high <= 1).all())

    # Making

    def _make(self, index: int) -> None:
        node = self.nodes[index]
        flag = self.is_flag(index)
        text, is_bool = self._text(index, node, flag)
        if flag and not is_bool:
            text, is_bool = f"({text}) != 0", True
        self.body.append(f"x{index} = {text}")
        self.made[index] = is_bool
        self.body += self.writer.checked(index, f"x{index}", "")
        if index in self.layout.kept:
            spot = self.writer.spot(self.layout.kept[index], "row")
            self.body.append(f"store(kept, {self.writer.scope(index)}, {spot}, {self.number(index)})")
        if index in self.layout.made:
            place = f"({self.layout.made[index]} + row) * worlds + base + world"
            self.body.append(f"store(made, {_MADE}, {place}, {self.number(index)})")

    def _text(self, index: int, node: Node, flag: bool) -> tuple[str, bool]:
        args, operator = node.arguments, node.operator
        if operator in GATHERS:
            return self._gathered(index, node), False
        if operator in CARRIES:
            return self._carried(index, node), False
        if operator in ("at", "through"):
            return self._moved(index, node), False
        if operator == "scale":
            return self._scaled(index, node), False
        if operator in ("where", "pick"):
            return self._chosen(node, flag), flag
        if operator in _COMPARED:
            return f"{self.number(args[0])} {_COMPARED[operator]} {self.number(args[1])}", True
        if operator in ("and", "or", "not") and flag and all(self.is_flag(a) for a in args):
            return self._logical(node), True
        return self._arithmetic(index, node), False

    def _logical(self, node: Node) -> str:
        flags = [self.flag(a) for a in node.arguments]
        if node.operator == "not":
            return f"not {flags[0]}"
        firm, sign = ("True", "&") if node.operator == "and" else ("False", "|")
        return f" {sign} ".join(flag for flag in flags if flag != firm) or firm

    def _arithmetic(self, index: int, node: Node) -> str:
        a, *more = (self.number(argument) for argument in node.arguments)
        b = more[0] if more else ""
        match node.operator:
            case "times":
                if index in self.folded.ranges.unsafe:
                    most = LIMIT // max(abs(node.detail[0]), 1)
                    self.body += self.writer.set_apart(f"({a} > {most}) | ({a} < -{most})", "")
                return f"{a} * {node.detail[0]}"
            case "minimum" | "maximum":
                return f"select({a} {'<' if node.operator == 'minimum' else '>'} {b}, {a}, {b})"
            case "not":
                return f"1 - {a}"
            case "same":
                return a
            case "after days" | "after months":
                return f"{node.operator.removeprefix('after ')}_after({a}, {b})"
            case "after business days":
                return self._business_days(node.detail, a, b)
            case _:
                return f"{a} {({'add': '+', 'subtract': '-', 'and': '&', 'or': '|'})[node.operator]} {b}"

    def _business_days(self, calendar: Calendar, start: str, number: str) -> str:
        days = calendar.business_days
        first = int(days[0]) - 1
        span = np.arange(first, int(days[-1]) + 2)
        before = np.searchsorted(days, span, side="left" if calendar.first_day_included else "right")
        places, table = self.layout.put(before), self.layout.put(days)
        return f"business_day(still, {places}, {first}, {len(span) - 1}, {table}, {len(days)}, {start}, {number})"

    def _chosen(self, node: Node, flag: bool) -> str:
        read = self.flag if flag else self.number
        if node.operator == "where":
            condition, value, otherwise = node.arguments
            known = self.fixed(condition)
            if known is not None and ((known != 0) == (known[0] != 0)).all():
                return read(value if known[0] else otherwise)
            return f"select({self.flag(condition)}, {read(value)}, {read(otherwise)})"
        question, *choices = node.arguments
        out, asked = read(choices[0]), self.number(question)
        for number, choice in enumerate(choices[1:], 1):
            out = f"select({asked} == {number}, {read(choice)}, {out})"
        return out

    def _scaled(self, index: int, node: Node) -> str:
        amount, by = node.arguments
        denominator = self.nodes[by].unit.denominator
        a, n = self.number(amount), self.number(by)
        own = [self.plan.ranges[argument] for argument in (amount, by)]
        most = [max(abs(int(r.low.min())), abs(int(r.high.max()))) for r in own]
        if n.strip("()-").isdigit():
            rate = int(n.strip("()"))
            common = gcd(rate, denominator)
            n, denominator, most[1] = f"({rate // common})", denominator // common, abs(rate // common)
        if index in self.folded.ranges.unsafe:
            self.body += self.writer.set_apart(f"too_large({a}, {n}, {denominator})", "")
        whole, rest, product = f"whole_{index}", f"rest_{index}", f"product_{index}"
        divided = [
            f"{whole} = divide({product}, {denominator})",
            f"{rest} = {product} - {whole} * {denominator}",
        ]
        if most[0] * most[1] <= LIMIT:
            self.body += [f"{product} = {a} * {n}", *divided]
        else:
            # amount = over × denominator + left, so only left × rate needs to fit.
            over, left = f"over_{index}", f"left_{index}"
            self.body += [f"{over} = divide({a}, {denominator})", f"{left} = {a} - {over} * {denominator}"]
            if most[1] * denominator <= LIMIT:
                self.body += [f"{product} = {left} * {n}", *divided]
            else:
                self.body.append(f"{whole}, {rest} = whole_of_product({left}, {n}, {denominator})")
            self.body.append(f"{whole} = {whole} + {over} * {n}")
        return whole if denominator == 1 else f"{whole} + select({_up(node.detail, whole, rest, denominator)}, 1, 0)"

    # Between rows

    def _carried(self, index: int, node: Node) -> str:
        if node.operator == "previous":
            before = self.writer.at_row(node.arguments[0], f"clamp(row - 1, 0, {self.loop.rows})")
            return f"select(row > 0, {before}, {node.detail})"
        own = f"load(kept, {self.writer.scope(index)}, {self.writer.spot(self.layout.kept[index] - 1, 'row')})"
        value = self.number(node.arguments[0])
        if node.operator == "running":
            self.body.append(f"before_{index} = {own}")
            return f"select({value} < before_{index}, {value}, before_{index})"
        if node.operator == "total":
            return f"{own} + {value}"
        closes = node.arguments[1]
        if closes in self.folded.static:
            known = np.broadcast_to(self.plan.ranges[closes].low, (self.loop.rows,))
            ended = np.concatenate([[0], known[:-1]])
            here = ended[self.rows] != 0
            if here.all() or not here.any():
                return value if here.all() else f"{own} + {value}"
            closed = self._hoisted(f"closed_{index}", ended)
        else:
            closed = self.writer.at_row(closes, f"clamp(row - 1, 0, {self.loop.rows})")
        return f"select({closed} != 0, 0, {own}) + {value}"

    def _moved(self, index: int, node: Node) -> str:
        source, by = node.arguments
        rows, at = self.plan.rows(source), node.operator == "at"
        if not rows:
            return str(node.detail)
        known = self.fixed(by)
        if known is not None:
            place = self._known_place(by, self.plan.rows(index), rows, at)
        elif at:
            grid = self.folded.shape.grid
            first, last = int(grid.cuts[0]) - 1, int(grid.cuts[-1])
            table = self.layout.put(np.minimum(grid.cell(np.arange(first, last + 1)), rows - 1))
            place = f"load(still, 0, {table} + clamp({self.number(by)} - ({first}), 0, {last - first}))"
        else:
            place = f"clamp({self.number(by)}, -1, {rows - 1})"
        if at and index in self.folded.circles:
            place = f"min({place}, {self._own_cell(index)})"
        (self.body if known is None else self.head).append(f"place_{index} = {place}")
        value = self.writer.at_row(source, f"clamp(place_{index}, 0, {rows - 1})")
        return f"select(place_{index} < 0, {node.detail}, {value})"

    def _known_place(self, by: int, queries: int, rows: int, at: bool) -> str:
        values = np.broadcast_to(self.plan.ranges[by].low, (queries,))
        places = np.minimum(self.folded.shape.grid.cell(values) if at else values, rows - 1)
        here = places[self.rows]
        return str(int(here[0])) if (here == here[0]).all() else f"still[{self.layout.put(places)} + row]"

    def _own_cell(self, index: int) -> str:
        domain = self.nodes[index].domain
        if self.cell or domain == CELL:
            return self.cell or "row"
        if domain == ONE:
            return str(len(self.folded.shape.grid) - 1)
        return self._hoisted(f"own_{index}", self.folded.shape.cells_of(domain))

    # Gathering

    def _gathered(self, index: int, node: Node) -> str:
        row = "row"
        if node.operator in ("until", "latest") and not self.plan.straight(index):
            when = self.folded.static[node.arguments[2]][:, 0]
            places = np.searchsorted(self.writer.thresholds(index), when)
            row = self._hoisted(f"query_{index}", places) if len(places) > 1 else str(int(places[0]))
        own = f"load(kept, {self.writer.scope(~index)}, {self.writer.spot(self.layout.kept[~index], row)})"
        if node.operator != "latest":
            return own
        self.body.append(f"found_{index} = {own}")
        return f"select(found_{index} == {LEAST}, {ALWAYS}, found_{index})"

    def _gather(self, index: int) -> None:
        node, scope = self.nodes[index], self.writer.scope(~index)
        value, place = self.number(node.arguments[0]), self._destination(index, node)
        body = self.body
        if place == f"moving_{index}":
            # Two worlds may not meet in one row at once: this loop stays one world at a time, so it stands alone.
            spots = [self.writer.spot(self.layout.aside(index, side), "") for side in (0, 1)]
            body += [f"store(kept, {_ASIDE}, {spots[0]}, {value})", f"store(kept, {_ASIDE}, {spots[1]}, {place})"]
            body = [f"{place} = load(kept, {_ASIDE}, {spots[1]})", f"value_{index} = load(kept, {_ASIDE}, {spots[0]})"]
            self.after.append(body)
            value = f"value_{index}"
        spot = self.writer.spot(self.layout.kept[~index], place)
        sign = {"earliest": "<", "latest": ">"}.get(node.operator)
        met = f"met_{index} + {value}" if sign is None else f"select({value} {sign} met_{index}, {value}, met_{index})"
        body += [f"met_{index} = load(kept, {scope}, {spot})", f"met_{index} = {met}"]
        body += self.writer.checked(index, f"met_{index}", "")
        body.append(f"store(kept, {scope}, {spot}, met_{index})")

    def _destination(self, index: int, node: Node) -> str:
        """The row in which a record is gathered: known before the loop over worlds, or `moving_…` in it."""
        if self.cell:
            return self.cell
        stepped = index in self.folded.circles and node.operator == "earliest"
        if stepped or (node.operator == "sum" and len(node.arguments) == 1):
            return self._hoisted(f"cell_{index}", self.folded.shape.cells_of(node.detail))
        by = node.arguments[0] if node.operator == "earliest" else node.arguments[1]
        first, last, table = self._table(index, node)
        if table is None:
            days = self.writer.thresholds(index)
            place = f"position(still, {self.layout.put(days)}, {len(days)}, {self.number(by)})"
        elif self.fixed(by) is not None:
            return self._hoisted(f"cell_{index}", table[np.clip(self.plan.ranges[by].low, first, last) - first])
        else:
            place = (
                f"load(still, 0, {self.layout.put(table)} + clamp({self.number(by)} - ({first}), 0, {last - first}))"
            )
        self.body.append(f"moving_{index} = {place}")
        return f"moving_{index}"

    def _table(self, index: int, node: Node) -> tuple[int, int, Array | None]:
        """The row in which each day counts, for the days first … last; none where they are too many."""
        if node.operator in ("sum", "earliest"):
            grid = self.folded.shape.grid
            first, last = int(grid.cuts[0]) - 1, int(grid.cuts[-1])
            cells = grid.cell(np.arange(first, last + 1))
            return first, last, np.where((cells < 0) | (cells >= len(grid)), len(grid), cells)
        days = self.writer.thresholds(index)
        first, last = int(days[0]), int(days[-1]) + 1
        if last - first > _LONGEST_TABLE:
            return first, last, None
        return first, last, np.searchsorted(days, np.arange(first, last + 1))


def _up(rounding: str, whole: str, rest: str, denominator: int) -> str:
    """When rounding adds 1 to the floor `whole`, given what is left of the denominator."""
    more, half = f"(2 * {rest} > {denominator})", f"(2 * {rest} == {denominator})"
    return {
        "half even": f"{more} | ({half} & (({whole} & 1) != 0))",
        "half up": f"{more} | ({half} & ({whole} >= 0))",
        "down": f"({rest} > 0) & ({whole} < 0)",
        "up": f"({rest} > 0) & ({whole} >= 0)",
    }[rounding]
