"""From an agreement to its program: every text of every clause, written by its family, then joined.

Knows clauses, families and effects. Does not know events' values, files or dates of asking.
"""

from collections.abc import Mapping
from dataclasses import replace

from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.composer import AGREEMENT, Composer
from adidem.kernel.composition import Composition, Judgement, Question, currency
from adidem.kernel.event import HOUSE_KINDS, EventKind
from adidem.kernel.family import Family
from adidem.kernel.formula import Formula, lesser, no
from adidem.kernel.norm import Norm, NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import DATE, Unit
from adidem.kernel.term import Effect, Term
from adidem.kernel.transfer import Leg


def event_kinds(families: Mapping[str, Family]) -> dict[str, EventKind]:
    """The kinds of event that the house and the families speak of."""
    kinds = {kind.name: kind for kind in HOUSE_KINDS}
    for family in families.values():
        for kind in family.events:
            assert kinds.setdefault(kind.name, kind) == kind, f"two families differ about the event {kind.name}"
    return kinds


def compose(agreement: Agreement, families: Mapping[str, Family], of_events: str = "") -> Composition:
    """The program of an agreement, with its norms, legs and judgements. Where no term has a currency, it is that
    `of_events`.

    Problems: those of formulas (F) and of clauses that contradict each other (A).
    """
    work = Composition(agreement, event_kinds(families), of_events=of_events)
    work.questions = _questions(agreement)
    work.targets = frozenset(f"{e.verb} {e.target}" for clause in agreement.clauses for e in _effects(clause, families))
    work.survivors = frozenset(name for clause in agreement.clauses for name in _listed(clause, "survives"))
    problems: list[Problem] = []
    causing = _in_order([c for c in agreement.clauses if _causes(c, families)], families, problems)
    for stage in (causing, [c for c in agreement.clauses if c not in causing]):
        for clause in stage:
            try:
                with work.program.written_at(clause.span):
                    families[clause.family].compile(Composer(work, clause))
            except ProblemError as error:
                problems += [_placed(problem, clause, agreement) for problem in error.problems]
        if not work.all_caused:
            _end_targets(work)
    problems += _conflicts(work.judgements)
    if problems:
        raise ProblemError(problems)
    for clause in agreement.clauses:
        if families[clause.family].binds:
            Composer(work, clause).life()
    _carry(work)
    _judge(work)
    work.legs = _merged(work)
    work.program.seal()
    return work


def _in_order(causing: list[Clause], families: Mapping[str, Family], problems: list[Problem]) -> list[Clause]:
    """The clauses that cause effects, each after those that can suspend or resume it. Problems: F003 a circle."""
    pauses = [(c, e) for c in causing for e in _effects(c, families) if e.verb in ("suspend", "resume")]
    out: list[Clause] = []
    rest = list(causing)
    while rest:
        left = {clause.id for clause in rest}
        waiting = {e.target for c, e in pauses if c.id in left}
        ready = [clause for clause in rest if clause.id not in waiting]
        if not ready:
            problems.append(_circle(left, pauses))
            return causing
        out += ready
        rest = [clause for clause in rest if clause.id in waiting]
    return out


def _circle(left: set[str], pauses: list[tuple[Clause, Effect]]) -> Problem:
    """What waits for each other: of what is left, without that which nothing left waits for."""
    while idle := left - {c.id for c, e in pauses if e.target in left}:
        left = left - idle
    round_about = [(c, e) for c, e in pauses if c.id in left and e.target in left]
    one, effect = round_about[0]
    see = tuple((e.span or c.span, f"clause {c.id} can {e.verb} clause {e.target}") for c, e in round_about[1:])
    whom = f"clause {effect.target}, which waits for it in turn: neither can be decided before the other"
    if one.id == effect.target:
        whom = "itself: whether it binds would wait for what it decides"
    sentence = f"clause {one.id} can {effect.verb} {whom}"
    return Problem("F003", sentence, effect.span or one.span, "take one of these effects away", see)


def _placed(problem: Problem, clause: Clause, agreement: Agreement) -> Problem:
    """A problem with a place: that of the clause's amount in a currency of its own, or of the clause."""
    if problem.span is not None:
        return problem
    for name, term in clause.terms.items():
        alone = replace(clause, terms={name: term})
        if currency(replace(agreement, clauses=(alone,))) not in ("", currency(agreement)):
            return replace(problem, span=term.span, mend=f"write the amount in {currency(agreement)}")
    return replace(problem, span=clause.span)


def _causes(clause: Clause, families: Mapping[str, Family]) -> bool:
    family = families[clause.family]
    return family.name == "duration" or any(
        form.type == "effects" and form.name in clause.terms for form in family.terms
    )


def _effects(clause: Clause, families: Mapping[str, Family]) -> list[Effect]:
    found = [
        effect
        for term in clause.terms.values()
        for value in term.values
        if isinstance(value, tuple)
        for effect in value
        if isinstance(effect, Effect)
    ]
    if families[clause.family].name == "duration":
        found.append(Effect("end", AGREEMENT))
    return found


def _listed(clause: Clause, name: str) -> tuple[str, ...]:
    term = clause.terms.get(name)
    return tuple(str(item) for item in term.value) if term and isinstance(term.value, tuple) else ()


def _questions(agreement: Agreement) -> dict[str, Question]:
    """Every term with rival readings, through all texts of its clause."""
    found: dict[str, list[Term]] = {}
    for clause in agreement.clauses:
        for term in clause.terms.values():
            if term.readings:
                found.setdefault(f"{clause.id}.{term.name}", []).append(term)
    return {
        id: Question(id, tuple(dict.fromkeys(r.name for term in terms for r in term.readings)), tuple(terms))
        for id, terms in found.items()
    }


def _end_targets(work: Composition) -> None:
    """Join the days on which effects end a clause or the agreement: the first of them counts."""
    work.all_caused = True
    for name in sorted(work.targets):
        if not name.startswith("end "):
            continue
        end: Formula = work.program.constant(NEVER, DATE, "never")
        for caused in work.caused:
            if caused.effect.verb == "end" and caused.effect.target == name.removeprefix("end "):
                end = lesser(end, caused.first_day)
        if name in work.carried:
            work.program.resolve(work.carried[name], end)
        work.carried[name] = end


def _carry(work: Composition) -> None:
    """Give every quantity that a clause carries from period to period its meaning: the sum of its flow, through all
    texts.
    """
    for name, forward in work.carried.items():
        if name.startswith("carried "):
            flows = work.flows.get(name.removeprefix("carried "), [])
            flow = _sum(flows, work, forward.unit)
            work.program.resolve(forward, flow.total())


def _sum(flows: list[Formula], work: Composition, unit: Unit) -> Formula:
    out = flows[0] if flows else work.program.constant(0, unit, "nothing")
    for more in flows[1:]:
        out = out + more
    return out


def _judge(work: Composition) -> None:
    """A forbidden act that nothing permits is a violation, unless it had been consented to; a waiver discharges it."""
    if not any(judgement.forbids for judgement in work.judgements):
        return
    occurred = work.program.input("act", "occurred", DATE)
    excused = work.program.constant(NEVER, DATE, "never")
    for day in work.excused:
        excused = lesser(excused, day)
    consented: Formula = no(work.program)
    for flag in work.consented:
        consented = consented | flag
    for judgement in work.judgements:
        if not judgement.forbids:
            continue
        clause = judgement.clause
        with work.program.written_at(clause.span):
            broken = judgement.acts & ~consented
            for other in work.judgements:
                if not other.forbids and yields(clause, other.clause):
                    broken = broken & ~other.acts
            work.forbidden.append((judgement, broken))
            day = occurred.or_never(broken)
            dates = NormDates(day, violated=day, discharged=excused)
            work.norms.append(
                Norm(
                    "", "prohibition", judgement.holder, judgement.counterparty, clause, "act", dates, judgement.reason
                )
            )


def yields(clause: Clause, other: Clause) -> bool:
    """Whether one clause says that it yields to the other, or the other that it overrides the one."""
    return other.id in clause.yields_to or clause.id in other.overrides


def _conflicts(judgements: list[Judgement]) -> list[Problem]:
    """Two live clauses, one of which permits what the other forbids, with no order between them."""
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for one in (j for j in judgements if j.forbids):
        for other in (j for j in judgements if not j.forbids):
            pair = (one.clause.id, other.clause.id)
            if pair not in seen and _claims_both(one, other):
                seen.add(pair)
                problems.append(_conflict(one, other))
    return problems


def _claims_both(one: Judgement, other: Judgement) -> bool:
    together = max(one.clause.starts, other.clause.starts) < min(one.clause.ends, other.clause.ends)
    ordered = yields(one.clause, other.clause) or yields(other.clause, one.clause)
    scopes = any(a.meets(b) for a in one.scopes for b in other.scopes)
    return (
        together
        and not ordered
        and one.clause.id != other.clause.id
        and one.holder == other.holder
        and bool(set(one.names) & set(other.names))
        and scopes
    )


def _conflict(one: Judgement, other: Judgement) -> Problem:
    acts = " and ".join(sorted(set(one.names) & set(other.names)))
    return Problem(
        "A120",
        f"clause {one.clause.id} forbids {one.holder} to {acts} what {other.clause.id} permits, and neither yields",
        one.clause.span,
        f"say in one of them which goes first: subject_to: [{other.clause.id}] or notwithstanding: [{other.clause.id}]",
        ((other.clause.span, other.clause.title),),
    )


def _merged(work: Composition) -> list[Leg]:
    """One leg for each stream of a clause, whichever of its texts an amount comes from."""
    out: dict[tuple[str, ...], Leg] = {}
    for leg in work.legs:
        key = (leg.clause, leg.name, leg.payer, leg.payee, leg.currency, leg.domain, leg.every or "", leg.period)
        if key in out:
            first = out[key]
            none = leg.amount.equals(work.program.constant(0, leg.amount.unit, "nothing"))
            amount, due = first.amount + leg.amount, none.where(first.due, leg.due)
            either = [each.provisional for each in (first, leg) if each.provisional is not None]
            open_now = either[0] | either[-1] if either else None
            leg = replace(leg, amount=amount, due=due, texts=(*first.texts, *leg.texts), provisional=open_now)
        out[key] = leg
    return [replace(leg, provisional=_provisional(work, leg)) for leg in out.values()]


def _provisional(work: Composition, leg: Leg) -> Formula | None:
    """What is settled under a clause is provisional while a determination that touches it is pending, or by itself."""
    times = Unit("count", "times")
    once, none = work.program.constant(1, times, "once"), work.program.constant(0, times, "none")
    here = leg.provisional
    for each in work.pending:
        whole = each.target == AGREEMENT and leg.clause not in work.survivors
        if each.target == leg.clause or whole:
            opened = (each.opened < each.closed).where(once, none)
            open_now = opened.until(each.opened, leg.fixed) > opened.until(each.closed, leg.fixed)
            here = open_now if here is None else here | open_now
    return here
