"""Something needs the consent of another: an act with an asset, or a matter such as a restructuring.

Consent is asked for, and given, given on conditions, or refused; what silence means, and by when it must be there, is
for the text. What waits for it stands in effects: what rests meanwhile, what follows when it is given or refused, and
what lapses at the long stop. That consent “may not be unreasonably withheld” is read in more than one way, so whether
it may be withheld at will, which grounds are good ones, and what follows a bad one are terms. (That a tenant whose
landlord withholds without reason may go ahead is English law: Treloar v Bigge (1874) LR 9 Ex 151.)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from adidem.clauses.parts.acts import anything, done, either
from adidem.clauses.parts.amounts import day_before, first, next_day
from adidem.clauses.parts.common import CONSENT, REQUEST, effects, needs, spoken_of, together, zero_days
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser, no
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.problem import Problem, ProblemError

TERMS = (
    TermForm("holder", "party", about="whose consent is needed"),
    TermForm("asker", "party", about="who needs it"),
    TermForm("acts", "names", False, about="the acts that need it"),
    TermForm("scope", "scope", False, about="with which assets"),
    TermForm("matter", "name", False, about="what else needs it, by name"),
    TermForm("answer_within", "duration", False, "How long has the holder to answer?"),
    TermForm("silence", "choice", False, "What does it mean if the holder does not answer?", ("given", "refused")),
    TermForm("conditions", "names", False, about="acts of the asker without which consent is not yet good"),
    TermForm(
        "conditional",
        "choice",
        False,
        "Is consent on conditions of the holder's own given, or refused?",
        ("given", "refused"),
    ),
    TermForm(
        "withholding",
        "choice",
        False,
        "May consent be withheld at will, or with reason only?",
        ("at-will", "reasonable"),
    ),
    TermForm(
        "grounds",
        "names",
        False,
        "Which grounds for withholding it are good ones?",
        about="the only grounds that are good ones",
        beside=("withholding=reasonable",),
    ),
    TermForm(
        "unreasonable",
        "choice",
        False,
        "Does consent that is withheld without reason count as given?",
        ("given", "breach"),
        beside=("withholding=reasonable",),
    ),
    TermForm("long_stop", "date", False, "By which day must consent be there?", about="the last day for it"),
    TermForm("meanwhile", "effects", False, about="what holds until consent is given: {suspend: CLAUSE}"),
    TermForm("upon_given", "effects", False, about="what follows when it is given"),
    TermForm("upon_refused", "effects", False, about="what follows when it is refused"),
    TermForm("upon_lapse", "effects", False, about="what follows when it is not there by the long stop"),
)
_NEEDS = (
    ("silence", "answer_within"),
    ("upon_lapse", "long_stop"),
    ("grounds", "withholding"),
    ("unreasonable", "withholding"),
)


@dataclass(frozen=True)
class Requests:
    """[requests] The days on which each was received and must be answered; on which it was answered, refused without
    reason, or found unanswered where that means something; on which consent is there, and on which it is refused; or
    never. `there` counts earlier texts of the clause in.
    """

    asked: Formula
    due: Formula | None
    answered: Formula
    wrongly: Formula
    silent: Formula | None
    given: Formula
    refused: Formula
    there: Formula


def compile(clause: Composer) -> None:
    """A request opens an obligation to answer, and powers to consent and to refuse; consent frees the act, and has
    its effects.

    Problems: A150 no day to answer in; A151 terms that only together say something.
    """
    if problems := list(_unsound(clause)):
        raise ProblemError(problems)
    holder, asker = clause.word("holder"), clause.word("asker")
    requests = _requests(clause)
    _norms(clause, requests, holder, asker)
    _effects(clause, requests)
    if clause.has("acts"):
        _acts(clause, requests, holder, asker)
    what = clause.word("matter") if clause.has("matter") else _acts_in_words(clause)
    clause.standing("obligation", asker, holder, f"ask {holder} for its consent to {what}")


def _acts_in_words(clause: Composer) -> str:
    return f"{either(clause.words('acts'))} {anything(clause.clause)}"


def _requests(clause: Composer) -> Requests:
    holder = clause.word("holder")
    made = clause.received("request")
    mine = clause.one_of("request", "by", (clause.word("asker"),)) & clause.one_of("request", "to", (holder,))
    if clause.has("acts"):
        mine = mine & clause.one_of("request", "act", clause.words("acts")) & clause.in_scope("scope", "request")
    else:
        mine = mine & clause.one_of("request", "matter", (clause.word("matter"),))
    ever, mine = mine & spoken_of(clause, clause.day("request")), mine & clause.in_force(clause.day("request"))
    answered = clause.day("request", "consent").or_never(clause.one_of("request", "consent.by", (holder,)))
    due = clause.after(made, "answer_within") if clause.has("answer_within") else None
    yes, withheld, wrongly = _answers(clause)
    if clause.has("unreasonable"):
        yes = yes | (wrongly & clause.chosen("unreasonable", "given"))
    given, refused, silent = answered.or_never(yes), answered.or_never(withheld), None
    if clause.has("silence") and due is not None:
        silent, deemed = next_day(due).or_never(answered > due), clause.chosen("silence", "given")
        given = lesser(given, silent.or_never(deemed))
        refused = lesser(refused.or_never(answered <= due), silent.or_never(~deemed))
    given = _good(clause, given)
    days = (given.or_never(mine), refused.or_never(mine), given.or_never(ever))
    return Requests(made.or_never(mine), due, answered.or_never(mine), answered.or_never(mine & wrongly), silent, *days)


def _answers(clause: Composer) -> tuple[Formula, Formula, Formula]:
    """[requests] Whether the answer gives consent, or withholds it; and whether it does so with no good reason."""
    yes, withheld = (clause.one_of("request", "consent.answer", (word,)) for word in ("given", "refused"))
    if clause.has("conditional"):
        conditional, given = (
            clause.one_of("request", "consent.answer", ("conditional",)),
            clause.chosen("conditional", "given"),
        )
        yes, withheld = yes | (conditional & given), withheld | (conditional & ~given)
    if not clause.has("withholding"):
        return yes, withheld, no(clause.program)
    good = clause.says("request", "consent.ground")
    if clause.has("grounds"):
        good = clause.one_of("request", "consent.ground", clause.words("grounds"))
    wrongly = withheld & clause.chosen("withholding", "reasonable") & ~good
    return yes, withheld & ~wrongly, wrongly


def _good(clause: Composer, given: Formula) -> Formula:
    """The days on which consent is good: once the asker has done all that it hangs on, and by the long stop."""
    for act in clause.words("conditions") if clause.has("conditions") else ():
        did = clause.one_of("act", "by", (clause.word("asker"),)) & clause.one_of("act", "act", (act,))
        given = greater(given, first(clause, clause.day("act").or_never(did)))
    return given.or_never(given <= clause.term("long_stop")) if clause.has("long_stop") else given


def _norms(clause: Composer, requests: Requests, holder: str, asker: str) -> None:
    """The holder must answer by a day, may consent, and may refuse; what it withholds without reason it must not."""
    asked, answered = requests.asked, requests.answered
    decided = lesser(requests.given, requests.refused)
    if requests.due is not None:
        dates = NormDates(asked, requests.due, answered, discharged=requests.silent)
        clause.norm("answer", "obligation", holder, asker, dates, f"answer what {asker} asks")
    for name, answer, says in (("consent", requests.given, "consent to"), ("refuse", requests.refused, "refuse")):
        dates = NormDates(asked, fulfilled=answer, terminated=decided)
        clause.norm(name, "power", holder, asker, dates, f"{says} what {asker} asks")
    if clause.has("withholding"):
        dates = NormDates(requests.wrongly, violated=requests.wrongly)
        clause.norm("withhold", "prohibition", holder, asker, dates, "withhold consent without a good reason")


def _effects(clause: Composer, requests: Requests) -> None:
    """What rests until consent is there, what follows from each answer, and what lapses with the long stop."""
    begins = clause.term("from") if clause.has("from") else clause.date(clause.clause.starts)
    causes = {"upon_given": requests.given, "upon_refused": requests.refused}
    if not clause.clause.replaces:  # what an earlier text has set at rest, or freed since, is so still
        causes["meanwhile"] = day_before(begins)
    if clause.has("long_stop"):
        stop = clause.term("long_stop")
        there = requests.there.earliest().at(stop, NEVER)
        causes["upon_lapse"] = stop.or_never((there > stop) & clause.in_force(stop))
        arises, ends = clause.life()
        dates = NormDates(arises, stop, there, terminated=ends)
        holder, asker = clause.word("holder"), clause.word("asker")
        clause.norm("long stop", "power", asker, holder, dates, f"obtain the consent of {holder}")
    for name, when in causes.items():
        for flag, effect in effects(clause, name) if clause.has(name) else ():
            clause.causes(effect, when.or_never(flag))


def _acts(clause: Composer, requests: Requests, holder: str, asker: str) -> None:
    """What needs consent is forbidden until it is there, and permitted from then on.

    Of requests for one asset the last counts, and any to which consent was given in so many words.
    """
    acts, day = clause.words("acts"), clause.day("act")
    did = done(clause, asker, acts)
    where = {"by": (asker,), "to": (holder,), "act": acts}
    last = clause.joined("act", "request", "asset", requests.there, NEVER, where)
    told = {**where, "consent.by": (holder,), "consent.answer": ("given",)}
    earliest = _good(clause, clause.earliest_stage("act", "request", "consent", "asset", told))
    free = (last <= day) | (earliest <= day)
    says = _acts_in_words(clause)
    clause.forbids(did & ~free, asker, holder, acts, f"{says} without the consent of {holder}")
    clause.permits(did & free, asker, holder, acts, f"{says} to which {holder} has consented")


def _unsound(clause: Composer) -> Iterator[Problem]:
    """Whether the terms go together: what consent is to, what silence is measured by, what lapses when."""
    text = clause.clause
    if clause.has("answer_within"):
        yield from zero_days(text, "answer_within")
    if clause.has("acts") == clause.has("matter") or clause.has("acts") != clause.has("scope"):
        mend = "write acts and scope, or matter alone"
        yield together(text, "does not say to what consent is needed: acts with assets, or a matter", mend)
    yield from needs(clause, _NEEDS)


FAMILY = Family("consent", "something needs the consent of another", TERMS, compile, (REQUEST, CONSENT))
