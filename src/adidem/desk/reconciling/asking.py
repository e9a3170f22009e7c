"""Their statement beside our figures: what is asked, what it is asked of, and the answer as plain data.

Knows workspaces, rules files and statements. Does not know how a difference is explained, nor terminals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from adidem.desk.families import families
from adidem.desk.reconciling.rules import StatementRules, StatementRulesReader
from adidem.desk.reconciling.statement import PRIOR, Reading, Statement, days_of, read_statement
from adidem.desk.settling import closing as settling
from adidem.desk.settling.closing import Settling
from adidem.desk.settling.closings import as_it_was, closings
from adidem.desk.workspace import Workspace, known_questions
from adidem.findings.adjusted import Adjusted
from adidem.findings.closed import Closing, period_days
from adidem.findings.hypothesis import Supposed
from adidem.findings.lines import Lines
from adidem.findings.reconciliation import Reconciled, reconcile
from adidem.kernel.composition import Composition
from adidem.kernel.formula import CELL, ONE
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.quantity import round_fraction
from adidem.kernel.source import Source
from adidem.records.columns import Columns
from adidem.records.ledger import Ledger
from adidem.records.values import MISSING
from adidem.text.guard import read_source

RULES = "statement.rules.yaml"
_DAY = 86_400
_MOST_INSTANTS = 12
_SUPPOSED = "(a line of the statement)"


@dataclass(frozen=True)
class Asked:
    """What is to be reconciled.

    rules   the rules file of the counterparty; where none is named, statement.rules.yaml of the workspace
    as_of   the pair of ours; where no day is named, the last of the record or of the period, whichever is later
    """

    statement: Path
    period: str
    rules: Path | None = None
    day: int | None = None
    known_at: int = 2**61
    readings: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Answer:
    """A statement reconciled, clause by clause.

    closing  of a period that is closed how it was: ours is what was settled then
    """

    asked: Asked
    as_of: AsOf
    statement: Statement
    currency: str
    known: dict[str, int | None]
    clauses: list[tuple[Reconciled, Supposed, Lines]]
    title: str
    separator: str = ","
    closing: Closing | None = None

    @property
    def equal(self) -> bool:
        """Whether there is nothing to talk about: no difference, and no row that could not be compared."""
        same = all(not one.steps and not one.unexplained for one, _, _ in self.clauses)
        return same and not self.statement.rows["unmapped"] and not self.statement.rows["rejected"]


def reconciled(workspace: Workspace, asked: Asked) -> Answer:
    """Reconcile a statement.

    Problems: those of rules files (I101 to I103, D351), of files (I106, I107, I111, I113); I115 there are no rules;
    D352 a period that is none, or of which a clause has no figure; D353 a statement of other periods alone; D307 the
    period is closed, and what was settled cannot be shown again.
    """
    period = _period(asked.period)
    day = max(workspace.last_day(), period[1]) if asked.day is None else asked.day
    now = pair = AsOf(day, asked.known_at)
    then, readings = workspace, asked.readings
    closing = _closed(workspace, period, pair)
    if closing is not None:
        then, pair, readings = as_it_was(workspace, closing), closing.as_of, closing.readings
    ledger = then.ledger
    composition, _ = then.composed(pair, ledger)
    known_questions(composition, asked.readings)
    names = list(dict.fromkeys(leg.clause for leg in composition.legs if leg.domain in (CELL, ONE)))
    rules = _rules(workspace, asked, names)
    currency = composition.currency()
    reading = Reading(rules, currency, ledger.places, names, asked.period, days_of(rules, workspace.zone))
    statement = read_statement(asked.statement, asked.statement.name, reading)
    ledger = _with_words(ledger, statement.new_words)
    composition, columns = then.composed(pair, ledger)
    clauses: list[tuple[Reconciled, Supposed, Lines]] = []
    known: dict[str, int | None] = {}
    for name in _named(rules, statement, names):
        ours = _ours(composition, columns, name, replace(asked, readings=readings), rules, period)
        lines = statement.clauses.get(name) or _no_lines()
        known[name] = _knew(rules, workspace.ledger, name, period[1], now)
        adjusted = _adjusted(then, ours, statement.adjustments.get(name, {}), pair, ledger)
        total = statement.totals.get(name)
        adjusted.whole = total is not None and not adjusted.theirs
        if closing is not None:
            later = _as_of(workspace, ours, now, workspace.ledger).get(ours.label, 0)
            adjusted.since = later - (ours.figure() or 0)
        lines = replace(lines, whole=bool(total) and not lines.inside.any())
        if total is None:
            total = statement.lines_sum.get(name, Fraction(0))
            # Of lines that are not rounded the sum is rounded where they round it, if the rules say how.
            total = Fraction(round_fraction(total, rules.rounding)) if rules.rounding is not None else total
            total += sum(adjusted.theirs.values(), Fraction(0))
        clauses.append((reconcile(ours, lines, total, adjusted, known[name]), ours, lines))
    _any_of_period(asked, statement, rules)
    title = composition.agreement.title
    return Answer(asked, pair, statement, currency, known, clauses, title, rules.separator, closing)


def _closed(workspace: Workspace, period: tuple[int, int], pair: AsOf) -> Closing | None:
    """The closing of the period in which the one that is asked for ends, as far as it is known.

    Problems: D307 what was settled then cannot be shown again.
    """
    known = closings(workspace, pair.recorded)
    held = [one for one in known if one.period.first <= period[1] <= one.period.last]
    own = min(held, key=lambda one: one.as_of.recorded, default=None)
    if own is not None:
        Settling(workspace, settling.Asked(own.period.label, known_at=pair.recorded)).as_closed()
    return own


# What is asked for


def _period(label: str) -> tuple[int, int]:
    found = period_days(label)
    if found is None:
        mend = "write 2025-06, 2025-Q2 or 2025; of a milestone its day, 2025-06-30"
        raise ProblemError([Problem("D352", f"“{label}” is no period", at="--period", mend=mend)])
    return found


def _rules(workspace: Workspace, asked: Asked, clauses: Sequence[str]) -> StatementRules:
    path = asked.rules or workspace.root / RULES
    if asked.rules is None and not path.exists():
        mend = f"type --map RULES, or write {RULES}, by docs/reconcile.md"
        raise ProblemError([Problem("I115", "no rules say how the statement is written", at="--map", mend=mend)])
    source: Source = read_source(path, path.name if asked.rules is None else path.as_posix(), what="rules file")
    reader = StatementRulesReader(clauses)
    rules = reader.read(source)
    if rules is None:
        raise ProblemError(reader.words.problems)
    return rules


def _named(rules: StatementRules, statement: Statement, names: Sequence[str]) -> list[str]:
    """The clauses that the statement is about, or should be: those that the rules name, and those that it names."""
    value = rules.values["clause"]
    said = {word for _, word in value.words} if value.column is not None else {value.constant}
    return [name for name in names if name in said or name in statement.clauses]


def _ours(
    composition: Composition,
    columns: Columns,
    name: str,
    asked: Asked,
    rules: StatementRules,
    period: tuple[int, int],
) -> Supposed:
    """Our figure of a clause. Problems: D352 it has none of that period."""
    choice = dict(asked.readings)
    ours = Supposed(composition, columns, families(), name, asked.period, *period, choice, rules.figure)
    labels = ours.labels()
    if asked.period not in labels:
        sentence = f"{name} has no figure of {asked.period}, as of {show_day(columns.as_of.occurred)}"
        mend = did_you_mean(asked.period, labels) if labels else "name a stream of its transfers: figure: share"
        raise ProblemError([Problem("D352", sentence, at="--period", mend=mend)])
    return ours


def _any_of_period(asked: Asked, statement: Statement, rules: StatementRules) -> None:
    """Problems: D353 every line of the statement is about another period."""
    lines = [lines for lines in statement.clauses.values() if len(lines)]
    if lines and not any(each.inside.any() for each in lines) and not statement.totals:
        others = statement.labels[1:]
        sentence = f"no line of the statement is about {asked.period}, but about {', '.join(others[:6])}"
        known = next((label for label in others if period_days(label) is not None), "")
        mend = (
            f"type --period {known}" if known else f"say in the rules which period that is: words: {{{others[0]}: …}}"
        )
        raise ProblemError([Problem("D353", sentence, at=statement.file.name, mend=mend)])


def _with_words(ledger: Ledger, new: Sequence[str]) -> Ledger:
    """The ledger with further words; the last of them names whatever a statement supposes to be there."""
    words = [*ledger.words, *new, _SUPPOSED]
    out = Ledger(words, ledger.tables, ledger.sources, ledger.digest, ledger.currency)
    first = len(ledger.words)
    out.places = {**ledger.places, **{word: first + place for place, word in enumerate([*new, _SUPPOSED])}}
    return out


def _no_lines() -> Lines:
    none = np.zeros(0, np.int64)
    return Lines(none, none.astype(bool), none, none, none, none, none, none)


# What was known when


def _knew(rules: StatementRules, ledger: Ledger, clause: str, through: int, pair: AsOf) -> int | None:
    """The second up to which they knew the record: as the rules say, or that of the event of their statement."""
    if rules.known_at is not None:
        return rules.known_at * _DAY + _DAY - 1
    told = [second for day, second in _statements(ledger, clause, pair) if day == through]
    return max(told) if told else None


def _statements(ledger: Ledger, clause: str, pair: AsOf) -> Iterator[tuple[int, int]]:
    """The last day of the period of each statement of a clause that came, and the end of the day on which it did."""
    table = ledger.tables.get("statement")
    place = ledger.places.get(clause)
    if table is None or place is None:
        return
    counts = (table.recorded <= pair.recorded) & (pair.recorded < table.superseded)
    counts &= table.columns["about"] == place
    for row in np.flatnonzero(counts).tolist():
        yield int(table.columns["through"][row]), int(table.occurred[row]) * _DAY + _DAY - 1


def _adjusted(
    workspace: Workspace, ours: Supposed, taken: Mapping[str, Fraction], pair: AsOf, ledger: Ledger
) -> Adjusted:
    """Our corrections of prior periods since they were last settled or stated, beside those that they take.

    The period after the last one that is settled takes them: so none stands in two.
    """
    settled = _settled(workspace, ours, pair, ledger)
    if settled is None and not taken:
        return Adjusted()
    now, due, theirs = ours.by_period(), dict[str, int](), dict(taken)
    before, cut, through = settled if settled is not None else (now, None, ours.first - 1)
    for label in ours.labels():
        if _ends(label) <= through == ours.first - 1 and now.get(label, 0) != before.get(label, 0):
            due[label] = now.get(label, 0) - before.get(label, 0)
    if PRIOR in theirs:  # one sum for all prior periods
        due, theirs = {PRIOR: sum(due.values())}, {PRIOR: sum(theirs.values(), Fraction(0))}
    if all(due.get(label, 0) == took for label, took in theirs.items()):
        return Adjusted(due, theirs)
    seconds = [second for second in _instants(ours, pair) if second != cut]
    runs = [now, before, *(_as_of(workspace, ours, AsOf(pair.occurred, second), ledger) for second in seconds)]
    could = {label: {one.get(label, 0) - other.get(label, 0) for one in runs for other in runs} for label in theirs}
    return Adjusted(due, theirs, could)


def _settled(
    workspace: Workspace, ours: Supposed, pair: AsOf, ledger: Ledger
) -> tuple[dict[str, int], int, int] | None:
    """What prior periods were settled as: period → figure as of their last closing, or else of their last statement;
    the second by which that was known, and the last day that is settled.
    """
    closed = [one for one in closings(workspace, pair.recorded) if one.period.last < ours.first]
    if closed:
        last = closed[-1]
        then = as_it_was(workspace, last)
        return _as_of(then, ours, last.as_of, then.ledger, last.readings), last.as_of.recorded, last.period.last
    told = [(second, day) for day, second in _statements(ledger, ours.clause, pair) if day < ours.first]
    if not told:
        return None
    second = max(told)[0]
    return _as_of(workspace, ours, AsOf(pair.occurred, second), ledger), second, max(day for _, day in told)


def _as_of(
    workspace: Workspace, ours: Supposed, pair: AsOf, ledger: Ledger, readings: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Period → figure, as of another pair; nothing where no document was known by then."""
    try:
        composition, columns = workspace.composed(pair, ledger)
    except ProblemError:
        return {}
    own = (ours.clause, ours.label, ours.first, ours.last, readings or ours.choice, ours.leg)
    return Supposed(composition, columns, ours.families, *own).by_period()


def _instants(ours: Supposed, pair: AsOf) -> list[int]:
    """The last seconds at which an event of a prior period was recorded or told otherwise, after the period's end."""
    if not ours.kind:
        return []
    raw = ours.columns.ledger.tables[ours.kind]
    seconds = raw.recorded[(raw.occurred < ours.first) & (raw.recorded <= pair.recorded)]
    changed = np.unique(np.concatenate([seconds, raw.superseded[raw.superseded <= pair.recorded]]))
    return [int(second) - 1 for second in changed[-_MOST_INSTANTS:]]


def _ends(label: str) -> int:
    found = period_days(label)
    return found[1] if found is not None else MISSING
