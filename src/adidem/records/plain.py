"""Files of which every line is plain: one event of a known kind, with the columns of its kind and no others, all of them text.

Knows lines of JSON and kinds of event. Does not know problems or what values mean: where one line is not plain, all are left to
whoever reads line by line and words what is wrong.

Each kind's events are decoded into a struct of its columns, at half the cost of a mapping. `said`, `every` and `told_anew` are for
events of both makes.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count, repeat
from operator import attrgetter
from typing import Any, Union

import msgspec

from adidem.kernel.event import COMMON, EventKind
from adidem.kernel.source import Source

Row = Any
"""An event as it was written: a mapping, or a struct of its kind's columns."""
Place = tuple[int, int]

_AS_MAPPING = msgspec.json.Decoder(dict[str, Any]).decode
_LATER = ("correction", "withdrawal")
_LINE_END = "\n"


def plain_rows(
    sources: Sequence[Source], kinds: Mapping[str, EventKind]
) -> tuple[dict[str, list[Row]], dict[str, list[Place]], dict[str, tuple[str, int]]] | None:
    """The events of the files by kind, where each is written, and for each id its kind and row; None where not all is plain."""
    forms = {kind.name: _form(kind) for kind in kinds.values() if _has_words_alone(kind)}
    decode = msgspec.json.Decoder(Union[tuple(forms.values())]).decode  # noqa: UP007
    of = {form: name for name, form in forms.items()}
    rows: dict[str, list[Row]] = {}
    places: dict[str, list[Place]] = {}
    seen: dict[str, tuple[str, int]] = {}
    total = 0
    for number, source in enumerate(sources):
        lines = source.text.split(_LINE_END)
        if not lines[-1]:
            lines.pop()
        try:
            events = list(map(decode, lines))
        except (msgspec.MsgspecError, RecursionError):
            return None
        total += len(events)
        found: dict[type, list[Row]] = {form: [] for form in of}
        where: dict[type, list[int]] = {form: [] for form in of}
        for line, event in enumerate(events, 1):
            form = type(event)
            found[form].append(event)
            where[form].append(line)
        for form, name in of.items():
            if found[form]:
                first = len(rows.setdefault(name, []))
                rows[name] += found[form] if name not in _LATER else [_AS_MAPPING(lines[i - 1]) for i in where[form]]
                places.setdefault(name, []).extend(zip(repeat(number), where[form], strict=False))
                seen.update(zip(map(attrgetter("id"), found[form]), zip(repeat(name), count(first)), strict=False))
    return (rows, places, seen) if len(seen) == total and _correctable(rows, seen) else None


def _has_words_alone(kind: EventKind) -> bool:
    return all(column.name.isidentifier() for column in kind.columns)


def _form(kind: EventKind) -> type[msgspec.Struct]:
    """The struct of a kind's events. A correction may have any column, and is then read again as a mapping."""
    of_kind = {column.name: column for column in kind.columns}
    needed = ["id", "occurred", "recorded", *(name for name, column in of_kind.items() if column.required)]
    others = [*(name for name in of_kind), *COMMON]
    fields: dict[str, Any] = {name: (name, str) for name in needed}
    fields |= {name: (name, str | None, None) for name in others if name not in fields and name != "kind"}
    return msgspec.defstruct(
        "Event",
        fields.values(),
        tag_field="kind",
        tag=kind.name,
        forbid_unknown_fields=kind.name not in _LATER,
        gc=False,
    )


def _correctable(rows: Mapping[str, list[Row]], seen: Mapping[str, tuple[str, int]]) -> bool:
    """Whether each correction changes columns that the corrected event has, into text."""
    for event in (event for kind in _LATER for event in rows.get(kind, ())):
        of, row = seen.get(str(event.get("corrects")), ("", 0))
        fields = {"kind", "corrects", "changes_occurred", *(rows[of][row].__struct_fields__ if of in rows else ())}
        if of in _LATER or not of or not event.keys() <= fields or not all(isinstance(v, str) for v in event.values()):
            return False
    return True


def said(event: Row, name: str) -> Any:
    """What an event says in a column, or None."""
    return event.get(name) if isinstance(event, dict) else getattr(event, name)


def every(rows: Sequence[Row], name: str) -> list[Any]:
    """What each of the events of a kind says in a column, or None."""
    if rows and not isinstance(rows[0], dict):
        return list(map(attrgetter(name), rows))
    return [event.get(name) for event in rows]


def told_anew(event: Row, changes: Mapping[str, Any]) -> Row:
    """An event with some of its columns changed."""
    return {**event, **changes} if isinstance(event, dict) else msgspec.structs.replace(event, **changes)


def strange_columns(rows: Iterable[Row], known: set[str]) -> list[tuple[int, list[str]]]:
    """The rows that have columns which their kind has not, with those columns."""
    strange = ((row, event.keys() - known) for row, event in enumerate(rows) if isinstance(event, dict))
    return [(row, sorted(keys)) for row, keys in strange if keys]
