"""What an import changes: the events that a file asks for, against those that it told before.

Knows events as they are written, and whence they came. Does not know files, rules or clauses.

What was told is never edited. An event that the file no longer asks for is withdrawn, one that it tells otherwise is
corrected, and one that comes back after a withdrawal is corrected too, which tells it anew. A correction takes over the
columns that it does not name; so a column that the file says no longer is named, and says nothing: null. What was
corrected by hand stays so, until the file itself says something else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adidem.records.provenance import Origin, origin_of

Event = dict[str, Any]
_ABOUT = ("id", "kind", "recorded", "source", "note", "prepared_by", "approved_by", "seal", "basis")
_LATER = ("correction", "withdrawal")


@dataclass(slots=True)
class Told:
    """An event as imports told it last: its columns, None where it was withdrawn; how often; and when last.

    takes  the columns that a correction takes over: those told last, also of an event that was withdrawn since
    """

    says: dict[str, str] | None
    takes: dict[str, str]
    origin: Origin
    times: int
    recorded: str


@dataclass
class Before:
    """What imports told before this one.

    by_name  under each name its events by id
    files    of each hash the name under which it was imported, as long as anything stands of what that name told
    """

    by_name: dict[str, dict[str, Told]] = field(default_factory=dict[str, dict[str, Told]])
    files: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class Change:
    """What is to be appended, and what was found as it is wanted.

    changed  of each corrected or withdrawn event: id, what was told, what is told now (None where it is withdrawn)
    """

    lines: list[Event] = field(default_factory=list[Event])
    added: int = 0
    same: int = 0
    changed: list[tuple[str, dict[str, str] | None, dict[str, str] | None]] = field(
        default_factory=list[tuple[str, dict[str, str] | None, dict[str, str] | None]]
    )


def told_before(events: Iterable[Event]) -> Before:
    """What imports have told, of the events of a ledger in the order in which they were appended."""
    before = Before()
    of: dict[str, Told] = {}
    for event in events:
        origin = origin_of(event.get("source"))
        if origin is None:
            continue
        before.files.setdefault(origin.sha256, origin.name)
        recorded = str(event.get("recorded"))
        if event.get("kind") not in _LATER:
            says = _says(event)
            told = Told(says, says, origin, 1, recorded)
            of[str(event.get("id"))] = before.by_name.setdefault(origin.name, {})[str(event.get("id"))] = told
            continue
        told = of.get(str(event.get("corrects")))
        if told is None:
            continue
        told.times, told.recorded, told.origin = told.times + 1, recorded, origin
        if event["kind"] == "correction":
            merged = {**told.takes, **_changes(event)}
            told.takes = {name: value for name, value in merged.items() if value is not None}
        told.says = told.takes if event["kind"] == "correction" else None
    standing = {name for name, events in before.by_name.items() if any(told.says for told in events.values())}
    before.files = {sha256: name for sha256, name in before.files.items() if name in standing}
    return before


def change(before: Mapping[str, Told], wanted: Mapping[str, Event], recorded: str, gone: Origin) -> Change:
    """The events to append so that what is told is what is wanted.

    before    what was told under this name
    recorded  day or instant
    gone      the origin that a withdrawal names: the file in which the event is no longer
    """
    out = Change()
    for id, event in wanted.items():
        says, told = _says(event), before.get(id)
        if told is None:
            head = {"id": id, "kind": event["kind"], "occurred": event["occurred"], "recorded": recorded}
            out.lines.append({**head, **{k: v for k, v in event.items() if k not in head}})
            out.added += 1
        elif told.says == says:
            out.same += 1
        else:
            out.changed.append((id, told.says, says))
            new = says if told.says is None else {k: v for k, v in says.items() if told.says.get(k) != v}
            rest: Event = {k: v for k, v in new.items() if k != "occurred"}
            rest |= {k: None for k in told.takes if k not in says}
            moved = {"changes_occurred": new["occurred"]} if "occurred" in new else {}
            about = {k: event[k] for k in ("source", "note") if k in event}
            out.lines.append({**_head("correction", id, told, recorded), **moved, **rest, **about})
    for id, told in before.items():
        if id not in wanted and told.says is not None:
            out.changed.append((id, told.says, None))
            out.lines.append({**_head("withdrawal", id, told, recorded), "source": str(gone)})
    return out


def _head(kind: str, id: str, told: Told, recorded: str) -> Event:
    names = {"id": f"{id}-told-{told.times + 1}", "kind": kind}
    return {**names, "occurred": recorded[:10], "recorded": recorded, "corrects": id}


def _says(event: Event) -> dict[str, str]:
    return {key: value for key, value in event.items() if key not in _ABOUT}


def _changes(event: Event) -> dict[str, str | None]:
    said = {k: v for k, v in _says(event).items() if k not in ("corrects", "occurred", "changes_occurred")}
    return said | ({"occurred": event["changes_occurred"]} if "changes_occurred" in event else {})
