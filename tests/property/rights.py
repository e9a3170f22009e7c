"""One clause and a few events, as a workspace without a disk.

Knows how documents and events are spelled. Does not know what they mean.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

from adidem.desk.workspace import Workspace
from adidem.findings.outcome import Outcome
from adidem.kernel.period import AsOf, day
from adidem.kernel.source import Source
from adidem.text.document import read_document
from documents import block, front, signing

HEAD = (
    front("One clause", "2025-01-01", labs=("lab",), clouds=("cloud",))
    + block("signing", signing("2025-01-01"))
    + "\n# Clause {#clause}\n\n```terms\n"
)


def _lines(terms: dict[str, Any]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in terms.items()) + "```\n"


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
    texts = {"agreement.lgd": f"{HEAD}{_lines(terms)}"}
    for id, others in (beside or {}).items():
        texts["agreement.lgd"] += f"\n# {id} {{#{id}}}\n\n```terms\n{_lines(others)}"
    if later is not None:
        texts["later.lgd"] = _amendment(*later)
    read = [read_document(Source(name, text)) for name, text in texts.items()]
    assert not any(problems for _, problems in read), read
    ledger = "".join(json.dumps(event) + "\n" for event in events)
    workspace = Workspace(Path("."), [document for document, _ in read], [Source("ledger.jsonl", ledger)], [])
    return workspace.run(AsOf(day(on), 2**61))


def _amendment(since: date, terms: dict[str, Any]) -> str:
    """The document that puts a text in the place of the clause."""
    head = HEAD.replace("title: One clause", "title: Later", 1).replace("2025-01-01", since.isoformat())
    head = head.replace("sides:", "amends: {title: One clause, file: agreement.lgd}\nsides:", 1)
    head = head.replace("# Signing {#signing}", "# Signing {#signing-later}").replace(
        "# Clause {#clause}", "# Clause {#c}"
    )
    return head + _lines({"replaces": "clause", **terms})
