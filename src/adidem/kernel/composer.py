"""The hand with which a family writes one text of one clause into the program.

Knows terms, readings, effects and the program. Does not know families, events' values or documents' syntax.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from adidem.kernel.agreement import Clause
from adidem.kernel.composition import Assumption, Caused, Composition, Judgement, Pending
from adidem.kernel.formula import CELL, ONE, Formula, Program, lesser, no, pick, yes
from adidem.kernel.norm import Norm, NormDates, NormKind
from adidem.kernel.period import NEVER, Duration, Every
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import DATE, DAYS, FLAG, NAME, Rounding, Unit
from adidem.kernel.source import Span
from adidem.kernel.syntax import write
from adidem.kernel.term import Effect, Quantity, Scope, Syntax, Value
from adidem.kernel.transfer import Leg

AGREEMENT = "agreement"
"""The target of an effect on the agreement as a whole."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One value that a term can have: alone, or under one reading."""

    value: Value
    assumed: tuple[Value, Value] | None
    key: str
    span: Span | None


class Composer:
    """Writes one text of one clause: returns formulas, or notes what the clause says; computes no value."""

    def __init__(self, composition: Composition, clause: Clause):
        self.all, self.clause = composition, clause
        self.program: Program = composition.program

    # What the text says

    def has(self, name: str) -> bool:
        """Whether the text has this term."""
        return name in self.clause.terms

    def given(self, name: str) -> Value:
        """The value of a term of which there can be no rival readings."""
        return self.clause.terms[name].value

    def word(self, name: str) -> str:
        """A party or name."""
        value = self.given(name)
        assert isinstance(value, str)
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """A list of names."""
        value = self.given(name)
        return (value,) if isinstance(value, str) else tuple(str(item) for item in value)  # type: ignore[union-attr]

    def listed(self, name: str) -> tuple[object, ...]:
        """A list of things other than names: milestones, carve-outs."""
        value = self.given(name)
        assert isinstance(value, tuple)
        return value

    def every(self) -> Every:
        """The term `every`: month, quarter or year."""
        return self.word("every")  # type: ignore[return-value]

    def rounding(self) -> tuple[Rounding, str]:
        """The term `rounding`: the rule and the place."""
        rule, place = self.word("rounding").split(", per ")
        return rule, place  # type: ignore[return-value]

    def term(self, name: str) -> Formula:
        """The value of a term."""
        return self._picked(name, self._number)

    def terms_by_day(self, name: str, on: Formula) -> list[tuple[Formula, Formula]]:
        """The values that a term has in time, as effects set it, each with the flag of the days when it has it."""
        out = [(yes(self.program), self.term(name))]
        for caused in self._caused("set"):
            if f"{caused.effect.target}.{caused.effect.term}" == self._id(name) and caused.effect.value is not None:
                since = self._day_of(caused).at(on, NEVER) < on
                new = self._number(Alternative(caused.effect.value, None, self._id(name), caused.effect.span))
                out = [(flag & ~since, value) for flag, value in out] + [(since, new)]
        return out

    def chosen(self, name: str, choice: str) -> Formula:
        """Whether a choice is this one."""
        return self._picked(name, lambda a: yes(self.program) if a.value == choice else no(self.program))

    def alternatives(self, name: str) -> Iterator[tuple[Formula, Value]]:
        """Each value that a term can have, with the flag of the readings that give it."""
        for each in self._alternatives_once(name):
            yield (
                self._picked(name, lambda a, each=each: yes(self.program) if a is each else no(self.program)),
                each.value,
            )

    def formula(self, name: str, kind: str) -> Formula:
        """A term that is a formula, judged on each record of a kind."""
        return self._picked(name, lambda a: write(self, _syntax(a.value), kind))

    def after(self, start: Formula, name: str) -> Formula:
        """The day on which the duration `name`, which starts with the day `start`, ends."""
        return self._picked(name, lambda a: self._after(start, a))

    def in_scope(self, name: str, kind: str, column: str = "asset") -> Formula:
        """[records] Whether each record's asset is in the scope `name`."""
        return self._picked(name, lambda a: self.within(kind, column, _scope(a.value)))

    # What the events say

    def column(self, kind: str, name: str) -> Formula:
        """[records] A column of a kind of record; of a later stage as `stage.column`."""
        stage, _, rest = name.rpartition(".")
        column = self.all.kinds[stage or kind].column(rest)
        assert column is not None, (kind, name)
        return self.program.input(kind, name, column.unit(self.all.currency()))

    def day(self, kind: str, stage: str = "") -> Formula:
        """[records] The day on which the record, or a later stage of it, occurred; never while it has not."""
        return self.program.input(kind, f"{stage}.occurred" if stage else "occurred", DATE)

    def received(self, kind: str, stage: str = "") -> Formula:
        """[records] The day on which a notice counts as received.

        After the cut-off hour it is the next business day's, and then as long after as the notice clause deems.
        Without such a clause it is received when it occurs.
        """
        occurred, counting = self.day(kind, stage), self.all.agreement.counting
        if counting is None:
            return occurred
        late = self.program.input(kind, f"{stage}.late" if stage else "late", FLAG)
        one = self.program.constant(1, DAYS, "one business day")
        sent = late.where(occurred.after("business days", one, self.all.agreement.calendar), occurred)
        return Composer(self.all, counting).after(sent, "deemed_receipt")

    def order(self, kind: str) -> Formula:
        """[records] The place of each record among its kind, by day and then as recorded."""
        return self.program.input(kind, "order", Unit("count", "records"))

    def first_act(self, holder: str, act: str) -> Formula:
        """[acts] The day on which the holder first did an act with the same asset; never where it has not."""
        index = self.program.input("act", f"first {act} by {holder}", Unit("count", "records"))
        return self.day("act").through(index, NEVER)

    def joined(self, kind: str, to: str, on: str, formula: Formula, otherwise: int) -> Formula:
        """[records of kind] A value of the latest record of kind `to` with the same `on`, not later than the record
        itself.
        """
        index = self.program.input(kind, f"join {to} on {on}", Unit("count", "records"))
        return formula.through(index, otherwise)

    def within(self, kind: str, column: str, scope: Scope) -> Formula:
        """[records] Whether the name in a column lies in a scope."""
        name = f"{column} in {scope}"
        self.all.scopes[kind, name] = (column, scope)
        inside = self.program.input(kind, name, FLAG)
        if scope.new_only and self.all.kinds[kind].column("new") is not None:
            inside = inside & self.column(kind, "new")
        return inside

    def name(self, name: str) -> Formula:
        """A name, as events' columns hold it."""
        return self.program.constant(self.all.code(name), NAME, name)

    def one_of(self, kind: str, column: str, names: tuple[str, ...]) -> Formula:
        """[records] Whether a column holds one of these names."""
        tests = [self.column(kind, column).equals(self.name(name)) for name in names]
        out = tests[0]
        for test in tests[1:]:
            out = out | test
        return out

    def date(self, day: int, words: str = "") -> Formula:
        """A fixed day."""
        return self.program.constant(day, DATE, words)

    def as_of(self) -> Formula:
        """The day for which the run is asked."""
        return self.program.input(ONE, "as of", DATE)

    def last_day(self) -> Formula:
        """[periods] The last day of each."""
        return self.program.input(CELL, "last day", DATE)

    def closes(self, every: Every) -> Formula:
        """[periods] Whether a month, quarter or year ends with it."""
        return self.program.input(CELL, f"closes {every}", FLAG)

    # When it stands

    def in_force(self, when: Formula) -> Formula:
        """Whether this text of the clause binds on the days `when`; effects act from the day after."""
        clause = self.clause
        stands = (when >= self.date(clause.starts, "the text takes effect")) & (
            when < self.date(clause.ends, "the text is replaced")
        )
        if self.has("from"):
            stands = stands & (when >= self.term("from"))
        if self.has("until"):
            stands = stands & (when <= self.term("until"))
        for target in self._ended_with():
            stands = stands & (when <= self._end(target).at(when, NEVER))
        return stands & ~self._suspended(when) if self._targeted("suspend") else stands

    def life(self) -> tuple[Formula, Formula]:
        """The day on which this text begins to bind and the day after its last, both of the domain `one`."""
        clause = self.clause
        arises = self.date(clause.starts, "the text takes effect")
        ends = self.date(clause.ends, "the text is replaced")
        one = self.program.constant(1, DAYS, "one day")
        if self.has("from"):
            start = self.term("from")
            arises = (start > arises).where(start, arises)
        if self.has("until"):
            ends = lesser(ends, self.term("until").after("days", one))
        for target in self._ended_with():
            ends = lesser(ends, self._end(target).at(self.as_of(), NEVER).after("days", one))
        arises = arises.or_never(arises < ends)
        self.all.life[clause.id, clause.document.name] = (arises, ends)
        return arises, ends

    def _ended_with(self) -> list[str]:
        mine = [self.clause.id] if self._targeted("end") else []
        whole = f"end {AGREEMENT}" in self.all.targets and self.clause.id not in self.all.survivors
        return mine + ([AGREEMENT] if whole else [])

    def _targeted(self, verb: str) -> bool:
        return f"{verb} {self.clause.id}" in self.all.targets

    def _end(self, target: str) -> Formula:
        """[periods] The day on which effects have ended a clause or the agreement, as known so far.

        While the clauses that cause effects are themselves being written, they read the end of the period before.
        """
        name = f"end {target}"
        if self.all.all_caused:
            return self.all.carried[name]
        if name not in self.all.carried:
            self.all.carried[name] = self.program.forward(CELL, DATE, name)
        return self.all.carried[name].previous(NEVER)

    def _caused(self, verb: str) -> list[Caused]:
        return [c for c in self.all.caused if c.effect.verb == verb]

    def _day_of(self, caused: Caused) -> Formula:
        return caused.when if caused.when.domain in (ONE, CELL) else caused.when.earliest()

    def _suspended(self, when: Formula) -> Formula:
        one, never = self.program.constant(1, DAYS, "one day"), self.date(NEVER, "never")
        times = Unit("count", "times")
        once, none = self.program.constant(1, times, "once"), self.program.constant(0, times, "none")
        counts = {"suspend": none, "resume": none}
        for verb in counts:
            for caused in self._caused(verb):
                if caused.effect.target == self.clause.id:
                    happened = (caused.when < never).where(once, none)
                    counts[verb] = counts[verb] + happened.until(caused.when.after("days", one), when)
        return counts["suspend"] > counts["resume"]

    # What the clause brings about

    def norm(self, name: str, kind: NormKind, holder: str, counterparty: str, dates: NormDates, says: str) -> None:
        """A norm, one or one a record, by the domain of the day on which it arises."""
        domain = dates.arises.domain
        self.all.norms.append(Norm(name, kind, holder, counterparty, self.clause, domain, dates, says))

    def standing(self, kind: NormKind, holder: str, counterparty: str, says: str) -> None:
        """A norm that lasts as long as the text binds."""
        arises, ends = self.life()
        self.norm("", kind, holder, counterparty, NormDates(arises, terminated=ends), says)

    def lasting(
        self, name: str, kind: NormKind, holder: str, counterparty: str, arises: Formula, ends: Formula, says: str
    ) -> None:
        """A norm that lasts from one day to the other."""
        self.norm(name, kind, holder, counterparty, NormDates(arises, terminated=ends), says)

    def leg(
        self,
        name: str,
        payer: str,
        payee: str,
        amount: Formula,
        due: Formula,
        fixed: Formula,
        every: Every | None = None,
        period: str = "",
    ) -> None:
        """A stream of transfers: one at each close of `every`, one a record, or one alone, fixed on the day `fixed`."""
        closes = self.closes(every) if every else None
        self.all.legs.append(
            Leg(self.clause.id, name, payer, payee, amount, due, fixed, self.clause.span, every, closes, period)
        )

    def flow(self, name: str, amount: Formula) -> None:
        """[periods] What the clause adds to a quantity of its own, carried from text to text of the clause."""
        self.all.flows.setdefault(self._id(name), []).append(amount)

    def carried(self, name: str, unit: Unit) -> Formula:
        """[periods] The sum of a flow of this clause, through all its texts, at the end of the period before."""
        key = f"carried {self._id(name)}"
        if key not in self.all.carried:
            self.all.carried[key] = self.program.forward(CELL, unit, key)
        return self.all.carried[key].previous(0)

    def forbids(self, acts: Formula, holder: str, counterparty: str, names: tuple[str, ...], reason: str) -> None:
        """[acts] The acts, of these names, that this text forbids its holder."""
        self._judge(True, acts, holder, counterparty, names, reason)

    def permits(self, acts: Formula, holder: str, counterparty: str, names: tuple[str, ...], reason: str) -> None:
        """[acts] The acts, of these names, that this text permits its holder."""
        self._judge(False, acts, holder, counterparty, names, reason)

    def _judge(
        self, forbids: bool, acts: Formula, holder: str, counterparty: str, names: tuple[str, ...], reason: str
    ) -> None:
        scopes = tuple(_scope(a.value) for a in self._alternatives("scope")) if self.has("scope") else ()
        judgement = Judgement(self.clause, forbids, acts, holder, counterparty, names, scopes, reason)
        self.all.judgements.append(judgement)

    def excuses(self, day: Formula, as_consent: Formula) -> None:
        """[acts] The day on which each act is excused; where `as_consent`, as if it had been allowed from the start."""
        self.all.excused.append(day)
        self.all.consented.append(as_consent & (day < self.date(NEVER, "never")))

    def causes(self, effect: Effect, when: Formula) -> None:
        """An effect, acting from the day after `when`."""
        caused = Caused(effect, when, self.clause)
        self.all.caused.append(caused)
        if effect.verb == "prohibit" and effect.scope is not None:
            day = self.day("act")
            since = self._day_of(caused).at(day, NEVER) < day
            acts = self.one_of("act", "act", (effect.target,)) & self.within("act", "asset", effect.scope) & since
            self._judge(True, acts, "", "", (effect.target,), f"{effect.target}, since {self.clause.title}")

    def pends(self, target: str, opened: Formula, closed: Formula) -> None:
        """While it is undecided whether an effect comes, what its target owes is provisional."""
        self.all.pending.append(Pending(target, opened, closed))

    # How a value becomes a formula

    def _id(self, name: str) -> str:
        return f"{self.clause.id}.{name}"

    def _alternatives(self, name: str) -> list[Alternative]:
        term = self.clause.terms[name]
        if not term.readings:
            return [Alternative(term.value, term.range, self._id(name), term.span)]
        by_name = {r.name: r for r in term.readings}
        order = self.all.questions[self._id(name)].readings
        chosen = [(n, by_name.get(n, term.readings[0])) for n in order]
        return [Alternative(r.value, r.range, f"{self._id(name)}={n}", r.span or term.span) for n, r in chosen]

    def _picked(self, name: str, make: Callable[[Alternative], Formula]) -> Formula:
        with self.program.written_at(self.clause.terms[name].span):
            choices = [make(alternative) for alternative in self._alternatives_once(name)]
            if len(choices) == 1:
                return choices[0]
            return pick(self.program.input(ONE, f"reading {self._id(name)}", NAME), choices)

    def _alternatives_once(self, name: str) -> list[Alternative]:
        """The same objects every time, so that an alternative can be recognised."""
        cache = self.__dict__.setdefault("_cache", {})
        return cache.setdefault(name, self._alternatives(name))

    def _number(self, alternative: Alternative) -> Formula:
        unit, value = number(alternative.value)
        if alternative.assumed is None:
            return self.program.constant(value, unit, alternative.key)
        low, high = (number(bound) for bound in alternative.assumed)
        denominator = unit.denominator
        assumption = Assumption(
            alternative.key,
            self.clause.terms[alternative.key.split("=")[0].rpartition(".")[2]],
            unit,
            value,
            low[1] * denominator // low[0].denominator,
            high[1] * denominator // high[0].denominator,
        )
        self.all.assumptions[alternative.key] = assumption
        return self.program.input(ONE, f"term {alternative.key}", unit)

    def _after(self, start: Formula, alternative: Alternative) -> Formula:
        value = alternative.value
        assert isinstance(value, Duration)
        bounds = alternative.assumed
        days = replace(
            alternative,
            value=Quantity(value.number, DAYS),
            assumed=bounds and tuple(Quantity(b.number, DAYS) for b in bounds if isinstance(b, Duration)),  # type: ignore[arg-type]
        )
        calendar = self.all.agreement.calendar
        if value.unit == "business days" and calendar is None:
            raise ProblemError([_no_calendar(value, alternative.span)])
        return start.after(value.unit, self._number(days), calendar if value.unit == "business days" else None)


def number(value: Value) -> tuple[Unit, int]:
    """The unit and the number of a value that is one: a quantity, a date, a yes or no."""
    if isinstance(value, Quantity):
        return value.unit, value.value
    if isinstance(value, Duration):
        return DAYS, value.number
    if isinstance(value, bool):
        return FLAG, int(value)
    assert isinstance(value, int), value
    return DATE, value


def _scope(value: Value) -> Scope:
    assert isinstance(value, Scope)
    return value


def _syntax(value: Value) -> Syntax:
    assert isinstance(value, Syntax)
    return value


def _no_calendar(duration: Duration, span: Span | None) -> Problem:
    return Problem(
        "A110",
        f"{duration} cannot be counted: no clause of the family notice names a calendar",
        span,
        "add a notice clause with zone, calendar, cut_off, first_day and deemed_receipt",
    )
