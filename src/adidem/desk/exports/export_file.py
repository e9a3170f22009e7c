"""A file that a system exported, CSV or Parquet, before any rule is applied: its hash, its columns, its lines.

Knows bytes, encodings and headers. Does not know rules, events or money.

The bytes are read once from first to last, a piece at a time: for the hash, and, where it is text, for the first byte
that is none. So nothing is read by guessing an encoding, and a file larger than the memory is no harder than another.
Text may be packed with gzip (RFC 1952): the hash is of the packed bytes, lines are those of the text.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import BinaryIO

from adidem.kernel.problem import Problem, ProblemError

_PIECE = 1 << 20
MOST_COLUMNS = 2_000
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_MOST_HEADER = 1 << 20


@dataclass(frozen=True)
class ExportFile:
    """A file that was looked through.

    name     as its user knows it
    columns  the names in its header; empty for Parquet, which tells its own
    breaks   how many line ends it has; `whole` where the last line has one
    packed   with gzip
    """

    path: Path
    name: str
    sha256: str
    parquet: bool
    columns: tuple[str, ...] = ()
    breaks: int = 0
    whole: bool = True
    packed: bool = False

    def text(self) -> gzip.GzipFile | BinaryIO:
        """The bytes of a text, unpacked."""
        return gzip.open(self.path) if self.packed else self.path.open("rb")


def survey(path: Path, name: str, separator: str = ",") -> ExportFile:
    """Look through a file. Problems: T001, T002, T006 it is not there; I107 it is no table of text or Parquet; I113 it
    is empty.
    """
    with _opened(path, name) as file:
        start = file.read(4)
        file.seek(0)
        if start == _PARQUET:
            digest = hashlib.sha256()
            while piece := file.read(_PIECE):
                digest.update(piece)
            return ExportFile(path, name, digest.hexdigest(), True)
        packed = start.startswith(_GZIP)
        hashed = _Hashed(file)
        try:
            breaks, whole, some = _text(_unpacked(hashed) if packed else hashed, name)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            sentence = "the file begins like gzip, and cannot be unpacked: it is damaged or cut off"
            mend = "export it, or copy it, again"
            raise ProblemError([Problem("I107", sentence, at=name, mend=mend)]) from None
        if not some:
            mend = "export it again; a file without rows still has a header"
            raise ProblemError([Problem("I113", "the file is empty", at=name, mend=mend)])
    found = ExportFile(path, name, hashed.digest.hexdigest(), False, (), breaks, whole, packed)
    with found.text() as text:
        return replace(found, columns=_header(text.read(_MOST_HEADER), name, separator))


def lines_of(file: ExportFile, rows: Iterable[int], separator: str = ",") -> dict[int, int]:
    """The line on which each row begins, rows counted from 1 as far as they have every column; for text alone."""
    wanted = set(rows)
    found: dict[int, int] = {}
    if not wanted or file.parquet:
        return found
    with io.TextIOWrapper(file.text(), encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=separator, strict=True)
        row, last = -1, max(wanted)
        for _ in count():
            line = reader.line_num + 1
            try:
                record = next(reader, None)
            except csv.Error:
                continue  # is rejected with a line of its own
            if record is None or row >= last:
                return found
            if len(record) == len(file.columns) and (record != [""] or len(file.columns) == 1):
                row += 1
                if row in wanted:
                    found[row] = line
    return found


def line_at(file: ExportFile, position: int) -> int:
    """The line in which a byte lies."""
    lines = 1
    with file.text() as data:
        while position > 0 and (piece := data.read(min(_PIECE, position))):
            lines += piece.count(b"\n")
            position -= len(piece)
    return lines


@contextmanager
def _opened(path: Path, name: str) -> Iterator[BinaryIO]:
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


class _Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: BinaryIO):
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


def _text(file: gzip.GzipFile | _Hashed, name: str) -> tuple[int, bool, bool]:
    """The line ends of a text, whether the last line has one, and whether there is any text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    breaks, last, some = 0, b"", False
    try:
        while piece := file.read(_PIECE):
            if b"\0" in piece:
                raise ProblemError([_no_text(name, breaks + piece[: piece.index(b"\0")].count(b"\n") + 1, "binary")])
            decoder.decode(piece)
            breaks += piece.count(b"\n")
            some = some or bool(piece.removeprefix(codecs.BOM_UTF8).strip())
            last = piece[-1:]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        rest = error.object[: error.start]
        found = f"0x{error.object[error.start]:02x}"
        raise ProblemError([_no_text(name, breaks + bytes(rest).count(b"\n") + 1, found)]) from None
    return breaks, last == b"\n", some


def _no_text(name: str, line: int, found: str) -> Problem:
    if found == "binary":
        sentence = f"line {line} holds a byte of zero: the file is neither UTF-8 text nor Parquet"
    else:
        sentence = f"line {line} holds a byte ({found}) that is not UTF-8 text"
    return Problem("I107", sentence, at=name, mend="export it as CSV in the encoding UTF-8, or as Parquet")


def _header(data: bytes, name: str, separator: str) -> tuple[str, ...]:
    text = io.StringIO(data.decode("utf-8-sig", "ignore"), newline="")
    try:
        columns = tuple(word.strip() for word in next(csv.reader(text, delimiter=separator, strict=True), []))
    except csv.Error as error:
        sentence = f"the first line is no header of columns: {error}"
        raise ProblemError([Problem("I107", sentence, at=name, mend="export it again as CSV")]) from None
    if len(columns) > MOST_COLUMNS:
        sentence = f"the first line names {len(columns):,} columns, and at most {MOST_COLUMNS:,} are read"
        raise ProblemError([Problem("I107", sentence, at=name, mend="export fewer columns")])
    return columns
