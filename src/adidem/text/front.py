"""The front matter of a consolidated text: that of the base, with the parties whom amendments have brought in.

Knows front matter as YAML. Does not know clauses.
"""

from collections.abc import Sequence
from dataclasses import replace

from adidem.text.block import Entry, Listing, Mapping, Scalar, Value, read_block
from adidem.text.document import Document
from adidem.text.write import write_mapping


def front_length(lines: Sequence[str]) -> int:
    """How many lines the front matter takes, its `---` lines included."""
    return next(n for n, line in enumerate(lines[1:], 1) if line.rstrip(" \t") == "---") + 1


def merged_front(base: Document, later: Sequence[Document]) -> list[str]:
    """The lines of the base's front matter; its sides written anew only where a party came later."""
    lines = base.source.text.splitlines()
    lines = lines[: front_length(lines)]
    known = set(base.parties)
    new: list[Mapping] = []
    for text in later:
        for side in _sides(text):
            parties = tuple(p for p in _parties(side) if _name(p) not in known)
            known |= {_name(party) for party in parties}
            if parties:
                new.append(_with_parties(side, parties))
    front = _front(base)
    if not new or front is None or "sides" not in front.entries:
        return lines
    entry = front.entries["sides"]
    sides = _joined(_sides(base), new)
    written = replace(front, entries={"sides": replace(entry, value=Listing(tuple(sides), entry.value.span))})
    start = entry.key_span.line - 1
    following = [e.key_span.line - 1 for e in front.entries.values() if e.key_span.line - 1 > start]
    end = min(following, default=len(lines) - 1)
    return [*lines[:start], *write_mapping(written), *lines[end:]]


def _joined(sides: list[Mapping], new: list[Mapping]) -> list[Mapping]:
    """New parties on the side of that name, or on a side of their own."""
    out = list(sides)
    for side in new:
        at = next((n for n, old in enumerate(out) if _name(old) == _name(side)), None)
        if at is None:
            out.append(side)
        else:
            out[at] = _with_parties(out[at], (*_parties(out[at]), *_parties(side)))
    return out


def _front(text: Document) -> Mapping | None:
    lines = text.source.text.splitlines()
    return read_block(text.source, 2, "\n".join(lines[1 : front_length(lines) - 1]), "front matter")[0]


def _sides(text: Document) -> list[Mapping]:
    front = _front(text)
    return _mappings(front, "sides") if front is not None else []


def _parties(side: Mapping) -> list[Mapping]:
    return _mappings(side, "parties")


def _mappings(value: Mapping, key: str) -> list[Mapping]:
    entry = value.entries.get(key)
    items: tuple[Value, ...] = entry.value.items if entry is not None and isinstance(entry.value, Listing) else ()
    return [item for item in items if isinstance(item, Mapping)]


def _with_parties(side: Mapping, parties: Sequence[Mapping]) -> Mapping:
    old = side.entries["parties"]
    entry = Entry("parties", old.key_span, Listing(tuple(parties), old.value.span))
    return replace(side, entries={**side.entries, "parties": entry})


def _name(value: Mapping) -> str:
    entry = value.entries.get("name")
    return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else ""
