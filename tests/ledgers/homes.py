"""A workspace of a test, with its ledger in one of the homes."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from adidem.desk.keeping import book, moving
from adidem.desk.keeping.verifying import verify
from adidem.desk.workspace import open_workspace
from adidem.kernel.problem import Problem

HOMES = ("text", "sqlite", "postgresql")
NOW = datetime(2025, 8, 1, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Home:
    """kind  which home; name  as problems show it"""

    kind: str
    folder: Path
    name: str

    @classmethod
    def of(cls, kind: str, folder: Path) -> "Home":
        """The workspace with its ledger moved there."""
        to = f"$ADIDEM_LEDGER#{uuid.uuid4().hex}" if kind == "postgresql" else kind
        return cls(kind, folder, moving.move(folder, to).home)

    def append(self, *lines: str, **hands: str) -> list[dict[str, str]]:
        """Append events."""
        return book.append(self.folder, lines, NOW, book.Hands(**hands))

    def problems(self) -> list[Problem]:
        """What `ledger verify` finds."""
        return verify(self.folder).problems

    def chain(self) -> str:
        """Every event, sealed, as it is exported."""
        return moving.export(self.folder, None)[0]

    def ids(self) -> list[str]:
        """The ids of all events."""
        return [event["id"] for _, _, event in book.events(open_workspace(self.folder).ledger_sources)]


def revenue(number: int, amount: str = "USD 5", **more: str) -> str:
    """An event with its own id."""
    event = {"id": f"r{number}", "kind": "revenue", "occurred": "2025-07-31", "recorded": "2025-08-01", "by": "tarn"}
    return json.dumps({**event, "product": "product/assistant", "amount": amount, **more})
