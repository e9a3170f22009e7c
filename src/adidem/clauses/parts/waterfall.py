"""A waterfall: what a company distributes goes down tiers, each with the investor's share and an end of its own.

Knows tiers, what the investor has received, and a cap. Does not know what was funded, nor upon what.
"""

from collections.abc import Iterator
from fractions import Fraction

from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.problem import Problem
from adidem.kernel.quantity import Rounding, Unit
from adidem.kernel.term import Quantity, Term

TIER = (
    TermForm("share", "rate", False, about="the investor's share in the tier; without it, its stake", disputable=False),
    TermForm("until", "money", False, about="what the investor has received in all when it ends", disputable=False),
    TermForm("until_funded", "rate", False, about="the same, as a multiple of what it has funded", disputable=False),
)
DISTRIBUTION = EventKind(
    "distribution", (Column("by", "party"), Column("amount", "money")), says="a company distributes profit"
)


def returned(clause: Composer, funded: Formula) -> None:
    """[periods] What the company distributes in a month goes down the tiers, each as far as it has room."""
    occurred, amount = clause.day("distribution"), clause.column("distribution", "amount")
    zero, closes = clause.program.constant(0, amount.unit, "nothing"), clause.closes("month")
    mine = clause.one_of("distribution", "by", (clause.word("company"),)) & clause.in_force(occurred)
    left = closes.where(mine.where(amount, zero).sum().since(closes), zero)
    before = clause.carried("returned", amount.unit) + clause.flowing("returned", amount.unit)
    rule, received = clause.rounding()[0], zero
    for number, parts in enumerate(clause.groups("waterfall"), 1):
        share = clause.part(parts["share"], f"waterfall.{number}.share") if "share" in parts else clause.term("stake")
        level = _level(clause, parts, number, funded, rule)
        taken = left
        if level is not None:
            room = greater(level - before - received, zero)
            taken = lesser(left, room.scale(_over(clause, parts), "up"))
            part = lesser(taken.scale(share, rule), room)
        else:
            part = taken.scale(share, rule)
        received, left = received + part, left - taken
    if clause.has("return_cap"):
        paid = lesser(received, greater(clause.term("return_cap") - before, zero))
        clause.flow("withheld", received - paid)
        received = paid
    clause.flow("returned", received)
    last = clause.last_day()
    due = clause.after(last, "return_within") if clause.has("return_within") else last
    clause.leg("return", clause.word("company"), clause.word("investor"), received, due, last, "month")


def _level(clause: Composer, parts: dict[str, Term], number: int, funded: Formula, rule: Rounding) -> Formula | None:
    """What the investor has received in all when a tier ends; None where it does not end."""
    if "until" in parts:
        return clause.part(parts["until"], f"waterfall.{number}.until")
    if "until_funded" in parts:
        return funded.scale(clause.part(parts["until_funded"], f"waterfall.{number}.until_funded"), rule)
    return None


def _over(clause: Composer, parts: dict[str, Term]) -> Formula:
    """How much must be distributed in a tier for each unit that the investor gets."""
    share = (parts["share"] if "share" in parts else clause.clause.terms["stake"]).value
    assert isinstance(share, Quantity)
    whole = 1 / Fraction(share.value, share.unit.denominator)
    return clause.program.constant(whole.numerator, Unit("rate", "", whole.denominator), "for each unit of the share")


def unsound_tiers(clause: Composer) -> Iterator[Problem]:
    """Why tiers cannot be: each has a share, known where it ends, and only the last has no end. Problems: A185."""
    groups = clause.groups("waterfall") if clause.has("waterfall") else []
    for number, parts in enumerate(groups, 1):
        share = parts["share"] if "share" in parts else clause.clause.terms.get("stake")
        span, ends = next(iter(parts.values())).span if parts else None, {"until", "until_funded"} & parts.keys()
        what = f"tier {number} of clause {clause.clause.id}"
        if share is None:
            yield Problem("A185", f"{what} has no share", span, "add share: to it, or stake: to the clause")
            continue
        rate = share.value
        assert isinstance(rate, Quantity)
        if rate.value > rate.unit.denominator:
            yield Problem("A185", f"{what} gives more than all of it", share.span, "write 100 % at most")
        if len(ends) > 1 or (not ends and number < len(groups)):
            yield Problem("A185", f"{what} ends twice, or never", span, "write until: or until_funded:, once")
        if ends and (rate.value == 0 or share.range or share.readings):
            sentence = f"{what} ends, and how much must be distributed until then cannot be known"
            yield Problem("A185", sentence, share.span, "give it a share of its own, above 0 % and without a range")
