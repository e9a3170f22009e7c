"""A document that was read as bytes, and back, with what is wrong with it.

Knows the classes of which a document consists. Does not know files, nor when a packed document still holds.

Each object is a list of its class's number and its fields; the source stands for itself. Nothing is executed in
unpacking but the making of these classes.
"""

from dataclasses import fields
from operator import attrgetter
from typing import Any, cast

import msgspec

from adidem.kernel.problem import Problem
from adidem.kernel.source import Source, Span
from adidem.text.block import Entry, Listing, Mapping, Scalar
from adidem.text.document import Directive, Document, PartyEntry, Section

_CLASSES: tuple[type[Any], ...] = (
    Span,
    Scalar,
    Listing,
    Entry,
    Mapping,
    Directive,
    PartyEntry,
    Section,
    Document,
    Problem,
)
_FIELDS = {each: attrgetter(*(field.name for field in fields(each))) for each in _CLASSES}
_NUMBERS = {each: number for number, each in enumerate(_CLASSES)}
_SOURCE, _TUPLE, _MAPPING = -1, -2, -3


def packed(document: Document | None, problems: list[Problem]) -> bytes:
    """What reading a document gave, without its source."""
    return msgspec.msgpack.encode([_plain(document), _plain(tuple(problems))])


def unpacked(data: bytes | memoryview, source: Source) -> tuple[Document | None, list[Problem]] | None:
    """What was packed, of this source; None where the bytes are none."""
    try:
        document, problems = (_made(part, source) for part in msgspec.msgpack.decode(data, type=list[Any]))
    except (msgspec.MsgspecError, TypeError, ValueError, LookupError):
        return None
    good = isinstance(document, Document | None) and isinstance(problems, tuple)
    return (document, list(cast("tuple[Problem, ...]", problems))) if good else None


def _plain(value: Any) -> Any:
    kind = cast("type[Any]", type(value))
    if kind in _NUMBERS:
        return [_NUMBERS[kind], *map(_plain, _FIELDS[kind](value))]
    if kind is tuple:
        return [_TUPLE, *map(_plain, value)]
    if kind is dict:
        return [_MAPPING, *(_plain(part) for item in value.items() for part in item)]
    if kind is Source:
        return [_SOURCE]
    assert value is None or kind in (str, int, bool), value
    return value


def _made(value: Any, source: Source) -> Any:
    if not isinstance(value, list):
        return value
    number, *parts = cast("list[Any]", value)
    if number == _SOURCE:
        return source
    made = [_made(part, source) for part in parts]
    if number == _TUPLE:
        return tuple(made)
    if number == _MAPPING:
        return dict(zip(made[::2], made[1::2], strict=True))
    return _CLASSES[int(number)](*made)
