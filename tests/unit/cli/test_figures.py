"""Tables of figures keep to the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.cli.figures import Figures

CELL = st.text("0123456789. bnm%", min_size=1, max_size=9).map(lambda text: text.strip() or "0")
NAME = st.text("abcdefgh-", min_size=1, max_size=60)
ROWS = st.lists(st.tuples(NAME, st.one_of(st.none(), st.tuples(*[CELL] * 7))), max_size=8)
COLUMNS = ("mean", "±", "P5", "P10", "P50", "P90", "P95")


def printed(rows: list[tuple[str, tuple[str, ...] | None]], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of a table in which P5 and P95 are left out where it is narrow."""
    figures = Figures(COLUMNS, ("P5", "P95"))
    for name, cells in rows:
        figures.group(name) if cells is None else figures.add(name, cells)
    capsys.readouterr()
    figures.print()
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def eighty(monkeypatch: pytest.MonkeyPatch):
    """A terminal of eighty columns."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("eighty")
def test_no_line_is_wider_than_the_page(capsys: pytest.CaptureFixture[str]):
    """Whatever the names and cells, no line has more than eighty signs, and no figure that is shown is lost."""

    @given(ROWS)
    def check(rows: list[tuple[str, tuple[str, ...] | None]]):
        lines = printed(rows, capsys)
        assert all(len(line) <= 80 for line in lines)
        full = [cells for _, cells in rows if cells is not None]
        assert bool(lines) == bool(full)
        for cells in full:
            shown = [cell for column, cell in zip(COLUMNS, cells, strict=True) if column in lines[0].split()]
            assert any(all(cell in line for cell in shown) for line in lines)

    check()


@pytest.mark.usefixtures("eighty")
def test_names_that_fit_leave_every_column(capsys: pytest.CaptureFixture[str]):
    """Nothing is left out where there is room."""
    lines = printed([("openai", None), ("share", ("41.1 bn",) * 7)], capsys)
    assert lines[0].split() == list(COLUMNS)
    assert lines[1] == "  openai"
    assert len(lines) == 3


@pytest.mark.usefixtures("eighty")
def test_a_long_name_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]):
    """First P5 and P95 go, then the name."""
    lines = printed([("a" * 50, ("41.1 bn",) * 7), ("b", ("1",) * 7)], capsys)
    assert lines[0].split() == ["mean", "±", "P10", "P50", "P90"]
    assert lines[1] == "  " + "a" * 50
    assert lines[2].split() == ["41.1", "bn"] * 5
    assert lines[3].split() == ["b", *"11111"]
