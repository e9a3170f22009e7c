"""The head of a page: as of which day it is, as known when, and what was asked besides.

Knows outcomes and lines. Does not know the page below.
"""

import json
from collections.abc import Mapping

from adidem.cli.layout import line
from adidem.desk.wording import event_words, known_words
from adidem.findings.outcome import Outcome
from adidem.kernel.period import show_day


def pair_words(outcome: Outcome) -> str:
    """`as of 2025-06-30, as known at 2025-05-31T23:59:59Z`."""
    known = known_words(outcome.columns.as_of.recorded)
    return f"as of {show_day(outcome.as_of)}" + (f", as known at {known}" if known is not None else "")


def besides(outcome: Outcome) -> None:
    """What is supposed, and how questions are read, where that was asked: no answer stands on them in silence."""
    for event in outcome.hypothetical:
        late = json.loads(event).get("occurred", "")[:10] > show_day(outcome.as_of)
        vain = "  (after the as-of day: it changes nothing here)" if late else ""
        line(f"HYPOTHETICAL  {event_words(event)}{vain}", hang=14)
    read_as(outcome.pinned)


def read_as(readings: Mapping[str, str]) -> None:
    """How questions are read, where that was asked."""
    for question, reading in readings.items():
        line(f"READ  {question} as {reading}, as asked", hang=6)
