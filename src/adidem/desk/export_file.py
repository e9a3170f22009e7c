"""A file that a system exported, CSV or Parquet, before any rule is applied: its hash, its columns, its lines.

Knows bytes, encodings and headers. Does not know rules, events or money.

The bytes are read once from first to last, a piece at a time: for the hash, and, where it is text, for the first byte
that is none. So nothing is read by guessing an encoding, and a file larger than the memory is no harder than another.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from adidem.kernel.problem import Problem, ProblemError

_PIECE = 1 << 20
MOST_COLUMNS = 2_000
_PARQUET = b"PAR1"
_MOST_HEADER = 1 << 20


@dataclass(frozen=True)
class ExportFile:
    """A file that was looked through.

    name     as its user knows it
    columns  the names in its header; empty for Parquet, which tells its own
    breaks   how many line ends it has; `whole` where the last line has one
    """

    path: Path
    name: str
    sha256: str
    parquet: bool
    columns: tuple[str, ...] = ()
    breaks: int = 0
    whole: bool = True


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
        sha256, breaks, whole = _text(file, name)
        if not start.removeprefix(codecs.BOM_UTF8) or not sha256:
            mend = "export it again; a file without rows still has a header"
            raise ProblemError([Problem("I113", "the file is empty", at=name, mend=mend)])
        file.seek(0)
        columns = _header(file.read(_MOST_HEADER), name, separator)
    return ExportFile(path, name, sha256, False, columns, breaks, whole)


def lines_of(file: ExportFile, rows: Iterable[int], separator: str = ",") -> dict[int, int]:
    """The line on which each row begins, rows counted from 1 as far as they have every column; for text alone."""
    wanted = set(rows)
    found: dict[int, int] = {}
    if not wanted or file.parquet:
        return found
    with file.path.open(encoding="utf-8-sig", newline="") as text:
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
    with file.path.open("rb") as data:
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


def _text(file: BinaryIO, name: str) -> tuple[str, int, bool]:
    """The hash of a text's bytes, its line ends and whether the last line has one; no hash where it has no text."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    breaks, last, some = 0, b"", False
    try:
        while piece := file.read(_PIECE):
            digest.update(piece)
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
    return digest.hexdigest() if some else "", breaks, last == b"\n"


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
