"""Files of which every line is plain: one event of a known kind, with the columns of its kind, all of them text.

Knows lines of JSON and kinds of event. Does not know problems or what values mean: where one line is not plain, all are
left to whoever reads line by line and words what is wrong.

Each kind's events are decoded into a struct of its columns, at half the cost of a mapping. `said`, `every` and
`told_anew` are for events of both makes.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from operator import attrgetter
from typing import Any, Literal, Union

import msgspec

from adidem.kernel.event import COMMON, EventKind
from adidem.kernel.source import Source
from adidem.records.values import Spelling

Row = Any
"""An event as it was written: a mapping, or a struct of its kind's columns."""
Place = int
"""Where an event is written: file and line in one number, `place`."""
Rows = tuple[dict[str, list[Row]], dict[str, list[Place]], MutableMapping[str, tuple[str, int]]]
"""Events by kind; where each is written; of each id, its kind and row."""

_AS_MAPPING = msgspec.json.Decoder(dict[str, Any]).decode
_LATER = ("correction", "withdrawal")


def place(file: int, line: int) -> Place:
    """A place as one number."""
    return file << 32 | line


def file_and_line(place: Place) -> tuple[int, int]:
    """The file and the line of a place."""
    return int(place) >> 32, int(place) & 0xFFFFFFFF


def plain_rows(
    sources: Sequence[Source], kinds: Mapping[str, EventKind], parties: Iterable[str], spelling: Spelling
) -> Rows | None:
    """The events of the files, where each is written, and for each id its kind and row; None where not all is plain."""
    parties = tuple(parties)
    forms = {kind.name: _form(kind, parties) for kind in kinds.values() if _has_words_alone(kind)}
    decode = msgspec.json.Decoder(Union[tuple(forms.values())]).decode_lines  # noqa: UP007
    rows: dict[type, list[Row]] = {form: [] for form in forms.values()}
    places: dict[type, list[Place]] = {form: [] for form in forms.values()}
    for number, source in enumerate(sources):
        try:
            events = decode(source.text)
        except (msgspec.MsgspecError, RecursionError):
            return None
        if not _one_a_line(source.text, len(events)):
            return None
        for where, event in enumerate(events, place(number, 1)):
            form = type(event)
            rows[form].append(event)
            places[form].append(where)
    found = {name: rows[form] for name, form in forms.items() if rows[form]}
    seen = Ids.of(found, spelling)
    for name in found.keys() & _LATER:
        found[name] = _as_mappings(sources, places[forms[name]])
    if seen is None or not _correctable(found, seen):
        return None
    return found, {name: places[forms[name]] for name in found}, seen


class Ids(MutableMapping[str, tuple[str, int]]):
    """The kind and row of each event by its id, with no entry for each: the ids are words that follow one another."""

    def __init__(self, spelling: Spelling, starts: dict[str, int], end: int):
        self.spelling, self.kinds, self.starts, self.end = spelling, list(starts), list(starts.values()), end
        self.told: dict[str, tuple[str, int]] = {}

    @classmethod
    def of(cls, rows: Mapping[str, list[Row]], spelling: Spelling) -> "Ids | None":
        """Make words of the ids, kind by kind; None where two are the same."""
        starts: dict[str, int] = {}
        wanted = len(spelling.words)
        for kind, found in rows.items():
            starts[kind] = wanted
            wanted += len(found)
            spelling.places(every(found, "id"))
        return cls(spelling, starts, wanted) if len(spelling.words) == wanted else None

    def __getitem__(self, id: str) -> tuple[str, int]:
        if id in self.told:
            return self.told[id]
        number = self.spelling.place(id)
        if number is None or not self.starts or not self.starts[0] <= number < self.end:
            raise KeyError(id)
        kind = bisect_right(self.starts, number) - 1
        return self.kinds[kind], number - self.starts[kind]

    def __setitem__(self, id: str, row: tuple[str, int]) -> None:
        self.told[id] = row

    def __delitem__(self, id: str) -> None:
        raise TypeError("an event is never deleted")

    def __iter__(self) -> Iterator[str]:
        return iter(self.spelling.words[self.starts[0] : self.end] if self.starts else ())

    def __len__(self) -> int:
        return self.end - self.starts[0] if self.starts else 0


def _one_a_line(text: str, number: int) -> bool:
    """Whether so many JSON objects stand one on each line: every line end lies between two of them, and none is empty.

    Within an object, no `}` is followed by a `{`; so a line end between these two lies outside.
    """
    ends = text.count("\n") - text.endswith("\n")
    return number == ends + 1 and text.count("}\n{") == ends and text.startswith("{")


def _as_mappings(sources: Sequence[Source], places: Iterable[Place]) -> list[Row]:
    split = [source.text.split("\n") for source in sources]
    return [_AS_MAPPING(split[file][line - 1]) for file, line in map(file_and_line, places)]


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
    """Whether each correction changes columns that the corrected event has, into text, or into nothing."""
    for event in (event for kind in _LATER for event in rows.get(kind, ())):
        of, row = seen.get(str(event.get("corrects")), ("", 0))
        if not of or of in _LATER:
            return False
        fields = {"kind", "corrects", "changes_occurred", *rows[of][row].__struct_fields__}
        if not event.keys() <= fields or not all(value is None or isinstance(value, str) for value in event.values()):
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
