"""Whence an imported event comes: the file, its hash and the rows, in one text that the event keeps as its source.

Knows how that text is written and read. Does not know files or events.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_TEXT = re.compile(r"(.+) sha256:([0-9a-f]{64}) rows? (\d+)(?:-(\d+) \((\d+) rows\))?", re.DOTALL)
_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """Rows of a file: the name under which it is imported, the hash of its bytes; first and last row, from 1, and how
    many of those between them belong to the event.
    """

    name: str
    sha256: str
    first: int
    last: int
    count: int

    def __str__(self) -> str:
        if self.count == 1:
            return f"{self.name} sha256:{self.sha256} row {self.first}"
        return f"{self.name} sha256:{self.sha256} rows {self.first}-{self.last} ({self.count} rows)"


def origin_of(text: object) -> Origin | None:
    """The origin that an event's source says; None where it came from nowhere else, or by hand."""
    found = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    first = int(found[3])
    return Origin(found[1], found[2], first, int(found[4] or first), int(found[5] or 1))


def short_hash(parts: Iterable[str | None]) -> str:
    """Sixteen hexadecimal digits that stand for these texts in this order; NULL and empty are two things."""
    said = (b"-:" if part is None else _counted(part.encode("utf-8", "surrogatepass")) for part in parts)
    return hashlib.sha256(b"".join(said)).hexdigest()[:_LENGTH]


def _counted(data: bytes) -> bytes:
    return b"%d:%b" % (len(data), data)
