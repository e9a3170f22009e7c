"""Before it does something elsewhere, the grantor gives the holder the first chance.

Three rights go by this name. First refusal answers a third party's offer: the notice names the third party, and only
the deal that was offered is released. First offer comes earlier: the holder is asked, and if it declines or cannot, the
grantor is free. First negotiation is weaker still: for a time the grantor may talk to the holder alone; nothing can be
taken up, and the end of that time frees it. Reports often say the one and describe the other, so `nature` is a term.
What an offer must say, what “cannot” means, what silence, a part or another deal mean is for the text.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adidem.clauses.parts.acts import anything, done_elsewhere, either
from adidem.clauses.parts.amounts import next_day
from adidem.clauses.parts.answering import SAYS, answers
from adidem.clauses.parts.common import ANSWER, OFFER, meets, together, unsaid, zero_days
from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, lesser, no, yes
from adidem.kernel.norm import NormDates
from adidem.kernel.period import NEVER
from adidem.kernel.problem import Problem, ProblemError

DEAL = ("price", "capacity", "starts")
TESTS = ("price", "capacity", "date", "price-and-capacity", "price-and-date", "capacity-and-date", "all")
_TAKEN_UP = ("nature=refusal", "nature=first-offer")
"""In a first negotiation nothing is taken up."""
TERMS = (
    TermForm("holder", "party", about="who is asked first"),
    TermForm("grantor", "party", about="who must ask"),
    TermForm("act", "name", about="what may not be done elsewhere unasked"),
    TermForm("scope", "scope", asks="Which assets must be offered?", about="which assets must be offered"),
    TermForm("provider", "name", about="whose own offer is not elsewhere"),
    TermForm(
        "nature",
        "choice",
        asks="Is it a right to match a third party's offer, or to be asked first?",
        choices=("refusal", "first-offer", "negotiation"),
        about="a right to match a third party's offer, to be asked first, or to be talked to first",
    ),
    TermForm("notice", "names", False, "What must an offer say?", about="of price, capacity, date, third-party"),
    TermForm(
        "incomplete",
        "choice",
        False,
        choices=("waits", "runs"),
        about="whether the time to answer an offer that does not say it runs, or waits for one that does",
    ),
    TermForm("answer_within", "duration", False, "How long has the holder to answer?"),
    TermForm("test", "choice", False, "What does it mean that the holder cannot: capacity, price, date?", TESTS),
    TermForm(
        "release",
        "choice",
        False,
        "Is the grantor free if the holder declines, or only if it cannot?",
        ("either", "cannot", "both"),
        beside=_TAKEN_UP,
        about="what frees the grantor: that the holder declines or cannot, that it cannot, or also chooses not to",
    ),
    TermForm(
        "partial",
        "choice",
        False,
        "May the holder take up a part of the capacity?",
        ("share", "none"),
        beside=_TAKEN_UP,
        about="whether a part of the capacity may be taken up",
    ),
    TermForm("silence", "choice", False, "What does it mean if the holder does not answer?", ("released", "accepted")),
    TermForm(
        "changed_terms",
        "choice",
        False,
        "Must a deal that is better for a third party be offered anew?",
        ("new-offer", "covered"),
        beside=_TAKEN_UP,
        about="whether a deal that is better for a third party must be offered anew",
    ),
    TermForm("close_within", "duration", False, "For how long may what was released be done unasked?"),
    TermForm(
        "alternates", "names", False, about="third parties of which each has an offer of its own, judged by itself"
    ),
)
PLAIN = ("holder", "grantor", "act", "scope", "provider", "nature", "answer_within", "silence", "from", "until")
"""Terms beside which one sentence says why an act is forbidden."""
Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Offers:
    """[offers] The day from which each frees the grantor; whether it says all it must; whether it asks the holder;
    whether a share of it is taken up, and the capacity that is left.
    """

    released: Formula
    complete: Formula
    asked: Formula
    shared: Formula
    left: Formula


def compile(clause: Composer) -> None:
    """An offer opens a power; what it releases is free, and what is done elsewhere without release is forbidden.

    Problems: A150 no day to answer in; A151 what an offer must say is not known, or not what an incomplete one does.
    """
    if problems := _unsound(clause):
        raise ProblemError(problems)
    holder, grantor, act = clause.word("holder"), clause.word("grantor"), clause.word("act")
    offers = _offers(clause, holder, grantor)
    day = clause.day("act")
    elsewhere = done_elsewhere(clause)
    asked = {"by": (grantor,), "to": (holder,)}
    released = clause.joined("act", "offer", "asset", offers.released, NEVER, asked) <= day
    third_party = clause.joined("act", "offer", "asset", clause.column("offer", "third_party"), -1, asked)
    named = clause.says("act", "with") & clause.column("act", "with").equals(third_party)
    as_offered = clause.chosen("nature", "first-offer") | named
    if _talks(clause):
        as_offered = as_offered | clause.chosen("nature", "negotiation")
    what = anything(clause.clause)
    says = f"{either((act,))} with anyone but {clause.word('provider')} {what}"
    if set(clause.clause.terms) <= set(PLAIN):
        says += f" that {holder} was not offered first, or has not released"
        clause.forbids(elsewhere & ~(released & as_offered), grantor, holder, (act,), says)
    else:
        _forbid(clause, elsewhere, offers, released, as_offered, asked, says)
    clause.standing("obligation", grantor, holder, f"offer {what} to {holder} first")


def _forbid(
    clause: Composer, acts: Formula, offers: Offers, released: Formula, as_offered: Formula, asked: Where, says: str
) -> None:
    """Each ground on which an act elsewhere is forbidden, as a sentence of its own; the first that holds counts."""
    holder, grantor, act = clause.word("holder"), clause.word("grantor"), clause.word("act")
    grounds = [
        (~clause.joined("act", "offer", "asset", offers.asked, 0, asked), "was not offered first"),
        (~released, "was offered and has not released"),
    ]
    if clause.has("notice"):
        whole = clause.joined("act", "offer", "asset", offers.complete, 1, asked)
        grounds.insert(1, (~whole, f"was not offered in full: an offer says {', '.join(clause.words('notice'))}"))
    if clause.has("close_within"):
        within = clause.clause.terms["close_within"].text
        grounds.append((_late(clause, offers, asked), f"released, but not for longer than {within}"))
    if clause.has("changed_terms"):
        grounds.append((_better(clause, offers, asked), "was offered on worse terms than these"))
    if clause.has("partial"):
        grounds.append((_more(clause, offers, asked), "released in part, and not for so much capacity"))
    grounds.append((~as_offered, "released to the third party of its offer alone"))
    left = acts
    for other in clause.words("alternates") if clause.has("alternates") else ():
        own = {**asked, "third_party": (other,)}
        free = clause.joined("act", "offer", "asset", offers.released, NEVER, own) <= clause.day("act")
        free = free & ~_late(clause, offers, own) & ~_better(clause, offers, own) & ~_more(clause, offers, own)
        left = left & ~(free & clause.one_of("act", "with", (other,)))
    for ground, words in grounds:
        clause.forbids(left & ground, grantor, holder, (act,), f"{says} that {holder} {words}")
        left = left & ~ground


def _late(clause: Composer, offers: Offers, where: Where) -> Formula:
    """[acts] Whether the time is over in which what was released may be done."""
    if not clause.has("close_within"):
        return no(clause.program)
    closes = clause.after(offers.released, "close_within")
    return clause.joined("act", "offer", "asset", closes, NEVER, where) < clause.day("act")


def _more(clause: Composer, offers: Offers, where: Where) -> Formula:
    """[acts] Whether it is for more capacity than is left of what the holder has taken up in part."""
    if not clause.has("partial"):
        return no(clause.program)
    shared, left = (clause.joined("act", "offer", "asset", each, 0, where) for each in (offers.shared, offers.left))
    return shared & (clause.column("act", "capacity") > left)


def _better(clause: Composer, offers: Offers, where: Where) -> Formula:
    """[acts] Whether the deal is better for a third party than what the holder was offered, where that counts."""
    if not clause.has("changed_terms"):
        return no(clause.program)
    alike: Formula = yes(clause.program)
    for name in DEAL:
        said = offers.left if name == "capacity" else clause.column("offer", name)
        offered = clause.joined("act", "offer", "asset", said, 0, where)
        alike = alike & meets(clause, "act", name, offered)
    return clause.chosen("changed_terms", "new-offer") & ~alike


def _offers(clause: Composer, holder: str, grantor: str) -> Offers:
    """What each offer comes to; and the holder's power while it lasts, or the time in which it is to be talked to."""
    made = clause.received("offer")
    complete = _complete(clause)
    asked = clause.one_of("offer", "by", (grantor,)) & clause.one_of("offer", "to", (holder,))
    mine = asked & clause.in_scope("scope", "offer") & clause.in_force(clause.day("offer")) & complete
    never = clause.date(NEVER, "never")
    due = clause.after(made, "answer_within") if clause.has("answer_within") else made.or_never(~(made <= made))
    answered = clause.day("offer", "answer").or_never(clause.one_of("offer", "answer.by", (holder,)))
    found = answers(clause, answered <= due)
    silent = clause.chosen("silence", "released") if clause.has("silence") else ~(made <= made)
    lapsed, freeing, power = next_day(due), found.freeing, mine
    if _talks(clause):
        talking = clause.chosen("nature", "negotiation")
        silent, freeing, power = silent | talking, freeing | (talking & found.refused), mine & ~talking
        over = lesser(answered.or_never(answered <= due), due)
        dates = NormDates(made.or_never(mine & talking), due, over)
        clause.norm("negotiate", "obligation", grantor, holder, dates, f"negotiate with {holder} alone")
    released = mine.where(freeing.where(answered, lapsed.or_never(silent & ~found.held)), never)
    ended = found.refused.where(answered, lapsed)
    dates = NormDates(made.or_never(power), due, answered.or_never(found.taken), terminated=ended)
    clause.norm("answer", "power", holder, grantor, dates, f"take up what {grantor} offers")
    left = clause.column("offer", "capacity")
    if clause.has("partial"):
        left = found.shared.where(left - clause.column("offer", "answer.capacity"), left)
    return Offers(released, complete, asked, found.shared, left)


def _complete(clause: Composer) -> Formula:
    """[offers] Whether each says what the text wants, or gives time to answer even so."""
    complete: Formula = yes(clause.program)
    for part in clause.words("notice") if clause.has("notice") else ():
        complete = complete & ~unsaid(clause, "offer", SAYS[part])
    return complete | clause.chosen("incomplete", "runs") if clause.has("notice") else complete


def _talks(clause: Composer) -> bool:
    """Whether on some reading it is a right to be talked to first."""
    return "negotiation" in clause.clause.terms["nature"].values


def _unsound(clause: Composer) -> list[Problem]:
    found = zero_days(clause.clause, "answer_within") if clause.has("answer_within") else []
    for part in clause.words("notice") if clause.has("notice") else ():
        if part not in SAYS:
            sentence, mend = f"wants offers to say {part}, which none can", f"name some of {', '.join(SAYS)}"
            found.append(together(clause.clause, sentence, mend, "notice"))
    if clause.has("notice") and not clause.has("incomplete"):
        sentence = "says what an offer must say, and not whether one that does not say it gives time to answer"
        found.append(together(clause.clause, sentence, "add incomplete: waits or runs", "notice"))
    return found


FAMILY = Family("first-refusal", "the holder has the first chance", TERMS, compile, (OFFER, ANSWER))
