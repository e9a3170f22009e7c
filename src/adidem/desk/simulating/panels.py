"""The panels of the plot sheet: each a sentence, a note on what is drawn in which unit, and the drawing.

Knows the plain data of `simulate`, and axes to draw on. Does not know pages, files or how worlds are drawn.
"""

from datetime import date, timedelta
from math import gcd, log10
from typing import Any

from adidem.desk.simulating.amounts import bare, percent, short, signed
from adidem.desk.simulating.drawing import (
    COLOURS,
    GREY,
    INK,
    LETTER,
    MOST_ROWS,
    Panel,
    Row,
    Scale,
    bar_panel,
    cut,
    name_ends,
    quiet,
    time_axis,
)
from adidem.desk.simulating.forecast import WHOLE
from adidem.desk.simulating.gist import by_size, first_whole

MOST_STREAMS, MOST_STATES, MOST_PARTIES = 3, 5, 4
ENOUGH = 10
"""A tail is drawn as far as so many worlds lie beyond."""

Line = dict[str, Any]


def fans(view: Line) -> list[Panel]:
    """Of each of the largest payments how it moves month by month."""
    months: dict[tuple[str, str, str], list[Line]] = {}
    for line in view["months"]:
        if line["readings"] == 0 and line["scenario"] == WHOLE:
            months.setdefault(_stream(line), []).append(line)
    tops = [total for total in by_size(first_whole(view["totals"])) if _stream(total) in months]
    return [_fan(view, total, months[_stream(total)]) for total in tops[:MOST_STREAMS]]


def _stream(line: Line) -> tuple[str, str, str]:
    return line["payer"], line["payee"], line["clause"]


def _fan(view: Line, total: Line, lines: list[Line]) -> Panel:
    """A fan through the months in which something may be paid; single bars where these keep no rhythm."""
    by_month = {_index(line["month"]): [line[f"{p}_minor"] for p in ("p10", "p50", "p90")] for line in lines}
    months, even = _rhythm(sorted(by_month), _months(view))
    scale = Scale.of([amount for three in by_month.values() for amount in three], total["currency"])
    low, middle, high = ([scale(by_month.get(month, (0, 0, 0))[k]) for month in months] for k in range(3))
    step = {1: "a month", 3: "a quarter", 12: "a year"}.get(months[1] - months[0] if even else 0, "by month")

    def draw(axes: Any) -> None:
        if even:
            axes.fill_between(months, low, high, color=COLOURS[0], alpha=0.22, linewidth=0)
            axes.plot(months, middle, color=COLOURS[0], linewidth=1.6, solid_capstyle="round")
        else:
            axes.vlines(months, low, high, color=COLOURS[0], alpha=0.35, linewidth=3)
            axes.plot(months, middle, ".", color=COLOURS[0], markersize=5)
        axes.set_ylim(1.1 * min(0.0, *low), 1.1 * max(0.0, *high) or 1.0)
        time_axis(axes, _months(view))
        if even and low[-1] < high[-1]:
            name_ends(axes, ("P10", "median", "P90"), (low[-1], middle[-1], high[-1]), (COLOURS[0],) * 3)

    title = f"{total['payer']} pays {total['payee']} under {total['clause']}"
    return Panel(title, f"{scale.unit} {step}: the median, and P10 to P90", draw, right=0.5)


def _rhythm(found: list[int], horizon: range) -> tuple[list[int], bool]:
    """The months to draw, and whether they come evenly: every third one of a quarterly payment to the horizon's end."""
    step = gcd(*(later - found[0] for later in found)) or 1
    every = list(range(found[0], horizon.stop, step))
    even = len(every) > 2 and 3 * len(found) >= 2 * len(range(found[0], found[-1] + 1, step))
    return (every, True) if even else (found, False)


def states(view: Line) -> Panel | None:
    """How likely each state that is open holds at the end of each month."""
    found = [line for line in first_whole(view["states"]) if line["probability_by_month"]]
    found = [line for line in found if any(share not in (None, 0, 1) for share in line["probability_by_month"])]
    if not found:
        return None
    found.sort(key=lambda line: min(abs((share or 0) - 0.5) for share in line["probability_by_month"]))
    shown = found[:MOST_STATES]

    def draw(axes: Any) -> None:
        ends: list[float] = []
        for line, colour in zip(shown, COLOURS, strict=False):
            shares = [100 * (share or 0) for share in line["probability_by_month"]]
            axes.plot(_months(view), shares, color=colour, linewidth=1.6)
            ends.append(shares[-1])
        axes.set_ylim(-2, 102)
        axes.set_yticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100"])
        time_axis(axes, _months(view))
        names = [f"{cut(line['name'])} {end:.0f} %" for line, end in zip(shown, ends, strict=True)]
        name_ends(axes, names, ends, COLOURS)

    top = min(shown, key=lambda line: abs((line["probability"] or 0) - 0.5))
    more = f"; {len(found) - len(shown)} more are open" if len(found) > len(shown) else ""
    title = f"“{top['name']}” holds in {percent(top['probability'])} of worlds at the end"
    width = max(len(cut(line["name"])) for line in shown) + 6
    return Panel(title, f"% of worlds at the end of each month{more}", draw, right=LETTER * width + 0.05)


def losses(view: Line) -> Panel | None:
    """How likely each party loses more than an amount, all payments taken together."""
    found = [line for line in first_whole(view["positions"]) if line.get("loss", {}).get("probability")]
    if not found:
        return None
    found = sorted(found, key=lambda line: line["p10_minor"])[:MOST_PARTIES]
    least = min(0.5, ENOUGH / max(1, view["worlds"] - view["set_apart"]["worlds"]))
    curves = [[point for point in line["loss"]["exceedance"] if point[1] >= least] for line in found]
    scale = Scale.of([amount for curve in curves for amount, _ in curve if amount > 0], view["currency"])

    def draw(axes: Any) -> None:
        axes.set_yscale("log")
        axes.set_ylim(least, 1.3)
        axes.set_xlim(0, 1.12 * max((scale(amount) for curve in curves for amount, _ in curve[-1:]), default=1) or 1)
        decades = [10.0**-n for n in range(int(-log10(least)) + 1)]
        axes.set_yticks(decades, [f"{100 * share:g} %" for share in decades])
        axes.minorticks_off()
        for place, (line, curve, colour) in enumerate(zip(found, curves, COLOURS, strict=False)):
            axes.plot(
                *zip(*((scale(a), p) for a, p in curve), strict=True), color=colour, linewidth=1.6
            ) if curve else 0
            _label_curve(axes, line["party"], curve, scale, colour, least ** ((place + 1) / (len(found) + 1)))
        quiet(axes, "y")

    top = found[0]
    title = f"{top['party']} loses something in {percent(top['loss']['probability'])} of worlds"
    if top["p10_minor"] < 0:
        title = f"{top['party']} loses {short(-top['p10_minor'], view['currency'])} or more in one world of ten"
    note = f"share of worlds in which a party loses more than {scale.unit} …, down to ten worlds"
    return Panel(title, note, draw, 0.48)


def _label_curve(axes: Any, name: str, curve: list[list[float]], scale: Scale, colour: str, height: float) -> None:
    beyond = [point for point in curve if point[1] <= height and point[0] >= 0] or curve[-1:]
    for amount, share in beyond[:1]:
        place = (max(0.0, scale(int(amount))), share)
        inside = place[0] > 0.6 * axes.get_xlim()[1]
        side = {"ha": "right", "va": "top"} if inside else {"ha": "left", "va": "bottom"}
        shift = (-5, -2) if inside else (5, 2)
        look = {"color": colour, "fontsize": 7.5, "fontweight": "bold", **side}
        axes.annotate(cut(name), place, shift, textcoords="offset points", **look)


def scenarios(view: Line) -> Panel | None:
    """The largest payment under each scenario."""
    tops = by_size(first_whole(view["totals"]))
    if not view["scenarios"] or not tops:
        return None
    mine = [t for t in by_size(view["totals"]) if t["readings"] == 0 and _stream(t) == _stream(tops[0])]
    of = {total["scenario"]: total for total in mine}
    known = [one for one in view["scenarios"] if one["name"] in of]
    if not known:
        return None
    shown = sorted(known, key=lambda one: -one["probability"])[: MOST_ROWS - 1]
    code = tops[0]["currency"]
    named = [(f"{cut(one['name'], 20)}, {_chance(one)}", of[one["name"]], COLOURS[0]) for one in shown]
    named.append(("all together", of[WHOLE], INK))
    rows = [Row(name, bare(line["p50_minor"], code), colour, line) for name, line, colour in named]
    scale = Scale.of([row.line[f"{p}_minor"] for row in rows for p in ("p05", "p95")], code)

    def draw(axes: Any, y: float, row: Row) -> None:
        p05, p10, p50, p90, p95 = (scale(row.line[f"p{p}_minor"]) for p in ("05", "10", "50", "90", "95"))
        axes.plot([p05, p95], [y, y], color=row.colour, linewidth=0.9)
        axes.plot([p10, p90], [y, y], color=row.colour, linewidth=4.5, alpha=0.45, solid_capstyle="butt")
        axes.plot([p50], [y], "o", color=row.colour, markersize=4.5)

    order = sorted(shown, key=lambda one: -of[one["name"]]["p50_minor"])
    most, least = ((one["name"], short(of[one["name"]]["p50_minor"], code)) for one in (order[0], order[-1]))
    title = f"In {most[0]}, {tops[0]['clause']} comes to {most[1]}"
    title += f"; in {least[0]}, to {least[1]}" if least != most else ""
    more = f"; {len(known) - len(shown)} more" if len(known) > len(shown) else ""
    return bar_panel(title, f"{scale.unit} over the whole time: median, P10 to P90, P5 to P95{more}", rows, draw)


def _chance(one: Line) -> str:
    low, high = one["probability_low"], one["probability_high"]
    return f"{100 * low:g}–{100 * high:g} %" if low != high else f"{100 * one['probability']:g} %"


def readings(view: Line) -> Panel | None:
    """What each other reading changes, world by world."""
    found = [line for line in view["differences"] if "clause" in line and line["probability"]]
    if not found:
        return None
    found.sort(key=lambda line: -abs(line["mean_minor"]))
    rows = [_read_otherwise(view, line) for line in found[:MOST_ROWS]]
    scale = Scale.of([row.line["mean_minor"] for row in rows], found[0]["currency"])

    def draw(axes: Any, y: float, row: Row) -> None:
        mean, error = scale(row.line["mean_minor"]), 2 * scale(row.line["standard_error_minor"] or 0)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.plot([0, mean], [y, y], color=row.colour, linewidth=5, alpha=0.45, solid_capstyle="butt")
        axes.plot([mean - error, mean + error], [y, y], color=row.colour, linewidth=1.2)

    top, name = found[0], view["readings"][found[0]["readings"]]["name"]
    more = "more" if top["mean_minor"] > 0 else "less"
    title = f"{top['clause']} comes to {short(abs(top['mean_minor']), top['currency'])} {more} if read as {name}"
    rest = f"; {len(found) - len(rows)} more" if len(found) > len(rows) else ""
    return bar_panel(
        title, f"{scale.unit} on the same draws: mean ± 2 standard errors, share of worlds{rest}", rows, draw
    )


def _read_otherwise(view: Line, line: Line) -> Row:
    name = view["readings"][line["readings"]]["name"]
    amount = signed(bare(line["mean_minor"], line["currency"]))
    colour = COLOURS[0] if line["mean_minor"] >= 0 else COLOURS[1]
    return Row(f"{cut(name)}: {cut(line['clause'], 16)}", f"{amount}, in {percent(line['probability'])}", colour, line)


def tornado(view: Line) -> Panel | None:
    """What one result comes to with each assumption at either end of its range; the longest bar first."""
    influence = view.get("influence") or {}
    bars = [bar for bar in influence.get("bars", ()) if bar["low_minor"] != bar["high_minor"]]
    if not bars:
        return None
    bars = sorted(bars, key=lambda bar: -abs(bar["high_minor"] - bar["low_minor"]))[:MOST_ROWS]
    code = influence.get("currency") or view["currency"]
    scale = Scale.of([bar[end] for bar in bars for end in ("low_minor", "high_minor")], code)

    rows = [_swing(bar, code) for bar in bars]

    def draw(axes: Any, y: float, row: Row) -> None:
        low, high = scale(row.line["low_minor"]), scale(row.line["high_minor"])
        axes.plot([low, high], [y, y], color=COLOURS[0], linewidth=5, alpha=0.35, solid_capstyle="butt")
        axes.plot([low], [y], "o", color=COLOURS[0], markerfacecolor="white", markersize=4.5)
        axes.plot([high], [y], "o", color=COLOURS[0], markersize=4.5)

    title = f"{bars[0]['parameter']} moves {influence.get('result') or 'the result'} most"
    return bar_panel(title, f"{scale.unit}, assumption at its low end (hollow) and high end (full)", rows, draw)


def _swing(bar: Line, code: str) -> Row:
    return Row(cut(bar["parameter"], 34), f"± {bare(abs(bar['high_minor'] - bar['low_minor']) // 2, code)}", INK, bar)


def _months(view: Line) -> range:
    """All months of the horizon, counted from the year 0."""
    first = date.fromisoformat(view["starts"]) + timedelta(1)
    return range(_index(first.isoformat()), _index(view["until"]) + 1)


def _index(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1
