"""How a run is printed: what holds under every reading once, and what does not by the readings it hangs on.

Knows outcomes and lines. Does not know how anything was computed.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from adidem.cli.head import besides, pair_words
from adidem.cli.layout import and_more, counted, heading, line, money_range, short_money, table
from adidem.desk.balances import balances_view
from adidem.desk.view import totals_view
from adidem.desk.wording import quantity_words, when_words
from adidem.desk.workspace import Workspace
from adidem.findings.figure import PAY, Figure
from adidem.findings.outcome import Outcome, Result
from adidem.findings.parting import by_reading, cover, that_matter
from adidem.findings.readings import difference
from adidem.findings.standing import Standing
from adidem.kernel.composition import Question
from adidem.kernel.period import NEVER, show_day

MOST_ROWS = 12
LAST_PERIODS = 2
MOST_RIGHTS = 4
STATES = ("violated", "in effect", "suspended", "fulfilled", "discharged", "terminated")
"""In the order in which the register shows them."""


class Page:
    """One run on paper."""

    def __init__(self, workspace: Workspace, outcome: Outcome):
        self.workspace, self.outcome = workspace, outcome
        pairs = [(r, n) for n, result in enumerate(outcome.results) for r in (result.readings, *result.also)]
        self.choices, self.owner = [c for c, _ in pairs], [n for _, n in pairs]
        self.notes: list[str] = []

    def print(self) -> None:
        """Everything, in the order in which it is asked for."""
        self.title()
        self.in_force()
        self.obligations()
        self.transfers()
        self.balances()
        self.conditions()
        self.questions()
        self.assumed()

    def title(self) -> None:
        """What this is, and as of when."""
        agreement = self.outcome.composition.agreement
        line(agreement.title)
        count = counted(len(agreement.documents), "document")
        results = len(self.outcome.results)
        side = f" · {results} outcomes, by how the words are read" if results > 1 else ""
        line(f"{pair_words(self.outcome)} · {count}{side}")
        besides(self.outcome)

    def by_value(self, value: Callable[[Result], Hashable]) -> list[tuple[str, Hashable]]:
        """Each value, with the readings under which it holds in words; one value without words where there is but
        one.
        """
        values = [value(self.outcome.results[n]) for n in self.owner]
        matter = that_matter(self.choices, self.outcome.questions, values)
        if not matter:
            return [("", values[0])]
        every = {q: list(dict.fromkeys(choice[q] for choice in self.choices)) for q in matter}
        grouped: dict[Hashable, list[dict[str, str]]] = {}
        for readings, found in by_reading(self.choices, matter, values).items():
            grouped.setdefault(found, []).append(dict(readings))
        out: list[tuple[str, Hashable]] = []
        for found, choices in grouped.items():
            own = cover(choices, every)
            others = cover([c for other, cs in grouped.items() if other != found for c in cs], every)
            lead, said = ("unless", others) if _length(others) < _length(own) else ("if", own)
            out.append((f"{lead} {when_words(said)}", found))
        return out

    def _noted(self, words: str) -> str:
        """A condition on one question as it is; a longer one as the number of a note."""
        if "," not in words and ";" not in words:
            return words
        if words not in self.notes:
            self.notes.append(words)
        return f"[{self.notes.index(words) + 1}]"

    def balances(self) -> None:
        """What clauses count that is not money, such as credits."""
        found = self.by_value(lambda r: tuple(_counted(each) for each in balances_view(self.outcome, r)))
        if any(told for _, told in found):
            heading("BALANCES, in units that are not money")
        for words, told in found:
            for each in told if isinstance(told, tuple) else ():
                line(f"{each}  {self._noted(words)}".rstrip(), 2, 4)

    def conditions(self) -> None:
        """The notes that stood for long conditions."""
        if self.notes:
            heading("WHERE IT HANGS ON MORE THAN ONE READING")
            for number, words in enumerate(self.notes, 1):
                line(f"[{number}]  {words}", 2, 5)

    def in_force(self) -> None:
        """The clauses that bind, and which document made it so."""
        heading("IN FORCE")
        ids = dict.fromkeys(f.clause.id for result in self.outcome.results for f in result.in_force)
        rows: list[list[str]] = []
        for id in ids:
            for words, found in self.by_value(lambda r, id=id: _since(r, id)):
                if isinstance(found, tuple):
                    rows.append([id, found[0], f"{found[1]}  {self._noted(words)}".strip()])
        table(rows)

    def obligations(self) -> None:
        """The register: who must, may or must not do what, and how it stands."""
        heading("OBLIGATIONS REGISTER")
        everyone = {o.id: o for r in self.outcome.results for o in r.every_standing if o.norm.says != PAY}
        states: dict[str, list[tuple[str, Standing, str]]] = {}
        tables = [{o.id: o for o in result.every_standing} for result in self.outcome.results]
        differing = {id for id in everyone if len({_state(t.get(id)) for t in tables}) > 1}
        for id, standing in everyone.items():
            if id not in differing:
                states.setdefault(_state(standing), []).append((id, standing, ""))
                continue
            for words, found in self.by_value(
                lambda r, id=id: _state(next((o for o in r.every_standing if o.id == id), None))
            ):
                if found:
                    states.setdefault(str(found), []).append((id, standing, words))
        for state in sorted(states, key=_order):
            self._of_state(state, states[state])
        self._owed()

    def _of_state(self, state: str, found: Sequence[tuple[str, Standing, str]]) -> None:
        if not found:
            return
        line(f"{state} ({len(found)})", 2)
        rows: list[list[str]] = []
        lasts = _last_of_each(found)
        shown = sorted(lasts, key=lambda f: (-f[1].since, f[0]))[:MOST_ROWS] if len(lasts) > 2 * MOST_ROWS else lasts
        for id, standing, words, before in shown:
            norm = standing.norm
            verb = {"obligation": "must", "power": "may", "permission": "may", "prohibition": "must not"}[norm.kind]
            due = f", by {_due(standing)}" if standing.due < NEVER // 2 else ""
            if norm.kind == "prohibition" and "violated" in (state, standing.state):
                due += f", on {show_day(standing.since)}"
            due += f", and {before} before" if before else ""
            condition = f"  ({self._noted(words)})" if words else ""
            rests = f"  (rests on {', '.join(standing.rests_on)})" if standing.rests_on else ""
            rows.append([id, f"{norm.holder or 'a party'} {verb} {norm.says}{due}{condition}{rests}"])
        table(rows, 4)
        and_more(len(lasts) - len(shown), 4)

    def _owed(self) -> None:
        """What is to be paid is an obligation too: met, open or overdue."""
        rows: list[list[str]] = []
        streams = dict.fromkeys(_stream(f) for result in self.outcome.results for f in result.figures)
        for stream in streams:
            clause, payer, payee = stream
            for words, found in self.by_value(lambda r, stream=stream: self._met(r, stream)):
                if isinstance(found, tuple):
                    settled, paid, late, rest = found
                    says = f"{payer} pays {payee}: {settled} settled, {paid} paid, {late} overdue, {rest} not yet due"
                    rows.append([clause, f"{says}{f'  ({self._noted(words)})' if words else ''}"])
        if rows:
            line("to be paid", 2)
            table(rows, 4)

    def _met(self, result: Result, stream: tuple[str, str, str]) -> Hashable:
        """How many figures of a stream are settled; how many of them are paid, overdue and neither. None has none."""
        figures = [figure for figure in result.figures if _stream(figure) == stream]
        paid = sum(f.overdue_minor == 0 for f in figures)
        late = sum(f.overdue_minor > 0 and f.transfer.due < self.outcome.as_of for f in figures)
        return (len(figures), paid, late, len(figures) - paid - late) if figures else None

    def transfers(self) -> None:
        """The last settled periods of each stream, the range first where a figure rests on what is assumed."""
        heading("TRANSFERS, last settled periods")
        streams = dict.fromkeys(_stream(f) for result in self.outcome.results for f in result.every_figure)
        if not streams:
            line("none", 2)
        for clause, payer, payee in streams:
            line(f"{clause}: {payer} to {payee}", 2)
            ids = dict.fromkeys(
                f.transfer.id
                for result in self.outcome.results
                for f in result.every_figure
                if _stream(f) == (clause, payer, payee)
            )
            rows: list[list[str]] = []
            for id in list(ids)[-LAST_PERIODS:]:
                figures = {_seen(f): f for r in self.outcome.results for f in r.every_figure if f.transfer.id == id}
                for words, found in self.by_value(
                    lambda r, id=id: next((_seen(f) for f in r.every_figure if f.transfer.id == id), None)
                ):
                    if found is not None:
                        rows.append(self._figure(figures[found], words))
            table(rows, 4)
        self._totals()

    def _figure(self, figure: Figure, words: str) -> list[str]:
        transfer = figure.transfer
        amount = money_range(figure.low, figure.high, transfer.currency)
        notes = (
            [] if figure.low == figure.high else [f"taken as {short_money(transfer.amount_minor, transfer.currency)}"]
        )
        notes += ["provisional"] if transfer.provisional else []
        notes += ["paid"] if transfer.amount_minor and figure.overdue_minor == 0 else []
        notes += (
            [f"{short_money(figure.paid, transfer.currency)} paid"] if 0 < figure.paid < transfer.amount_minor else []
        )
        notes += ["overdue"] if figure.overdue_minor > 0 and transfer.due < self.outcome.as_of else []
        notes += [self._noted(words)] if words else []
        return [transfer.id, f"due {_due(figure)}", amount, "; ".join(notes)]

    def _totals(self) -> None:
        rows: list[list[str]] = []
        for words, found in self.by_value(self._sums):
            assert isinstance(found, tuple)
            for payer, payee, currency, due, paid, late in found:
                amounts = [short_money(n, currency) for n in (due, paid, late)]
                rows.append([f"{payer} to {payee}", *amounts, self._noted(words)])
        if rows:
            line("in all, as taken (overdue: due, and no payment in the ledger)", 2)
            table([["", "due", "paid", "overdue", ""], *rows], 4)
        for words, found in self.by_value(
            lambda result: tuple((p.id, p.currency, rest) for p, rest in result.unmatched)
        ):
            assert isinstance(found, tuple)
            for id, currency, rest in found:
                note = self._noted(words)
                line(f"{id}: {short_money(rest, currency)} of it pays nothing that was owed  {note}".rstrip(), 4)

    def _sums(self, result: Result) -> Hashable:
        """Of each direction and currency what is due, paid and overdue; what pays nothing that was owed is paid too."""
        sums: dict[tuple[str, str, str], list[int]] = {}
        for total in totals_view(result, self.outcome.as_of):
            found = sums.setdefault((total["payer"], total["payee"], total["currency"]), [0, 0, 0])
            for place, name in enumerate(("due", "paid", "overdue")):
                found[place] += total[f"{name}_minor"]
        for payment, rest in result.unmatched:
            sums.setdefault((payment.payer, payment.payee, payment.currency), [0, 0, 0])[1] += rest
        return tuple((*key, *values) for key, values in sums.items())

    def questions(self) -> None:
        """What is read differently, and what changes with it."""
        heading("NOT AD IDEM")
        everything = self.outcome.composition.questions
        if not everything:
            line("no term has rival readings", 2)
        untested: list[list[str]] = []
        elsewhere: list[list[str]] = []
        results, decided = self.outcome.results, self.outcome.worlds.decided
        moving = {q for result in results for figure in result.every_figure for q in figure.questions}
        for question in everything.values():
            readings = " | ".join(f"{r}{_held(question, r)}" for r in question.readings)
            found = difference(self.outcome, question)
            if found is None:
                apart = elsewhere if question.id in moving.difference(decided) else untested
                apart.append([question.id, readings + self._why(question.id)])
                continue
            line(f"{question.id}: {readings}", 2)
            if found.first:
                line(f"outcomes part first on {show_day(found.first_day)}, with {found.first}", 4)
            for party, (least, most) in found.money.items():
                line(f"money   {party}: net {money_range(least, most, self.outcome.composition.currency())}", 4, 8)
            for id, states in list({**found.rights, **found.in_force}.items())[:MOST_RIGHTS]:
                line(f"rights  {id}: {', '.join(f'{reading}: {state}' for reading, state in states.items())}", 4, 8)
        if elsewhere:
            line("alike as taken; figures part at another value of what is assumed", 2)
            table(elsewhere, 4)
        if untested:
            line("tested by no event yet (adidem readings tests each by a hypothetical one)", 2)
            table(untested, 4)

    def _why(self, question: str) -> str:
        """Why nothing turns on a question here, where that is not for want of an event."""
        if question in self.outcome.pinned:
            return f": read as {self.outcome.pinned[question]}, as asked"
        return ": kept at its first reading" if question in self.outcome.worlds.left_out else ""

    def assumed(self) -> None:
        """The terms with a range on which figures and states rest: the assumed ones, and whatever else may be off."""
        results = self.outcome.results
        every = (each for result in results for each in (*result.every_figure, *result.every_standing))
        used = dict.fromkeys(id for each in every for id in each.rests_on)
        if not used:
            return
        heading("RESTS ON TERMS THAT MAY BE OFF")
        rows: list[list[str]] = []
        for id in used:
            term = self.outcome.composition.assumptions[id].term
            rows.append([id, f"{term.text}, {term.basis}, in the range {_range(self.outcome, id)}"])
        table(rows)


def _range(outcome: Outcome, id: str) -> str:
    """`10 % to 20 %`, as short as it can be said."""
    assumed = outcome.composition.assumptions[id]
    if assumed.unit.kind == "money":
        return money_range(assumed.low, assumed.high, assumed.unit.name)
    return f"{quantity_words(assumed.low, assumed.unit)} to {quantity_words(assumed.high, assumed.unit)}"


def _length(alternatives: Sequence[dict[str, tuple[str, ...]]]) -> tuple[int, int]:
    """How long a condition is: in alternatives, then in readings."""
    return len(alternatives), sum(len(readings) for each in alternatives for readings in each.values())


def _counted(balance: dict[str, Any]) -> str:
    """`compute-credits, in gpu-hours: granted 500.5 · used 220.25 · expired 180.25 · left 100`."""
    said = " · ".join(f"{name} {number}" for name, number in balance["quantities"].items())
    return f"{balance['clause']}, in {balance['unit'] or 'pieces'}: {said}"


def _stream(figure: Figure) -> tuple[str, str, str]:
    """Clause, payer and payee."""
    return figure.transfer.clause, figure.transfer.payer, figure.transfer.payee


def _seen(figure: Figure) -> Hashable:
    """What a figure shows of itself."""
    return figure.transfer, figure.low, figure.high, figure.paid


def _held(question: Question, reading: str) -> str:
    """` (openai)`: who holds a reading, where that is said."""
    by = (r.held_by for term in question.terms for r in term.readings if r.name == reading and r.held_by)
    return next((f" ({party})" for party in by), "")


def _state(standing: Standing | None) -> str:
    """The state; every one that it may have, the one taken first, where that hangs on what is assumed."""
    if standing is None or standing.is_certain:
        return "" if standing is None else standing.state
    states = ["never arisen" if state == "none" else state for state in standing.states]
    return f"{' or '.join(states)}, by what is assumed"


def _order(heading: str) -> tuple[int, bool, str]:
    """As STATES, by the first of them that is named; what may be in a state behind what is."""
    first = min(number for number, state in enumerate(STATES) if state in heading)
    return first, heading not in STATES, heading


def _due(each: Standing | Figure) -> str:
    """The due day; the first and the last where that hangs on what is assumed."""
    first, last = each.dues
    return show_day(first) if first == last else f"{show_day(first)} to {show_day(last)}"


def _last_of_each(found: Sequence[tuple[str, Standing, str]]) -> list[tuple[str, Standing, str, int]]:
    """Of a norm that there is for every month, quarter or year the last alone, with how many stand so before it."""
    out: dict[object, tuple[str, Standing, str, int]] = {}
    for id, standing, words in found:
        norm = standing.norm
        key = (norm.clause, norm.name, norm.kind, words) if norm.every is not None else id
        before = out.get(key)
        if before is None:
            out[key] = (id, standing, words, 0)
        else:
            later = (id, standing) if standing.due > before[1].due else before[:2]
            out[key] = (*later, words, before[3] + 1)
    return list(out.values())


def _since(result: Result, id: str) -> Hashable:
    found = next((f for f in result.in_force if f.clause.id == id), None)
    return None if found is None else (show_day(found.since), found.clause.document.name)
