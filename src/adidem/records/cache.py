"""A ledger that was read as bytes, and back: its words, and each column in the narrowest integers that hold it.

Knows tables. Does not know files, nor when a packed ledger still holds: whoever keeps it names it by what it was read
from.

Nothing is executed in unpacking: the head is typed MessagePack, the columns are integers.
"""

import msgspec
import numpy as np

from adidem.kernel.quantity import Array
from adidem.kernel.source import Source
from adidem.records.ledger import Ledger, Table

_WIDTHS = ("int8", "int16", "int32", "int64")
_FIXED = ("ids", "occurred", "seconds", "recorded", "superseded")


class _Head(msgspec.Struct, array_like=True):
    """What stands before the columns.

    tables  of each kind its number of events, and of each column its name, its width, and whether all of it is alike
    """

    currency: str
    words: list[str]
    tables: dict[str, tuple[int, list[tuple[str, int, bool]]]]


def packed(ledger: Ledger) -> bytes:
    """The ledger, without its sources."""
    tables: dict[str, tuple[int, list[tuple[str, int, bool]]]] = {}
    parts: list[bytes] = []
    for kind, table in ledger.tables.items():
        widths: list[tuple[str, int, bool]] = []
        for name, column in _columns(table).items():
            width = _width(column)
            # A column that says one thing throughout, as most do of what takes an event's place, is kept as one value.
            alike = len(column) > 0 and bool((column == column[0]).all())
            widths.append((name, width, alike))
            parts.append(column[: 1 if alike else None].astype(_WIDTHS[width]).tobytes())
        tables[kind] = (len(table), widths)
    head = msgspec.msgpack.encode(_Head(ledger.currency, ledger.words, tables))
    return len(head).to_bytes(8, "little") + head + b"".join(parts)


def unpacked(data: bytes | memoryview, sources: list[Source]) -> Ledger | None:
    """The ledger that was packed, with the sources that it was read from; None where the bytes are none."""
    start = 8 + int.from_bytes(data[:8], "little")
    try:
        head = msgspec.msgpack.decode(data[8:start], type=_Head)
        tables: dict[str, Table] = {}
        for kind, (rows, widths) in head.tables.items():
            found: dict[str, Array] = {}
            for name, width, alike in widths:
                stored = np.frombuffer(data, _WIDTHS[width], 1 if alike else rows, start)
                start += stored.nbytes
                found[name] = np.full(rows, stored[0], np.int64) if alike else stored.astype(np.int64)
            tables[kind] = _table(found)
    except (msgspec.MsgspecError, ValueError, LookupError):
        return None
    return Ledger(head.words, tables, sources, head.currency) if start == len(data) else None


def _columns(table: Table) -> dict[str, Array]:
    """Every column of a table by a name of its own: those of the kind begin with a dot."""
    fixed = {name: getattr(table, name) for name in _FIXED}
    place = {"file": table.place[:, 0], "line": table.place[:, 1]}
    return fixed | place | {f".{name}": column for name, column in table.columns.items()}


def _table(found: dict[str, Array]) -> Table:
    place = np.stack([found["file"], found["line"]], axis=1)
    columns = {name[1:]: column for name, column in found.items() if name.startswith(".")}
    return Table(*(found[name] for name in _FIXED), place=place, columns=columns)


def _width(column: Array) -> int:
    low, high = int(column.min(initial=0)), int(column.max(initial=0))
    return next(n for n, name in enumerate(_WIDTHS) if np.iinfo(name).min <= low and high <= np.iinfo(name).max)
