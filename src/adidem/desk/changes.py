"""What each document of an agreement changed, as plain data.

Knows texts and what they replace. Does not know events, nor how it is shown.
"""

from typing import Any

from adidem.desk.wording import value_words
from adidem.desk.workspace import Workspace
from adidem.kernel.agreement import Clause, Document
from adidem.kernel.period import Duration, show_day
from adidem.kernel.term import Quantity, Scope

_SHOWN = (str, int, Quantity, Duration, Scope)
"""Values of readings that are told in a few words; of others it is not said what they were."""


def changes_since(workspace: Workspace, day: int) -> list[dict[str, Any]]:
    """Each document that took effect after a day, with what it did to each clause and question."""
    return [
        {
            "effective": show_day(document.effective),
            "title": document.title,
            "document": document.name,
            "changes": [{"of": of, "what": what} for of, what in _changes(workspace, document)],
        }
        for document in workspace.whole.documents
        if document.effective > day
    ]


def _changes(workspace: Workspace, document: Document) -> list[tuple[str, str]]:
    """What a document did to each clause: added, replaced or repealed it, or settled a question."""
    clauses = workspace.whole.clauses
    rows: list[tuple[str, str]] = []
    for clause in clauses:
        if clause.document == document and clause.family != "clarification":
            rows.append((clause.id, _what(clause, clauses)))
        elif clause.ended_by == document.name and not any(
            c.id == clause.id and c.document == document for c in clauses
        ):
            rows.append((clause.id, "ends"))
    for settled in workspace.whole.settlements:
        if settled.document == document:
            rows.append((settled.question, f"{'settled as' if settled.final else 'favoured:'} {settled.reading}"))
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
                f"{name}, read as {reading.name}, {value_words(values[reading.name])} → {value_words(reading.value)}"
                for reading in new.readings
                if isinstance(reading.value, _SHOWN) and values.get(reading.name, reading.value) != reading.value
            ]
    return "; ".join(changed) or "restated"
