"""One clause and a few events, as a workspace without a disk.

Knows how documents and events are spelled. Does not know what they mean.
"""

from datetime import date
from typing import Any

from adidem.findings.outcome import Outcome
from adidem.kernel.period import AsOf, day
from documents import block, front, held, signed

FIRST = "2025-01-01"


def _clause(id: str, terms: dict[str, Any]) -> str:
    return block(id, "\n".join(f"{name}: {value}" for name, value in terms.items()))


def event(kind: str, id: str, on: date, **columns: str) -> dict[str, str]:
    """An event, recorded on its own day."""
    return {"id": id, "kind": kind, "occurred": on.isoformat(), "recorded": on.isoformat(), **columns}


def outcome(
    terms: dict[str, Any],
    events: list[dict[str, str]],
    on: date,
    beside: dict[str, dict[str, Any]] | None = None,
    later: tuple[date, dict[str, Any]] | None = None,
) -> Outcome:
    """What the clause comes to as of a day, perhaps beside others by their ids, or with a later text from a day on."""
    clauses = {"clause": terms, **(beside or {})}
    texts = {"agreement.lgd": front("One clause", FIRST) + block("signing", signed(FIRST))}
    texts["agreement.lgd"] += "".join(_clause(id, each) for id, each in clauses.items())
    if later is not None:
        since, new = later[0].isoformat(), {"replaces": "clause", **later[1]}
        texts["later.lgd"] = front("Later", since, amends="One clause")
        texts["later.lgd"] += block("signing-later", signed(since)) + _clause("c", new)
    return held(texts, events).run(AsOf(day(on), 2**61))
