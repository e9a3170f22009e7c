"""What an investor has committed, what of it is called or falls due, and what the company gives back.

Committed and funded are two figures: a commitment is funded in tranches, each on its day or once its condition is met,
and the rest by calls, never more than what is committed in all. What was called under an earlier text of the clause
counts against a later one. What the company distributes goes through a waterfall: return of capital, a multiple of it,
then a share, until a cap. (A capped return is how OpenAI's investors were promised theirs: OpenAI LP, announcement of
11 March 2019.)
"""

from collections.abc import Iterator

from adidem.clauses.parts.amounts import first, nothing, within
from adidem.clauses.parts.common import needs, together
from adidem.clauses.parts.waterfall import DISTRIBUTION, TIER, returned, unsound_tiers
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, greater, lesser
from adidem.kernel.norm import NormDates
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.syntax import judged
from adidem.kernel.term import Quantity, Syntax, Term

TRANCHE = (
    TermForm("amount", "money", about="how much", disputable=False),
    TermForm("due", "date", False, about="the day on which it falls due, if nothing is waited for", disputable=False),
    TermForm("upon", "name", False, about="what it waits for, by name"),
    TermForm(
        "met_by", "choice", False, choices=("fact", "consent", "closing"), about="by what event", disputable=False
    ),
    TermForm("test", "formula", False, about="what it waits for, judged on each event of revenue", disputable=False),
    TermForm("long_stop", "date", False, about="by when that must be met, or it lapses", disputable=False),
)
TERMS = (
    TermForm("investor", "party", about="who funds"),
    TermForm("company", "party", about="who is funded"),
    TermForm("committed", "money", about="how much in all, earlier texts included"),
    TermForm("fund_within", "duration", required=False, asks="How long after a call must it be funded?"),
    TermForm("tranches", "groups", False, about="what falls due uncalled, when and upon what", parts=TRANCHE),
    TermForm("stake", "rate", False, "What stake does it give?", about="of the company", beside=("waterfall",)),
    TermForm("waterfall", "groups", False, about="the tiers in which distributions are shared", parts=TIER),
    TermForm("return_cap", "money", False, "Is what the investor receives capped?", beside=("waterfall",)),
    TermForm("return_within", "duration", False, "When is what is distributed paid?", beside=("waterfall",)),
    TermForm("rounding", "rounding", False, about="the rule by which it is rounded", choices=("period",)),
)
FUNDING = EventKind(
    "funding",
    (Column("by", "party"), Column("amount", "money")),
    says="a company calls for part of what is committed to it",
)


def compile(clause: Composer) -> None:
    """Tranches fall due as they are met; each call is owed as far as the commitment still has room for it.

    Problems: A151 terms that only together say something; A185 tranches or tiers that cannot be.
    """
    if problems := list(_unsound(clause)):
        raise ProblemError(problems)
    investor, company = clause.word("investor"), clause.word("company")
    occurred, amount = clause.day("funding"), clause.column("funding", "amount")
    zero, committed = nothing(amount), clause.term("committed")
    called = clause.one_of("funding", "by", (company,)).where(amount, zero)
    tranches, met = _tranches(clause, zero) if clause.has("tranches") else (zero, None)
    left = committed if met is None else committed - tranches
    owed = clause.in_force(occurred).where(within(clause, "funding", called, left), zero)
    due = clause.after(occurred, "fund_within") if clause.has("fund_within") else occurred
    clause.leg("funding", investor, company, owed, due, occurred)
    funded = owed.sum() if met is None else owed.sum() + met
    clause.flow("called", funded)
    clause.standing(
        "obligation",
        investor,
        company,
        f"fund what {company} calls for, up to {clause.clause.terms['committed'].text} in all",
    )
    if clause.has("stake"):
        clause.tells(stake=clause.term("stake"))
    if clause.has("waterfall"):
        returned(clause, clause.carried("called", zero.unit) + funded)


def _tranches(clause: Composer, zero: Formula) -> tuple[Formula, Formula]:
    """The sum of all tranches; and [periods] what of them falls due in each."""
    investor, company = clause.word("investor"), clause.word("company")
    whole, due_by = zero, zero
    for number, parts in enumerate(clause.groups("tranches"), 1):
        name = f"tranche-{number}"
        amount = clause.part(parts["amount"], f"tranches.{number}.amount")
        day = _met(clause, parts, number)
        binds = clause.in_force(day)
        owed = binds.where(amount, zero)
        due = clause.after(day, "fund_within") if clause.has("fund_within") else day
        clause.leg("tranche", investor, company, owed, due, day, period=name)
        stop = clause.part(parts["long_stop"], f"tranches.{number}.long_stop") if "long_stop" in parts else None
        arises, ends = clause.life()
        dates = NormDates(arises, fulfilled=day.or_never(binds), terminated=lesser(ends, stop) if stop else ends)
        says = f"fund {parts['amount'].text}"
        clause.norm(name, "obligation", investor, company, dates, says)
        whole = whole + amount
        due_by = due_by + (day <= clause.last_day()).where(owed, zero)
    return whole, due_by - due_by.previous(0)


def _met(clause: Composer, parts: dict[str, Term], number: int) -> Formula:
    """The day on which a tranche falls due: that which it names, and not before what it waits for; or never."""
    day: Formula | None = None
    if "due" in parts:
        day = clause.part(parts["due"], f"tranches.{number}.due")
    if "upon" in parts:
        upon = first(clause, _upon(clause, str(parts["met_by"].value), str(parts["upon"].value)))
        day = upon if day is None else greater(day, upon)
    if "test" in parts:
        syntax = parts["test"].value
        assert isinstance(syntax, Syntax)
        with clause.program.written_at(parts["test"].span):
            holds = judged(clause, syntax, "revenue")
        tested = first(clause, clause.day("revenue").or_never(holds))
        day = tested if day is None else greater(day, tested)
    assert day is not None
    if "long_stop" in parts:
        day = day.or_never(day <= clause.part(parts["long_stop"], f"tranches.{number}.long_stop"))
    return day


def _upon(clause: Composer, by: str, name: str) -> Formula:
    """[records] The day on which each brings about what a tranche waits for."""
    match by:
        case "consent":
            given = clause.one_of("request", "matter", (name,)) & clause.one_of("request", "consent.answer", ("given",))
            return clause.day("request", "consent").or_never(given)
        case "closing":
            closed = clause.one_of("signing", "asset", (name,)) & clause.one_of(
                "signing", "closing.outcome", ("closed",)
            )
            return clause.day("signing", "closing").or_never(closed)
        case _:
            return clause.day("fact").or_never(clause.one_of("fact", "about", (name,)))


def _unsound(clause: Composer) -> Iterator[Problem]:
    """Whether tranches and tiers can be."""
    text, given = clause.clause, clause.clause.terms
    yield from needs(clause, [(name, "waterfall") for name in ("return_cap", "return_within", "rounding")])
    if clause.has("waterfall") and not clause.has("rounding"):
        yield together(
            text, "has a waterfall, and does not say how its shares are rounded", "add rounding:", "waterfall"
        )
    whole = 0
    for parts in clause.groups("tranches") if clause.has("tranches") else ():
        span, amount = parts["amount"].span, parts["amount"].value
        whole += amount.value if isinstance(amount, Quantity) else 0
        if ("upon" in parts) != ("met_by" in parts) or not {"due", "upon", "test"} & parts.keys():
            mend = "add due:, upon: with met_by:, or test:"
            yield Problem("A185", f"nothing says when a tranche of clause {text.id} falls due", span, mend)
    most = given["committed"].value
    if isinstance(most, Quantity) and not given["committed"].readings and whole > most.value:
        sentence = f"the tranches of clause {text.id} are more than what is committed"
        yield Problem("A185", sentence, given["tranches"].span, "let them be less, or commit more")
    yield from unsound_tiers(clause)


FAMILY = Family(
    "investment",
    "what an investor has committed, funds, and gets back",
    TERMS,
    compile,
    (FUNDING, DISTRIBUTION),
)
