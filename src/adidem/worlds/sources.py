"""From the flows, hazards and policies of an outlook to the sources of its events.

Knows kinds of event, their columns and later stages. Does not know drivers' shapes, scenarios or chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adidem.kernel.agreement import Clause
from adidem.kernel.event import CORRECTION, DOCUMENT, WITHDRAWAL, EventKind
from adidem.kernel.literal import Misspelt, parse_date
from adidem.kernel.period import MONTHS, show_day
from adidem.kernel.problem import did_you_mean
from adidem.kernel.quantity import FLAG
from adidem.kernel.source import Span
from adidem.kernel.term import Quantity, Syntax, Term
from adidem.worlds.dimension import judged
from adidem.worlds.draft import PURE, Bound, Draft, formula, parts, place, word
from adidem.worlds.elementary import exponential
from adidem.worlds.filling import complete, computed_columns, fixed_columns, holds
from adidem.worlds.fitting import DAYS_A_YEAR, yearly_rate
from adidem.worlds.horizon import Horizon
from adidem.worlds.outcome import no_circles
from adidem.worlds.outlook import Source, Stage
from adidem.worlds.slot import slots_of

CHANCE = Bound("W105", 0.0, 1.0, "a chance lies between 0 and 100 %", "write a chance in a year, as in 4 %")
_DELAY = Bound("W104", 0.0, float("inf"), "no stage comes before its record", "write days from the record on")
_NEVER_DRAWN = frozenset(kind.name for kind in (CORRECTION, DOCUMENT, WITHDRAWAL))
"""Kinds that tell of the record itself, of which no future is made."""
MONTH_NAMES = ("january", "february", "march", "april", "may", "june", "july")
MONTH_NAMES += ("august", "september", "october", "november", "december")
_FITTED_KINDS = ("incident", "fact")


def read_sources(draft: Draft, clauses: Sequence[Clause]) -> list[Source]:
    """The flows and hazards, with what policies decide of them.

    Problems: W103 unknown kind, column or source; W105 chances; W109 units; W110 what a column cannot hold; W111 an end
    before its beginning, or a day that is not over; W113 told twice; W114 a term too many or missing; W115 a column
    missing; W116 no say; W117 sources in a circle.
    """
    sources: dict[str, Source] = {}
    for clause in clauses:
        if clause.family in ("flow", "hazard") and (source := _source(draft, clause)) is not None:
            sources[clause.id] = source
    known = [clause.id for clause in clauses if clause.family in ("flow", "hazard")]
    for clause in clauses:
        if clause.family == "policy":
            _decided(draft, clause, sources, known)
    no_circles(draft, sources.values())
    return list(sources.values())


def kind_of(draft: Draft, clause: Clause) -> EventKind | None:
    """The kind of event of a flow or hazard. Problems: W103 there is none; W110 it is a later stage."""
    name, at = word(clause, "event"), place(clause, "event")
    known = {each: kind for each, kind in draft.kinds.items() if each not in _NEVER_DRAWN}
    kind = known.get(name)
    if name and kind is None:
        draft.problem("W103", f"no event that can come is of the kind {name}", at, did_you_mean(name, known))
    elif kind is not None and kind.joins:
        sentence = f"an event of the kind {name} comes only after {kind.joins}, as a later stage of its record"
        draft.problem("W110", sentence, at, f"write it among the answers of a hazard or flow of {kind.joins}")
        return None
    return kind


def _source(draft: Draft, clause: Clause) -> Source | None:
    kind = kind_of(draft, clause)
    if kind is None:
        return None
    columns = fixed_columns(draft, kind, parts(clause, "columns"))
    own = clause.terms.get("amount")
    amounts = computed_columns(draft, kind, (*((own,) if own else ()), *parts(clause, "amounts")), columns)
    complete(draft, kind, {*columns, *amounts}, place(clause, "columns"))
    first, last = (_day(clause, name) for name in ("from", "until"))
    if first is not None and last is not None and last < first:
        sentence = f"{clause.id} ends before it begins"
        draft.problem("W111", sentence, place(clause, "until"), "write until: on a day not before from:")
    every: Any = word(clause, "every") or "month"
    source = Source(
        clause.id,
        kind,
        columns,
        amounts,
        every,
        when=judged(draft, formula(clause, "when"), "when", FLAG, decides=True),
        first=first,
        last=last,
        months=_months(draft, clause, every),
        span=clause.span,
    )
    source = _hazard(draft, clause, source) if clause.family == "hazard" else source
    _over_by_then(draft, clause, source)
    return source


def _over_by_then(draft: Draft, clause: Clause, source: Source) -> None:
    """A day that is over when the event comes is over when the first can come. Problems: W111."""
    first = next(slots_of(source, Horizon.over(draft.starts, draft.until)), None)
    for term in parts(clause, "columns"):
        column = source.kind.column(term.name)
        if first is None or column is None or not column.past:
            continue
        try:
            day = parse_date(source.columns[term.name])
        except Misspelt:  # which `fixed_columns` has told
            continue
        if first.first <= day:
            sentence = f"{term.name} is {show_day(day)}, and a {source.kind.name} can come on {show_day(first.first)}"
            draft.problem("W111", sentence, term.span, f"write from: {show_day(day + 1)}, or an earlier day here")


def _months(draft: Draft, clause: Clause, every: str) -> tuple[int, ...]:
    """The months of the year in which it can come. Problems: W114 no month, or one with which no period ends."""
    term = clause.terms.get("months")
    names = term.value if term is not None and isinstance(term.value, tuple) else ()
    found: list[int] = []
    at = place(clause, "months")
    for name in map(str, names):
        if name not in MONTH_NAMES:
            draft.problem("W114", f"no month is called {name}", at, did_you_mean(name, MONTH_NAMES))
        elif (MONTH_NAMES.index(name) + 1) % MONTHS[every]:  # type: ignore[index]
            mend = "name months with which a period ends, or write every: month"
            draft.problem("W114", f"no {every} ends with {name}", at, mend)
        else:
            found.append(MONTH_NAMES.index(name) + 1)
    return tuple(sorted(found))


def _hazard(draft: Draft, clause: Clause, source: Source) -> Source:
    ways = [name for name in ("chance", "odds", "fitted") if name in clause.terms]
    if len(ways) != 1:
        sentence = "a hazard has one of chance, odds and fitted" + (f", and this one has {len(ways)}" if ways else "")
        draft.problem("W114", sentence, clause.span, "write chance: 4 %, a year")
    chance = ""
    if "chance" in ways:
        chance = draft.parameter(f"{clause.id}.chance", clause.terms["chance"], PURE, CHANCE)
    elif "fitted" in ways:
        chance = _fitted(draft, clause)
    at_most = clause.terms.get("at_most")
    number = at_most.value if at_most is not None else None
    most = number.value / number.unit.denominator if isinstance(number, Quantity) else 0.0
    if at_most is not None and (most < 1 or most != int(most)):
        draft.problem("W114", f"at_most is {at_most.text}", at_most.span, "write a whole number from 1 on")
    stages: list[Stage] = []
    for group in parts(clause, "answers"):
        assert isinstance(group.value, tuple)
        terms = {term.name: term for term in group.value if isinstance(term, Term)}
        stage = _stage(draft, source, terms, group.span or clause.span)
        if stage is not None and any(other.kind == stage.kind for other in stages):
            sentence = f"the answer {stage.kind.name} is told twice, and one comes"
            draft.problem("W113", sentence, group.span, "keep one, with all chances in it")
        elif stage is not None:
            stages.append(stage)
    return replace(
        source,
        chance=chance,
        odds=judged(draft, formula(clause, "odds"), "odds", PURE, decides=True),
        at_most=int(most),
        by=word(clause, "by") or (source.columns.get("by", "") if source.when is not None else ""),
        stages=tuple(stages),
    )


def _day(clause: Clause, name: str) -> int | None:
    term = clause.terms.get(name)
    return term.value if term is not None and isinstance(term.value, int) else None


def _stage(draft: Draft, source: Source, terms: Mapping[str, Term], span: Span) -> Stage | None:
    """A later stage of a source's record. Problems: W103 no such stage; those of columns and chances; W114."""
    kind = _later(draft, source, terms.get("event"), span)
    if kind is None:
        return None
    given = terms["columns"].value if "columns" in terms else ()
    items = [term for term in given if isinstance(term, Term)] if isinstance(given, tuple) else []
    columns = fixed_columns(draft, kind, items)
    choice = str(terms["choice"].value) if "choice" in terms else ""
    chances: list[tuple[str, str]] = []
    told = terms["chances"].value if "chances" in terms else ()
    for term in told if isinstance(told, tuple) else ():
        assert isinstance(term, Term)
        _chosen(draft, kind, choice, term.name, term.span)
        chances.append((term.name, draft.parameter(f"{source.id}.{kind.name}.{term.name}", term, PURE, CHANCE)))
    if bool(choice) != bool(chances):
        sentence = "choice says which column is drawn and chances how, and one of them is missing"
        draft.problem("W114", sentence, span, "write choice: COLUMN and chances: {WORD: CHANCE}")
    complete(draft, kind, {*columns, choice}, span)
    return Stage(kind, columns, choice, tuple(chances), (), _within(draft, source, kind, terms.get("within")), span)


def _later(draft: Draft, source: Source, event: Term | None, span: Span) -> EventKind | None:
    """The kind of a later stage of a source's record. Problems: W103."""
    name = str(event.value) if event is not None else ""
    known = {each.name: each for each in draft.kinds.values() if each.joins == source.kind.name}
    if name and name not in known:
        sentence = f"a record of the kind {source.kind.name} has no later stage {name}"
        mend = did_you_mean(name, known) or f"leave it out: nothing answers {source.kind.name}"
        draft.problem("W103", sentence, event.span if event is not None else span, mend)
    return known.get(name)


def _chosen(draft: Draft, kind: EventKind, choice: str, text: str, span: Span | None) -> None:
    """Whether a stage can have that word in the column that is drawn. Problems: W103, W110."""
    column = kind.column(choice)
    if column is None or column.name == kind.joins:
        if choice:
            known = [each.name for each in kind.columns if each.type in ("choice", "flag")]
            draft.problem("W103", f"{kind.name} has no column {choice}", span, did_you_mean(choice, known))
        return
    holds(draft, column, text, span)


def _within(draft: Draft, source: Source, kind: EventKind, term: Term | None) -> tuple[str, str]:
    """The parameters between which the days to a stage lie: `SOURCE.KIND.soonest` and `SOURCE.KIND.latest`."""
    if term is None or not isinstance(term.value, tuple):
        return "", ""
    found = [
        draft.parameter(f"{source.id}.{kind.name}.{end.name}", end, None, _DELAY)
        for end in term.value
        if isinstance(end, Term)
    ]
    return found[0], found[1]


def _fitted(draft: Draft, clause: Clause) -> str:
    """The chance in a year of at least one event like those that the ledger tells of.

    Beside columns two keys stand in `fitted`: `event`, the kind that is counted, and `since`, the day from which the
    ledger tells of all of them, which is else the day of its first event.
    Problems: W103 no such kind or column; W114 the ledger tells of no time before the outlook.
    """
    given = {term.name: str(term.value).strip() for term in parts(clause, "fitted")}
    at, id = place(clause, "fitted"), f"{clause.id}.chance"
    since, named = given.pop("since", ""), given.pop("event", "")
    kinds = [named] if named else [each for each in _FITTED_KINDS if each in draft.kinds]
    fitting = [each for each in kinds if each in draft.kinds and all(draft.kinds[each].column(name) for name in given)]
    if not fitting:
        sentence = f"no event of the kind {' or '.join(kinds)} has the columns {', '.join(given)}"
        draft.problem("W103", sentence, at, "name the kind that is counted: fitted: {event: KIND, COLUMN: WORD}")
        return ""
    rates = (0.0, 0.0, 0.0)
    text = "not fitted, for there is no ledger"
    if draft.history is not None:
        try:
            first = parse_date(since) if since else draft.history.first_day()
        except Misspelt as wrong:
            draft.problem("W114", f"since: {wrong.sentence}", at, wrong.mend)
            return ""
        if first is None or first >= draft.starts:
            sentence = "there is no time before the outlook starts in which the ledger tells of events"
            draft.problem("W114", sentence, at, "write chance: with a source and a range")
            return ""
        count = draft.history.found(fitting[0], given, "", first - 1, draft.starts).count
        years = (draft.starts - first + 1) / DAYS_A_YEAR
        rates = yearly_rate(count, years)
        text = f"{count} in {years:.1f} years"
    # A rate of so many a year is this chance of at least one.
    value, low, high = (_billionths(1.0 - float(exponential(np.array([-rate]))[0])) for rate in rates)
    term = Term("chance", value, text, "assumed", "the ledger", (low, high), span=at, note=f"fitted: {text}")
    return draft.parameter(id, term, PURE, CHANCE)


def _billionths(value: float) -> Quantity:
    return Quantity(round(value * 10**9), replace(PURE, denominator=10**9))


def _decided(draft: Draft, clause: Clause, sources: dict[str, Source], known: Sequence[str]) -> None:
    """What a policy decides of a source. Problems: W103, W113, W114, W116 it is not for that party to decide."""
    of, party = word(clause, "of"), word(clause, "party")
    if of and of not in known:
        sentence = f"the outlook has no flow or hazard {of}"
        draft.problem("W103", sentence, place(clause, "of"), did_you_mean(of, known) or "write one")
    source = sources.get(of)
    if source is None:
        return
    if "answers" in clause.terms:
        sources[of] = _answered(draft, clause, source, party)
        return
    if "when" not in clause.terms:
        draft.problem("W114", "the policy says neither when nor answers", clause.span, "write when: FORMULA")
        return
    _author(draft, clause, source.columns, party, f"{of} is an event")
    for name in ("choice", "rules", "within"):
        if name in clause.terms:
            sentence = f"{name} is of a later stage, and the policy does not say answers"
            draft.problem("W114", sentence, place(clause, name), "add answers: KIND, or leave it out")
    when = judged(draft, formula(clause, "when"), "when", FLAG, decides=True)
    if source.when is not None:
        see = [(source.when.span, "the first")] if source.when.span is not None else []
        draft.problem("W113", f"when {of} comes is told twice", place(clause, "when"), "join the two by and", see)
        return
    sources[of] = replace(source, when=when, by=party)


def _author(draft: Draft, clause: Clause, columns: Mapping[str, str], party: str, what: str) -> None:
    author = columns.get("by", party)
    if author != party:
        sentence = f"{what} of {author}, and {party} does not decide it"
        draft.problem("W116", sentence, place(clause, "party"), f"write party: {author}")


def _answered(draft: Draft, clause: Clause, source: Source, party: str) -> Source:
    """The source with a later stage decided by rules."""
    answers = clause.terms["answers"]
    kind = _later(draft, source, answers, clause.span)
    if kind is None:
        return source
    standing = next((stage for stage in source.stages if stage.kind == kind), None)
    own = {"by": party} if kind.column("by") is not None else {}
    stage = standing or Stage(kind, own, span=clause.span)
    _author(draft, clause, stage.columns, party, f"{kind.name} is an answer")
    choices = [each.name for each in kind.columns if each.type == "choice" and each.name not in stage.columns]
    choice = word(clause, "choice") or stage.choice or (choices[0] if choices else "")
    rules: list[tuple[Syntax | None, str]] = []
    for group in parts(clause, "rules"):
        assert isinstance(group.value, tuple)
        terms = {term.name: term for term in group.value if isinstance(term, Term)}
        when, choose = terms.get("when"), terms.get("choose")
        if choose is not None:
            _chosen(draft, kind, choice, str(choose.value), choose.span)
            condition = when.value if when is not None and isinstance(when.value, Syntax) else None
            rules.append((judged(draft, condition, "when", FLAG, decides=True), str(choose.value)))
    if not rules or "when" in clause.terms:
        sentence = "a policy of an answer has rules, and each rule its own when"
        draft.problem("W114", sentence, clause.span, "write rules: [{when: FORMULA, choose: WORD}, {choose: WORD}]")
    if stage.rules:
        draft.problem("W113", f"{kind.name} of {source.id} is decided twice", clause.span, "join the two policies")
    if "within" not in clause.terms and standing is None:
        draft.problem("W114", f"nothing says when {kind.name} comes", clause.span, "write within: 3 days to 10 days")
    elif "within" in clause.terms and standing is not None:
        draft.problem("W113", f"{source.id} says within already", place(clause, "within"), "keep one of the two")
    within = stage.within if standing is not None else _within(draft, source, kind, clause.terms.get("within"))
    complete(draft, kind, {*stage.columns, choice}, clause.span)
    stage = replace(stage, choice=choice, rules=tuple(rules), within=within)
    others = tuple(each for each in source.stages if each.kind != kind)
    return replace(source, stages=(*others, stage))
