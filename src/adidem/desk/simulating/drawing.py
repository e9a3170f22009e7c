"""How a panel is drawn: amounts in a unit, months below, rows of bars, names beside the ends of lines.

Knows axes to draw on, letters and colours. Does not know what is simulated, pages or files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from adidem.desk.simulating.amounts import SIZES
from adidem.kernel.quantity import exponent

INK, GREY, PALE = "#222222", "#6b6b6b", "#d9d9d9"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
"""The colours of Okabe and Ito (2008), Color Universal Design, that the colour-blind tell apart."""
MOST_ROWS = 6
LONGEST_LABEL = 28
LETTER, LETTER_HIGH = 0.056, 0.125
"""Inches that a small letter takes, across with its neighbours and down with its leading."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Panel:
    """One drawing with its words. `left` and `right` are the margins in inches that labels need."""

    title: str
    note: str
    draw: Callable[[Any], None]
    left: float = 0.42
    right: float = 0.1


@dataclass(frozen=True)
class Scale:
    """A unit in which amounts on an axis are short numbers: `USD bn`."""

    unit: str
    minor: float

    @classmethod
    def of(cls, amounts: Sequence[int], currency: str) -> "Scale":
        """The unit that fits the largest of some amounts."""
        largest, one = max(map(abs, amounts), default=0), 10 ** exponent(currency)
        for size, name in SIZES:
            if largest >= size * one:
                return cls(f"{currency} {name}", size * one)
        return cls(currency, one)

    def __call__(self, minor: int) -> float:
        """An amount in the unit: for a place on paper only."""
        return minor / self.minor


@dataclass(frozen=True)
class Row:
    """A line of a panel of bars: what it is called on the left, what it comes to on the right, and its amounts."""

    left: str
    right: str
    colour: str
    line: dict[str, Any]


def bar_panel(title: str, note: str, rows: list[Row], draw: Callable[[Any, float, Row], None]) -> Panel:
    """A panel of rows, the first on top, with their words beside them."""
    margins = [LETTER * max(len(getattr(row, side)) for row in rows) + 0.12 for side in ("left", "right")]

    def draw_all(axes: Any) -> None:
        places = max(3, len(rows))
        axes.set_ylim(-0.6, places - 0.4)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        at = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center", "fontsize": 7}
        for place, row in enumerate(rows):
            y = float(places - 1 - place)
            axes.annotate(row.left, (0, y), (-5, 0), ha="right", color=INK, **at)
            axes.annotate(row.right, (1, y), (5, 0), color=row.colour, **at)
            draw(axes, y, row)
        axes.locator_params(axis="x", nbins=max(2, int(inches(axes)[0] / 0.4)))
        quiet(axes, "x")

    return Panel(title, note, draw_all, *margins)


def time_axis(axes: Any, months: range) -> None:
    """Years below; months where there are few years; no more than have room."""
    axes.set_xlim(months[0] - 0.5, max(months[-1], months[0] + 1) + 0.5)
    years = len(months) / 12
    room = max(1.0, inches(axes)[0] / 0.34)
    if years < 2.5:
        step = next(step for step in (1, 3, 6, 12) if len(months) <= step * room or step == 12)
        ticks = [month for month in months if month % step == 0]
        names = [_MONTHS[t % 12] for t in ticks]
        labels = [f"{n}\n{t // 12}" if t % 12 == 0 or t == ticks[0] else n for t, n in zip(ticks, names, strict=True)]
    else:
        step = 12 * max(1, ceil(years / room))
        ticks = [month for month in months if month % step == 0]
        labels = [str(month // 12) for month in ticks]
    axes.set_xticks(ticks, labels)
    quiet(axes, "y")


def quiet(axes: Any, grid: str) -> None:
    axes.grid(axis=grid, color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def name_ends(axes: Any, names: Sequence[str], heights: Sequence[float], colours: Sequence[str]) -> None:
    """The names of lines beside their ends, pushed apart where they would touch; the order of heights stays."""
    if not names:
        return
    bottom, top = axes.get_ylim()
    least = (top - bottom) * LETTER_HIGH / inches(axes)[1]
    order = sorted(range(len(names)), key=lambda i: (heights[i], i))
    places = [heights[i] for i in order]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + least)
    places[-1] = min(places[-1], top)
    for i in reversed(range(len(places) - 1)):
        places[i] = min(places[i], places[i + 1] - least)
    for i, place in zip(order, places, strict=True):
        at = (1.015, place)
        axes.annotate(names[i], at, xycoords=("axes fraction", "data"), va="center", color=colours[i], fontsize=7)


def inches(axes: Any) -> tuple[float, float]:
    """Width and height on paper."""
    (wide, high), place = axes.figure.get_size_inches(), axes.get_position()
    return wide * place.width, high * place.height


def cut(name: str, longest: int = LONGEST_LABEL) -> str:
    """A name that is not too long for its place: what is left out is its middle, for ends tell names apart."""
    tail = (longest - 1) // 2
    return name if len(name) <= longest else f"{name[: longest - 1 - tail]}…{name[-tail:]}"
