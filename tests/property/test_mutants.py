"""Faults planted in the engine, one at a time: the sample on which engine and oracle agree must find each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from adidem.desk.workspace import Workspace
from adidem.findings import standing
from adidem.kernel import compose, domain, engine, period
from adidem.kernel.composer import Composer
from adidem.kernel.domain import Meeting
from adidem.kernel.formula import Formula, yes
from adidem.kernel.operator import OPERATORS
from adidem.kernel.period import NEVER
from adidem.kernel.provision import Provision
from adidem.kernel.quantity import scale
from adidem.records.columns import Columns
from property.compare import agreement_known, answer_of, choices, differ, oracle, result_under
from property.oracle import Answer
from property.strategies import Case, make

SAMPLE = 250
Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Prepared:
    """A case with its documents read and what the oracle says of it."""

    case: Case
    workspace: Workspace
    said: list[tuple[dict[str, str], Answer]]

    def differs(self) -> bool:
        """Whether the engine, as it is now, says anything else; or breaks."""
        fresh = Workspace(Path("."), self.workspace.texts, self.workspace.ledger_sources, [])
        try:
            found = fresh.run(self.case.as_of)
            return any(differ(said, answer_of(result_under(found, readings))) for readings, said in self.said)
        except Exception:
            return True


@cache
def prepared(families: tuple[str, ...]) -> list[Prepared]:
    """The sample: cases of all families, or of some alone."""
    out: list[Prepared] = []
    for seed in range(SAMPLE // 2 if families else SAMPLE):
        case = make(Random(seed), families)
        workspace = case.workspace()
        agreement = agreement_known(case, workspace)
        said = [(readings, oracle(case, workspace, agreement, readings)) for readings in choices(agreement)]
        out.append(Prepared(case, workspace, said))
    return out


def array(name: str, form: Callable[[Any, Any], Any]) -> Patch:
    """Another array form for an operator."""
    return lambda patch: patch.setitem(OPERATORS, name, replace(OPERATORS[name], array=form))


def method(owner: Any, name: str, make_new: Callable[[Any], Any]) -> Patch:
    """A function made of the one that stands there."""
    return lambda patch: patch.setattr(owner, name, make_new(getattr(owner, name)))


def nothing(self: Composer, name: str, unit: Any) -> Formula:
    """No amount."""
    return self.program.constant(0, unit, "nothing")


def at_another_place(old: Any) -> Any:
    """Rounding by line where the text says by period."""
    return lambda self: (old(self)[0], "line" if old(self)[1] == "period" else "period")


def same_day(self: Provision, caused: Any, when: Formula) -> Formula:
    """Effects from the day itself."""
    return caused.when.latest(caused.when, when)


def unnamed(self: Provision, name: str, on: Formula) -> Any:
    """A term that no effect can set."""
    return [(yes(self.program), self.term(name))]


def shifted(old: Any) -> Any:
    """A join with the row before."""
    return lambda *args: np.maximum(old(*args) - 1, -1)


def never_superseded(old: Any) -> Any:
    """Corrected events that still count."""
    return lambda self, table: old(self, replace(table, superseded=np.full_like(table.superseded, 2**62)))


def to_the_second(old: Any) -> Any:
    """What is recorded at the second of asking, left out."""

    def counting(self: Columns, table: Any) -> Any:
        found = old(self, table)
        return found.only(found.recorded < self.as_of.recorded)

    return counting


def with_grace(old: Any) -> Any:
    """What is due, due a day later."""
    return lambda day, arises, due=None, *rest, **more: old(day, arises, due if due is None else due + 1, *rest, **more)


def first_day_counted(old: Any) -> Any:
    """The day on which a period starts, always its first."""
    return lambda self, start, number: old(replace(self, first_day_included=True), start, number)


def never_resumed(old: Any) -> Any:
    """Effects of which none resumes."""
    return lambda self, verb: [] if verb == "resume" else old(self, verb)


def met_before(value: Any, own: Any, when: Any, meeting: Meeting) -> Any:
    """Records met up to the day before."""
    return _until(value, own, when - 1, meeting)


_until = domain.until
MUTANTS: dict[str, Patch] = {
    "max for min": array("minimum", lambda _, a: np.maximum(a[0], a[1])),
    "min for max": array("maximum", lambda _, a: np.minimum(a[0], a[1])),
    "a month early": array("after months", lambda _, a: period.add_months(*np.broadcast_arrays(a[0], a[1] - 1))),
    "a day late": array("after days", lambda _, a: np.where(a[0] < NEVER, a[0] + a[1] + 1, a[0])),
    "a business day late": array("after business days", lambda calendar, a: calendar.after(a[0], a[1] + 1)),
    "the first day counted": method(period.Calendar, "after", first_day_counted),
    "halves up": lambda patch: patch.setattr(engine, "scale", lambda a, n, d, _: scale(a, n, d, "half up")),
    "halves to even": lambda patch: patch.setattr(engine, "scale", lambda a, n, d, _: scale(a, n, d, "half even")),
    "rounded at another place": method(Provision, "rounding", at_another_place),
    "before for until": lambda patch: patch.setattr(Formula, "__le__", lambda a, b: a < b),
    "after for from": lambda patch: patch.setattr(Formula, "__ge__", lambda a, b: b < a),
    "effects on the same day": lambda patch: patch.setattr(Provision, "last_before", same_day),
    "no effect sets a term": lambda patch: patch.setattr(Provision, "terms_by_day", unnamed),
    "nothing is resumed": method(Provision, "caused", never_resumed),
    "the joined row off by one": method(Columns, "_joined", shifted),
    "a cap that forgets": lambda patch: patch.setattr(Composer, "carried", nothing),
    "a cap that sees one text": lambda patch: patch.setattr(Composer, "flowing", nothing),
    "a shortfall paid twice": lambda patch: patch.setattr(Composer, "brought", nothing),
    "the last for the earliest": lambda patch: patch.setitem(engine._VALUES, "running", Meeting(np.maximum, 0)),
    "a first period that was over": method(domain, "previous", lambda old: lambda value, _: old(value, 0)),
    "periods that never close": method(domain, "since", lambda old: lambda v, c, m: old(v, np.zeros_like(c), m)),
    "up to the day before": lambda patch: patch.setattr(domain, "until", met_before),
    "quarters a month off": method(period.Grid, "closes", lambda old: lambda self, every: np.roll(old(self, every), 1)),
    "corrections that correct nothing": method(Columns, "_counting", never_superseded),
    "a second too early": method(Columns, "_counting", to_the_second),
    "nothing survives": lambda patch: patch.setattr(compose, "_listed", lambda *_: ()),
    "the order turned round": method(compose, "yields", lambda old: lambda clause, other: old(other, clause)),
    "a day of grace": method(standing, "state", with_grace),
}
ALONE = {
    "a cap that forgets": ("revenue-share",),
    "a cap that sees one text": ("revenue-share",),
    "a shortfall paid twice": ("minimum-commitment",),
}


def test_the_sample_stands():
    """Without a fault, engine and oracle agree on all of the sample."""
    assert not [each.case for families in {(), *ALONE.values()} for each in prepared(families) if each.differs()]


@pytest.mark.parametrize("name", MUTANTS)
def test_no_fault_lives(name: str, monkeypatch: pytest.MonkeyPatch):
    """The fault is found."""
    sample = prepared(ALONE.get(name, ()))
    MUTANTS[name](monkeypatch)
    assert any(each.differs() for each in sample)
