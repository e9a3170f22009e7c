"""A provider promises that a service is available for so much of each month or quarter, and credits what falls short.

Which incidents count is for the text: by their impact, in full or by a weight; less maintenance, causes, components
and what was too short. Incidents that overlap are one time of unavailability, cut at the ends of windows; one that has
not ended goes on. The share of time is never divided: what was lost is held against the window times one less the
bound, in whole numbers, so that exactly 99.9 % is not below 99.9 %. A window is the real month or quarter in
its time zone, an hour shorter or longer where clocks change, and the text that binds on its last day speaks of all of
it.

The ladder, its bounds, the least credit and the claim within a time are those of published terms, such as
https://aws.amazon.com/bedrock/sla; impacts are in the words of Statuspage.
"""

from collections.abc import Iterator

from adidem.clauses.parts.acts import anything
from adidem.clauses.parts.amounts import in_unit, next_day, nothing
from adidem.clauses.parts.commitment import USAGE
from adidem.clauses.parts.common import needs
from adidem.clauses.parts.shares import downwards, misplaced, more_than_all
from adidem.clauses.parts.times import PLACES, Times, zone_of
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.norm import NormDates
from adidem.kernel.operator import unlike
from adidem.kernel.period import MONTHS, Every
from adidem.kernel.problem import Problem, ProblemError, did_you_mean
from adidem.kernel.quantity import DAYS, Unit
from adidem.kernel.term import Scope, number

TIER = (
    TermForm("below", "rate", about="the share of time below which it applies", disputable=False),
    TermForm("from", "rate", False, about="the share from which it applies", disputable=False),
    TermForm("credit", "rate", about="the credit, as a share of the fees", disputable=False),
)
TERMS = (
    TermForm("customer", "party", about="who is credited"),
    TermForm("provider", "party", about="who promises"),
    TermForm("service", "scope", asks="Incidents of which service count?", about="whose incidents count"),
    TermForm("objective", "rate", asks="For what share of the time?", about="the share of the time that is promised"),
    TermForm("window", "choice", choices=("month", "quarter"), about="over which time", disputable=False),
    TermForm("zone", "text", False, about="the IANA time zone of the window, if not that in which days are counted"),
    TermForm("unavailable", "scope", asks="Which impacts count as unavailable?", about="impacts that count in full"),
    TermForm("partly", "scope", False, about="impacts that count by the weight"),
    TermForm("weight", "rate", False, about="what part of such time counts"),
    TermForm(
        "maintenance", "choice", False, "Does scheduled maintenance count as unavailable?", ("excluded", "counts")
    ),
    TermForm("except_causes", "names", False, about="causes whose incidents do not count"),
    TermForm("except_components", "names", False, about="components whose incidents do not count"),
    TermForm("shortest", "count", False, about="an incident that is shorter, as in `5 minutes`, does not count"),
    TermForm("fees", "scope", asks="Of which fees is the credit a share?", about="which fees of the window"),
    TermForm("tiers", "groups", parts=TIER, about="below which share of time which credit applies", disputable=False),
    TermForm("rounding", "rounding", asks="How, and where, is it rounded?", about="the rule; and per line or period"),
    TermForm("minimum_credit", "money", False, about="a smaller credit is not given"),
    TermForm("cap", "rate", False, about="the most that is credited, as a share of the fees"),
    TermForm("claim_within", "duration", False, "Must a credit be claimed, and how long after the window?"),
    TermForm(
        "given",
        "choice",
        False,
        "Is the credit set against invoices, or paid?",
        ("against-invoices", "payment"),
        disputable=False,
    ),
    TermForm("credit_within", "duration", False, "How long after the claim must the credit be given?"),
    TermForm("sole_remedy", "flag", False, "Is the credit the customer's only remedy?"),
)
IMPACTS = ("none", "minor", "major", "critical", "maintenance")
INCIDENT = EventKind(
    "incident",
    (
        Column("provider", "party"),
        Column("service", "name"),
        Column("started", "instant"),
        Column("ended", "instant", required=False, not_before="started"),
        Column("impact", "choice", choices=IMPACTS),
        Column("cause", "name", required=False),
        Column("component", "name", required=False),
    ),
    says="a service of a provider is impaired, from one instant to another, or still",
)
CLAIM = EventKind(
    "claim",
    (Column("by", "party"), Column("level", "name"), Column("window_ends", "date", past=True)),
    says="a customer claims the credit of a service level, for the window whose last day is named",
)
_MOST_DAYS = 2**20
"""More than pass between a window and its claim."""
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600}


def compile(clause: Composer) -> None:
    """The downtime of each window, the tier it falls into, the credit, the power to claim it, and what lapses.

    Problems: A151 terms that need each other; A160 to A162 tiers and shares; A163 an impact that is none; F001 a
    length that is none.
    """
    if problems := list(_unsound(clause)):
        raise ProblemError(problems)
    customer, provider = clause.word("customer"), clause.word("provider")
    every: Every = clause.word("window")  # type: ignore[assignment]
    last = clause.last_day()
    follows = next_day(last)
    first = follows.after("months", clause.program.constant(-MONTHS[every], DAYS, f"one {every} back"))
    binds = clause.closes(every) & clause.in_force(last)
    window = clause.window(every, zone_of(clause.clause, clause.all.agreement))
    downtime = _downtime(clause, first, window[1])
    credit = _credit(clause, every, binds, downtime, window)
    clause.tells(binds=binds, starts=window[0], ends=window[1], downtime=downtime, credit=credit)
    settled, owed, zero = last, credit, nothing(credit)
    if clause.has("claim_within"):
        settled, deadline = _claimed(clause, last, clause.closes(every)), clause.after(last, "claim_within")
        in_time = settled <= deadline
        owed = in_time.where(credit, zero)
        dates = NormDates(follows.or_never(credit > zero), deadline, settled.or_never(in_time))
        says = f"claim the credit of the {every} from {provider}"
        clause.norm("claim", "power", customer, provider, dates, says, every)
        clause.tells(deadline=deadline, claimed=settled)
    name = "refund" if clause.has("given") and clause.word("given") == "payment" else "credit"
    due = clause.after(settled, "credit_within") if clause.has("credit_within") else settled
    clause.leg(name, provider, customer, owed, due, settled, every)
    met = binds & ~_below(clause, downtime, window, clause.term("objective"))
    clause.tells(owed=owed, due=due, met=met)
    dates = NormDates(first.or_never(binds), last, last.or_never(met))
    what, share = anything(clause.clause, "service"), clause.clause.terms["objective"].text
    says = f"keep {what} available for {share} of each {every}"
    clause.norm("availability", "obligation", provider, customer, dates, says, every)
    arises, ends = clause.life()
    if clause.has("sole_remedy"):
        only = arises.or_never(clause.term("sole_remedy"))
        says = f"ask {provider} for more than the credit where {what} was not available"
        clause.lasting("sole remedy", "prohibition", customer, provider, only, ends, says)


def _downtime(clause: Composer, first: Formula, ends: Formula) -> Formula:
    """[periods] The time in which the service was unavailable, weighted, in exact parts of a second."""
    full, part = _counting(clause)
    times = Times(clause, "incident", "started", "ended", full)
    whole = times.within(first, ends)
    clause.tells(full_begun=times.begun, full_gone=times.gone)
    if part is not None:
        weight, times = clause.term("weight"), Times(clause, "incident", "started", "ended", full | part)
        clause.tells(any_begun=times.begun, any_gone=times.gone, weight=weight)
        finer = (times.within(first, ends) - whole).over(86_400 * weight.unit.denominator)
        return whole + finer.scale(weight, "down")
    return whole


def _counting(clause: Composer) -> tuple[Formula, Formula | None]:
    """[incidents] Those that count in full, and those that count by the weight."""
    of = clause.one_of("incident", "provider", (clause.word("provider"),))
    of = of & clause.in_scope("service", "incident", "service")
    full = clause.in_scope("unavailable", "incident", "impact")
    part = clause.in_scope("partly", "incident", "impact") if clause.has("partly") else None
    why: dict[str, Formula] = {}
    if clause.has("maintenance"):
        planned = clause.one_of("incident", "impact", ("maintenance",))
        why["maintenance"] = planned & clause.chosen("maintenance", "excluded")
        full = full | planned
    for name, column in (("except_causes", "cause"), ("except_components", "component")):
        if clause.has(name):
            why[column] = clause.one_of("incident", column, clause.words(name))
    if clause.has("shortest"):
        least = clause.term("shortest")
        unit = Unit("count", DAYS.name, 86_400 * least.unit.denominator)
        lasts = clause.column("incident", "ended") - clause.column("incident", "started")
        why["shortest"] = lasts < least.with_others("times", detail=(_SECONDS[least.unit.name], unit))
    clause.tells(of=of, full=full, **({"part": part} if part is not None else {}), **why)
    for excluded in why.values():
        of = of & ~excluded
    return of & full, of & part if part is not None else None


def _below(clause: Composer, downtime: Formula, window: tuple[Formula, Formula], bound: Formula) -> Formula:
    """[periods] Whether the share of time is below a bound: whether more was lost than the bound leaves."""
    whole = clause.program.constant(bound.unit.denominator, bound.unit, "100 %")
    time = (window[1] - window[0]).over(86_400 * bound.unit.denominator)
    return downtime > time.scale(whole - bound, "down")


def _credit(
    clause: Composer, every: Every, binds: Formula, downtime: Formula, window: tuple[Formula, Formula]
) -> Formula:
    """[periods] The credit of the tier into which the window falls."""
    program, (rounding, place) = clause.program, clause.rounding()
    mine = clause.one_of("usage", "by", (clause.word("customer"),))
    mine = mine & clause.one_of("usage", "of", (clause.word("provider"),)) & clause.in_scope("fees", "usage", "service")
    amount = clause.column("usage", "amount")
    zero = nothing(amount)
    closes, lines = clause.closes(every), mine.where(amount, zero)
    base = lines.sum().since(closes)
    credit, tier = zero, program.constant(0, PLACES, "no tier")
    told = clause.groups("tiers")
    for place_of, parts in enumerate(downwards(told), 1):
        name = f"tiers.{told.index(parts) + 1}"
        rate = clause.part(parts["credit"], f"{name}.credit")
        inside = _below(clause, downtime, window, clause.part(parts["below"], f"{name}.below"))
        of_lines = lines.scale(rate, rounding).sum().since(closes) if place == "line" else base.scale(rate, rounding)
        credit = inside.where(of_lines, credit)
        tier = inside.where(program.constant(place_of, PLACES, f"tier {place_of}"), tier)
    clause.tells(base=base, tier=tier, of_tier=credit)
    if clause.has("cap"):
        credit = lesser(credit, base.scale(clause.term("cap"), rounding))
    if clause.has("minimum_credit"):
        credit = (credit < clause.term("minimum_credit")).where(zero, credit)
    return binds.where(greater(credit, zero), zero)  # what was given back of fees may be more than the fees


def _claimed(clause: Composer, last: Formula, closes: Formula) -> Formula:
    """[periods] The day on which the credit of each window was first claimed; never where it was not."""
    occurred, ended = clause.day("claim"), clause.column("claim", "window_ends")
    mine = clause.one_of("claim", "by", (clause.word("customer"),))
    mine = mine & clause.one_of("claim", "level", (clause.clause.id,)) & last.at(ended).equals(ended) & closes.at(ended)
    # Of the claims of the last window that was claimed, the one that came soonest has the greatest place.
    place = ended.with_others("times", detail=(_MOST_DAYS, PLACES)) - in_unit(occurred - ended, PLACES)
    passed = last.with_others("times", detail=(_MOST_DAYS, PLACES)) - place.latest(ended.or_never(mine), last)
    came = last.after("days", in_unit(passed, DAYS))
    return came.or_never(passed < clause.program.constant(_MOST_DAYS, PLACES, "as of another window"))


def _unsound(clause: Composer) -> Iterator[Problem]:
    """Whether tiers, shares, impacts and lengths can be, and terms go together."""
    terms, tiers = clause.clause.terms, clause.groups("tiers")
    whole = [terms[name] for name in ("objective", "weight", "cap") if name in terms]
    yield from more_than_all([*whole, *(part for tier in tiers for part in tier.values())])
    yield from misplaced(tiers, terms["objective"])
    yield from needs(clause, (("partly", "weight"), ("weight", "partly")))
    for name in ("unavailable", "partly"):
        for value in terms[name].values if name in terms else ():
            strange = {*value.classes, *value.without} - {*IMPACTS, "everything"} if isinstance(value, Scope) else ()
            for word in sorted(strange):
                sentence = f"{name} speaks of {word}, which no incident has as impact"
                yield Problem("A163", sentence, terms[name].span, did_you_mean(word, IMPACTS))
    if "shortest" in terms and (unit := number(terms["shortest"].value)[0]).name not in _SECONDS:
        sentence, mend = unlike(unit, Unit("count", "minutes")), "write it as in 5 minutes"
        yield Problem("F001", sentence, terms["shortest"].span, mend)


FAMILY = Family(
    "service-level",
    "a service is available for so much of the time, or credited",
    TERMS,
    compile,
    (INCIDENT, CLAIM, USAGE),
)
