"""An outlook: what is assumed of the months to come, typed and named, before anything is drawn.

Knows drivers, sources of events, answers, scenarios and the parameters that they stand on. Does not know documents'
syntax, streams of chance or the program.

Every number of an outlook is a parameter with a name, a range and a source, so that a scenario can change it and an
analysis can vary it. Money is in minor units, a rate is a fraction, a span of time is in days; all as float64, for
chance may be floating: what is drawn becomes an integer where it becomes an event, and only there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from adidem.kernel.agreement import Document
from adidem.kernel.event import EventKind
from adidem.kernel.period import Every
from adidem.kernel.quantity import Unit
from adidem.kernel.source import Span
from adidem.kernel.term import Syntax, Term
from adidem.worlds.computed import Computed

Shape = Literal["growth", "reversion", "s-curve", "series", "formula"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the outlook assumes: what is taken, the range in which it may lie, and the term that says so.

    id  assumption and term, as in `chatgpt-revenue.growth`
    """

    id: str
    value: float
    low: float
    high: float
    unit: Unit
    term: Term


@dataclass(frozen=True, slots=True)
class Driver:
    """A quantity that moves month by month and that no party pays: users, prices, capacity, revenue before it is
    earned.

    parameters  role → id of the parameter, by shape. Yearly: growth, volatility, pull, jump_chance, jump_size,
                jump_spread. For all: start. Of reversion: mean. Of an S-curve: ceiling, midpoint (day), width (days)
    formula     of a driver that is made of others, or in which a parameter is added
    series      quoted values: (day, value), ascending; between two days the earlier one holds
    season      twelve factors, January first; empty where there is no season
    """

    id: str
    shape: Shape
    unit: Unit
    parameters: Mapping[str, str]
    formula: Syntax | None = None
    series: tuple[tuple[int, float], ...] = ()
    season: tuple[float, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """How the monthly shocks of two drivers move together: a parameter between -1 and 1."""

    one: str
    other: str
    parameter: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A later stage of a sampled record: its answer, its verdict, its closing.

    columns    fixed columns: column → word
    choice     the column that is drawn or decided; empty where there is none
    chances    (word of `choice`, id of the parameter of its chance); what is left of 1 is that the stage never comes
    rules      (formula, word of `choice`): the first that holds decides, before any chance; no formula always holds
    within     ids of the parameters between which the days from the record to the stage lie, each day alike
    """

    kind: EventKind
    columns: Mapping[str, str]
    choice: str = ""
    chances: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[Syntax | None, str], ...] = ()
    within: tuple[str, str] = ("", "")
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What makes events of one kind: a flow at the end of each period, or a hazard that strikes in some.

    columns  fixed columns: column → word; `{period}` in a word stands for the label of the slot's period
    amounts  computed columns, each after the one that it follows
    every    one slot each month, quarter or year
    months   of the year, January is 1, with whose end a period must end to have a slot; empty for all
    chance   id of the parameter of the yearly chance of a hazard; empty for a flow, which always comes
    odds     a formula for the yearly chance in place of the parameter, of drivers and outcomes at the same time
    at_most  so many events in one world; 0 for any number
    when     what must hold of drivers and outcomes at the end of the period before for the event to come; who decides
             is `by`
    first    the first day on which it can come; `last` the last
    """

    id: str
    kind: EventKind
    columns: Mapping[str, str]
    amounts: Mapping[str, Computed]
    every: Every
    chance: str = ""
    odds: Syntax | None = None
    at_most: int = 0
    when: Syntax | None = None
    by: str = ""
    stages: tuple[Stage, ...] = ()
    first: int | None = None
    last: int | None = None
    months: tuple[int, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A course of things with a probability: what it changes, and by what it is known to have come.

    changes   id of a parameter → its value in this scenario
    resolves  the criteria, in words
    came_if   the criteria, of states and totals of the record; None where they stand in words alone
    """

    name: str
    partition: str
    probability: Parameter
    changes: Mapping[str, float]
    resolves: str = ""
    span: Span | None = None
    came_if: Syntax | None = None


@dataclass
class Outlook:
    """All that is assumed, in the order in which it is needed: a driver stands after those that it is made of.

    starts     the last day of the record; the first sampled day is the next
    until      the last day of the horizon
    backtest_from  the earlier day from which it is tried on what happened since; None where none is named
    """

    document: Document | None
    starts: int
    until: int
    parameters: dict[str, Parameter] = field(default_factory=dict[str, Parameter])
    drivers: tuple[Driver, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    sources: tuple[Source, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    backtest_from: int | None = None

    def partitions(self) -> dict[str, list[Scenario]]:
        """The scenarios by the partition of the future to which they belong, in the order written."""
        out: dict[str, list[Scenario]] = {}
        for scenario in self.scenarios:
            out.setdefault(scenario.partition, []).append(scenario)
        return out
