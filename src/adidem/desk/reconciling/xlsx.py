"""The first sheet of a workbook (XLSX) as a CSV file, so that it is read like any other.

Knows cells. Does not know what they say. Read with openpyxl, which is installed with adidem[tables].

A workbook keeps numbers as binary fractions, and shows the shortest decimal that is the same one: that decimal is what
is read. A cell with a formula has the value that was worked out when the workbook was saved.
"""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from adidem.kernel.problem import Problem, ProblemError

_ZIP = b"PK\x03\x04"
MOST_BYTES = 256 * 2**20


def is_workbook(path: Path) -> bool:
    """Whether a file begins like one."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(4) == _ZIP
    return False


@contextmanager
def as_csv(path: Path, name: str) -> Iterator[Path]:
    """Its first sheet as CSV, as long as it is looked at. Problems: I107 it cannot be read; I111 openpyxl is not
    installed.
    """
    if path.stat().st_size > MOST_BYTES:
        sentence = f"the workbook is larger than {MOST_BYTES // 2**20} MiB, the most that is read"
        raise ProblemError([Problem("I107", sentence, at=name, mend="export it as CSV or Parquet")])
    with tempfile.TemporaryDirectory(prefix="adidem-") as folder:
        out = Path(folder) / "sheet.csv"
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_rows(path, name))
        yield out


def _rows(path: Path, name: str) -> Iterator[list[str]]:
    try:
        import openpyxl
    except ImportError:
        mend = 'run pip install "adidem[tables]", or export it as CSV'
        sentence = "workbooks are read with openpyxl, which is not installed"
        raise ProblemError([Problem("I111", sentence, at=name, mend=mend)]) from None
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            cells = [_text(cell) for cell in row]
            if any(cells):
                yield cells
    except Exception:  # a damaged workbook fails in as many ways as zip files, XML and openpyxl can
        sentence = "the file begins like a workbook, and cannot be read as such: it is damaged or cut off"
        raise ProblemError([Problem("I107", sentence, at=name, mend="save it again, or export it as CSV")]) from None


def _text(cell: Any) -> str:
    """A cell as its reader sees it: a day without a midnight, a number without a needless point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == cell.time().min:
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    return str(cell)
