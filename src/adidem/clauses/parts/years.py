"""The years of which a text speaks: those of the calendar, or such as start on the first day of another month.

Knows the term `year_starts`, and where its absence leaves a question open. Does not know what is said of a year.

Counsel writes of a contract year, or of each period of twelve months that commences on a day and its anniversaries; the
quarters and months of such a year are counted from the same day.
"""

from collections.abc import Iterable, Iterator

from adidem.kernel.agreement import Clause
from adidem.kernel.composer import Composer
from adidem.kernel.family import TermForm
from adidem.kernel.period import FIRSTS, show_day
from adidem.kernel.problem import Problem

YEAR_STARTS = "year_starts"


def year_starts(*beside: str) -> TermForm:
    """The term, as a family has it that speaks of years beside these others."""
    return TermForm(
        YEAR_STARTS,
        "choice",
        required=False,
        choices=FIRSTS,
        asks="On which day does a year start?",
        beside=beside,
        open_in=_starts_within_a_year,
        about="on which day a year starts, and so its quarters; without it they are those of the calendar",
    )


def _starts_within_a_year(clause: Clause) -> bool:
    """Whether a text begins on another day than 1 January, so that its years may be others than the calendar's."""
    begins = clause.terms["from"].value if "from" in clause.terms else clause.starts
    assert isinstance(begins, int)
    return not show_day(max(begins, clause.starts)).endswith("-01-01")


def overlapping(clause: Composer, annual: Iterable[str]) -> Iterator[Problem]:
    """Problems: A136 an earlier text of the clause speaks of other years, of which both say the same thing.

    annual  the terms that say something of a year
    """
    text = clause.clause
    for earlier in clause.all.agreement.texts_of(text.id):
        for name in annual if earlier.starts < text.starts else ():
            if name in text.terms and name in earlier.terms and _starts(text) != _starts(earlier):
                before, now = (" or ".join(sorted(_starts(each))) for each in (earlier, text))
                sentence = f"{name} is of years from {before} in one text of {text.id}, and from {now} in the next"
                mend = "end the clause with its year, and write the other years as a clause of their own"
                term = text.terms.get(YEAR_STARTS, text.terms[name])
                yield Problem("A136", sentence, term.span, mend, ((earlier.span, earlier.document.title),))
                return


def _starts(text: Clause) -> set[str]:
    """The days on which the years of a text can start."""
    term = text.terms.get(YEAR_STARTS)
    return {FIRSTS[0]} if term is None else {str(r.value) for r in term.readings} or {str(term.value)}
