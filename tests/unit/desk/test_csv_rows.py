"""Rows of text and of Parquet: each is read as it stands, or told with its line, or the file is refused."""

import gzip
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adidem.desk.exports import tables
from adidem.desk.exports.amounts import Money, as_text
from adidem.desk.exports.csv_rows import FEWER, MORE, TOO_LONG, UNQUOTED, Sweep
from adidem.desk.exports.export_file import lines_of, survey
from adidem.kernel.problem import ProblemError
from adidem.records.rules import Named

Read = tuple[list[tuple[str, ...]], list[tuple[int, str]]]


def opened(data: bytes, separator: str = ",", name: str = "x.csv") -> Read:
    """The rows of a file as the desk reads them, and the lines that are none."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / name
        path.write_bytes(data)
        file = survey(path, name, separator)
        with tables.opened(file, separator) as table:
            names = ", ".join(as_text(f"c{n}", type_) for n, type_ in enumerate(table.types))
            rows = list(table.rows(f"SELECT {names} FROM {table.source} ORDER BY number"))
            table.complete(len(rows))
            return rows, [(one.line, one.reason) for one in table.broken]


def problem(data: bytes, name: str = "x.csv") -> str:
    with pytest.raises(ProblemError) as error:
        opened(data, name=name)
    (found,) = error.value.problems
    assert found.code == "I107"
    return found.sentence


# Text


def told(text: str, separator: str, end: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each record with its line, by going from character to character; None where a quotation mark is in the way."""
    place, line = 0, 1
    while place < len(text):
        start, fields = place, []
        while True:
            ahead = place
            while separator != " " and text[ahead : ahead + 1] == " ":
                ahead += 1
            if text[ahead : ahead + 1] == '"':
                field, place = "", ahead + 1
                while text[place : place + 1] != '"' or text[place + 1 : place + 2] == '"':
                    if place >= len(text):
                        break
                    field += text[place]
                    place += 2 if text[place] == '"' else 1
                place += 1
                while separator != " " and text[place : place + 1] == " ":
                    place += 1
                if place > len(text) or not (place == len(text) or text.startswith((separator, end), place)):
                    fields, place = None, text.find(end, start) % (len(text) + 1)
                    break
            else:
                ends = [at for at in (text.find(separator, place), text.find(end, place)) if at >= 0]
                field, place = text[place : min(ends, default=len(text))], min(ends, default=len(text))
            fields.append(field)
            if not text.startswith(separator, place):
                break
            place += 1
        place = min(len(text), place + len(end))
        if text[start:place] not in ("", end):
            yield line, fields
        line += text.count(end[-1], start, place)


TEXTS = st.text('ab"",,\n\n ;é', max_size=60)


@settings(max_examples=80, deadline=None)
@given(text=TEXTS, end=st.sampled_from(["\n", "\r\n", "\r"]), mark=st.booleans(), packed=st.booleans())
@example('"x,1\ny,2\nz,3', "\n", False, False)
@example('"a""b","c\nd"\n\n"",1\n"x" ,"y"\n', "\r\n", True, True)
@example(',  ""\n"" , "a" \na "", b"', "\n", False, False)
@example('""a,1\n"b"c,2\n a"b",3\n', "\r", False, False)
def test_rows_are_those_that_a_reader_of_characters_finds(text: str, end: str, mark: bool, packed: bool):
    """Every record is a row with its texts, or is told with its line and reason; none is lost, and none is made up."""
    text = ("one,two\n" + text).replace("\n", end)
    data = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    rows, broken = opened(gzip.compress(data) if packed else data)
    wanted, wrong, lines = [], [], []
    for line, fields in list(told(text, ",", end))[1:]:
        if fields is not None and len(fields) == 2:
            wanted.append(tuple(fields))
            lines.append(line)
        else:
            wrong.append((line, UNQUOTED if fields is None else FEWER if len(fields) < 2 else MORE))
    assert (rows, broken) == (wanted, wrong)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "x.csv"
        path.write_bytes(data)
        found = lines_of(survey(path, "x.csv"), range(1, len(rows) + 1))
    assert found == dict(enumerate(lines, 1))


@settings(max_examples=200, deadline=None)
@given(text=st.text('ab"",,\n\r', max_size=40), cuts=st.lists(st.integers(0, 40), max_size=6))
def test_pieces_say_what_the_whole_says(text: str, cuts: list[int]):
    """Where a text is cut into pieces changes nothing."""
    data, whole, pieces = text.encode(), Sweep(","), Sweep(",")
    whole.add(data, last=True)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, stop in pairwise(places):
        pieces.add(data[start:stop])
    pieces.add(b"", last=True)
    assert whole.sound == pieces.sound
    if whole.sound:
        assert (whole.rows, whole.blank, whole.within) == (pieces.rows, pieces.blank, pieces.within)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("start", [b"", b'"'])
def test_a_line_larger_than_any_buffer(packed: bool, start: bytes):
    """It is told with its line, and the rows before and behind it are read."""
    data = b"one,two\na,1\n" + start + b"x" * 40_000_000 + start + b",2\nb,3\n"
    rows, broken = opened(gzip.compress(data, 1) if packed else data)
    assert (rows, broken) == ([("a", "1"), ("b", "3")], [(3, TOO_LONG)])


@pytest.mark.parametrize("size", [1_999_990, 2_000_010])
def test_the_longest_row(size: int):
    """A row of two million bytes is read; a longer one is told, whatever line ends it has in it."""
    for filler in (b"x", b"\n"):
        text = b'"' + filler * (size - 5) + b'",2\n'
        rows, broken = opened(b"one,two\n" + text + b"b,3\n")
        if size < 2_000_000:
            assert [row[1] for row in rows] == ["2", "3"]
        elif filler == b"x":
            assert (rows, broken) == ([("b", "3")], [(2, TOO_LONG)])
        else:
            assert rows == [("b", "3")]
            assert [line for line, _ in broken] == [2, size - 3]


def test_a_row_of_marks_alone():
    """Marks that stand within a field without any about it are its text, as many as there are."""
    text = "x" + '"' * 1_999_000
    assert opened(f"one,two\n{text},1\n".encode()) == ([(text, "1")], [])


def test_line_ends_within_quotation_marks_where_threads_share_the_work():
    """Texts that look like rows stay the text of one field, in a file that is read in several pieces."""
    inner = "x,y,1\n" * 3_000
    rows, broken = opened(("one,two,three\n" + f'id,"{inner}",7\n' * 700).encode())
    assert (rows, broken) == ([("id", inner, "7")] * 700, [])


def test_line_ends_that_are_returns_alone():
    """Each line that is no row is told, although no line feed parts it from the others."""
    assert opened(b"a,b\rx\ry\rz,1\r") == ([("z", "1")], [(2, FEWER), (3, FEWER)])


@pytest.mark.parametrize(
    "text", ["a,b\r\nx,1\ny,2\r\n", "a,b\nx,1\r\n", "a,b\nx\ry,1\n", "a,b\rx,1\n", "a,b\r\r\nx,1\r\r\n"]
)
def test_line_ends_of_several_sorts(text: str):
    """The file is refused, with the line."""
    assert "line 2 ends otherwise" in problem(text.encode())


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"\x28\xb5\x2f\xfd\x24", "zstd"),
        (b"PK\x03\x04\x14", "zip"),
        (b"\xfd7zXZ\x00", "xz"),
        (b"BZh91AY&SY", "bzip2"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"a,b\nx\0,1\n", "line 2 holds a byte of zero"),
        (b"\na,b\nx,1\n", "the first line is blank"),
        (b'"a"x,b\nx,1\n', "no header"),
        (gzip.compress(b"a,b\nx,1\n") + b"more", "damaged or cut off"),
        (gzip.compress(b"a,b\nx,1\n")[:-4], "damaged or cut off"),
    ],
)
def test_files_that_are_not_guessed_at(start: bytes, what: str):
    """Each is refused with a sentence that says what it is."""
    assert what in problem(start)


def test_several_packed_parts():
    """Parts that were packed one by one and put together are one text."""
    data = gzip.compress(b"a,b\nx,1\ny,") + gzip.compress(b"2\n")
    assert opened(data) == ([("x", "1"), ("y", "2")], [])


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "\ufeffa,b\r\n", "a,b\n\n\n"])
def test_no_rows(text: str):
    """A header alone is a file without rows."""
    assert opened(text.encode()) == ([], [])


def test_a_reader_is_held_to_the_count(tmp_path: Path):
    """A reader that finds fewer rows than there are, or more, is not believed."""
    file = tmp_path / "x.csv"
    file.write_text("a,b\nx,1\ny,2\n", encoding="utf-8")
    with tables.opened(survey(file, "x.csv"), ",") as table:
        table.complete(2)
        for rows in (1, 3):
            with pytest.raises(ProblemError, match="the file has 2 rows, and its reader found"):
                table.complete(rows)


@pytest.mark.parametrize("name", ["x[1].csv", "x*.csv", "x?.csv", "x{1,2}.csv"])
def test_names_that_look_like_patterns(tmp_path: Path, name: str):
    """They are names of one file each, whatever others lie beside it."""
    for other in ("x1.csv", "x2.csv", "xy.csv", name):
        (tmp_path / other).write_text(f"a,b\n{other},1\n".replace("{1,2}", "12"), encoding="utf-8")
    with tables.opened(survey(tmp_path / name, name), ",") as table:
        assert list(table.rows(f"SELECT c0 FROM {table.source}")) == [(name.replace("{1,2}", "12"),)]


# Parquet


def parquet(path: Path, columns: list[tuple[str, Any]], **how: Any) -> bytes:
    arrow, writer = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    writer.write_table(arrow.table([v for _, v in columns], names=[name for name, _ in columns]), path, **how)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["file_row_number", "number", "rule", "n", "c0", "C1", 'a "b"'])
def test_columns_of_any_name(tmp_path: Path, name: str):
    """A column that is called like one of our own is one of theirs, and rows keep their order."""
    values = [str(n % 7) for n in range(5_000)]
    data = parquet(tmp_path / "x", [("one", values), (name, values[::-1])], row_group_size=100)
    assert opened(data)[0] == list(zip(values, values[::-1], strict=True))


def test_columns_of_one_name(tmp_path: Path):
    """They are known as two, and so neither is taken for the other."""
    file = tmp_path / "x"
    parquet(file, [("one", ["a"]), ("two", ["b"]), ("one", ["c"]), ("ONE", ["d"])])
    with tables.opened(survey(file, "x"), ",") as table:
        assert table.columns == ["one", "two", "one", "ONE"]
        assert [p.code for p in table.missing([Named(("one",))])] == ["I106"]
        assert list(table.rows(f"SELECT c2, c3 FROM {table.source}")) == [("c", "d")]


def test_columns_within_columns(tmp_path: Path):
    """Fields, lists and dictionaries neither hide a column nor are taken for one."""
    arrow = pytest.importorskip("pyarrow")
    nested = arrow.array([{"x": [1, 2], "y": {"z": "w"}}])
    file = tmp_path / "x"
    parquet(
        file,
        [("one", nested), ("y", ["b"]), ("two", arrow.array([[1]])), ("z", arrow.array(["c"]).dictionary_encode())],
    )
    with tables.opened(survey(file, "x"), ",") as table:
        assert table.columns == ["one", "y", "two", "z"]
        assert list(table.rows(f"SELECT c1, c3 FROM {table.source}")) == [("b", "c")]


def money(path: Path, values: Any) -> tuple[str, str]:
    """SQL's sum of a column of money, and its type."""
    parquet(path, [("net", values)])
    with tables.opened(survey(path, "x"), ",") as table:
        column = Money(table.column(Named(("net",))), "plain", ("NULL",))
        sums = ", ".join(column.sums("t", "k", "a"))
        texts = f"SELECT {column.text} AS t FROM {table.source}"
        query = f"SELECT {sums} FROM (SELECT *, {column.sort('t')} AS k FROM ({texts}))"
        ((total, *_),) = table.rows(query)
        return str(total), table.types[0]


def test_decimals_up_to_their_last_digit(tmp_path: Path):
    """Up to 38 digits are added up exactly; more, which no exact column keeps, and a sum of more, are refused."""
    arrow = pytest.importorskip("pyarrow")
    most = Decimal("12345678901234567.123456789012345678901")
    two = arrow.array([most, -2 * Decimal(10) ** 16], arrow.decimal128(38, 21))
    assert money(tmp_path / "x", two)[0] == "-7654321098765432.876543210987654321099"
    with pytest.raises(ProblemError, match="net has numbers of 60 digits"):
        money(tmp_path / "x", arrow.array([most], arrow.decimal256(60, 30)))
    with pytest.raises(ProblemError, match="add up to more digits"):
        money(tmp_path / "x", arrow.array([Decimal("9" * 38)] * 2, arrow.decimal128(38, 0)))


def test_floats_are_the_shortest_decimals(tmp_path: Path):
    """A float is what it prints as, and no binary fraction beside it."""
    arrow = pytest.importorskip("pyarrow")
    assert Decimal(money(tmp_path / "x", arrow.array([0.1] * 10))[0]) == 1
    assert Decimal(money(tmp_path / "x", arrow.array([0.1] * 10, arrow.float32()))[0]) == 1
