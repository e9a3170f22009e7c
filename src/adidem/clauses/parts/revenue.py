"""Which revenue a clause counts: whose, of which products, gross or net, in whose money, and once.

Knows the kind of event `revenue`, and the terms by which a text says what of it counts. Does not know what is done
with what is counted.

Whether revenue counts when it is earned, invoiced or paid, and what may be deducted, are the first things on which
parties to a share differ; IFRS 15 (paragraphs 47 to 72, transaction price; 73 to 86, allocation to the parts of a
bundle) has the words.
"""

from functools import partial

from adidem.clauses.parts.ladder import chosen
from adidem.kernel.agreement import Clause
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import TermForm
from adidem.kernel.formula import Formula, greater
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.quantity import Rounding
from adidem.kernel.term import Scope

DEDUCTIONS = ("refund", "chargeback", "discount", "tax", "reseller-fee")
NOTHING_OFF = "nothing"
RATES = {"day": "exchange_rate", "month-average": "average_rate", "month-end": "closing_rate"}
"""By which column an event brings the rate that a text may name."""
TERMS = (
    TermForm(
        "net_of",
        "names",
        required=False,
        about=f"what is taken off: {', '.join(DEDUCTIONS)}; or nothing. Without it all that is told as revenue counts",
    ),
    TermForm("deductions_limit", "rate", required=False, about="the most that is taken off, of a period's gross"),
    TermForm(
        "recognised",
        "choice",
        required=False,
        choices=("accrued", "invoiced", "collected"),
        about="what makes revenue count: that it is earned, invoiced or paid for; what does not say which is all three",
    ),
    TermForm(
        "bundles",
        "groups",
        required=False,
        about="of which bundles only a part counts; the first that takes a product in",
        parts=(
            TermForm("product", "scope", about="which bundle", disputable=False),
            TermForm("part", "rate", about="what part of it counts", disputable=False),
        ),
    ),
    TermForm(
        "allocated",
        "flag",
        required=False,
        about="whether what an event says belongs to other products of a bundle is left out",
    ),
    TermForm(
        "exchange_rates",
        "choice",
        required=False,
        choices=("day", "month-average", "month-end"),
        about="which rate turns other money into the agreement's; whose it is stands in its source",
    ),
    TermForm(
        "counts_once_with",
        "clauses",
        required=False,
        about="revenue that counts under one of these clauses does not count here again",
    ),
)
REVENUE = EventKind(
    "revenue",
    (
        Column("by", "party"),
        Column("product", "name"),
        Column("amount", "money", signed=True),
        Column("item", "choice", required=False, choices=("gross", *DEDUCTIONS)),
        Column("recognised", "choice", required=False, choices=("accrued", "invoiced", "collected")),
        Column("other_products", "rate", required=False),
        *(Column(name, "rate", required=False) for name in RATES.values()),
    ),
    says="a party earns, or gives back, revenue",
)


def counted(clause: Composer) -> Formula:
    """[revenue] Whether each event counts under this text."""
    rows = (
        clause.one_of("revenue", "by", (clause.word("of"),))
        & clause.in_scope("products", "revenue", "product")
        & clause.in_force(clause.day("revenue"))
    )
    if clause.has("recognised"):
        rows = rows & _recognised(clause)
    if clause.has("net_of"):
        rows = rows & (_gross(clause) | clause.one_of("revenue", "item", clause.words("net_of")))
    for other in elsewhere(clause):
        rows = rows & ~counted(Composer(clause.all, other))
    return rows


def elsewhere(clause: Composer) -> list[Clause]:
    """The texts of the clauses under which what counts does not count here."""
    names = clause.words("counts_once_with") if clause.has("counts_once_with") else ()
    return [text for name in names for text in clause.all.agreement.texts_of(name)]


def _gross(clause: Composer) -> Formula:
    return ~clause.says("revenue", "item") | clause.one_of("revenue", "item", ("gross",))


def _recognised(clause: Composer) -> Formula:
    rows = ~clause.says("revenue", "recognised")
    for flag, word in clause.alternatives("recognised"):
        rows = rows | (flag & clause.one_of("revenue", "recognised", (str(word),)))
    return rows


def amount(clause: Composer, rounding: Rounding) -> Formula:
    """[revenue] What of each event's amount counts, in minor units of the agreement's money, rounded each time."""
    amount = clause.column("revenue", "amount")
    if clause.has("exchange_rates"):
        brought = {word: partial(clause.column, "revenue", name) for word, name in RATES.items()}
        rate = chosen(clause, "exchange_rates", brought)
        abroad = rate > clause.program.constant(0, rate.unit, "no exchange rate")
        amount = abroad.where(amount.scale(rate, rounding), amount)
    whole = amount
    for number, group in reversed(list(enumerate(clause.groups("bundles"), 1)) if clause.has("bundles") else []):
        scope = group["product"].value
        assert isinstance(scope, Scope)
        part = clause.part(group["part"], f"bundles.{number}.part")
        amount = clause.within("revenue", "product", scope).where(whole.scale(part, rounding), amount)
    if clause.has("allocated"):
        others = amount.scale(clause.column("revenue", "other_products"), rounding)
        amount = clause.term("allocated").where(amount - others, amount)
    return amount


def limited(clause: Composer, rows: Formula, amount: Formula, closes: Formula, rounding: Rounding) -> Formula:
    """[periods] What counts since the last close, with no more taken off than the limit leaves."""
    nothing = clause.program.constant(0, amount.unit, "nothing")
    gross = (rows & _gross(clause)).where(amount, nothing).sum().since(closes)
    off = (rows & ~_gross(clause)).where(amount, nothing).sum().since(closes)
    most = greater(gross, nothing).scale(clause.term("deductions_limit"), rounding)
    return gross + greater(off, nothing - most)


def misread(clause: Composer) -> list[Problem]:
    """What is wrong with these terms. Problems: T221 no deduction; A107 no such clause; A135 clauses in a circle."""
    found: list[Problem] = []
    if clause.has("net_of"):
        known = (*DEDUCTIONS, NOTHING_OFF)
        span = clause.clause.terms["net_of"].span
        strange = [word for word in clause.words("net_of") if word not in known]
        found += [Problem("T221", f"“{word}” is no deduction", span, did_you_mean(word, known)) for word in strange]
    for name in clause.words("counts_once_with") if clause.has("counts_once_with") else ():
        span, texts = clause.clause.terms["counts_once_with"].span, clause.all.agreement.texts_of(name)
        if not texts or texts[0].family != clause.clause.family:
            known = {each.id for each in clause.all.agreement.clauses if each.family == clause.clause.family}
            sentence = f"there is no {clause.clause.family} {name} under which revenue counts"
            mend = did_you_mean(name, known - {clause.clause.id}) or "take the reference away"
            found.append(Problem("A107", sentence, span, mend))
        elif clause.clause.id in _under(clause, name, set()):
            sentence = f"what counts under {name} does not count under {clause.clause.id}, nor the other way round"
            mend = "take it out of the clause under which the revenue is to count"
            found.append(Problem("A135", sentence, span, mend, ((texts[0].span, texts[0].title),)))
    return found


def _under(clause: Composer, name: str, seen: set[str]) -> set[str]:
    """The clauses to which one gives way, and those to which these do."""
    for text in clause.all.agreement.texts_of(name):
        term = text.terms.get("counts_once_with")
        for other in map(str, term.value) if term is not None and isinstance(term.value, tuple) else ():
            if other not in seen:
                seen.add(other)
                _under(clause, other, seen)
    return seen
