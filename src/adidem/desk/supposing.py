"""What a supposed event takes the place of.

Knows ledgers and kinds of event. Does not know what follows from an event.

A record has one answer, one closing, one verdict. Whoever supposes another asks what would have been, so the one
that came is taken back for as long as the question lasts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from adidem.kernel.event import EventKind
from adidem.records.ledger import Ledger


def taken_back(ledger: Ledger, kinds: Mapping[str, EventKind], lines: Sequence[str]) -> Iterator[str]:
    """A withdrawal of each event of the ledger in whose place one of these lines stands, and of each telling of it."""
    for number, line in enumerate(lines):
        fields = _fields(line)
        kind = kinds.get(str(fields.get("kind")))
        table = ledger.tables.get(kind.name) if kind is not None else None
        if kind is None or table is None or not kind.joins:
            continue
        for row, record in enumerate(table.columns[kind.joins]):
            if ledger.words[int(record)] == fields.get(kind.joins):
                yield json.dumps(
                    {
                        "id": f"taken-back-{number}-{row}",
                        "kind": "withdrawal",
                        "corrects": ledger.words[int(table.ids[row])],
                        "occurred": fields.get("occurred"),
                        "recorded": datetime.fromtimestamp(int(table.recorded[row]), UTC).isoformat(),
                    }
                )


def _fields(line: str) -> dict[str, object]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}  # the ledger says what is wrong with it
    return fields if isinstance(fields, dict) else {}
