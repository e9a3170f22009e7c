"""Files of which every line is plain: one event of a known kind, with the columns of its kind, all of them text.

Knows lines of JSON and kinds of event. Does not know problems or what values mean: where one line is not plain, all are
left to whoever reads line by line and words what is wrong.

Each kind's events are decoded into a struct of its columns, at half the cost of a mapping. `said`, `every` and
`told_anew` are for events of both makes.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count, repeat
from operator import attrgetter
from typing import Any, Literal, Union

import msgspec

from adidem.kernel.event import COMMON, EventKind
from adidem.kernel.source import Source

Row = Any
"""An event as it was written: a mapping, or a struct of its kind's columns."""
Place = tuple[int, int]

Rows = tuple[dict[str, list[Row]], dict[str, list[Place]], dict[str, tuple[str, int]]]
"""Events by kind; where each is written; of each id, its kind and row."""

_AS_MAPPING = msgspec.json.Decoder(dict[str, Any]).decode
_LATER = ("correction", "withdrawal")


def plain_rows(sources: Sequence[Source], kinds: Mapping[str, EventKind], parties: Iterable[str]) -> Rows | None:
    """The events of the files, where each is written, and for each id its kind and row; None where not all is plain."""
    parties = tuple(parties)
    forms = {kind.name: _form(kind, parties) for kind in kinds.values() if _has_words_alone(kind)}
    decode = msgspec.json.Decoder(Union[tuple(forms.values())]).decode_lines  # noqa: UP007
    rows: dict[str, list[Row]] = {}
    places: dict[str, list[Place]] = {}
    seen: dict[str, tuple[str, int]] = {}
    total = 0
    for number, source in enumerate(sources):
        try:
            events = decode(source.text)
        except (msgspec.MsgspecError, RecursionError):
            return None
        if not _one_a_line(source.text, len(events)):
            return None
        total += len(events)
        found: dict[type, list[Row]] = {form: [] for form in forms.values()}
        where: dict[type, list[int]] = {form: [] for form in forms.values()}
        for line, event in enumerate(events, 1):
            form = type(event)
            found[form].append(event)
            where[form].append(line)
        for name, form in forms.items():
            if found[form]:
                first = len(rows.setdefault(name, []))
                rows[name] += found[form] if name not in _LATER else _as_mappings(source.text, where[form])
                places.setdefault(name, []).extend(zip(repeat(number), where[form], strict=False))
                seen.update(zip(map(attrgetter("id"), found[form]), zip(repeat(name), count(first)), strict=False))
    return (rows, places, seen) if len(seen) == total and _correctable(rows, seen) else None


def _one_a_line(text: str, number: int) -> bool:
    """Whether so many JSON objects stand one on each line: every line end lies between two of them, and none is empty.

    Within an object, no `}` is followed by a `{`; so a line end between these two lies outside.
    """
    ends = text.count("\n") - text.endswith("\n")
    return number == ends + 1 and text.count("}\n{") == ends and text.startswith("{")


def _as_mappings(text: str, lines: Iterable[int]) -> list[Row]:
    split = text.split("\n")
    return [_AS_MAPPING(split[line - 1]) for line in lines]


def _has_words_alone(kind: EventKind) -> bool:
    return all(column.name.isidentifier() for column in kind.columns)


def _form(kind: EventKind, parties: tuple[str, ...]) -> type[msgspec.Struct]:
    """The struct of a kind's events. A correction may have any column, and is then read again as a mapping.

    Of parties and choices only known ones are plain: each is then one string throughout, which is quicker to look up.
    """
    types: dict[str, Any] = dict.fromkeys(("id", "occurred", "recorded"), str)
    optional: dict[str, Any] = {}
    for column in kind.columns:
        words = parties if column.type == "party" else column.choices
        (types if column.required else optional)[column.name] = Literal[words] if words else str
    optional |= {name: str for name in COMMON if name not in types and name not in optional and name != "kind"}
    fields = [*types.items(), *((name, type_ | None, None) for name, type_ in optional.items())]
    later = kind.name in _LATER
    return msgspec.defstruct(
        "Event", fields, tag_field="kind", tag=kind.name, forbid_unknown_fields=not later, gc=False
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
