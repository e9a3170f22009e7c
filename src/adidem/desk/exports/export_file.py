"""A file that a system exported, CSV or Parquet, before any rule is applied: its hash, its columns, its rows and lines.

Knows bytes, encodings and headers. Does not know rules, events or money.

The bytes are read once from first to last, a piece at a time: for the hash, and, where it is text, for the first byte
that is none, and for how many rows there are. So nothing is read by guessing an encoding, and a file larger than the
memory is no harder than another. Text may be packed with gzip (RFC 1952): the hash is of the packed bytes, lines are
those of the text.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, cast

from adidem.desk.exports.csv_rows import TOO_LONG, UNQUOTED, Sweep, fields, records
from adidem.kernel.problem import Problem, ProblemError

_PIECE = 1 << 20
MOST_COLUMNS = 2_000
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"\x28\xb5\x2f\xfd": ("is packed with zstd", "unpack it, or pack it with gzip"),
    b"PK\x03\x04": ("is packed with zip, as workbooks are too", "unpack it, or export it as CSV"),
    b"\xfd7zXZ": ("is packed with xz", "unpack it, or pack it with gzip"),
    b"BZh91AY": ("is packed with bzip2", "unpack it, or pack it with gzip"),
    b"\xff\xfe": ("is text in UTF-16", "export it as CSV in the encoding UTF-8, or as Parquet"),
    b"\xfe\xff": ("is text in UTF-16", "export it as CSV in the encoding UTF-8, or as Parquet"),
}
"""How files begin that are often taken for one that is read; what they are, and what to do."""


@dataclass(frozen=True)
class ExportFile:
    """A file that was looked through.

    name     as its user knows it
    hashed   gives the hash of its bytes, when it is known
    columns  the names in its header; empty for Parquet, which tells its own
    sweep    what is known of the rows of a text
    packed   with gzip
    """

    path: Path
    name: str
    hashed: Callable[[], str]
    columns: tuple[str, ...] = ()
    sweep: Sweep | None = None
    packed: bool = False

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return self.hashed()

    @property
    def parquet(self) -> bool:
        """Whether it is no text."""
        return self.sweep is None

    @property
    def row_a_line(self) -> bool:
        """Whether the N-th row stands on line N + 1."""
        return self.sweep is not None and self.sweep.sound and not self.sweep.within and not self.sweep.blank

    def text(self) -> IO[bytes]:
        """The bytes of a text, unpacked."""
        return _bytes(self.path, self.packed)


def survey(path: Path, name: str, separator: str = ",") -> ExportFile:
    """Look through a file. Problems: T001, T002, T006 it is not there; I107 it is no table of text or Parquet; I113 it
    is empty.
    """
    with _opened(path, name) as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(_PARQUET):
            return ExportFile(path, name, _Hashing(path, name).result)
        for mark, (what, mend) in _OTHERS.items():
            if start.startswith(mark):
                raise ProblemError([Problem("I107", f"the file {what}", at=name, mend=mend)])
        packed = start.startswith(_GZIP)
        hashed, sweep = _Hashed(file), Sweep(separator)
        try:
            some = _text(_unpacked(hashed) if packed else hashed, name, separator, sweep)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            sentence = "the file begins like gzip, and cannot be unpacked: it is damaged or cut off"
            mend = "export it, or copy it, again"
            raise ProblemError([Problem("I107", sentence, at=name, mend=mend)]) from None
        if not some:
            mend = "export it again; a file without rows still has a header"
            raise ProblemError([Problem("I113", "the file is empty", at=name, mend=mend)])
    with _bytes(path, packed) as text:
        columns = _header(text, name, separator)
    return ExportFile(path, name, hashed.digest.hexdigest, columns, sweep, packed)


def lines_of(file: ExportFile, rows: Iterable[int], separator: str = ",") -> dict[int, int]:
    """The line on which each row begins, rows counted from 1 as far as they are whole; for text alone."""
    wanted = set(rows)
    if not wanted or file.parquet:
        return {}
    if file.row_a_line:
        return {row: row + 1 for row in wanted}
    found: dict[int, int] = {}
    with file.text() as text:
        row, last = -1, max(wanted)
        for record in records(text, separator, len(file.columns), file.name):
            if not record.fault:
                row += 1
                if row in wanted:
                    found[row] = record.line
            if row >= last:
                break
    return found


def _bytes(path: Path, packed: bool) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if packed else path.open("rb")


@contextmanager
def _opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    mend = "check the name, or put the file where it is named"
    if path.is_dir():
        problem = Problem(
            "T002", "this is a folder, and an export is wanted", at=name, mend="name a file of the folder"
        )
        raise ProblemError([problem])
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise ProblemError([Problem("T001", "there is no such file", at=name, mend=mend)]) from None
    except OSError as error:
        sentence = f"the file cannot be opened: {error.strerror or error}"
        mend = "put a file there that this user may read"
        raise ProblemError([Problem("T006", sentence, at=name, mend=mend)]) from None


class _Hashing(Thread):
    """The hash of a file, worked out while something else is done with it."""

    def __init__(self, path: Path, name: str):
        super().__init__(daemon=True)
        self.path, self.name, self.digest = path, name, hashlib.sha256()
        self.wrong: OSError | None = None
        self.start()

    def run(self) -> None:
        """Read the file to its end."""
        try:
            with self.path.open("rb") as file:
                while piece := file.read(_PIECE):
                    self.digest.update(piece)
        except OSError as error:
            self.wrong = error

    def result(self) -> str:
        """The hash, once all is read. Problems: T006 it could not be read to its end."""
        self.join()
        if self.wrong is not None:
            sentence = f"the file cannot be read: {self.wrong.strerror or self.wrong}"
            raise ProblemError([Problem("T006", sentence, at=self.name, mend="copy it to where it can be read")])
        return self.digest.hexdigest()


class _Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: IO[bytes]):
        self.file, self.digest = file, hashlib.sha256()

    def readable(self) -> bool:
        """It is read, and nothing else."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self.file.read(size)
        self.digest.update(piece)
        return piece


def _unpacked(file: _Hashed) -> gzip.GzipFile:
    return gzip.GzipFile(fileobj=file, mode="rb")


def _text(file: gzip.GzipFile | _Hashed, name: str, separator: str, sweep: Sweep) -> bool:
    """Whether there is any text; its rows are counted on the way."""
    between = separator.encode()
    decoder = codecs.getincrementaldecoder("utf-8")()
    breaks, first, some = 0, True, False
    try:
        while piece := file.read(_PIECE):
            if b"\0" in piece:
                raise ProblemError([_no_text(name, breaks + piece[: piece.index(b"\0")].count(b"\n") + 1, "binary")])
            decoder.decode(piece)
            ends = piece.count(b"\n")
            if piece.count(between) > MOST_COLUMNS * (ends + 1):
                _narrow(piece, name, separator, breaks)
            breaks += ends
            bare = piece.removeprefix(codecs.BOM_UTF8) if first else piece
            some, first = some or bool(bare.strip()), False
            sweep.add(bare)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        rest = error.object[: error.start]
        found = f"0x{error.object[error.start]:02x}"
        raise ProblemError([_no_text(name, breaks + bytes(rest).count(b"\n") + 1, found)]) from None
    sweep.add(b"", last=True)
    return some


def _narrow(piece: bytes, name: str, separator: str, before: int) -> None:
    """Problems: I107 a line has more columns than are read: each of the others would be a problem of its own."""
    for place, line in enumerate(piece.decode("utf-8", "ignore").split("\n"), before + 1):
        with suppress(csv.Error):  # is no line by itself, but a part of one
            if len(next(csv.reader([line], delimiter=separator), [])) > MOST_COLUMNS:
                raise ProblemError([_too_many(name, place)])


def _too_many(name: str, line: int) -> Problem:
    where = "the first line" if line == 1 else f"line {line:,}"
    sentence = f"{where} has more than {MOST_COLUMNS:,} columns, and no more are read"
    return Problem("I107", sentence, at=name, mend="export fewer columns")


def _no_text(name: str, line: int, found: str) -> Problem:
    if found == "binary":
        sentence = f"line {line} holds a byte of zero: the file is neither UTF-8 text nor Parquet"
    else:
        sentence = f"line {line} holds a byte ({found}) that is not UTF-8 text"
    return Problem("I107", sentence, at=name, mend="export it as CSV in the encoding UTF-8, or as Parquet")


def _header(text: IO[bytes], name: str, separator: str) -> tuple[str, ...]:
    first = next(records(text, separator, 1, name))
    if first.line > 1:
        sentence = "the first line is blank, and no header of columns"
        raise ProblemError([Problem("I107", sentence, at=name, mend="begin the file with the names of its columns")])
    if first.fault in (UNQUOTED, TOO_LONG):
        sentence = f"the first line is no header of columns: {first.fault}"
        raise ProblemError([Problem("I107", sentence, at=name, mend="export it again as CSV")])
    columns = tuple(word.strip() for word in fields(first.data, separator))
    if len(columns) > MOST_COLUMNS:
        raise ProblemError([_too_many(name, 1)])
    return columns
