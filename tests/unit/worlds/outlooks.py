"""Small outlooks, built in memory for the tests of what is drawn from them."""

from collections.abc import Mapping

from adidem.kernel.event import Column, EventKind
from adidem.kernel.literal import parse_date
from adidem.kernel.quantity import Unit
from adidem.kernel.term import Syntax, Term
from adidem.text.grammar import parse_formula
from adidem.worlds.computed import Computed
from adidem.worlds.outlook import Correlation, Driver, Outlook, Parameter, Scenario, Shape, Source, Stage

RATE, USD = Unit("rate"), Unit("money", "USD")
STARTS, UNTIL = parse_date("2025-06-30"), parse_date("2030-12-31")

REVENUE = EventKind(
    "revenue", (Column("by", "party"), Column("product", "name"), Column("amount", "money", signed=True))
)
DECLARATION = EventKind(
    "declaration",
    (Column("by", "party"), Column("subject", "name"), Column("profit", "money", required=False)),
)
VERDICT = EventKind(
    "verdict",
    (Column("declaration", "id"), Column("outcome", "choice", choices=("upheld", "rejected"))),
    joins="declaration",
)


def formula(text: str) -> Syntax:
    """A formula as an outlook writes it."""
    return parse_formula(text, None)


def parameter(id: str, value: float, unit: Unit = RATE) -> Parameter:
    """A number without a range."""
    return Parameter(id, value, value, value, unit, Term(id.rpartition(".")[2], str(value), str(value)))


def computed(kind: EventKind, formulas: Mapping[str, Syntax]) -> dict[str, Computed]:
    """Columns of money, worked out by formulas."""
    return {name: Computed(syntax, kind.column(name), 1) for name, syntax in formulas.items()}  # type: ignore[arg-type]


class Building:
    """An outlook in the making: each call adds a part and the parameters that it needs."""

    def __init__(self, starts: int = STARTS, until: int = UNTIL):
        self.starts, self.until = starts, until
        self.parameters: dict[str, Parameter] = {}
        self.drivers: list[Driver] = []
        self.correlations: list[Correlation] = []
        self.sources: list[Source] = []
        self.scenarios: list[Scenario] = []

    def number(self, id: str, value: float) -> str:
        """A parameter; its id."""
        self.parameters[id] = parameter(id, value)
        return id

    def driver(
        self,
        id: str,
        shape: Shape = "growth",
        season: tuple[float, ...] = (),
        series: tuple[tuple[int, float], ...] = (),
        formula_text: str = "",
        **numbers: float,
    ) -> "Building":
        """A driver with its numbers by role."""
        roles = {role: self.number(f"{id}.{role}", value) for role, value in numbers.items()}
        syntax = formula(formula_text) if formula_text else None
        self.drivers.append(Driver(id, shape, USD, roles, syntax, series, season))
        return self

    def correlated(self, one: str, other: str, strength: float) -> "Building":
        """Two drivers that move together."""
        id = self.number(f"{one}-{other}.strength", strength)
        self.correlations.append(Correlation(one, other, id))
        return self

    def flow(self, id: str, amount: str, every: str = "month", when: str = "", **more: object) -> "Building":
        """Revenue at the end of each period."""
        gate = formula(when) if when else None
        columns = {"by": "lab", "product": "product/{period}"}
        self.sources.append(
            Source(id, REVENUE, columns, computed(REVENUE, {"amount": formula(amount)}), every, when=gate, **more)
        )  # type: ignore[arg-type]
        return self

    def hazard(
        self,
        id: str,
        chance: float,
        every: str = "month",
        when: str = "",
        verdict: Mapping[str, float] | None = None,
        within: tuple[float, float] = (30, 180),
        rules: tuple[tuple[str, str], ...] = (),
        **more: object,
    ) -> "Building":
        """A declaration that may come, and perhaps a verdict on it."""
        stages: tuple[Stage, ...] = ()
        if verdict is not None or rules:
            chances = tuple((w, self.number(f"{id}.verdict.{w}", c)) for w, c in (verdict or {}).items())
            ends = zip(("soonest", "latest"), within, strict=True)
            days = tuple(self.number(f"{id}.verdict.within.{end}", number) for end, number in ends)
            told = tuple((formula(condition) if condition else None, word) for condition, word in rules)
            stages = (Stage(VERDICT, {}, "outcome", chances, told, days),)  # type: ignore[arg-type]
        gate = formula(when) if when else None
        self.sources.append(
            Source(
                id,
                DECLARATION,
                {"by": "lab", "subject": "threshold"},
                computed(DECLARATION, more.pop("amounts", {})),  # type: ignore[arg-type]
                every,  # type: ignore[arg-type]
                self.number(f"{id}.chance", chance),
                when=gate,
                stages=stages,
                **more,  # type: ignore[arg-type]
            )
        )
        return self

    def scenario(self, name: str, probability: float, partition: str = "courses", **changes: float) -> "Building":
        """A scenario; `driver__growth` stands for the id `driver.growth`."""
        changed = {id.replace("__", "."): value for id, value in changes.items()}
        chance = parameter(f"{name}.probability", probability)
        self.parameters[chance.id] = chance
        self.scenarios.append(Scenario(name, partition, chance, changed))
        return self

    def outlook(self) -> Outlook:
        """What has been built."""
        return Outlook(
            None,
            self.starts,
            self.until,
            self.parameters,
            tuple(self.drivers),
            tuple(self.correlations),
            tuple(self.sources),
            tuple(self.scenarios),
        )
