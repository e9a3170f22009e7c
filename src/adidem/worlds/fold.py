"""The program after all that is the same in every world has been worked out: what is left differs between worlds.

Knows the program, its schedule and ranges. Does not know generated text, threads or where values are drawn.

What depends on nothing that is drawn is evaluated once, by the kernel, at one world. What is left is simplified by the
ranges of its rows (`and` with what never holds, `where` of what always holds, the lesser of a day and never), again
and again until nothing changes; then what nothing reads is dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np

from adidem.kernel.domain import Shape
from adidem.kernel.engine import Columns, evaluate
from adidem.kernel.event import NOTHING
from adidem.kernel.formula import ONE, Node, Program
from adidem.kernel.period import ALWAYS, NEVER, Calendar
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import Array
from adidem.kernel.schedule import schedule
from adidem.worlds.interval import LIMIT, Range, Ranges

Key = tuple[str, str]
Bounds = Mapping[Key, tuple[int | Array, int | Array]]

_BOUNDS = {"flag": (0, 1), "date": (ALWAYS, NEVER), "name": (NOTHING, 2**33), "rate": (-(2**40), 2**40)}
_MOST = 2**50
"""What an amount or a count is taken to stay within where nobody says: ten trillion, in hundredths."""


@dataclass
class Folded:
    """The program after partial evaluation.

    whole     the program before it, with its static columns
    program   the same nodes, simplified; a node that came to be static is an input of its own
    static    node → [rows or 1, 1] what is the same in every world
    drawn     node → (domain, name) of the dynamic column that it reads
    bounds    (domain, name) → the least and the greatest value that each row of a dynamic column is taken to have
    wanted    node asked for → node of `program` that has its value
    """

    whole: Program
    columns: Columns
    shape: Shape
    program: Program
    static: dict[int, Array]
    drawn: dict[int, Key]
    bounds: dict[Key, Range]
    wanted: dict[int, int]
    ranges: Ranges
    circles: frozenset[int] = field(default_factory=frozenset[int])

    @cached_property
    def steps(self) -> list[tuple[int, ...]]:
        """The live nodes in the order of evaluation, those that carry state in a circle together."""
        steps = schedule(self.program, self.wanted.values())
        return [step for step in steps if not (len(step) == 1 and step[0] in self.static)]

    @property
    def live(self) -> int:
        """How many operations are left, without the columns that are only read."""
        return sum(index not in self.drawn for step in self.steps for index in step)

    @property
    def operation_rows(self) -> int:
        """The rows of all operations that are left."""
        live = (index for step in self.steps for index in step if index not in self.drawn)
        return sum(len(self.ranges.of[index].low) for index in live)

    @cached_property
    def digest(self) -> str:
        """What is left, with all static values, as one SHA-256."""
        out = sha256()
        for step in self.steps:
            for index in step:
                node = self.program.nodes[index]
                out.update(repr((index, node.operator, node.arguments, node.domain, node.unit)).encode())
                if isinstance(node.detail, Calendar):
                    out.update(f"{node.detail.name} {node.detail.first_day_included}".encode())
                    out.update(node.detail.business_days.tobytes())
                else:
                    out.update(repr(node.detail).encode())
                for argument in node.arguments:
                    if argument in self.static:
                        out.update(self.static[argument].tobytes())
        for key, bounds in sorted(self.bounds.items()):
            out.update(repr(key).encode() + bounds.low.tobytes() + bounds.high.tobytes())
        out.update(repr(sorted(self.wanted.items())).encode())
        out.update(self.shape.grid.cuts.tobytes())
        for kind, cells in sorted(self.shape.cells.items()):
            out.update(kind.encode() + cells.tobytes())
        for node in sorted(set(self.wanted.values()) & set(self.static)):
            out.update(self.static[node].tobytes())
        return out.hexdigest()


def fold(
    program: Program,
    columns: Columns,
    shape: Shape,
    dynamic: frozenset[Key],
    wanted: Iterable[int],
    bounds: Bounds | None = None,
) -> Folded:
    """Work out what is the same in every world, and simplify the rest.

    columns  (domain, name) → [rows or cells or 1, 1] all columns but the dynamic ones
    dynamic  the columns that are drawn, each [rows or cells or 1, worlds] when the program is run
    wanted   the nodes whose values are asked for
    bounds   between which values a dynamic column lies, each one number or [rows]; a world in which it does not is set
             apart by the run. A row whose bounds are the same is the same in every world

    Problems: F002 a figure that is the same in every world leaves int64; F003 clauses wait for each other in a circle.
    """
    wanted = sorted(set(wanted))
    folding = _Folding(program, shape, dynamic, bounds or {})
    steps = schedule(program, wanted)
    folding.part(steps)
    folding.work_out(columns, wanted)
    folding.range_over(steps)
    while folding.simplify(steps):
        pass
    return folding.folded(columns, wanted)


class _Folding:
    """One partial evaluation in progress."""

    def __init__(self, program: Program, shape: Shape, dynamic: frozenset[Key], bounds: Bounds):
        self.whole, self.shape, self.dynamic = program, shape, dynamic
        self.nodes = list(program.nodes)
        self.under = Program()
        self.under.nodes = self.nodes
        self.ranges = Ranges(self.under, shape)
        self.told, self.bounds = bounds, dict[Key, Range]()
        self.moving: set[int] = set()
        self.circles: set[int] = set()
        self.kept: set[int] = set()
        self.static: dict[int, Array] = {}
        self.drawn: dict[int, Key] = {}
        self.instead: dict[int, int] = {}
        self.known: dict[Any, int] = {}

    def part(self, steps: list[tuple[int, ...]]) -> None:
        """Find the nodes that depend on a dynamic column."""
        for step in steps:
            nodes = [self.nodes[index] for index in step]
            for index, node in zip(step, nodes, strict=True):
                key = (node.domain, node.detail[0]) if node.operator == "input" else None
                if key in self.dynamic and self.ranges.rows(node.domain):
                    self.drawn[index] = key
            if any(i in self.drawn for i in step) or any(a in self.moving for n in nodes for a in n.arguments):
                self.moving.update(step)
            if len(step) > 1 and step[0] in self.moving:
                self.circles.update(step)
                if any(node.domain == ONE for node in nodes):
                    self.kept.update(step)  # read in the middle of a circle, one value for the run changes with it
        self.ranges.stepped = frozenset(self.circles)

    def work_out(self, columns: Columns, wanted: list[int]) -> None:
        """Evaluate what does not depend on one, as far as it is read."""
        read = {a for index in self.moving for a in self.nodes[index].arguments} | set(wanted)
        emptied = {key: np.zeros((0, 1), np.int64) for key in self.dynamic}
        found = evaluate(self.whole, _Emptied(columns, emptied), self.shape, read - self.moving).values
        for index, value in found.items():
            if value.shape[1] != 1:
                raise ValueError(f"{self.nodes[index].words or 'a static column'} has {value.shape[1]} worlds, not 1")
            if len(value) and max(-int(value.min()), int(value.max())) > LIMIT:
                words = self.nodes[index].words or "a figure"
                sentence = f"{words} is larger than {LIMIT:,} minor units, the most that worlds are run with"
                mend = "look for an amount or a rate that is too large"
                raise ProblemError([Problem("F002", sentence, self.nodes[index].span, mend)])
            self.static[index] = value
            self.ranges.of[index] = Range(value[:, 0], value[:, 0])

    def range_over(self, steps: list[tuple[int, ...]]) -> None:
        """The range of every node that depends on one."""
        for step in steps:
            first = step[0]
            if first not in self.moving:
                continue
            if len(step) > 1:
                self.ranges.circle(step)
            elif first in self.drawn:
                self.ranges.of[first] = self._drawn(first)
            else:
                self.ranges.whole(first)

    def _drawn(self, index: int) -> Range:
        node, key = self.nodes[index], self.drawn[index]
        low, high = self.told.get(key, _BOUNDS.get(node.unit.kind, (-_MOST, _MOST)))
        rows = self.ranges.rows(node.domain)
        own = Range(*(np.broadcast_to(np.asarray(end, np.int64).reshape(-1), (rows,)) for end in (low, high)))
        if (own.low > own.high).any() or max(-int(own.low.min()), int(own.high.max())) > LIMIT:
            raise ValueError(f"{key}: nothing lies between {own.low.min()} and {own.high.max()}")
        self.bounds[key] = own
        return own

    # Simplifying

    def simplify(self, steps: list[tuple[int, ...]]) -> bool:
        """One pass over what is left; whether anything changed."""
        changed = False
        for step in steps:
            for index in step:
                if index not in self.moving or index in self.instead or index in self.static:
                    continue
                if index in self.kept:
                    changed |= self._reread(index)
                    continue
                own = self.ranges.of[index]
                if own.fixed.all():
                    self.static[index] = own.low[:, None]
                    changed = True
                    continue
                changed |= self._reread(index)
                target = self._same_as(index) if index not in self.drawn else None
                if target is not None and target != index:
                    self.instead[index] = target
                    changed = True
        return changed

    def _reread(self, index: int) -> bool:
        node = self.nodes[index]
        arguments = tuple(self.at_last(a) for a in node.arguments)
        if arguments == node.arguments:
            return False
        self.nodes[index] = replace(node, arguments=arguments)
        return True

    def at_last(self, index: int) -> int:
        """The node that stands for another now."""
        while index in self.instead:
            index = self.instead[index]
        return index

    def _same_as(self, index: int) -> int | None:
        node = self.nodes[index]
        target = self._shorter(index, node)
        if target is not None and len(self.ranges.of[target].low) == len(self.ranges.of[index].low):
            return target
        if index in self.circles:
            return None
        key = (node.operator, node.arguments, node.domain, node.unit, node.detail)
        return self.known.setdefault(key, index)

    def _shorter(self, index: int, node: Node) -> int | None:
        """The argument that always has the node's value, if one has."""
        args, of = node.arguments, self.ranges.of
        match node.operator:
            case "same":
                return args[0]
            case "minimum" | "maximum":
                a, b = (of[args[0]], of[args[1]]) if node.operator == "minimum" else (of[args[1]], of[args[0]])
                return args[0] if (a.high <= b.low).all() else args[1] if (b.high <= a.low).all() else None
            case "and" | "or":
                firm = 1 if node.operator == "and" else 0
                for one, other in (args, args[::-1]):
                    if (of[one].low == firm).all() and (of[one].high == firm).all():
                        return other
                return args[0] if args[0] == args[1] else None
            case "add" | "subtract":
                zero = [(of[a].low == 0).all() and (of[a].high == 0).all() for a in args]
                return args[0] if zero[1] else args[1] if zero[0] and node.operator == "add" else None
            case "not":
                inner = self.nodes[args[0]]
                return inner.arguments[0] if args[0] in self.moving and inner.operator == "not" else None
            case "times":
                # Parts of another size stay what they are: `scale` reads the denominator of its rate.
                alike = node.unit.denominator == self.nodes[args[0]].unit.denominator
                return args[0] if node.detail[0] == 1 and alike else None
            case "where":
                return self._branch(index, node)
            case "pick":
                question = of[args[0]]
                if (question.low == question.low[0]).all() and (question.high == question.low[0]).all():
                    taken = int(question.low[0])
                    return args[1 + taken] if 0 <= taken < len(args) - 1 else args[1]
                return args[1] if len(set(args[1:])) == 1 else None
            case _:
                return None

    def _branch(self, index: int, node: Node) -> int | None:
        condition, value, otherwise = node.arguments
        of = self.ranges.of
        if value == otherwise or (of[condition].low > 0).all():
            return value
        if ((of[condition].low == 0) & (of[condition].high == 0)).all():
            return otherwise
        inner = self.nodes[condition]
        if inner.operator == "not" and condition in self.moving and condition not in self.static:
            self.nodes[index] = replace(node, arguments=(inner.arguments[0], otherwise, value))
        elif node.unit.kind == "flag" and (of[value].low == 1).all() and not of[otherwise].high.any():
            return condition
        return None

    def folded(self, columns: Columns, wanted: list[int]) -> Folded:
        """What is left, as a program of its own."""
        final = {index: self.at_last(index) for index in wanted}
        left = Program()
        left.nodes = [
            replace(node, operator="input", arguments=(), detail=(f"static {index}", node.unit))
            if index in self.static
            else replace(node, arguments=tuple(self.at_last(a) for a in node.arguments))
            for index, node in enumerate(self.nodes)
        ]
        ranges = replace(self.ranges, program=left)
        return Folded(
            self.whole, columns, self.shape, left, self.static, self.drawn, self.bounds, final, ranges,
            frozenset(self.circles),
        )  # fmt: skip


class _Emptied(Mapping[Key, Array]):
    """Columns, of which some have no rows: those that are drawn for records that there are none of."""

    def __init__(self, under: Columns, emptied: Mapping[Key, Array]):
        self.under, self.emptied = under, emptied

    def __getitem__(self, key: Key) -> Array:
        return self.emptied[key] if key in self.emptied else self.under[key]

    def __iter__(self):
        return iter(self.under)

    def __len__(self) -> int:
        return len(self.under)
