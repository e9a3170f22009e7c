"""Tables of words keep to the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.cli.layout import table

WORDS = st.lists(st.text("abcde-", min_size=1, max_size=14), max_size=8).map(" ".join)
AMOUNT = st.sampled_from(["USD 480 m", "20 %", "USD 1,000.00", "0"])
ROWS = st.lists(st.tuples(WORDS, AMOUNT, WORDS, WORDS), max_size=6)
WIDE = 60


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch):
    """A terminal of sixty columns."""
    monkeypatch.setenv("COLUMNS", str(WIDE))


@pytest.mark.usefixtures("narrow")
def test_no_line_is_wider_than_the_page(capsys: pytest.CaptureFixture[str]):
    """Whatever is in the cells, no line is too wide, no word is lost or moved, and no amount is torn from its unit."""

    @given(ROWS, st.sets(st.integers(0, 3)))
    def check(rows: list[tuple[str, ...]], right: set[int]):
        capsys.readouterr()
        table(rows, right=right)
        printed = capsys.readouterr().out
        assert all(len(line) <= WIDE for line in printed.splitlines())
        assert all(line.strip() for line in printed.splitlines()) or not all(any(row) for row in rows)
        assert printed.split() == " ".join(cell for row in rows for cell in row).split()
        assert all(printed.count(row[1]) for row in rows)

    check()


@pytest.mark.usefixtures("narrow")
def test_columns_stay_columns(capsys: pytest.CaptureFixture[str]):
    """Where the first cells are too long for their rows, the others stand below them, one under the other."""
    table([("", "P10", "P90", "came"), ("x" * 50, "1 m", "300 m", "in"), ("y", "200 m", "3 m", "above")], 2, (1, 2))
    assert capsys.readouterr().out.splitlines() == [
        "        P10    P90  came",
        "  " + "x" * 50,
        "        1 m  300 m  in",
        "  y",
        "      200 m    3 m  above",
    ]
