"""An event as its own line tells it, with what no column keeps: its source, its basis, who prepared it.

Knows lines of JSON. Does not know kinds of event, nor what an event means.
"""

import json
from functools import lru_cache
from typing import Any

from adidem.kernel.source import Source, Span


def said_at(place: Span) -> dict[str, Any]:
    """What the event at a place says; nothing, where the line is none."""
    lines = _lines(place.source)
    line = lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""
    return json.loads(line) if line.startswith("{") else {}


@lru_cache(maxsize=8)
def _lines(source: Source) -> list[str]:
    """The lines of a ledger, which may be long, split once for all of its events."""
    return source.lines()
