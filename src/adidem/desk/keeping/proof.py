"""Whether files are still what the ledger says they were: the texts that entered the record, by their hashes.

Knows files, hashes and events of the kind `document`. Does not know what the texts say.
"""

import hashlib
from pathlib import Path

import numpy as np

from adidem.desk.workspace import Workspace
from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.source import Span
from adidem.records.ledger import Ledger
from adidem.records.values import FOREVER


def hash_of(file: Path) -> str:
    """The SHA-256 of a file's bytes; empty where there is no such file to read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""


def entered(ledger: Ledger) -> dict[str, tuple[str, Span]]:
    """File → the hash with which it last entered the record (empty where none is said), and the place of the event."""
    table = ledger.tables.get("document")
    if table is None:
        return {}
    out: dict[str, tuple[str, Span]] = {}
    told = np.flatnonzero(table.superseded == FOREVER)
    for row in (int(r) for r in told[np.lexsort((table.recorded[told], table.occurred[told]))]):
        code = int(table.columns["sha256"][row])
        name = ledger.words[int(table.columns["file"][row])]
        out[name] = (ledger.words[code] if code >= 0 else "", ledger.span("document", row))
    return out


def changed(workspace: Workspace, ledger: Ledger) -> list[Problem]:
    """Texts that are not, or no more, those that entered the record. Problems: D206 changed since; D207 not there."""
    problems: list[Problem] = []
    names = [text.source.name for text in workspace.texts]
    for name, (hash, span) in entered(ledger).items():
        found = hash_of(workspace.root / name)
        if not found:
            mend = f"put the document back; or {did_you_mean(name, names)}" if names else "put the document back"
            problems.append(Problem("D207", f"the document {name} entered the record, and is not there", span, mend))
        elif hash and hash != found:
            sentence = f"the document {name} was changed after it entered the record: its hash was {hash[:12]}…"
            mend = f"restore it from a copy; or, if the change is meant, append a correction with sha256 {found}"
            problems.append(Problem("D206", sentence, span, mend))
    return problems
