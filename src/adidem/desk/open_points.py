"""What the text of an agreement leaves open: questions to settle, not errors.

Knows terms and questions. Does not know events or files.
"""

from collections.abc import Iterator

from adidem.clauses.parts.common import stands
from adidem.desk.families import families
from adidem.desk.wording import value_words
from adidem.kernel.agreement import Agreement, Clause
from adidem.kernel.family import TermForm
from adidem.kernel.period import NEVER
from adidem.kernel.problem import Problem
from adidem.kernel.source import Span
from adidem.kernel.term import Term


def open_points(agreement: Agreement) -> list[Problem]:
    """What the text that stands last leaves open: D201 to D204, D208."""
    found: list[Problem] = []
    for clause in agreement.clauses:
        if clause.ends == NEVER:
            found += _unasked(clause)
            found += _terms(clause, agreement)
    if agreement.documents and not any(clause.family == "notice" for clause in agreement.clauses):
        found.append(_uncounted(agreement))
    return found


def _point(code: str, sentence: str, span: Span | None, mend: str = "") -> Problem:
    return Problem(code, sentence, span, mend, open_point=True)


def _unasked(clause: Clause) -> Iterator[Problem]:
    """D201: a term that the text could have and has not."""
    for form in families()[clause.family].terms:
        if form.asks and not form.required and form.name not in clause.terms and _arises(form, clause):
            sentence = f"clause {clause.id} does not say: {form.asks}"
            yield _point("D201", sentence, clause.span, f"add {form.name}: to its terms")


def _arises(form: TermForm, clause: Clause) -> bool:
    """Whether what a term would settle is a question at all, by the text and the terms beside which it is one."""
    if form.open_in is not None and not form.open_in(clause):
        return False
    return not form.beside or stands(clause, form.beside)


def _terms(clause: Clause, agreement: Agreement) -> Iterator[Problem]:
    """D202 a question; D203 an assumed term; D204 a disputed term without rival readings."""
    for name, term in _with_parts(clause):
        if term.readings:
            said = [s for s in agreement.settlements if s.question == name]
            if not any(s.final for s in said):
                sentence = _question(name, term, [s.reading for s in said])
                yield _point("D202", sentence, term.span, "settle it in a clarification")
        elif term.basis == "assumed":
            within = f", within {_ends(term)}" if term.range else ""
            yield _point("D203", f"term {name} is assumed: {term.text}{within}", term.span, "state it in a document")
        elif term.basis == "disputed":
            source = f" ({term.source})" if term.source else ""
            sentence = f"term {name} is disputed{source}, and no rival reading is given: {term.text}"
            yield _point("D204", sentence, term.span, "add readings:")


def _with_parts(clause: Clause) -> Iterator[tuple[str, Term]]:
    """The terms of a clause by their names, and those within its groups, such as `uptime.tiers.1.credit`."""
    for term in clause.terms.values():
        yield f"{clause.id}.{term.name}", term
        groups = term.value if isinstance(term.value, tuple) else ()
        for number, group in enumerate((each for each in groups if isinstance(each, Term)), 1):
            for part in group.value if isinstance(group.value, tuple) else ():
                if isinstance(part, Term):
                    yield f"{clause.id}.{term.name}.{number}.{part.name}", part


def _question(name: str, term: Term, favoured: list[str]) -> str:
    readings = [f"{r.name} ({r.held_by})" if r.held_by else r.name for r in term.readings]
    likelier = f"; a clarification favours {', '.join(favoured)}" if favoured else ""
    return f"question {name}: {' or '.join(readings)}{likelier}"


def _ends(term: Term) -> str:
    assert term.range is not None
    return " to ".join(map(value_words, term.range))


def _uncounted(agreement: Agreement) -> Problem:
    sentence = "no clause says how days are counted: zone, holidays, cut-off hour, first day, deemed receipt"
    return _point("D208", sentence, Span(agreement.documents[0].source, 1), "add a clause of the family notice")
