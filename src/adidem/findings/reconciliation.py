"""Why their figure is not ours: the difference attributed cause by cause, each proved by a run of our own program.

Knows what lines differ, which terms can be otherwise, and how to ask for the figure again. Does not know files, nor how
it is shown.

First what the lines show: the record is changed, cause after cause, to what it is for them, and the figure run again.
Then what no line shows: each other value of a term is tried alone, then two and three together, until our program gives
their figure to the minor unit. Each cause has the difference of two runs, so the parts and what is left unexplained
are together exactly theirs less ours. Nothing that does not lead to their figure is named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np

from adidem.findings.adjusted import Adjusted
from adidem.findings.alone import Alone, alone
from adidem.findings.altered import ORDER, Altered, alternatives, round_rate, scoped, stated
from adidem.findings.drafting import Cause
from adidem.findings.hypothesis import AS_IT_STANDS, Edits, Supposed
from adidem.findings.lines import Lines
from adidem.findings.matching import Comparison
from adidem.kernel.period import show_day
from adidem.kernel.quantity import Array, show_rate
from adidem.kernel.term import Quantity, Scope, Term
from adidem.records.values import MISSING

MOST_RUNS = 300
LEAST_RUNS = 24
ROWS_A_SEARCH = 30_000_000
"""How many records are run through in a search, over all its runs."""
MOST_TOGETHER = 3
MOST_RATES = 12
MOST_RATE = 1_000
_RATE = 10**9


@dataclass(frozen=True)
class Change:
    """Something that could be otherwise, for one cause: a term, or what another record tells.

    fitted  whether its value was chosen so that their figure comes out: what nobody holds or says
    """

    cause: str
    words: str
    altered: Altered | None = None
    set_: tuple[str, str, int, int] | None = None
    fitted: bool = False

    @property
    def about(self) -> str:
        """What it changes: two changes of one thing are never tried together."""
        return self.altered.term if self.altered is not None else ".".join(map(str, (self.set_ or ())[:3]))


@dataclass(frozen=True)
class Step:
    """A part of the difference: its cause, what it comes to, and what was changed to prove it.

    amount  minor units: the figure after the change less the figure before
    found   the lines and records that it concerns
    also    another cause that explains the same
    alone   where it comes to nothing: what it would come to by itself
    """

    cause: str
    words: str
    amount: int
    found: Cause | None = None
    altered: Altered | None = None
    also: str = ""
    alone: Alone | None = None


@dataclass
class Reconciled:
    """One clause of a statement, reconciled.

    ours, theirs  minor units; theirs may have parts of one
    adjusted      period → the corrections of prior periods that are in ours
    since         of a period that is settled: what came since comes to, which is in a later one
    others        further explanations of what no line shows, that fit as well: each its changes
    runs          how often the program was run
    """

    clause: str
    label: str
    ours: int
    theirs: Fraction
    adjusted: Mapping[str, int] = field(default_factory=dict[str, int])
    steps: list[Step] = field(default_factory=list[Step])
    others: list[tuple[Change, ...]] = field(default_factory=list[tuple[Change, ...]])
    since: int = 0
    runs: int = 0

    @property
    def unexplained(self) -> Fraction:
        """What no run gives."""
        return self.theirs - self.ours - sum(step.amount for step in self.steps)


def reconcile(ours: Supposed, lines: Lines, theirs: Fraction, adjusted: Adjusted, known: int | None) -> Reconciled:
    """Attribute the difference of one clause.

    theirs  their whole figure, adjustments included, in minor units
    known   the second up to which they knew the record, if that is said
    """
    figure = ours.figure() or 0
    out = Reconciled(ours.clause, ours.label, figure + sum(adjusted.ours.values()), theirs)
    out.adjusted = {label: amount for label, amount in adjusted.ours.items() if amount}
    out.since = adjusted.since
    edits, at, parts = AS_IT_STANDS, figure, list[Step]()
    if ours.kind:
        comparison = Comparison(ours, lines, known)
        for cause in comparison.causes():
            after = ours.figure(cause.edits)
            if after is None:
                continue
            words = _scope_words(ours, edits, cause, after) or cause.words
            hidden = alone(ours, comparison.alone(cause)) if after == at else None
            out.steps.append(Step(cause.name, words, after - at, cause, also=cause.also, alone=hidden))
            edits, at = cause.edits, after
        parts = list(_other_rates(ours, edits, lines, comparison.row))
    out.steps += parts
    theirs -= sum(part.amount for part in parts)
    search, adjustments = _chosen(ours, edits, lines, theirs, adjusted)
    for change, amount in search.attributed(at, out):
        hidden = alone(ours, *search.one(change)) if not amount else None
        out.steps.append(Step(change.cause, change.words, amount, altered=change.altered, alone=hidden))
    out.steps += adjustments
    out.runs = ours.runs
    return out


def _chosen(
    ours: Supposed, edits: Edits, lines: Lines, theirs: Fraction, adjusted: Adjusted
) -> tuple["_Search", list[Step]]:
    """What is sought, and which adjustments are otherwise: the first that leads to their figure with no term read
    otherwise, else with some. A total that says nothing of adjustments has ours in it, unless only a run without them
    gives it.
    """
    told = list(_adjustments(adjusted))
    tried = [(sum(adjusted.theirs.values(), Fraction(0)), told)]
    if adjusted.whole and told:
        tried.insert(0, (Fraction(sum(adjusted.ours.values())), []))
    sought = [(_Search(ours, edits, lines, theirs - taken), steps) for taken, steps in tried]
    plain = list(sought)
    if adjusted.since:
        words = f"what came after {ours.label} was settled is taken, and adjusts a later period"
        step = Step("adjustment", words, adjusted.since)
        later = [(theirs - taken - adjusted.since, [*steps, step]) for taken, steps in tried]
        plain += [(_Search(ours, edits, lines, target), steps) for target, steps in later]
    found = next((one for one in plain if one[0].start == one[0].target), None)
    return found or next((one for one in sought if one[0].found), sought[0])


def _other_rates(ours: Supposed, edits: Edits, lines: Lines, row: Array) -> Iterator[Step]:
    """Lines that say another rate than the text, where not all say the same: their records alone, run at both rates."""
    text = ours.texts[-1] if ours.texts else None
    term = text.terms.get("rate") if text is not None else None
    if len(lines.rates) < 2 or text is None or term is None or "tiers" in text.terms:
        return
    day = ours.table.occurred if edits.day is None else edits.day
    keep = np.ones(len(day), bool) if edits.keep is None else edits.keep
    outside = keep & ((day < ours.first) | (day > ours.last))
    for place, rate in enumerate(lines.rates[:MOST_RATES]):
        altered = stated(text, "rate", rate, show_rate(rate)) if 0 < rate < MOST_RATE else None
        at = np.unique(row[lines.inside & (lines.rate == place) & (row >= 0)])
        alone = outside.copy()
        alone[at] = keep[at]
        part = replace(edits, keep=alone, added=())
        if altered is None or rate.denominator > _RATE or rate == _fraction(ours, term):
            continue
        theirs, own = ours.figure(part, (altered,)), ours.figure(part)
        if theirs is not None and own is not None and theirs != own:
            words = f"{show_rate(rate)} on {len(at):,} of their lines, as these say"
            yield Step("rate", words, theirs - own, altered=replace(altered, words=words))


def _fraction(ours: Supposed, term: Term) -> Fraction | None:
    """The number of a term, as it is read, where it is one."""
    chosen = ours.choice.get(f"{ours.clause}.{term.name}", "")
    value = next((reading.value for reading in term.readings if reading.name == chosen), term.value)
    return Fraction(value.value, value.unit.denominator) if isinstance(value, Quantity) else None


def _scope_words(ours: Supposed, before: Edits, cause: Cause, after: int) -> str:
    """That the scope of the clause, read otherwise, gives the same figure: said where a run shows it."""
    if cause.name != "exclusion" or not ours.texts or not len(cause.rows):
        return ""
    text = ours.texts[-1]
    term = next((term for term in text.terms.values() if isinstance(term.value, Scope)), None)
    key = int(ours.table.columns[ours.key_column][cause.rows[0]]) if ours.key_column else -1
    if term is None or key < 0:
        return ""
    word, scope = ours.record.words[key], term.value
    assert isinstance(scope, Scope)
    if bool((cause.was == 0).all()):
        other = Scope((*scope.classes, word), tuple(out for out in scope.without if out != word), scope.new_only)
    else:
        other = replace(scope, without=(*scope.without, word))
    same = ours.figure(before, (scoped(text, term.name, other, str(other)),)) == after
    return f"{cause.words}, as if {term.name} were: {other}" if same else ""


def _adjustments(adjusted: Adjusted) -> Iterator[Step]:
    """Prior periods of which they took another correction than the record gives; what no run gives is no cause."""
    for label in dict.fromkeys((*adjusted.ours, *adjusted.theirs)):
        due, took = adjusted.ours.get(label, 0), adjusted.theirs.get(label, Fraction(0))
        if due == took or took.denominator != 1:
            continue
        if took == 0:
            yield Step("adjustment", f"the correction of {label} is not taken", -due)
        elif int(took) in adjusted.could.get(label, set()):
            words = "is taken, and was settled before" if not due else "is taken as it was known on another day"
            yield Step("adjustment", f"a correction of {label} {words}", int(took) - due)


class _Search:
    """What no line shows: which terms, read otherwise, lead from the record as they have it to their figure."""

    def __init__(self, ours: Supposed, edits: Edits, lines: Lines, target: Fraction):
        self.ours, self.edits, self.lines, self.target = ours, edits, lines, target
        rows = len(ours.table) if ours.kind else 1
        self.made: dict[tuple[Edits, str, str, int, int], Edits] = {}
        self.left = max(LEAST_RUNS, min(MOST_RUNS, ROWS_A_SEARCH // max(1, rows)))
        said = self._said()
        self.fixed: tuple[Change, ...] = (said,) if said is not None else ()
        self.start = self._figure(self.fixed)
        if self.start is None:
            self.fixed, self.start = (), self._figure(())

    @cached_property
    def found(self) -> list[tuple[Change, ...]]:
        """The sets of changes that lead to their figure, those first that nobody chose to fit."""
        if self.start is None or self.start == self.target or self.target.denominator != 1:
            return [self.fixed] if self.start == self.target else []
        found = [(*self.fixed, *more) for more in self._solutions(self.fixed, self.start)]
        return sorted(found, key=lambda changes: any(change.fitted for change in changes))

    def attributed(self, at: int, out: Reconciled) -> Iterator[tuple[Change, int]]:
        """The changes that lead to their figure, in order, each with the difference that it makes."""
        chosen = self.found[0] if self.found else self.fixed
        out.others = self.found[1:]
        done: tuple[Change, ...] = ()
        for change in sorted(chosen, key=lambda change: ORDER.index(change.cause)):
            done = (*done, change)
            after = self._figure(done)
            assert after is not None
            yield change, after - at
            at = after

    def one(self, change: Change) -> tuple[Edits, tuple[Altered, ...]]:
        """One change alone, on the record as it stands."""
        edits = AS_IT_STANDS if change.set_ is None else self._set(AS_IT_STANDS, *change.set_)
        return edits, (change.altered,) if change.altered is not None else ()

    def _figure(self, changes: Sequence[Change]) -> int | None:
        altered = tuple(change.altered for change in changes if change.altered is not None)
        edits = self.edits
        for change in changes:
            if change.set_ is not None:
                edits = self._set(edits, *change.set_)
        return self.ours.figure(edits, altered)

    def _set(self, edits: Edits, kind: str, column: str, was: int, value: int) -> Edits:
        """The record with one rate told as another, in all records of the period."""
        key = (edits, kind, column, was, value)
        if key not in self.made:
            table = self.ours.record.tables[kind]
            told = next((told for k, c, told in edits.set_ if (k, c) == (kind, column)), table.columns[column])
            inside = (table.occurred >= self.ours.first) & (table.occurred <= self.ours.last) & (told == was)
            kept = tuple(one for one in edits.set_ if one[:2] != (kind, column))
            self.made[key] = replace(edits, set_=(*kept, (kind, column, np.where(inside, value, told))))
        return self.made[key]

    def _said(self) -> Change | None:
        """The one rate of all their lines, where it is not the one of the text."""
        rates = [rate for rate in self.lines.rates if 0 < rate < MOST_RATE]
        if len(rates) != 1 or not self.ours.texts or rates[0].denominator > _RATE:
            return None
        text = self.ours.texts[-1]
        altered = stated(text, "rate", rates[0], f"{show_rate(rates[0])}, as their lines say")
        if altered is None or altered.value is None:
            return None
        return None if _fraction(self.ours, text.terms["rate"]) == rates[0] else Change("rate", altered.words, altered)

    # Trying

    def _solutions(self, fixed: tuple[Change, ...], start: int) -> list[tuple[Change, ...]]:
        """Every smallest set of changes that gives their figure, as far as the runs reach."""
        about = {change.about for change in fixed}
        tried = [change for change in self._candidates() if change.about not in about]
        effect: dict[int, int] = {}
        found: list[tuple[Change, ...]] = []
        for place, change in enumerate(tried):
            after = self._try((*fixed, change))
            if after is None:
                continue
            effect[place] = after - start
            if after == self.target:
                found.append((change,))
        for together in range(2, MOST_TOGETHER + 1):
            if found:
                return found
            for places in self._in_order(tried, effect, together, start):
                some = tuple(tried[place] for place in places)
                if self.left <= 0:
                    break
                if self._try((*fixed, *some)) == self.target:
                    found.append(some)
        return found

    def _try(self, changes: tuple[Change, ...]) -> int | None:
        self.left -= 1
        return self._figure(changes) if self.left >= 0 else None

    def _in_order(
        self, tried: Sequence[Change], effect: Mapping[int, int], together: int, start: int
    ) -> list[tuple[int, ...]]:
        """Sets of changes of different things, those first whose effects alone add up to nearly what is wanted."""
        moving = [place for place in effect if effect[place]]
        others = [place for place in effect if not effect[place]]
        pool = [*moving, *others] if together == 2 else moving[:60]
        sets = [
            places
            for places in combinations(pool, together)
            if any(effect[place] for place in places) and len({tried[place].about for place in places}) == together
        ]
        wanted = self.target - start
        return sorted(sets, key=lambda places: (abs(wanted - sum(effect[place] for place in places)), places))

    # What could be otherwise

    def _candidates(self) -> list[Change]:
        """Everything that can be tried, in the order of the causes."""
        found = [Change(one.cause, one.words, one) for one in self._terms()]
        found += [Change(one.cause, one.words, one, fitted=True) for one in self._nearly()]
        found += self._exchange()
        return sorted(found, key=lambda change: ORDER.index(change.cause))

    def _terms(self) -> Iterator[Altered]:
        ours = self.ours
        if not ours.texts:
            return
        text = ours.texts[-1]
        for rate in self.lines.rates[:MOST_RATES]:
            if rate.denominator <= _RATE and 0 < rate < MOST_RATE:
                one = stated(text, "rate", rate, f"{show_rate(rate)}, as lines of theirs say")
                yield from (one,) if one is not None else ()
        others = [other for other in ours.composition.agreement.texts_of(ours.clause) if other not in ours.texts]
        yield from alternatives(text, ours.families[text.family], others)

    def _nearly(self) -> Iterator[Altered]:
        """The rate of whole hundredths of a per cent at which our figure would be theirs."""
        if not self.ours.kind or not self.ours.texts:
            return
        rows = self.ours.entering[self.ours.kind]
        amount = self.edits.amount
        if amount is None:
            amount = self.ours.table.columns[self.ours.amount_column]
        keep = self.edits.keep if self.edits.keep is not None else np.ones(len(amount), bool)
        total = int(amount[rows & keep & (amount != MISSING)].sum())
        total += sum(int(added.amount.sum()) for added in self.edits.added)
        rate = round_rate(int(self.target), total)
        if rate is not None:
            words = f"{show_rate(rate)}, the round rate that would give their figure"
            one = stated(self.ours.texts[-1], "rate", rate, words)
            yield from (one,) if one is not None else ()

    def _exchange(self) -> Iterator[Change]:
        """Exchange rates: in place of each one of the period the nearest others that the record tells."""
        for kind, column in self.ours.rate_columns():
            event, table = self.ours.composition.kinds[kind].column(column), self.ours.record.tables[kind]
            assert event is not None
            told = table.columns[column]
            said = told != MISSING
            inside = said & (table.occurred >= self.ours.first) & (table.occurred <= self.ours.last)
            nearest = np.argsort(np.abs(table.occurred - self.ours.last), kind="stable")
            others = list(dict.fromkeys(told[nearest][said[nearest]].tolist()))[:MOST_RATES]
            for was in np.unique(told[inside])[:MOST_RATES].tolist():
                for value in others:
                    if value != was and max(value, was) < 2 * min(value, was):  # else it is of another currency
                        day = show_day(int(table.occurred[told == value][0]))
                        rates = [f"{value / event.denominator:.9g}" for value in (value, was)]
                        words = f"{rates[0]}, as told on {day}, in place of {rates[1]}"
                        yield Change("exchange rate", words, set_=(kind, column, was, value))
