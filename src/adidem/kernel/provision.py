"""A provision: the terms of one text of one clause, and the events it speaks of, as formulas.

Knows terms, readings, records' columns and the program. Does not know families, events' values or documents' syntax.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from adidem.kernel.agreement import Clause
from adidem.kernel.composition import Assumption, Caused, Composition
from adidem.kernel.event import NOTHING
from adidem.kernel.formula import CELL, ONE, Formula, Program, greater, no, pick, yes
from adidem.kernel.period import ALWAYS, NEVER, Duration, Every
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import DATE, DAYS, FLAG, NAME, Rounding, Unit
from adidem.kernel.source import Span
from adidem.kernel.syntax import judged
from adidem.kernel.term import Scope, Syntax, Term, Value, number


@dataclass(frozen=True, slots=True)
class Alternative:
    """One value that a term can have: alone, or under one reading."""

    term: Term
    value: Value
    assumed: tuple[Value, Value] | None
    key: str
    span: Span | None


class Provision:
    """One text of one clause as formulas; it computes no value and changes nothing but the program."""

    def __init__(self, composition: Composition, clause: Clause):
        self.all, self.clause = composition, clause
        self.program: Program = composition.program
        self._read: dict[str, list[Alternative]] = {}

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
        """The values that a term has in time, as the last effect set it, each with the flag of the days it has it."""
        out = [(yes(self.program), self.term(name))]
        last = always = self.date(ALWAYS, "always")
        for caused in self.caused("set"):
            if f"{caused.effect.target}.{caused.effect.term}" == self.id_of(name) and caused.effect.value is not None:
                came = self.last_before(caused, on)
                since = (came > always) & (came >= last)
                last = greater(last, came)
                set_to = Alternative(self.clause.terms[name], caused.effect.value, None, self.id_of(name), None)
                new = self._number(set_to)
                out = [(flag & ~since, value) for flag, value in out] + [(since, new)]
        return out

    def chosen(self, name: str, choice: str) -> Formula:
        """Whether a choice is this one."""
        return self._picked(name, lambda a: yes(self.program) if a.value == choice else no(self.program))

    def alternatives(self, name: str) -> Iterator[tuple[Formula, Value]]:
        """Each value that a term can have, with the flag of the readings that give it."""
        for each in self._alternatives(name):
            flag = self._picked(name, lambda a, each=each: yes(self.program) if a is each else no(self.program))
            yield flag, each.value

    def formula(self, name: str, kind: str) -> Formula:
        """A term that is a formula, judged on each record of a kind."""
        return self._picked(name, lambda a: judged(self, _syntax(a.value), kind))

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
        sent = late.where(occurred.after("business days", one, self.all.following), occurred)
        return Provision(self.all, counting).after(sent, "deemed_receipt")

    def order(self, kind: str) -> Formula:
        """[records] The place of each record among its kind, by day and then as recorded."""
        return self.program.input(kind, "order", Unit("count", "records"))

    def first_act(self, holder: str, act: str) -> Formula:
        """[acts] The first day on which the holder did an act with the same asset, that day or later; or never."""
        index = self.program.input("act", f"first {act} by {holder}", Unit("count", "records"))
        return self.day("act").through(index, NEVER)

    def joined(
        self, kind: str, to: str, on: str, formula: Formula, otherwise: int, where: Mapping[str, tuple[str, ...]]
    ) -> Formula:
        """[records of kind] A value of the latest record of kind `to` with the same `on`, not later than the record
        itself. Of kind `to` only those records count that hold one of the words named for each column.
        """
        index = self.program.input(kind, f"join {to} on {on}{_where(where)}", Unit("count", "records"))
        return formula.through(index, otherwise)

    def earliest_stage(self, kind: str, to: str, stage: str, on: str, where: Mapping[str, tuple[str, ...]]) -> Formula:
        """[records of kind] The first day on which a record of kind `to` with the same `on` had its later stage."""
        index = self.program.input(kind, f"earliest {to}.{stage} on {on}{_where(where)}", Unit("count", "records"))
        return self.day(to, stage).through(index, NEVER)

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

    def says(self, kind: str, column: str) -> Formula:
        """[records] Whether a column that holds names holds one."""
        return ~self.column(kind, column).equals(self.program.constant(NOTHING, NAME, "nothing"))

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

    # What effects do to it

    def caused(self, verb: str) -> list[Caused]:
        """The effects of one verb that clauses have brought about so far."""
        return [c for c in self.all.caused if c.effect.verb == verb]

    def last_before(self, caused: Caused, when: Formula) -> Formula:
        """The last day on which an effect came before the days `when`; always where there was none."""
        one = self.program.constant(1, DAYS, "one day")
        return caused.when.latest(caused.when.after("days", one), when)

    # How a value becomes a formula

    def id_of(self, name: str) -> str:
        """The name of a term, a question or a quantity of this clause."""
        return f"{self.clause.id}.{name}"

    def _alternatives(self, name: str) -> list[Alternative]:
        """The same objects every time, so that an alternative can be recognised."""
        if name not in self._read:
            term, id = self.clause.terms[name], self.id_of(name)
            by_name = {r.name: r for r in term.readings}
            order = self.all.questions[id].readings if term.readings else ()
            chosen = [(n, by_name.get(n, term.readings[0])) for n in order]
            self._read[name] = [
                Alternative(term, r.value, r.range, f"{id}={n}", r.span or term.span) for n, r in chosen
            ] or [Alternative(term, term.value, term.range, id, term.span)]
        return self._read[name]

    def _picked(self, name: str, make: Callable[[Alternative], Formula]) -> Formula:
        with self.program.written_at(self.clause.terms[name].span):
            choices = [make(alternative) for alternative in self._alternatives(name)]
            if len(choices) == 1:
                return choices[0]
            return pick(self.program.input(ONE, f"reading {self.id_of(name)}", NAME), choices)

    def _number(self, alternative: Alternative) -> Formula:
        unit, value = number(alternative.value)
        bounds = alternative.assumed and tuple(number(bound)[1] for bound in alternative.assumed)
        return self._given(alternative, unit, value, bounds)

    def _given(self, alternative: Alternative, unit: Unit, value: int, bounds: tuple[int, ...] | None) -> Formula:
        """A constant; for what may be off, an input with its range. The same assumption in two texts is one."""
        if not bounds:
            return self.program.constant(value, unit, alternative.key)
        key = alternative.key
        assumption = Assumption(key, alternative.term, unit, value, *bounds)
        known = self.all.assumptions.get(key)
        if known is not None and (known.unit, known.value, known.low, known.high) != (unit, value, *bounds):
            key = f"{key}@{self.clause.document.name}"
        self.all.assumptions.setdefault(key, assumption)
        return self.program.input(ONE, f"term {key}", unit)

    def _after(self, start: Formula, alternative: Alternative) -> Formula:
        value, bounds = alternative.value, alternative.assumed
        assert isinstance(value, Duration)
        calendar = self.all.agreement.calendar if value.unit == "business days" else None
        if value.unit == "business days" and calendar is None:
            raise ProblemError([_no_calendar(value, alternative.span)])
        numbers = bounds and tuple(b.number for b in bounds if isinstance(b, Duration))
        return start.after(value.unit, self._given(alternative, DAYS, value.number, numbers), calendar)


def _where(where: Mapping[str, tuple[str, ...]]) -> str:
    """A condition on a joined record, as its column's name has it."""
    conditions = "; ".join(f"{column} in {','.join(names)}" for column, names in where.items())
    return f" where {conditions}" if conditions else ""


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
