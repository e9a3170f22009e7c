"""A small agreement played forward, for the tests of what a simulation writes: 2 scenarios, 2 sets of readings."""

import json
from pathlib import Path

from adidem.clauses.determination import DECLARATION, VERDICT
from adidem.clauses.revenue_share import REVENUE
from adidem.desk.simulating.futures import Future
from adidem.desk.workspace import Workspace
from adidem.findings.evaluator import by_numpy
from adidem.findings.futures import Futures, simulate
from adidem.findings.setting import Setting
from adidem.kernel.event import EventKind
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.kernel.quantity import Unit, money
from adidem.kernel.term import Term
from adidem.text.grammar import parse_formula
from adidem.worlds.computed import Computed
from adidem.worlds.outlook import Driver, Outlook, Parameter, Scenario, Source, Stage
from adidem.worlds.slot import slots
from documents import NOTICE, agreement, held, share, stop_as_read

STARTS, UNTIL = parse_date("2021-12-31"), parse_date("2024-12-31")
READINGS = ({"threshold.decided_by": "declaration"}, {"threshold.decided_by": "panel"})
FOREVER = 2**61

AGREEMENT = agreement(
    "Sampled alliance",
    "2021-01-01",
    counting=NOTICE,
    share=share("3/16", "quarter", products="every product") + "cap: USD 6 bn",
    resale=share("20 %", by="cloud", to="lab", products="every product"),
    threshold=stop_as_read("threshold", "share", "declaration.profit >= USD 1.5 bn") + "verify_within: 90 days",
)

_VALUES = {
    "lab.start": 5e10,
    "lab.growth": 0.5,
    "lab.volatility": 0.3,
    "cloud.start": 2e10,
    "cloud.growth": 0.2,
    "cloud.volatility": 0.15,
    "declared.chance": 0.5,
    "verdict.low": 30,
    "verdict.high": 120,
    "verdict.upheld": 0.6,
    "verdict.rejected": 0.3,
}


def workspace(lines: list[str]) -> Workspace:
    """The agreement with a ledger, in memory."""
    return held(AGREEMENT, lines)


def _computed(kind: EventKind, column: str, formula: str) -> Computed:
    return Computed(parse_formula(formula, None), next(each for each in kind.columns if each.name == column), 1)


def outlook(scenarios: bool = True) -> Outlook:
    """Revenue of both sides, and declarations with their verdicts; growth by scenario."""
    parameters = {id: _parameter(id, value, value, value) for id, value in _VALUES.items()}
    drivers = tuple(
        Driver(id, "growth", money("USD"), {part: f"{id}.{part}" for part in ("start", "growth", "volatility")})
        for id in ("lab", "cloud")
    )
    chances = (("upheld", "verdict.upheld"), ("rejected", "verdict.rejected"))
    verdict = Stage(VERDICT, {}, "outcome", chances, (), ("verdict.low", "verdict.high"))
    declared = {"profit": _computed(DECLARATION, "profit", "lab")}
    sources = (
        *(
            Source(
                f"{by}-sales",
                REVENUE,
                {"by": by, "product": f"product/{by}"},
                {"amount": _computed(REVENUE, "amount", by)},
                "month",
            )
            for by in ("lab", "cloud")
        ),
        Source(
            "declared",
            DECLARATION,
            {"by": "lab", "subject": "threshold"},
            declared,
            "quarter",
            chance="declared.chance",
            stages=(verdict,),
        ),
    )
    courses = (
        Scenario("boom", "demand", _parameter("boom", 0.6, 0.5, 0.7), {"lab.growth": 0.9}, "sales double"),
        Scenario("lull", "demand", _parameter("lull", 0.4, 0.3, 0.5), {"lab.growth": 0.0}, "sales stand still"),
    )
    return Outlook(None, STARTS, UNTIL, parameters, drivers, (), sources, courses if scenarios else ())


def _parameter(id: str, value: float, low: float, high: float) -> Parameter:
    return Parameter(id, value, low, high, Unit("rate"), Term(id, 0, ""))


def played(
    worlds: int, folder: Path | None = None, scenarios: bool = True, readings: int = 2
) -> tuple[Future, Futures]:
    """So many worlds, their totals kept in memory or in files of a folder."""
    assumed = outlook(scenarios)
    places = slots(assumed, "USD")
    whole = workspace([json.dumps(event) for event in places.template()])
    composition, columns = whole.composed(AsOf(UNTIL, FOREVER))
    setting = Setting(composition, columns, assumed, places, 7, READINGS[:readings])
    evaluators = [by_numpy(setting, each) for each in setting.sets]
    futures = simulate(setting, evaluators, worlds, folder=folder, run="test")
    return Future(workspace([]), assumed, setting), futures
