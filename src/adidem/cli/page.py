"""The command `show`: an agreement on one page, and what later documents changed.

Knows outcomes and documents. Does not know how anything was computed.
"""

from pathlib import Path

from adidem.cli import typed
from adidem.cli.layout import heading, line, table
from adidem.cli.tables import Page
from adidem.desk.workspace import Workspace, open_workspace
from adidem.kernel.agreement import Clause, Document
from adidem.kernel.period import show_day
from adidem.kernel.term import Scope


def show(folder: Path, as_of: str, since: bool) -> None:
    """Print the agreement as of a day; with `since`, what each later document changed."""
    workspace = open_workspace(folder)
    outcome = workspace.run(typed.pair(workspace, as_of, ""))
    Page(workspace, outcome).print()
    if since:
        _since(workspace, outcome.as_of)
    line()
    line(f"Why a figure?        adidem explain {folder} FIGURE")
    line(f"What turns on words? adidem readings {folder}")
    line(f"May they?            adidem may {folder} PARTY ACT ASSET")


def _since(workspace: Workspace, day: int) -> None:
    """What each document that took effect after the day changed."""
    later = [document for document in workspace.whole.documents if document.effective > day]
    if not later:
        return
    heading("SINCE THEN")
    for document in later:
        line(f"{show_day(document.effective)}  {document.title}  ({document.name})", 2)
        table(_changes(workspace, document), 4)


def _changes(workspace: Workspace, document: Document) -> list[list[str]]:
    """What a document did to each clause: added, replaced or repealed it, or settled a question."""
    clauses = workspace.whole.clauses
    rows: list[list[str]] = []
    for clause in clauses:
        if clause.document == document and clause.family != "clarification":
            rows.append([clause.id, _what(clause, clauses)])
        elif clause.ended_by == document.name and not any(
            c.id == clause.id and c.document == document for c in clauses
        ):
            rows.append([clause.id, "ends"])
    for settled in workspace.whole.settlements:
        if settled.document == document:
            rows.append([settled.question, f"{'settled as' if settled.final else 'favoured:'} {settled.reading}"])
    return rows


def _what(clause: Clause, clauses: tuple[Clause, ...]) -> str:
    """What is new in a text beside the one it replaces."""
    if not clause.replaces:
        return f"added: {clause.title}"
    before = next((c for c in reversed(clauses) if c.id == clause.id and c.ends == clause.starts), None)
    if before is None:
        return "replaced"
    changed: list[str] = []
    for name in {**before.terms, **clause.terms}:
        old, new = before.terms.get(name), clause.terms.get(name)
        if old is None or new is None:
            changed.append(f"{name} {'now ' + new.text if new is not None else 'gone'}")
        elif old.text != new.text:
            changed.append(f"{name} {old.text} → {new.text}")
        else:
            values = {reading.name: reading.value for reading in old.readings}
            changed += [
                f"{name}, read as {reading.name}, {values[reading.name]} → {reading.value}"
                for reading in new.readings
                if isinstance(reading.value, Scope | str) and values.get(reading.name, reading.value) != reading.value
            ]
    return "; ".join(changed) or "restated"
