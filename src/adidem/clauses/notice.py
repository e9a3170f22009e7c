"""How days are counted: calendar, time zone, cut-off hour, first day, deemed receipt.

Contracts exclude the day of the event as a rule (Regulation (EEC, Euratom) No 1182/71, art. 3(1); FRCP 6(a)(1)(A)),
and deem a notice received after business hours received the next business day. What a text says goes before any rule;
what it does not say is asked. The counting itself is done where events are read and where a duration ends; this
clause only says how.
"""

from adidem.kernel.composer import Composer
from adidem.kernel.family import Family, TermForm

TERMS = (
    TermForm("zone", "text", about="the IANA time zone in which days begin and end"),
    TermForm("calendar", "text", about="the country whose holidays are no business days"),
    TermForm("cut_off", "time", about="the hour after which a notice counts as the next business day's"),
    TermForm(
        "first_day",
        "choice",
        choices=("excluded", "included"),
        about="whether the day of the event is counted",
        disputable=False,
    ),
    TermForm("deemed_receipt", "duration", about="how long after it is sent a notice counts as received"),
)


def compile(clause: Composer) -> None:
    """Nothing: the calendar is resolved before the clauses are written."""


FAMILY = Family("notice", "how days are counted and notices received", TERMS, compile)
