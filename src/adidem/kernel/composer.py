"""The hand with which a family writes what one text of one clause brings about.

Knows norms, legs, judgements, effects and the time during which a text binds. Does not know families or events' values.
"""

from collections.abc import Callable
from dataclasses import replace

from adidem.kernel.composition import Caused, Judgement, Pending
from adidem.kernel.formula import CELL, ONE, Formula, greater, lesser, no, yes
from adidem.kernel.norm import Norm, NormDates, NormKind
from adidem.kernel.period import ALWAYS, NEVER, Cycle, Every, counted_from
from adidem.kernel.provision import Alternative, Provision
from adidem.kernel.quantity import DATE, DAYS, FLAG, INSTANT, Unit
from adidem.kernel.term import Effect, Scope, Term
from adidem.kernel.transfer import Leg

AGREEMENT = "agreement"
"""The target of an effect on the agreement as a whole."""


class Composer(Provision):
    """A provision that also notes what it brings about."""

    def groups(self, name: str) -> list[dict[str, Term]]:
        """The parts of each group of a term, such as those of each tier, by name."""
        groups = [term.value for term in self.listed(name) if isinstance(term, Term)]
        return [{t.name: t for t in group if isinstance(t, Term)} for group in groups if isinstance(group, tuple)]

    def part(self, term: Term, key: str) -> Formula:
        """A number within a group: what the text fixes, or an input of that key where it may be off."""
        with self.program.written_at(term.span):
            return self._number(Alternative(term, term.value, term.range, f"{self.clause.id}.{key}", term.span))

    # When it stands

    def in_force(self, when: Formula) -> Formula:
        """Whether this text of the clause binds on the days `when`; effects act from the day after."""
        first, last = self._first(), self._last(delayed=True)
        stands = (first <= when) & (when <= last.at(when, NEVER))
        return stands & ~self._suspended(when) if self._targeted("suspend") else stands

    def life(self) -> tuple[Formula, Formula]:
        """The day on which this text begins to bind and the day after its last, both of the domain `one`."""
        first, last = self._first(), self._last(delayed=False).at(self.as_of(), NEVER)
        ends = last.after("days", self.program.constant(1, DAYS, "one day"))
        arises = first.or_never(first <= last)
        self.all.life[self.clause.id, self.clause.document.name] = (arises, ends)
        return arises, ends

    def bounds(self) -> tuple[Formula, Formula]:
        """The first and the last day of this text's time, the last as known in each period; suspensions apart."""
        return self._first(), self._last(delayed=False)

    # The periods that it counts

    def closes(self, every: Every) -> Formula:
        """[periods] Whether a month, quarter or year of this text ends with it."""
        return self._counted(every, lambda cycle: self.program.input(CELL, f"closes {cycle}", FLAG))

    def year(self) -> tuple[Formula, Formula]:
        """[periods] The first and the last day of the year of this text in which each ends."""
        first = self._counted("year", lambda year: self.program.input(CELL, f"{year} starts", DATE))
        return first, self._counted("year", lambda year: self.program.input(CELL, f"{year} ends", DATE))

    def _counted(self, every: Every, make: Callable[[Cycle], Formula]) -> Formula:
        """What is made of its months, quarters or years, as the term `year_starts` has them counted."""
        if not self.has("year_starts"):
            return make(every)
        return self._picked("year_starts", lambda a: make(counted_from(str(a.value), every)))

    def _cycles(self, every: Every | None) -> list[tuple[Formula, Cycle | None]]:
        """The periods that are meant, each with the flag of the readings that mean them."""
        if every is None or not self.has("year_starts"):
            return [(yes(self.program), every)]
        meant = dict.fromkeys(counted_from(str(a.value), every) for a in self._alternatives("year_starts"))
        flag = {True: yes(self.program), False: no(self.program)}
        return [(self._counted(every, lambda each, it=one: flag[each == it]), one) for one in meant]

    def window(self, every: Every, zone: str) -> tuple[Formula, Formula]:
        """[periods] The instants at which the month, quarter or year that ends with each begins and ends in a zone."""
        starts, ends = (self.program.input(CELL, f"{every} {edge} in {zone}", INSTANT) for edge in ("starts", "ends"))
        return starts, ends

    def _first(self) -> Formula:
        starts = self.date(self.clause.starts, "the text takes effect")
        return greater(starts, self.term("from")) if self.has("from") else starts

    def _last(self, delayed: bool) -> Formula:
        """The last day on which it binds, as known in each period where effects can end it."""
        last = self.date(min(self.clause.ends, NEVER + 1) - 1, "the last day of the text")
        if self.has("until"):
            last = lesser(last, self.term("until"))
        for target in self._ended_with():
            last = lesser(last, self._end(target, delayed))
        return last

    def _ended_with(self) -> list[str]:
        mine = [self.clause.id] if self._targeted("end") else []
        whole = f"end {AGREEMENT}" in self.all.targets and self.clause.id not in self.all.survivors
        return mine + ([AGREEMENT] if whole else [])

    def _targeted(self, verb: str) -> bool:
        return f"{verb} {self.clause.id}" in self.all.targets

    def _end(self, target: str, delayed: bool) -> Formula:
        """[periods] The day on which effects have ended a clause or the agreement, as known so far.

        While the clauses that cause effects are themselves being written, what they cause reads the end of the period
        before.
        """
        name = f"end {target}"
        if name not in self.all.carried:
            self.all.carried[name] = self.program.forward(CELL, DATE, name)
        end = self.all.carried[name]
        return end.previous(NEVER) if delayed and not self.all.all_caused else end

    def _suspended(self, when: Formula) -> Formula:
        """Whether the last effect before each day left the clause suspended; what resumes it goes first on one day."""
        last = dict.fromkeys(("suspend", "resume"), self.date(ALWAYS, "always"))
        for verb in last:
            for caused in self.caused(verb):
                if caused.effect.target == self.clause.id:
                    last[verb] = greater(last[verb], self.last_before(caused, when))
        return last["suspend"] > last["resume"]

    # What the clause brings about

    def norm(
        self,
        name: str,
        kind: NormKind,
        holder: str,
        counterparty: str,
        dates: NormDates,
        says: str,
        every: Every | None = None,
    ) -> None:
        """A norm, one or one a record or period, by the domain of the day on which it arises."""
        for flag, cycle in self._cycles(every):
            mine = replace(dates, arises=dates.arises.or_never(flag))
            norm = Norm(name, kind, holder, counterparty, self.clause, mine.arises.domain, mine, says, cycle)
            self.all.norms.append(norm)

    def standing(self, kind: NormKind, holder: str, counterparty: str, says: str) -> None:
        """A norm that lasts as long as the text binds."""
        self.lasting("", kind, holder, counterparty, *self.life(), says)

    def lasting(
        self, name: str, kind: NormKind, holder: str, counterparty: str, arises: Formula, ends: Formula, says: str
    ) -> None:
        """A norm that lasts from one day to the other, and is suspended while the clause is."""
        as_of = self.as_of()
        rests = as_of.or_never(self._suspended(as_of)) if self._targeted("suspend") else None
        self.norm(name, kind, holder, counterparty, NormDates(arises, terminated=ends, suspended=rests), says)

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
        provisional: Formula | None = None,
    ) -> None:
        """A stream of transfers: one at each close of `every`, one a record, or one alone, fixed on the day `fixed`;
        `provisional` where something that it hangs on is not told yet.
        """
        of = self.clause
        for flag, cycle in self._cycles(every):
            mine = flag.where(amount, self.program.constant(0, amount.unit, "nothing"))
            leg = Leg(of.id, name, payer, payee, mine, due, fixed, ((of, mine),), cycle, period, provisional)
            self.all.legs.append(leg)

    def tells(self, **figures: Formula) -> None:
        """What a report may ask of this text by name; no outcome is worked out for its sake."""
        for name, formula in figures.items():
            self.all.told[self.clause.id, self.clause.document.name, name] = formula

    def flow(self, name: str, amount: Formula) -> None:
        """[periods] What the clause adds to a quantity of its own, carried from text to text of the clause."""
        self.all.flows.setdefault(self.id_of(name), []).append(amount)

    def flowing(self, name: str, unit: Unit) -> Formula:
        """[periods] What earlier texts of this clause add to a quantity in the same period."""
        out = self.program.constant(0, unit, "nothing")
        for flow in self.all.flows.get(self.id_of(name), []):
            out = out + flow
        return out

    def brought(self, name: str, unit: Unit) -> Formula:
        """What earlier texts of this clause have brought about, each once, as legs of this name."""
        out = self.program.constant(0, unit, "nothing")
        for leg in self.all.legs:
            if (leg.clause, leg.name, leg.domain) == (self.clause.id, name, ONE):
                out = out + leg.amount
        return out

    def carried(self, name: str, unit: Unit) -> Formula:
        """[periods] The sum of a flow of this clause, through all its texts, at the end of the period before."""
        return self._sum_of(name, unit).previous(0)

    def carried_since(self, name: str, unit: Unit, closes: Formula) -> Formula:
        """[periods] The same, of what came after the last of the periods that close."""
        whole, nothing = self._sum_of(name, unit), self.program.constant(0, unit, "nothing")
        return closes.previous(0).where(nothing, (whole - whole.previous(0)).since(closes).previous(0))

    def _sum_of(self, name: str, unit: Unit) -> Formula:
        key = f"carried {self.id_of(name)}"
        if key not in self.all.carried:
            self.all.carried[key] = self.program.forward(CELL, unit, key)
        return self.all.carried[key]

    def forbids(self, acts: Formula, holder: str, counterparty: str, names: tuple[str, ...], reason: str) -> None:
        """[acts] The acts, of these names, that this text forbids its holder."""
        self._judge(True, acts, holder, counterparty, names, reason)

    def permits(self, acts: Formula, holder: str, counterparty: str, names: tuple[str, ...], reason: str) -> None:
        """[acts] The acts, of these names, that this text permits its holder."""
        self._judge(False, acts, holder, counterparty, names, reason)

    def _judge(
        self, forbids: bool, acts: Formula, holder: str, counterparty: str, names: tuple[str, ...], reason: str
    ) -> None:
        scopes = tuple(s for _, s in self.alternatives("scope") if isinstance(s, Scope)) if self.has("scope") else ()
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
            since = caused.first_day.at(day, NEVER) < day
            acts = self.one_of("act", "act", (effect.target,)) & self.within("act", "asset", effect.scope) & since
            self._judge(True, acts, "", "", (effect.target,), f"{effect.target}, since {self.clause.title}")

    def pends(self, target: str, opened: Formula, closed: Formula) -> None:
        """While it is undecided whether an effect comes, what its target owes is provisional."""
        self.all.pending.append(Pending(target, opened, closed))
