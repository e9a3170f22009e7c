"""What several families speak of: kinds of event, what a record leaves unsaid, and terms that do not go together.

Knows columns, how an answer joins its offer, and how terms hang on one another. Does not know any family.
"""

from collections.abc import Iterable, Iterator
from functools import reduce

from adidem.kernel.agreement import Clause
from adidem.kernel.composer import Composer
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import TermForm
from adidem.kernel.formula import Formula
from adidem.kernel.period import Duration
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.term import Effect

DEAL = (
    Column("price", "money", required=False),
    Column("capacity", "count", required=False, counts="MW", denominator=1_000),
    Column("starts", "date", required=False),
)
"""What a deal about capacity may say: what is paid for it, how much there is of it, and from when."""
OFFER = EventKind(
    "offer",
    (
        Column("by", "party"),
        Column("to", "party"),
        Column("asset", "name"),
        Column("third_party", "name", required=False),
        Column("new", "flag", required=False),
        Column("amount", "money", required=False),
        *DEAL,
    ),
    says="a party offers an asset before it turns elsewhere",
)
ANSWER = EventKind(
    "answer",
    (
        Column("by", "party"),
        Column("offer", "id"),
        Column("answer", "choice", choices=("accepted", "declined", "cannot")),
        Column("lacks", "choice", required=False, choices=("price", "capacity", "date")),
        Column("chooses_not", "flag", required=False),
        *DEAL,
    ),
    joins="offer",
    says="the answer to an offer; what it says of price, capacity and start is what it agrees to",
)
REQUEST = EventKind(
    "request",
    (
        Column("by", "party"),
        Column("to", "party"),
        Column("act", "name", required=False),
        Column("asset", "name", required=False),
        Column("matter", "name", required=False),
    ),
    says="a party asks for consent, to an act with an asset or to a matter",
)
CONSENT = EventKind(
    "consent",
    (
        Column("by", "party"),
        Column("request", "id"),
        Column("answer", "choice", choices=("given", "conditional", "refused")),
        Column("ground", "name", required=False),
    ),
    joins="request",
    says="consent is given, given on conditions, or refused, perhaps on a ground",
)
WAIVER = EventKind(
    "waiver",
    (Column("by", "party"), Column("act", "id"), Column("form", "choice", choices=("writing", "conduct"))),
    joins="act",
    says="a party lets an act pass, in writing or by what it does",
)


def zero_days(clause: Clause, name: str) -> list[Problem]:
    """Why a time to answer that is none is refused, and one whose range begins with none. Problems: A150."""
    term = clause.terms[name]
    given = [(reading.value, reading.range, reading.span) for reading in term.readings]
    given = given or [(term.value, term.range, term.span)]
    return [
        Problem(
            "A150",
            f"clause {clause.id} gives no day to answer in: its {name} can be {value}",
            span,
            "give a day at least, or take away the right to be asked",
        )
        for value, bounds, span in given
        for value in ({value} | set(bounds or ()))
        if isinstance(value, Duration) and value.number == 0
    ]


def together(clause: Clause, sentence: str, mend: str, name: str = "") -> Problem:
    """Terms of a clause that only together, or not together, say something. Problems: A151."""
    span = clause.terms[name].span if name in clause.terms else clause.span
    return Problem("A151", f"clause {clause.id} {sentence}", span, mend)


def needs(clause: Composer, pairs: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Of each pair, a first term that is there without the second. Problems: A151."""
    yield from (_lacks(clause, name, other) for name, other in pairs if clause.has(name) and not clause.has(other))


def idle(clause: Composer, forms: Iterable[TermForm]) -> Iterator[Problem]:
    """The terms that are there without one of those beside which alone they say something. Problems: A151."""
    for form in forms:
        if form.beside and clause.has(form.name) and not stands(clause.clause, form.beside):
            yield _lacks(clause, form.name, *form.beside)


def stands(clause: Clause, beside: Iterable[str]) -> bool:
    """Whether a text has one of these terms, or on some reading one of these choices: `every`, `shortfall=prepaid`."""
    for each in beside:
        name, _, choice = each.partition("=")
        term = clause.terms.get(name)
        if term is not None and choice in ("", *term.values):
            return True
    return False


def _lacks(clause: Composer, name: str, *others: str) -> Problem:
    words = [other.replace("=", ": ") if "=" in other else f"{other}:" for other in others]
    lacking = " or ".join(word.removesuffix(":") for word in words)
    sentence = f"says {name}, and not {lacking}, without which it means nothing"
    return together(clause.clause, sentence, f"add {' or '.join(words)}, or take {name}: out", name)


def unknown_clauses(clause: Composer, name: str) -> list[Problem]:
    """Clauses that a term names, and that the agreement has not. Problems: A107."""
    known, span = {text.id for text in clause.all.agreement.clauses}, clause.clause.terms[name].span
    strange = [each for each in clause.words(name) if each not in known]
    return [Problem("A107", f"there is no clause {each}", span, did_you_mean(each, known)) for each in strange]


def suspended(clause: Composer, why: str) -> list[Problem]:
    """An effect that would suspend a clause that cannot be. Problems: A112."""
    if f"suspend {clause.clause.id}" not in clause.all.targets:
        return []
    sentence, mend = f"no effect can suspend {clause.clause.id}: {why}", "end the clause, and let another begin"
    return [Problem("A112", sentence, clause.clause.span, mend)]


def effects(clause: Composer, name: str) -> Iterator[tuple[Formula, Effect]]:
    """The effects that a term names, each with the flag of the readings on which it does."""
    for flag, found in clause.alternatives(name):
        for effect in found if isinstance(found, tuple) else ():
            assert isinstance(effect, Effect)
            yield flag, effect


def spoken_of(clause: Composer, day: Formula) -> Formula:
    """Whether this text of the clause, or an earlier one whose place it took, speaks of the days."""
    texts = (text for text in clause.all.agreement.texts_of(clause.clause.id) if text.starts <= clause.clause.starts)
    return reduce(Formula.__or__, (Composer(clause.all, text).in_force(day) for text in texts))


def unsaid(clause: Composer, kind: str, name: str) -> Formula:
    """[records] Whether a record says nothing in a column, of a later stage perhaps: `answer.price`."""
    column = clause.column(kind, name)
    stage, _, rest = name.rpartition(".")
    form = clause.all.kinds[stage or kind].column(rest)
    assert form is not None
    return column.equals(clause.program.constant(form.absent, column.unit, "nothing said"))


def meets(clause: Composer, kind: str, name: str, offered: Formula, stage: str = "") -> Formula:
    """[records] Whether what a record says of price, capacity or start is as good, for who pays, as what was offered.

    What either of the two does not say is not compared.
    """
    own = clause.column(kind, stage + name)
    form = OFFER.column(name)
    assert form is not None
    silent = offered.equals(clause.program.constant(form.absent, offered.unit, "nothing said"))
    enough = own >= offered if name == "capacity" else own <= offered
    return enough | unsaid(clause, kind, stage + name) | silent
