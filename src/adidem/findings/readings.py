"""Where the parties are not ad idem: what turns on each question, where outcomes part, and which to settle first.

Knows results under readings. Does not know where hypothetical events come from, nor how it is shown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from adidem.findings.outcome import Outcome, Result
from adidem.findings.probe import probes
from adidem.kernel.composition import Question
from adidem.kernel.family import Family
from adidem.kernel.period import NEVER
from adidem.kernel.problem import ProblemError

MOST_PROBES = 60


@dataclass(frozen=True)
class Difference:
    """What turns on one question.

    money     party → (least, most) of its net position in minor units, over the readings, for the choice of the other
              questions under which most turns on it
    rights    norms whose state is another under another reading, and balances that are: id → {reading: state}
    first     the day and the event or figure at which outcomes first part
    """

    question: Question
    money: dict[str, tuple[int, int]]
    rights: dict[str, dict[str, str]]
    in_force: dict[str, dict[str, str]]
    first_day: int
    first: str
    hypothetical: tuple[str, ...] = ()

    @property
    def at_stake(self) -> int:
        """The most that the readings move any party, in minor units."""
        return max((high - low for low, high in self.money.values()), default=0)


@dataclass(frozen=True)
class Dispute:
    """All questions: those the record has tested, those only a hypothetical event tests, and those that nothing
    tests.
    """

    tested: list[Difference]
    untested: list[Difference]
    silent: list[Question]
    settle_first: str
    removes: float


def dispute(outcome: Outcome, families: dict[str, Family], rerun: Callable[[Sequence[str]], Outcome]) -> Dispute:
    """What turns on each question of the agreement; `rerun` runs the record again with hypothetical events."""
    tested = [d for q in outcome.composition.questions.values() if (d := difference(outcome, q)) is not None]
    known = {d.question.id for d in tested}
    untested: list[Difference] = []
    silent: list[Question] = []
    for question in outcome.composition.questions.values():
        if question.id not in known:
            found = _probed(outcome, question, families, rerun)
            untested += [found] if found is not None else []
            silent += [] if found is not None else [question]
    tested.sort(key=lambda d: (-d.at_stake, -len(d.rights)))
    settle, removes = _settle_first(outcome, [d.question.id for d in tested])
    return Dispute(tested, untested, silent, settle, removes)


def difference(outcome: Outcome, question: Question, hypothetical: Sequence[str] = ()) -> Difference | None:
    """What turns on one question, or None where nothing does."""
    if question.id not in outcome.questions:
        return None
    money: dict[str, tuple[int, int]] = {}
    rights: dict[str, dict[str, str]] = {}
    in_force: dict[str, dict[str, str]] = {}
    first: tuple[int, str] = (NEVER, "")
    units = {name: flows[0].unit for name, flows in outcome.composition.flows.items()}
    counted = {name: unit for name, unit in units.items() if unit.kind == "count"}
    for group in _alike_but_for(outcome, question.id):
        for party, span in _spans(group.values()).items():
            low, high = money.get(party, (0, 0))
            money[party] = span if span[1] - span[0] > high - low else (low, high)
        states = {reading: {o.id: o.state for o in result.obligations} for reading, result in group.items()}
        for id in sorted({id for found in states.values() for id in found}):
            seen = {reading: found.get(id, "none") for reading, found in states.items()}
            if len(set(seen.values())) > 1:
                rights.setdefault(id, seen)
        stands = {reading: {f.clause.id for f in result.in_force} for reading, result in group.items()}
        for id in sorted(set().union(*stands.values())):
            seen = {reading: "in force" if id in found else "not in force" for reading, found in stands.items()}
            if len(set(seen.values())) > 1:
                in_force.setdefault(id, seen)
        for name, unit in counted.items():
            seen = {r: f"{Decimal(result.quantities[name]) / unit.denominator:f}" for r, result in group.items()}
            if len(set(seen.values())) > 1:
                rights.setdefault(name, seen)
        first = min([first, *_partings(list(group.values()))])
    money = {party: span for party, span in money.items() if span[0] != span[1]}
    return Difference(question, money, rights, in_force, *first, tuple(hypothetical))


def _alike_but_for(outcome: Outcome, question: str) -> Iterable[dict[str, Result]]:
    """The results in groups that differ in one question alone: reading → result."""
    groups: dict[tuple[tuple[str, str], ...], dict[str, Result]] = {}
    for result in outcome.results:
        for readings in (result.readings, *result.also):
            others = tuple((q, r) for q, r in readings.items() if q != question)
            groups.setdefault(others, {})[readings[question]] = result
    return groups.values()


def net(result: Result) -> dict[str, int]:
    """Party → what it is owed less what it owes, in minor units; together they are nothing."""
    out: dict[str, int] = {}
    for figure in result.figures:
        transfer = figure.transfer
        out[transfer.payee] = out.get(transfer.payee, 0) + transfer.amount_minor
        out[transfer.payer] = out.get(transfer.payer, 0) - transfer.amount_minor
    return out


def _spans(results: Iterable[Result]) -> dict[str, tuple[int, int]]:
    nets = [net(result) for result in results]
    parties = sorted({party for found in nets for party in found})
    return {p: (min(n.get(p, 0) for n in nets), max(n.get(p, 0) for n in nets)) for p in parties}


def _partings(results: Sequence[Result]) -> list[tuple[int, str]]:
    """The days and names of what is not the same in all of these results."""
    found: list[tuple[int, str]] = []
    norms = [{o.id: o for o in result.obligations} for result in results]
    for id in {id for each in norms for id in each}:
        if len({each[id].state if id in each else "" for each in norms}) > 1:
            seen = [each[id] for each in norms if id in each]
            moved = [standing for standing in seen if standing.state != "in effect"] or seen
            earliest = min(moved, key=lambda standing: standing.since)
            found.append((earliest.since, earliest.event or id))
    figures = [{f.transfer.id: f.transfer for f in result.figures} for result in results]
    for id in {id for each in figures for id in each}:
        if len({each.get(id) for each in figures}) > 1:
            found.append((next(each[id].due for each in figures if id in each), id))
    return found


def _settle_first(outcome: Outcome, questions: list[str]) -> tuple[str, float]:
    """The question whose settling leaves the least difference, in the worst case of how it is settled; and what part
    goes.
    """
    spread = _spread(outcome.results)
    if not questions or spread == (0, 0):
        return "", 0.0
    left: dict[str, tuple[int, int]] = {}
    for question in questions:
        by_reading: dict[str, list[Result]] = {}
        for result in outcome.results:
            for readings in (result.readings, *result.also):
                by_reading.setdefault(readings[question], []).append(result)
        left[question] = max(_spread(results) for results in by_reading.values())
    best = min(questions, key=lambda q: left[q])
    place = 0 if spread[0] else 1
    return best, 1 - left[best][place] / spread[place]


def _spread(results: Sequence[Result]) -> tuple[int, int]:
    """How far results lie apart: in money, over all parties; then in norms whose states differ."""
    money = sum(high - low for low, high in _spans(results).values())
    states = [{(o.id, o.state) for o in result.obligations} for result in results]
    together = set.intersection(*states) if states else set[tuple[str, str]]()
    return money, len(set().union(*states) - together)


def _probed(
    outcome: Outcome, question: Question, families: dict[str, Family], rerun: Callable[[Sequence[str]], Outcome]
) -> Difference | None:
    """What turns on a question once a hypothetical event tests it."""
    name = question.id.rpartition(".")[0]
    clause = next((c for c in reversed(outcome.composition.agreement.clauses) if c.id == name), None)
    if clause is None or not clause.stands(outcome.as_of):
        return None
    for number, lines in enumerate(
        probes(clause, families[clause.family], outcome.as_of, outcome.composition.currency())
    ):
        if number >= MOST_PROBES:
            return None
        try:
            tried = rerun(lines)
        except ProblemError:
            continue
        found = difference(tried, tried.composition.questions[question.id], lines)
        if found is not None:
            return found
    return None
