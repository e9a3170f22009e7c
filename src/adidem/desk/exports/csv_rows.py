"""Where the rows of a CSV text begin and end (RFC 4180), found before anything else reads it.

Knows bytes: quotation marks, separators, line ends. Does not know names of columns, rules or money.

What reads whole columns at a time can lose a row without a word: a line larger than its buffer, a quoted line end
where two threads share the work. So rows are counted here first, and its reader is held to that count. `Sweep` counts
whole pieces of text at a time, as long as nothing is odd; `records` goes from row to row, and says what is wrong.
"""

import codecs
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adidem.kernel.problem import Problem, ProblemError

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
MOST_BYTES = 2_000_000
"""No row is longer."""
_PIECE = 1 << 22
_QUOTE, _LINE_FEED, _RETURN = 34, 10, 13
_NONE = np.zeros(0, np.int64)
_LINE_END = re.compile(rb"\r\n|\n|\r")
FEWER = "the line has fewer columns than the header"
MORE = "the line has more columns than the header"
UNQUOTED = "a quotation mark on this line is not closed, or more stands behind it"
TOO_LONG = f"the line is longer than {MOST_BYTES:,} bytes"


class Sweep:
    """Counts the rows of a text, a piece at a time.

    sound   whether each record has as many columns as the first, and none is in doubt; else nothing else is told
    rows    how many records there are, the first one, which is the header, apart
    blank   whether there is a blank line, which is no record
    within  whether a line end stands within quotation marks
    """

    def __init__(self, separator: str):
        self.sound, self.rows, self.blank, self.within = True, -1, False, False
        self._separator, self._columns, self._kind, self._rest = ord(separator), -1, -1, b""

    def add(self, piece: bytes, last: bool = False) -> None:
        """Take in more of the text; with `last` there is no more."""
        if not self.sound:
            return
        data = self._rest + piece
        marks = np.frombuffer(data, np.uint8)
        quotes = np.flatnonzero(marks == _QUOTE) if b'"' in data else _NONE
        ends, kinds = _ends(data, marks, last)
        outside = np.searchsorted(quotes, ends) % 2 == 0
        self.within |= not outside.all()
        ends, kinds = ends[outside], kinds[outside]
        starts, stops = np.concatenate(([0], ends + 1)), np.concatenate((ends - (kinds == 1), [len(data)]))
        if last and len(quotes) % 2:
            self.sound = False
        if not last or starts[-1] == len(data):
            starts, stops = starts[:-1], stops[:-1]
        self._rest = data[int(ends[-1]) + 1 if len(ends) else 0 :] if not last else b""
        if self.sound and len(starts):
            self._records(marks, starts, stops, kinds, quotes)
        self.sound &= len(self._rest) <= MOST_BYTES

    def _records(self, marks: Bytes, starts: Places, stops: Places, kinds: Places, quotes: Places) -> None:
        """Count whole records, and look at what could be wrong with them."""
        said = stops > starts
        separators = np.flatnonzero(marks[: stops[-1]] == self._separator)
        separators = separators[np.searchsorted(quotes, separators) % 2 == 0] if len(quotes) else separators
        counts = np.diff(np.searchsorted(separators, stops), prepend=0)[said]
        self._columns = int(counts[0]) if self._columns < 0 and len(counts) else self._columns
        self._kind = int(kinds[0]) if self._kind < 0 and len(kinds) else self._kind
        alike = bool((counts == self._columns).all() and (kinds == self._kind).all())
        short = int((stops - starts).max()) <= MOST_BYTES - 2  # with its line end
        self.sound = alike and short and _closed(marks, quotes[quotes < stops[-1]], self._separator)
        self.rows += int(said.sum())
        self.blank |= not said.all()


def _ends(data: bytes, marks: Bytes, last: bool) -> tuple[Places, Places]:
    """[line ends] Where the last byte of each lies; and its kind: 0 a line feed, 1 both, 2 a carriage return."""
    feeds = np.flatnonzero(marks == _LINE_FEED)
    if b"\r" not in data:
        return feeds, np.zeros(len(feeds), np.int64)
    returns = np.flatnonzero(marks == _RETURN)
    if not last:
        returns = returns[returns < len(data) - 1]  # what stands behind the last byte is not known yet
    both = feeds[(feeds > 0) & (marks[feeds - 1] == _RETURN)]
    alone = np.setdiff1d(returns, both - 1, assume_unique=True)
    ends = np.concatenate((feeds, alone))
    kinds = np.concatenate((np.isin(feeds, both, assume_unique=True), np.full(len(alone), 2)))
    order = np.argsort(ends, kind="stable")
    return ends[order], kinds[order]


def _closed(marks: Bytes, quotes: Places, separator: int) -> bool:
    """Whether each quotation mark opens or closes a whole field, or stands for one within it. Those at even places
    open: before one is a border of the field, or the mark that it is doubled with; so behind one that closes.
    """
    opening, closing = quotes[0::2], quotes[1::2]
    border = np.zeros(256, bool)
    border[[separator, _LINE_FEED, _RETURN]] = True
    before = border[marks[opening - 1]] | (opening == 0)
    before[1:] |= opening[1:] - 1 == closing[: len(opening) - 1]
    behind = border[marks[np.minimum(closing + 1, len(marks) - 1)]] | (closing == len(marks) - 1)
    behind[: len(opening) - 1] |= opening[1:] - 1 == closing[: len(opening) - 1]
    return bool(before.all() and behind.all())


class Record(NamedTuple):
    """One record, or what is none: the line on which it begins, its bytes, and what is wrong with it, if anything."""

    line: int
    data: bytes
    fault: str


def records(text: IO[bytes], separator: str, columns: int, name: str) -> Iterator[Record]:
    """The records of a text from the header on, each once; blank lines are none.

    Where a quotation mark is not closed, or closed and more stands behind it, that line alone is at fault: the next
    one is read as it stands. Problems: I107 the line ends are not all alike.
    """
    whole, fewer, some = _shapes(separator, columns)
    first = text.read(_PIECE)
    data, place, line, over, kind = first.removeprefix(codecs.BOM_UTF8), 0, 1, not first, b""
    while True:
        while not over and len(data) - place <= 2 * MOST_BYTES:
            piece = text.read(_PIECE)
            data, place, over = data[place:] + piece, 0, not piece
        if place == len(data):
            return
        found, fault = whole.match(data, place), ""
        if found is None:
            found = some.match(data, place)
            fault = FEWER if found is not None and fewer.match(data, place) else MORE
        if found is not None and found.end() - place <= MOST_BYTES:
            stop, end = found.end(), found[1]
        else:
            met = _LINE_END.search(data, place)
            fault = UNQUOTED if (met.end() if met else len(data)) - place <= MOST_BYTES else TOO_LONG
            while met is None or (met[0] == b"\r" and met.end() == len(data)):
                piece = text.read(_PIECE)
                if not piece:
                    break
                data, place = (b"\r" if met else b"") + piece, 0
                met = _LINE_END.search(data)
            stop, end = (met.end(), met[0]) if met else (len(data), b"")
        kind = kind or end
        if end not in (kind, b""):
            sentence = f"the file cannot be read as CSV: line {line} ends otherwise than those before it"
            mend = "export it again as CSV with line ends of one sort, or as Parquet"
            raise ProblemError([Problem("I107", sentence, at=name, mend=mend)])
        if stop - place > len(end):
            yield Record(line, data[place:stop] if fault != TOO_LONG else b"", fault)
        line += max(1, data.count(b"\r" if kind == b"\r" else b"\n", place, stop))
        place = stop


def plainly(record: bytes, separator: str) -> bytes:
    """The same record with marks about each field, where it has any quotation mark: nobody reads that in two ways."""
    if b'"' not in record:
        return record
    end = record[len(record.rstrip(b"\r\n")) :]
    marked = ('"' + text.replace('"', '""') + '"' for text in fields(record, separator))
    return separator.join(marked).encode() + end


def fields(record: bytes, separator: str) -> list[str]:
    """The texts of a record that is whole."""
    record = record.rstrip(b"\r\n")
    quoted, bare = _field(separator)
    found: list[str] = []
    for part in re.finditer(
        b"(?:^|" + re.escape(separator.encode()) + b")(?:(" + quoted + b")|(" + bare + b"))", record
    ):
        text = part[2] if part[1] is None else part[1].strip(b" ")[1:-1].replace(b'""', b'"')
        found.append(text.decode("utf-8"))
    return found


def _field(separator: str) -> tuple[bytes, bytes]:
    """Patterns of a field in quotation marks, which blanks may surround, and of one without any at its beginning."""
    blanks = b" *+" if separator != " " else b""
    quoted = blanks + rb'"[^"]*+(?:""[^"]*+)*+"' + blanks
    return quoted, b"(?!" + blanks + b'")[^' + re.escape(separator.encode()) + rb"\r\n]*+"


def _shapes(separator: str, columns: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes]]:
    """Patterns of a record of so many columns, of fewer, and of any number; each with the line end as its group."""
    quoted, bare = _field(separator)
    first = b"(?:" + quoted + b"|" + bare + b")"
    more, end = b"(?:" + re.escape(separator.encode()) + first + b")", rb"(\r\n|\n|\r|\Z)"
    numbers = (b"{%d}" % (columns - 1), b"{0,%d}+" % max(0, columns - 2), b"*+")
    whole, fewer, some = (re.compile(first + more + number + end) for number in numbers)
    return whole, fewer, some
