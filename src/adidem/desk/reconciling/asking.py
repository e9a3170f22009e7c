"""Their statement beside our figures: what is asked, what it is asked of, and the answer as plain data.

Knows workspaces, rules files and statements. Does not know how a difference is explained, nor terminals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from adidem.desk.families import families
from adidem.desk.reconciling.rules import StatementRules, StatementRulesReader
from adidem.desk.reconciling.settled import Settled, Statements, as_of, closed
from adidem.desk.reconciling.statement import Statement
from adidem.desk.reconciling.statement_reader import Reading, days_of, read_statement
from adidem.desk.settling.closings import as_it_was, counted, last_known, why_none
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
from adidem.records.values import UNBOUNDED
from adidem.text.guard import read_source

RULES = "statement.rules.yaml"
_DAY = 86_400
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
    known_at: int = UNBOUNDED
    readings: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Clause:
    """One clause of a statement, reconciled.

    knew    the second up to which they knew the record, if that is said
    stated  the day on which it was stated, where nothing is closed: ours is what was known then
    """

    found: Reconciled
    ours: Supposed
    lines: Lines
    knew: int | None = None
    stated: int | None = None


@dataclass
class Answer:
    """A statement reconciled, clause by clause.

    closing  of a period that is closed how it was: ours is what was settled then
    """

    asked: Asked
    as_of: AsOf
    statement: Statement
    currency: str
    title: str
    separator: str = ","
    closing: Closing | None = None
    clauses: list[Clause] = field(default_factory=list[Clause])

    @property
    def equal(self) -> bool:
        """Whether there is nothing to talk about: no difference, and no row that could not be compared."""
        same = all(not one.found.steps and not one.found.unexplained for one in self.clauses)
        return same and not self.statement.rows["unmapped"] and not self.statement.rows["rejected"]


def reconciled(workspace: Workspace, asked: Asked) -> Answer:
    """Reconcile a statement.

    Problems: those of rules files (I101 to I103, D351), of files (I106, I107, I111, I113); I115 there are no rules;
    D352 a period that is none, or of which a clause has no figure; D353 a statement of other periods alone; D307 the
    period is closed, and what was settled cannot be shown again.
    """
    period = _period(asked.period)
    day = max(last_known(workspace, asked.known_at), period[1]) if asked.day is None else asked.day
    now = pair = AsOf(day, asked.known_at)
    then, readings = workspace, asked.readings
    closing = closed(workspace, period[1], now)
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
    answer = Answer(asked, pair, statement, currency, composition.agreement.title, rules.separator, closing)
    programs = {pair.recorded: then.composed(pair, ledger)}
    for name in _named(rules, statement, names):
        statements = Statements.of(workspace.ledger, name, now)
        as_known = pair if counted(workspace, now) else _stated(statements, then, period[1], now)
        if as_known.recorded not in programs:
            programs[as_known.recorded] = then.composed(as_known, ledger)
        ours = _ours(*programs[as_known.recorded], name, replace(asked, readings=readings), rules, period)
        settled = Settled(then, ours, as_known, ledger, statements, closing is None and as_known is now)
        adjusted = settled.adjusted(statement.adjustments.get(name, {}))
        if not settled.open_now:
            adjusted.since = as_of(workspace, ours, now, workspace.ledger).get(ours.label, 0) - (ours.figure() or 0)
        lines, total = _theirs(statement, name, rules, adjusted)
        knew = statements.own(period[1]) if rules.known_at is None else rules.known_at * _DAY + _DAY - 1
        stated = as_known.recorded // _DAY if as_known is not pair else None
        answer.clauses.append(Clause(reconcile(ours, lines, total, adjusted, knew), ours, lines, knew, stated))
    _any_of_period(asked, statement)
    return answer


def _stated(statements: Statements, workspace: Workspace, last: int, now: AsOf) -> AsOf:
    """The pair for which a period was settled by its statement, where none is closed; else that of the question."""
    second = statements.settled(last)
    if second is None or second >= now.recorded:
        return now
    pair = AsOf(now.occurred, second)
    return pair if workspace.known(pair) else now


def _theirs(statement: Statement, name: str, rules: StatementRules, adjusted: Adjusted) -> tuple[Lines, Fraction]:
    """Their lines of a clause, and the whole of their figure, adjustments included, in minor units."""
    lines, total = statement.clauses.get(name) or _no_lines(), statement.totals.get(name)
    adjusted.whole = total is not None and not adjusted.theirs
    lines = replace(lines, whole=bool(total) and not lines.inside.any())
    if total is None:
        total = statement.lines_sum.get(name, Fraction(0))
        # Of lines that are not rounded the sum is rounded where they round it, if the rules say how.
        total = Fraction(round_fraction(total, rules.rounding)) if rules.rounding is not None else total
        total += sum(adjusted.theirs.values(), Fraction(0))
    return lines, total


# What is asked for


def _period(label: str) -> tuple[int, int]:
    found = period_days(label)
    if found is None:
        mend = "write 2025-06, 2025-Q2 or 2025; of a milestone its day, 2025-06-30"
        sentence = f"“{label}” is no period" + (f": {why}" if (why := why_none(label)) else "")
        raise ProblemError([Problem("D352", sentence, at="--period", mend=mend)])
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


def _any_of_period(asked: Asked, statement: Statement) -> None:
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
    out = Ledger(words, ledger.tables, ledger.sources, ledger.currency)
    first = len(ledger.words)
    out.places = {**ledger.places, **{word: first + place for place, word in enumerate([*new, _SUPPOSED])}}
    return out


def _no_lines() -> Lines:
    none = np.zeros(0, np.int64)
    return Lines(none, none.astype(bool), none, none, none, none, none, none)
