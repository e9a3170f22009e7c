"""What a licensee may do with what, what is kept out, and what leaves the licence when a deal closes.

Kept-out classes stand in the scope (`except`). A carve-out takes an asset out from the day after its acquisition
closes: one that lapses takes out nothing. When the licence has ended, doing what it allowed is forbidden.
"""

from adidem.clauses.parts.acts import anything, either
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import Family, TermForm
from adidem.kernel.formula import Formula, lesser, no
from adidem.kernel.period import NEVER
from adidem.kernel.term import CarveOut, Scope

TERMS = (
    TermForm("licensor", "party", about="who licenses"),
    TermForm("licensee", "party", about="to whom"),
    TermForm("acts", "names", about="what the licensee may do"),
    TermForm("scope", "scope", about="with what, and what is kept out"),
    TermForm(
        "exclusive",
        "flag",
        asks="Is the licence exclusive?",
        about="whether nobody else may be licensed",
        settable=True,
    ),
    TermForm("carve_outs", "carve-outs", required=False, about="assets that leave the licence when a deal closes"),
)
SIGNING = EventKind(
    "signing",
    (Column("by", "party"), Column("asset", "name"), Column("amount", "money", required=False)),
    says="a party agrees to acquire an asset",
)
CLOSING = EventKind(
    "closing",
    (Column("signing", "id"), Column("outcome", "choice", choices=("closed", "lapsed"))),
    joins="signing",
    says="an acquisition closes, or lapses",
)


def compile(clause: Composer) -> None:
    """What is in scope is permitted while the licence binds; what is kept out, carved out or over is forbidden."""
    licensor, licensee, acts = clause.word("licensor"), clause.word("licensee"), clause.words("acts")
    verbs = either(acts)
    says = f"{verbs} {anything(clause.clause)}"
    day = clause.day("act")
    done = clause.one_of("act", "by", (licensee,)) & clause.one_of("act", "act", acts)
    text = (day >= clause.date(clause.clause.starts, "the text takes effect")) & (
        day < clause.date(clause.clause.ends, "the text is replaced")
    )
    carved = _carved_out(clause, day)
    inside, binds = clause.in_scope("scope", "act"), clause.in_force(day)
    clause.permits(done & inside & ~carved & binds, licensee, licensor, acts, says)
    kept_out = _kept_out(clause) | carved
    clause.forbids(done & text & kept_out, licensee, licensor, acts, f"{verbs} what is kept out of the licence")
    over = f"{verbs} what was licensed, now that the licence has ended or rests"
    begun = (day >= clause.term("from")) if clause.has("from") else text
    clause.forbids(done & text & begun & ~binds & inside & ~carved, licensee, licensor, acts, over)
    clause.standing("permission", licensee, licensor, says)
    _exclusive(clause, licensor, licensee)


def _exclusive(clause: Composer, licensor: str, licensee: str) -> None:
    """Nobody else may be licensed, while the licence binds and no effect has opened it."""
    (arises, ends), as_of = clause.life(), clause.as_of()
    exclusive: Formula = no(clause.program)
    for applies, value in clause.terms_by_day("exclusive", as_of):
        exclusive = exclusive | (applies & value)
    arises = arises.or_never(exclusive | clause.term("exclusive"))
    ends = lesser(ends, as_of.or_never(~exclusive))
    clause.lasting("exclusive", "prohibition", licensor, licensee, arises, ends, "license anyone else")


def _carved_out(clause: Composer, day: Formula) -> Formula:
    """[acts] Whether the asset had left the licence on the day of the act."""
    carved: Formula = no(clause.program)
    for item in clause.listed("carve_outs") if clause.has("carve_outs") else ():
        assert isinstance(item, CarveOut)
        scope = Scope((item.asset,))
        of_it = clause.within("signing", "asset", scope) & clause.one_of("signing", "closing.outcome", ("closed",))
        closed = clause.day("signing", "closing").or_never(of_it).earliest()
        carved = carved | (clause.within("act", "asset", scope) & (closed.at(day, NEVER) < day))
    return carved


def _kept_out(clause: Composer) -> Formula:
    """[acts] Whether the asset is of a class that the scope excepts."""
    out: Formula = no(clause.program)
    for flag, scope in clause.alternatives("scope"):
        if isinstance(scope, Scope) and scope.without:
            out = out | (flag & clause.within("act", "asset", Scope(scope.without)))
    return out


FAMILY = Family("licence", "what a licensee may do with what", TERMS, compile, (SIGNING, CLOSING))
