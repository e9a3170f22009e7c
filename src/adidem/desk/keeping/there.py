"""What is there already, when events are to be appended: the whole ledger, or what of it is looked up.

Knows which events name which, and which are looked at whatever is appended. Does not know what is wrong with events.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from adidem.kernel.event import CORRECTION, DOCUMENT, WITHDRAWAL, EventKind
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source
from adidem.records.abroad import is_abroad
from adidem.records.seal import body_and_seal

if TYPE_CHECKING:
    from adidem.records.index import Index

Event = dict[str, Any]
_LATER = (CORRECTION.name, WITHDRAWAL.name)


class There(ABC):
    """The events that are there."""

    @abstractmethod
    def like(self, typed: Sequence[Event]) -> dict[str, Event]:
        """Those that may be the ones that were typed, by id: of the same id; or of the same kind and day, where one was
        typed without an id.
        """

    @abstractmethod
    def taken(self, id: str) -> bool:
        """Whether an event has this id; asked after `like`."""

    @abstractmethod
    def beside(self, made: Sequence[Event]) -> list[Source]:
        """Those beside which these events are read."""


class Whole(There):
    """Every event of some sources."""

    def __init__(self, sources: Sequence[Source]):
        self.sources = sources
        self._ids: set[str] = set()

    def like(self, typed: Sequence[Event]) -> dict[str, Event]:
        named, alike = _named(typed), _alike(typed)
        found: dict[str, Event] = {}
        for line in self._lines():
            try:
                head = _HEAD(line)
            except (msgspec.MsgspecError, RecursionError):
                continue  # that it is no event is told when the ledger is read
            if isinstance(head.id, str):
                self._ids.add(head.id)
                if head.id in named or (str(head.kind), str(head.occurred)[:10]) in alike:
                    found[head.id] = msgspec.json.decode(line)
        return found

    def events(self) -> Iterator[Event]:
        """Each of them; lines that are none are passed over."""
        for line in self._lines():
            with suppress(msgspec.MsgspecError, RecursionError):
                yield _EVENT(line)

    def taken(self, id: str) -> bool:
        return id in self._ids

    def beside(self, made: Sequence[Event]) -> list[Source]:
        return list(self.sources)

    def _lines(self) -> Iterator[str]:
        return (line for source in self.sources for line in source.text.split("\n"))


class LookedUp(There):
    """The events of files, and of a database those that are looked up.

    What is in the database was held against all that was there when it was appended. So what is new can be at odds only
    with the events of its ids; with the event that it corrects, or to whose record it belongs; and with what corrects
    these or belongs to them. To these the documents are added that entered the record, which must still be what they
    were; and an amount, where only the ledger says the currency. Their lines come without their seals, which hold in
    the whole alone.
    """

    def __init__(self, files: Whole, index: "Index", kinds: Mapping[str, EventKind]):
        self.files, self.index = files, index
        self._records = {kind.name: kind.joins for kind in kinds.values() if kind.joins}
        self._priced = [kind.name for kind in kinds.values() if _has_amount(kind)]
        self._like: dict[str, Event] = {}
        self._witness: set[str] = set()

    def says_currency(self) -> bool:
        """Whether an amount can be found by which the currency of all is known; it is then looked at with the rest."""
        for kind in self._priced:
            for event in _decoded(self.index.first(kind)):
                if not is_abroad(event):
                    self._witness = {str(event.get("id"))}
                    return True
        return False

    def like(self, typed: Sequence[Event]) -> dict[str, Event]:
        lines = self.index.of_ids(_named(typed))
        for kind, day in _alike(typed):
            lines |= self.index.of_day(kind, day)
        self._like = {str(event.get("id")): event for event in _decoded(lines)} | self.files.like(typed)
        return self._like

    def taken(self, id: str) -> bool:
        return id in self._like or self.files.taken(id) or bool(self.index.of_ids([id]))

    def beside(self, made: Sequence[Event]) -> list[Source]:
        names = [self._names(event) for event in (*made, *self.files.events())]
        touched = self._witness.union(*names)
        documents = self.index.of_kinds([DOCUMENT.name])
        lines = documents | self.index.of_ids(touched)
        if lines:
            touched.update(str(event.get("id")) for event in _decoded(documents))
            stages = self._records if any(len(said) > 1 for said in names) else ()
            lines |= self.index.of_ids(self._related(touched, (*_LATER, *stages)))
        bodies = [body_and_seal(lines[number])[0] for number in sorted(lines)]
        return [*self.files.sources, *([Source(self.index.name, "\n".join(bodies))] if bodies else [])]

    def _related(self, ids: Iterable[str], kinds: Iterable[str]) -> set[str]:
        """These events, what events of these kinds correct or belong to them, what these correct or belong to in turn,
        and so on.
        """
        links: defaultdict[str, list[set[str]]] = defaultdict(list)
        for event in _decoded(self.index.of_kinds(kinds)):
            names = self._names(event)
            for name in names:
                links[name].append(names)
        found, new = set[str](), set(ids)
        while new:
            found |= new
            new = {name for id in new for names in links.get(id, ()) for name in names} - found
        return found

    def _names(self, event: Event) -> set[str]:
        """The ids that an event says: its own, that of the event that it corrects, and of the record to which it
        belongs. A correction may say another record.
        """
        kind = event.get("kind")
        keys = ("corrects", *self._records.values()) if kind in _LATER else (self._records.get(str(kind), "id"),)
        return {name for key in ("id", *keys) if isinstance(name := event.get(key), str)}


def _named(typed: Iterable[Event]) -> set[str]:
    return {str(event["id"]) for event in typed if event.get("id") is not None}


def _alike(typed: Iterable[Event]) -> set[tuple[str, str]]:
    """Kind and day of what was typed without an id."""
    return {(str(event.get("kind")), str(event.get("occurred"))[:10]) for event in typed if event.get("id") is None}


def _has_amount(kind: EventKind) -> bool:
    return any(column.type == "money" and column.required for column in kind.columns)


def _decoded(lines: Mapping[int, str]) -> list[Event]:
    """Problems: L122 a line that is no event."""
    try:
        return list(map(_EVENT, lines.values()))
    except (msgspec.MsgspecError, RecursionError) as wrong:
        raise ProblemError([Problem("L122", f"a row was changed: {wrong}", at="EVENT")]) from None


class _Head(msgspec.Struct):
    """Enough of an event to know it by."""

    id: Any = None
    kind: Any = None
    occurred: Any = None


_EVENT = msgspec.json.Decoder(dict[str, Any]).decode
_HEAD = msgspec.json.Decoder(_Head).decode
