"""A simulation on one page, A4 across: what was asked for first in words, then panels, then what it was made of.

Knows a page, its margins and its files. Does not know what is drawn in a panel or how worlds are drawn.

The same plain data gives the same bytes: no day, no hour, no settings of the user's, no random ids.
"""

import textwrap
import warnings
from pathlib import Path
from typing import Any

from adidem.desk.output import optional, together
from adidem.desk.simulating import panels
from adidem.desk.simulating.amounts import NO_BREAK, UNBROKEN
from adidem.desk.simulating.drawing import GREY, INK, PALE, Panel
from adidem.desk.simulating.gist import gist

WIDE, HIGH, MARGIN = 11.69, 8.27, 0.45
GAP = 0.38
_POINT, _LEADING = 1 / 72, 1.32
_STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same shapes on every machine
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0,
    "svg.hashsalt": "adidem",
    "svg.fonttype": "path",
}
NAMES = ("sheet.svg", "sheet.png")


def write_sheet(view: dict[str, Any], folder: Path) -> list[Path]:
    """Draws the page and gives its files, vectors and pixels. Problems: D114 matplotlib is not installed."""
    matplotlib, figures, _ = optional("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg")
    with warnings.catch_warnings(), matplotlib.rc_context(), together(folder, NAMES) as (vectors, pixels):
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # a name in a script that the font lacks
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        page = figures.Figure(figsize=(WIDE, HIGH))
        top = _heading(page, view)
        _footer(page, view)
        _lay(page, _panels(view), top)
        page.savefig(vectors, format="svg", metadata={"Date": None})
        page.savefig(pixels, format="png", dpi=160)
    return [folder / name for name in NAMES]


def _panels(view: dict[str, Any]) -> list[list[Panel]]:
    """The rows of the page: fans above, below them what else there is to see."""
    fans = panels.fans(view)
    makers = (panels.states, panels.losses, panels.scenarios, panels.readings, panels.tornado)
    rest = [panel for panel in (make(view) for make in makers) if panel is not None]
    above = -(-len(rest) // 2) if len(rest) > 3 or len(fans) < 1 < len(rest) else len(rest)
    return [row for row in (fans, rest[:above], rest[above:]) if row]


def _heading(page: Any, view: dict[str, Any]) -> float:
    """Title and sentences; gives the height in inches at which they end."""
    title, wide = view["agreement"], WIDE - 2 * MARGIN
    size = 15 if len(title) <= _letters(wide, 15, bold=True) else 10
    _write(page, MARGIN, HIGH - 0.5, _wrapped(title, wide, size, most=1, bold=True), size, weight="bold")
    played = f"{view['worlds']:,} sampled worlds from {view['starts']} to {view['until']}"
    _write(page, MARGIN, HIGH - 0.72, [played], 8.5, color=GREY)
    wide = (WIDE - 2 * MARGIN - 3 * GAP) / 4
    lowest = HIGH - 0.9
    for place, sentence in enumerate(gist(view)):
        left = MARGIN + place * (wide + GAP)
        _rule(page, left, HIGH - 0.88, wide, INK, 1.2)
        lowest = min(lowest, _write(page, left, HIGH - 1.06, _wrapped(sentence, wide, 8.5, most=5), 8.5))
    return lowest - 0.12


def _footer(page: Any, view: dict[str, Any]) -> None:
    receipt = view["receipt"]
    apart = view["set_apart"]["worlds"]
    parts = [
        textwrap.shorten(view["agreement"], 60, placeholder=" …"),
        f"{view['worlds']:,} worlds" + (f", {apart:,} set apart and in no figure" if apart else ""),
        f"seed {view['seed']}",
        f"outlook {receipt['outlook'][:12] or 'without a document'}",
        f"adidem {receipt['engine']}",
        f"read as {'; '.join(f'{q}={r}' for q, r in view['readings'][0]['readings'].items())}",
    ]
    _rule(page, MARGIN, 0.4, WIDE - 2 * MARGIN, PALE, 0.7)
    shown = [part for part in parts if part != "read as "]
    _write(page, MARGIN, 0.26, _wrapped(" · ".join(shown), WIDE - 2 * MARGIN, 7, most=1), 7, color=GREY)
    if view["rests_on"]:
        rests = f"Rests on terms that may be off: {', '.join(view['rests_on'])}"
        _write(page, MARGIN, 0.13, _wrapped(rests, WIDE - 2 * MARGIN, 7, most=1), 7, color=GREY)


def _lay(page: Any, rows: list[list[Panel]], top: float) -> None:
    bottom = 0.45
    if not rows:
        _write(page, MARGIN, top - 0.3, ["Nothing is paid and no state is open in any world."], 10, color=GREY)
        return
    high = (top - bottom) / len(rows)
    for number, row in enumerate(rows):
        wide = (WIDE - 2 * MARGIN - GAP * (len(row) - 1)) / len(row)
        titles = [_wrapped(panel.title, wide, 9, most=2, bold=True) for panel in row]
        notes = [_wrapped(panel.note, wide, 7.5, most=2) for panel in row]
        upper, foot = top - number * high, top - (number + 1) * high + 0.37
        lowest = upper
        for place in range(len(row)):
            left = MARGIN + place * (wide + GAP)
            below = _write(page, left, upper - 0.13, titles[place], 9, weight="bold")
            lowest = min(lowest, _write(page, left, below, notes[place], 7.5, color=GREY))
        for place, panel in enumerate(row):
            left = MARGIN + place * (wide + GAP) + panel.left
            panel.draw(_axes(page, left, foot, wide - panel.left - panel.right, lowest - foot))


def _axes(page: Any, left: float, bottom: float, wide: float, high: float) -> Any:
    return page.add_axes((left / WIDE, bottom / HIGH, wide / WIDE, high / HIGH))


def _write(page: Any, left: float, base: float, lines: list[str], size: float, **look: Any) -> float:
    """Lines of text, the first on a height in inches; gives the height for a next one."""
    for number, line in enumerate(lines):
        height = base - number * _LEADING * size * _POINT
        page.text(left / WIDE, height / HIGH, line, fontsize=size, va="baseline", **look)
    return base - len(lines) * _LEADING * size * _POINT


def _rule(page: Any, left: float, height: float, wide: float, colour: str, width: float) -> None:
    axes = _axes(page, left, height, wide, 0.01)
    axes.axis("off")
    axes.plot([0, 1], [0, 0], color=colour, linewidth=width, clip_on=False)
    axes.set_xlim(0, 1)


def _letters(inches: float, size: float, bold: bool = False) -> int:
    """About how many letters of a size, in points, go into a width."""
    return max(8, int(inches / (size * _POINT * (0.62 if bold else 0.54))))


def _wrapped(text: str, inches: float, size: float, most: int, bold: bool = False) -> list[str]:
    """At most so many lines; what is left out shows."""
    unbroken = UNBROKEN.sub(NO_BREAK, text)
    return textwrap.wrap(unbroken, _letters(inches, size, bold), max_lines=most, placeholder=" …")
