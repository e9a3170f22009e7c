"""The plot sheet: what it says is what the view says, nothing leaves the page, the same bytes each time."""

import copy
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from adidem.desk.simulating import panels, sheet
from adidem.desk.simulating.drawing import LETTER_HIGH, Panel, Scale, cut, name_ends
from adidem.desk.simulating.forecast import forecast_view
from adidem.desk.simulating.gist import gist
from adidem.kernel.problem import ProblemError
from unit.desk.sampled_alliance import played

INFLUENCE = {
    "result": "share",
    "bars": [
        {"parameter": "small", "low_minor": 40_000_000_000, "high_minor": 41_000_000_000},
        {"parameter": "large", "low_minor": 90_000_000_000, "high_minor": 20_000_000_000},
        {"parameter": "none", "low_minor": 50_000_000_000, "high_minor": 50_000_000_000},
    ],
}
LISTS = ("totals", "positions", "months", "states", "differences", "scenarios")


@pytest.fixture(scope="module")
def view() -> dict[str, Any]:
    """The plain data of a small simulation."""
    future, futures = played(3_000)
    return forecast_view(future, futures)


def drawn(panel: Panel | None) -> Any:
    """The axes of a panel, drawn on a page of its own."""
    assert panel is not None
    figure = Figure(figsize=(4, 3))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.3, 0.3, 0.4, 0.4))
    panel.draw(axes)
    figure.canvas.draw()
    return axes


def texts(axes: Any) -> list[str]:
    """What is written on axes."""
    return [text.get_text() for text in axes.texts]


def test_the_same_data_gives_the_same_bytes(view: dict[str, Any], tmp_path: Path):
    """Twice the same, also where the user's own settings are others; and those settings stay."""
    first = sheet.write_sheet(view, tmp_path / "first")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True}):
        second = sheet.write_sheet(copy.deepcopy(view), tmp_path / "second")
        assert matplotlib.rcParams["font.size"] == 20
    assert [path.name for path in first] == ["sheet.svg", "sheet.png"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert b"<dc:date>" not in first[0].read_bytes()


def test_every_panel_is_there_when_it_has_something_to_say(view: dict[str, Any]):
    """Two fans, states, losses, scenarios and readings; a tornado if there is one."""
    assert [len(row) for row in sheet._panels(view)] == [2, 2, 2]
    assert [len(row) for row in sheet._panels({**view, "influence": INFLUENCE})] == [2, 3, 2]


@pytest.mark.parametrize("gone", ["totals", "states", None])
def test_a_page_without_some_lines(view: dict[str, Any], tmp_path: Path, gone: str | None):
    """A page is drawn whatever is missing, and also where nothing is there."""
    less = {**view, **{name: [] for name in LISTS if gone in (name, None)}}
    assert all(path.stat().st_size > 5_000 for path in sheet.write_sheet(less, tmp_path))


def test_a_quarterly_payment_is_a_fan_by_quarter(view: dict[str, Any]):
    """Payments every third month are drawn as such, to the end of the horizon; monthly ones month by month."""
    share, resale = panels.fans(view)
    assert "a quarter" in share.note
    assert "a month" in resale.note
    assert [len(drawn(panel).lines[0].get_xdata()) for panel in (share, resale)] == [12, 36]
    median = drawn(resale).lines[0].get_ydata()
    lines = [m for m in view["months"] if (m["clause"], m["readings"], m["scenario"]) == ("resale", 0, "all")]
    line = lines[-1]
    assert median[-1] == pytest.approx(line["p50_minor"] / 1e8)


def test_payments_without_rhythm_are_single_bars(view: dict[str, Any]):
    """Where few months have payments, no line is drawn through the months between them."""
    months = [m for m in view["months"] if m["clause"] == "resale" and m["month"] in ("2022-02", "2022-03", "2024-05")]
    (panel,) = panels.fans({**view, "months": months})
    assert len(drawn(panel).lines[0].get_xdata()) == 3
    assert drawn(panel).lines[0].get_linestyle() == "None"


def test_states_are_named_with_their_end(view: dict[str, Any]):
    """Each open state has its name and its share at the end beside its line; sure ones are left out."""
    written = texts(drawn(panels.states(view)))
    of = {s["name"]: s for s in view["states"] if s["readings"] == 0 and s["scenario"] == "all"}
    assert f"share in force {100 * of['share in force']['probability']:.0f} %" in written
    assert not any("resale in force" in text for text in written)


def test_losses_end_where_ten_worlds_lie_beyond(view: dict[str, Any]):
    """No point of a curve rests on fewer than ten worlds, and each party that can lose is named."""
    axes = drawn(panels.losses(view))
    assert min(y for line in axes.lines for y in line.get_ydata()) >= 10 / 3_000
    losers = {p["party"] for p in view["positions"] if p["readings"] == 0 and p["loss"]["probability"]}
    assert set(texts(axes)) == losers
    assert axes.get_yscale() == "log"


def test_scenarios_say_probability_and_median(view: dict[str, Any]):
    """Each scenario has its range of probability; all together come last."""
    written = texts(drawn(panels.scenarios(view)))
    assert written[::2] == ["boom, 50–70 %", "lull, 30–50 %", "all together"]


def test_the_tornado_has_its_longest_bar_first(view: dict[str, Any]):
    """Bars by length; an assumption that moves nothing has none."""
    panel = panels.tornado({**view, "influence": INFLUENCE})
    assert texts(drawn(panel))[::2] == ["large", "small"]
    assert panel is not None
    assert panel.title == "large moves share most"
    assert panels.tornado(view) is None


def test_the_heading_says_the_gist(view: dict[str, Any]):
    """The sentences stand on the page in full, none of them beyond its edges."""
    with matplotlib.rc_context(sheet._STYLE):
        page = Figure(figsize=(sheet.WIDE, sheet.HIGH))
        canvas = FigureCanvasAgg(page)
        sheet._heading(page, view)
        sheet._footer(page, view)
        written = " ".join(text.get_text() for text in page.texts).replace("\N{NO-BREAK SPACE}", " ")
        assert len(gist(view)) == 4
        for sentence in gist(view):
            assert sentence in written
        for word in (view["agreement"], "3,000 worlds", "seed 7", "outlook"):
            assert word in written
        for text in page.texts:
            box = text.get_window_extent(canvas.get_renderer())
            assert page.bbox.contains(box.x0, box.y0)
            assert page.bbox.contains(box.x1, box.y1)


def test_names_that_look_like_formulas_or_lack_a_glyph(view: dict[str, Any], tmp_path: Path):
    """Dollars are no mathematics, and a script that the font lacks stops nothing."""
    sheet.write_sheet({**view, "agreement": r"Deal of $1_{ to $\frac 合意"}, tmp_path)


@pytest.mark.parametrize("places", [[], [0.0] * 5, [100.0, 99.0, 98.0, 1.0], [50.0, 50.0]])
def test_names_do_not_touch(places: list[float]):
    """Names beside the ends of lines keep apart and within the axes, in the order of their heights."""
    figure = Figure(figsize=(4, 2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_ylim(0, 100)
    name_ends(axes, [str(i) for i in range(len(places))], places, ["#000000"] * len(places))
    heights = {int(text.get_text()): text.xy[1] for text in axes.texts}
    found = [heights[i] for i in sorted(heights, key=lambda i: (places[i], i))]
    assert all(above - below >= 100 * LETTER_HIGH / 2 - 1e-9 for below, above in pairwise(found))
    assert all(0 <= height <= 100 for height in found)


def test_names_that_differ_at_their_end_stay_different():
    """A long name loses its middle, to the letter."""
    one, other = (cut(f"renegotiated-before-the-panel-{i}", 20) for i in range(2))
    assert len(one) == len(other) == 20
    assert one != other
    assert cut("short") == "short"


@pytest.mark.parametrize(
    ("amounts", "unit"),
    [([], "USD"), ([-5], "USD"), ([-150_000], "USD k"), ([10**11], "USD bn"), ([10**18, 3], "USD tn")],
)
def test_units_fit_the_largest(amounts: list[int], unit: str):
    """The unit is that of the largest amount, whatever its sign."""
    assert Scale.of(amounts, "USD").unit == unit


def test_without_matplotlib(view: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where matplotlib is missing the problem says how to get it, and the folder is not made."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ProblemError, match=r"D114 .*matplotlib"):
        sheet.write_sheet(view, tmp_path / "new")
    assert not (tmp_path / "new").exists()
