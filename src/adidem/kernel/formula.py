"""The program: typed formulas as one graph, and the handles with which clauses write them.

Knows operators, units and domains. Does not know clauses, readings, dates of documents or how a graph is evaluated.

A formula lives in one domain: `one` value for the run, one a `cell` (period), or one a record of a kind (`act`,
`offer`, …). A graph is built once and never changes after `seal`; equal formulas are one node.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import lcm
from typing import Any

from adidem.kernel.operator import OPERATORS, UnitMismatch
from adidem.kernel.period import NEVER
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import DATE, FLAG, Rounding, Unit
from adidem.kernel.source import Span

ONE = "one"
CELL = "cell"


@dataclass(frozen=True, slots=True)
class Node:
    """One formula: an operator over the nodes at `arguments`, in a domain, with a unit and the place that asked for
    it.
    """

    operator: str
    arguments: tuple[int, ...]
    domain: str
    unit: Unit
    detail: Any = None
    span: Span | None = None
    words: str = ""


class Program:
    """A graph of nodes under construction; `seal` makes it final."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._open: set[int] = set()
        self._span: Span | None = None

    @contextmanager
    def written_at(self, span: Span | None) -> Generator[None]:
        """Formulas made inside carry `span`, and problems found inside point to it."""
        before, self._span = self._span, span
        try:
            yield
        finally:
            self._span = before

    def node(self, operator: str, domain: str, *arguments: "Formula", detail: Any = None, words: str = "") -> "Formula":
        """The formula of an operator over arguments; the same one twice is one node. Problems: F001 units do not
        meet.
        """
        try:
            unit = OPERATORS[operator].unit([argument.unit for argument in arguments], detail)
        except UnitMismatch as mismatch:
            raise ProblemError([Problem("F001", str(mismatch), self._span, "compare and add like with like")]) from None
        indices = tuple(argument.index for argument in arguments)
        key = (operator, indices, domain, unit, detail, words if operator == "constant" else "")
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(Node(operator, indices, domain, unit, detail, self._span, words))
        return Formula(self, self._known[key])

    def constant(self, value: int, unit: Unit, words: str = "") -> "Formula":
        """A value that the text fixes."""
        return self.node("constant", ONE, detail=(value, unit), words=words)

    def input(self, domain: str, name: str, unit: Unit) -> "Formula":
        """A column that the run brings: of records, of periods, or of the choice of readings and assumed terms."""
        return self.node("input", domain, detail=(name, unit), words=name)

    def forward(self, domain: str, unit: Unit, words: str = "") -> "Formula":
        """A formula that is known only later: `resolve` says what it is."""
        index = len(self.nodes)
        self.nodes.append(Node("same", (index,), domain, unit, None, self._span, words))
        self._open.add(index)
        return Formula(self, index)

    def resolve(self, forward: "Formula", meaning: "Formula") -> None:
        """Say what a forward formula is."""
        self._open.remove(forward.index)
        node = self.nodes[forward.index]
        assert node.unit == meaning.unit, (node.unit, meaning.unit)
        assert meaning.domain in (node.domain, ONE), (node.domain, meaning.domain)
        self.nodes[forward.index] = replace(node, arguments=(meaning.index,))

    def seal(self) -> None:
        """No formula may be left without a meaning."""
        assert not self._open, [self.nodes[index].words for index in self._open]


def _meet(operator: str, *formulas: "Formula") -> str:
    """The domain of an elementwise formula: that of its arguments that are not of the domain `one`."""
    domains = {formula.domain for formula in formulas} - {ONE}
    assert len(domains) <= 1, f"{operator} of {domains}: bring them together with at, through or sum first"
    return domains.pop() if domains else ONE


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A handle on a node: reads as arithmetic, builds the graph."""

    program: Program
    index: int

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.program.nodes[self.index]

    @property
    def unit(self) -> Unit:
        """What it counts."""
        return self.node.unit

    @property
    def domain(self) -> str:
        """`one`, `cell` or a kind of record."""
        return self.node.domain

    def with_others(self, operator: str, *others: "Formula", detail: Any = None) -> "Formula":
        """An elementwise operator over it and others."""
        return self.program.node(operator, _meet(operator, self, *others), self, *others, detail=detail)

    def levelled(self, other: "Formula") -> tuple["Formula", "Formula"]:
        """Both over the same denominator."""
        if not self.unit.like(other.unit):
            return self, other
        common = lcm(self.unit.denominator, other.unit.denominator)
        return self.over(common), other.over(common)

    def over(self, denominator: int) -> "Formula":
        """The same number over a larger denominator."""
        factor = denominator // self.unit.denominator
        if factor == 1:
            return self
        return self.with_others("times", detail=(factor, replace(self.unit, denominator=denominator)))

    def __add__(self, other: "Formula") -> "Formula":
        a, b = self.levelled(other)
        return a.with_others("add", b)

    def __sub__(self, other: "Formula") -> "Formula":
        a, b = self.levelled(other)
        return a.with_others("subtract", b)

    def __lt__(self, other: "Formula") -> "Formula":
        a, b = self.levelled(other)
        return a.with_others("less", b)

    def __gt__(self, other: "Formula") -> "Formula":
        return other < self

    def __ge__(self, other: "Formula") -> "Formula":
        return other <= self

    def __le__(self, other: "Formula") -> "Formula":
        a, b = self.levelled(other)
        return a.with_others("at most", b)

    def __and__(self, other: "Formula") -> "Formula":
        if self.fixed() == 1:
            return other
        return self if other.fixed() == 1 else self.with_others("and", other)

    def __or__(self, other: "Formula") -> "Formula":
        if self.fixed() == 0:
            return other
        return self if other.fixed() == 0 else self.with_others("or", other)

    def __invert__(self) -> "Formula":
        return self.with_others("not")

    def fixed(self) -> int | None:
        """The value that the text fixes, or None where it is not fixed."""
        return self.node.detail[0] if self.node.operator == "constant" else None

    def equals(self, other: "Formula") -> "Formula":
        """1 where both are the same."""
        a, b = self.levelled(other)
        return a.with_others("equal", b)

    def scale(self, rate: "Formula", rounding: Rounding) -> "Formula":
        """`rate` of it, rounded once."""
        return self.with_others("scale", rate, detail=rounding)

    def after(self, unit: str, number: "Formula", calendar: Any = None) -> "Formula":
        """The day so many `days`, `business days` or `months` later; years are twelve months."""
        if unit == "years":
            unit, number = "months", number.with_others("times", detail=(12, number.unit))
        return self.with_others(f"after {unit}", number, detail=calendar)

    def sum(self, when: "Formula | None" = None) -> "Formula":
        """[cells] The sum over the records of each period: by their own period, or by the period of the day `when`."""
        return self.program.node("sum", CELL, self, *([when] if when else []), detail=self.domain)

    def earliest(self) -> "Formula":
        """[cells] The first day among the records so far, by the period in which each day lies."""
        first = self.program.node("earliest", CELL, self, detail=self.domain)
        return self.program.node("running", CELL, first)

    def total(self) -> "Formula":
        """[cells] Cumulated, this period included."""
        return self.program.node("total", CELL, self)

    def first_so_far(self) -> "Formula":
        """[cells] The least value so far, this period included."""
        return self.program.node("running", CELL, self)

    def since(self, closes: "Formula") -> "Formula":
        """[cells] Cumulated anew after each close."""
        return self.program.node("since", CELL, self, closes)

    def previous(self, initial: int = 0) -> "Formula":
        """[cells] Its value at the end of the period before."""
        return self.program.node("previous", CELL, self, detail=initial)

    def at(self, when: "Formula", otherwise: int = 0) -> "Formula":
        """A period's value, as of the days `when`; `otherwise` before the first period."""
        return self if self.domain == ONE else self.program.node("at", when.domain, self, when, detail=otherwise)

    def through(self, index: "Formula", otherwise: int) -> "Formula":
        """The value of the record that each record is joined with by `index`; `otherwise` where there is none."""
        return self if self.domain == ONE else self.program.node("through", index.domain, self, index, detail=otherwise)

    def until(self, own: "Formula", when: "Formula") -> "Formula":
        """The sum over the records whose day `own` is not later than `when`."""
        return self.program.node("until", when.domain, self, own, when, detail=self.domain)

    def latest(self, own: "Formula", when: "Formula") -> "Formula":
        """The greatest value of the records whose day `own` is not later than `when`; always where there is none."""
        return self.program.node("latest", when.domain, self, own, when, detail=self.domain)

    def where(self, value: "Formula", otherwise: "Formula") -> "Formula":
        """`value` where this holds, else `otherwise`."""
        a, b = value.levelled(otherwise)
        taken = None if self.fixed() is None else a if self.fixed() else b
        if taken is not None and taken.domain == _meet("where", a, b):
            return taken
        return self.with_others("where", a, b)

    def or_never(self, condition: "Formula") -> "Formula":
        """The day where the condition holds; never elsewhere."""
        return condition.where(self, self.program.constant(NEVER, DATE, "never"))


def pick(question: Formula, choices: list[Formula]) -> Formula:
    """The choice that each world's reading of the question makes."""
    common = lcm(*(choice.unit.denominator for choice in choices))
    level = [choice.over(common) if choice.unit.kind in ("rate", "count", "money") else choice for choice in choices]
    if len({choice.index for choice in level}) == 1:
        return level[0]
    return question.program.node("pick", _meet("pick", question, *level), question, *level)


def lesser(a: Formula, b: Formula) -> Formula:
    """The lesser of two, elementwise."""
    a, b = a.levelled(b)
    return a.with_others("minimum", b)


def greater(a: Formula, b: Formula) -> Formula:
    """The greater of two, elementwise."""
    a, b = a.levelled(b)
    return a.with_others("maximum", b)


def yes(program: Program) -> Formula:
    """The formula that always holds."""
    return program.constant(1, FLAG, "yes")


def no(program: Program) -> Formula:
    """The formula that never holds."""
    return program.constant(0, FLAG, "no")
