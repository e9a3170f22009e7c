"""The first sheet of a workbook (XLSX) as a CSV file, so that it is read like any other.

Knows cells, and how the parts of a workbook lie in its file. Does not know what they say. Read with openpyxl, which is
installed with adidem[tables].

A workbook keeps numbers as binary fractions, and shows the shortest decimal that is the same one: that decimal is what
is read. A cell with a formula has the value that was worked out when the workbook was saved.

A workbook is a ZIP archive (ECMA-376, part 2). Its directory stands at the end and says where the parts are, so that it
is found whatever bytes stand before. Bytes behind it belong to no archive, and are left aside.
"""

import csv
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from adidem.kernel.problem import Problem, ProblemError

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"
_PARQUET = b"PAR1"
_BEFORE = 4_096
"""So many bytes may stand before an archive."""
_DIRECTORY_ENDS = b"PK\x05\x06"
_END_BYTES = 22
MOST_BYTES = 256 * 2**20
_MOST_UNPACKED = 16 * MOST_BYTES


def is_workbook(path: Path) -> bool:
    """Whether a file begins like one: an archive, perhaps behind other bytes; or a workbook of an older kind."""
    with suppress(OSError), path.open("rb") as file:
        start = file.read(_BEFORE)
        return start.startswith(_COMPOUND) or (_ZIP in start and not start.startswith(_PARQUET))
    return False


@contextmanager
def as_csv(path: Path, name: str, dates: str, numbers: str) -> Iterator[Path]:
    """Its first sheet as CSV, as long as it is looked at. Problems: I107 it cannot be read; I111 openpyxl is not
    installed.
    """
    if path.stat().st_size > MOST_BYTES:
        sentence = f"the workbook is larger than {MOST_BYTES // 2**20} MiB, the most that is read"
        raise ProblemError([Problem("I107", sentence, at=name, mend="export it as CSV or Parquet")])
    with tempfile.TemporaryDirectory(prefix="adidem-") as folder:
        out = Path(folder) / "sheet.csv"
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_rows(_archive(path, name), name, dates, numbers))
        yield out


def _archive(path: Path, name: str) -> BytesIO:
    """The archive in a file, without what stands behind it. Problems: I107 there is none, or no workbook in it."""
    data = path.read_bytes()
    if data.startswith(_COMPOUND):
        sentence = "this is a workbook of the older kind (XLS), or one that is locked with a password"
        raise ProblemError([Problem("I107", sentence, at=name, mend="save it as XLSX without a password, or as CSV")])
    ends = data.rfind(_DIRECTORY_ENDS)
    if ends < 0:
        sentence = "the file begins like a workbook, and the directory at its end is not there: it is cut off"
        raise ProblemError([Problem("I107", sentence, at=name, mend="save it, or copy it, again")])
    comment = int.from_bytes(data[ends + _END_BYTES - 2 : ends + _END_BYTES], "little")
    archive = BytesIO(data[: ends + _END_BYTES + comment])
    try:
        parts = {part.filename: part.file_size for part in zipfile.ZipFile(archive).infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ProblemError([_damaged(name)]) from None
    if "[Content_Types].xml" not in parts:
        sentence = "the file is an archive (ZIP), and no workbook"
        raise ProblemError([Problem("I107", sentence, at=name, mend="unpack it, and name the statement in it")])
    if sum(parts.values()) > _MOST_UNPACKED:
        sentence = f"the workbook unpacks to more than {_MOST_UNPACKED // 2**30} GiB, the most that is read"
        raise ProblemError([Problem("I107", sentence, at=name, mend="export it as CSV or Parquet")])
    return archive


def _rows(archive: BytesIO, name: str, dates: str, numbers: str) -> Iterator[list[str]]:
    try:
        import openpyxl
    except ImportError:
        mend = 'run pip install "adidem[tables]", or export it as CSV'
        sentence = "workbooks are read with openpyxl, which is not installed"
        raise ProblemError([Problem("I111", sentence, at=name, mend=mend)]) from None
    try:
        book = openpyxl.load_workbook(archive, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            cells = [_text(cell, dates, numbers) for cell in row]
            if any(cells):
                yield cells
    except Exception:  # a damaged workbook fails in as many ways as zip files, XML and openpyxl can
        raise ProblemError([_damaged(name)]) from None


def _damaged(name: str) -> Problem:
    sentence = "the file is built like a workbook, and cannot be read as such: a part of it is damaged"
    return Problem("I107", sentence, at=name, mend="save it again, or export it as CSV")


_DAYS = {"month/day/year": "%m/%d/%Y", "day/month/year": "%d/%m/%Y", "day.month.year": "%d.%m.%Y"}


def _text(cell: Any, dates: str, numbers: str) -> str:
    """A cell as its reader sees it: a day without a midnight, a number without a needless point. Cells that are days or
    numbers are spelled as the rules say that texts are, so that one set of rules reads CSV and workbook alike.
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == cell.time().min:
        cell = cell.date()
    if isinstance(cell, date):
        return cell.strftime(_DAYS[dates]) if dates in _DAYS and not isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        plain = str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
        return plain.replace(".", ",") if numbers == "comma" else plain
    return str(cell)
