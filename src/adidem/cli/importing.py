"""The commands `import focus`, `import incidents` and `import table`.

Knows what was typed and how the account of an import is printed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from adidem.cli.figures import Figures
from adidem.cli.layout import line, show_json
from adidem.cli.progress import watched
from adidem.desk.exports.import_report import report
from adidem.desk.exports.importing import Asked, run
from adidem.desk.keeping.book import Hands

_MOST = 10


def bring_in(folder: Path, asked: Asked, hands: Hands, as_json: bool) -> int:
    """Import files and print the account. Returns the exit code: 1 where rows were rejected or are unmapped."""
    found = report(run(folder, asked, hands=hands, watch=watched))
    ends = 1 if found["unmapped"] or found["rejected_rows"] else 0
    if as_json:
        show_json(found)
        return ends
    for file in found["files"]:
        typer.echo(f"{file['file']}  {file['form']}  sha256 {file['sha256'][:12]}…")
    _figures(found)
    for code, taken in found["rounding"].items():
        less = taken["taken"].removeprefix("-")
        rounded = f"added {less} to" if less != taken["taken"] else f"took {less} of"
        line(f"events: {code} {taken['events']}; rounding {rounded} {taken['exact']}", 2)
    _events(found)
    no_rules = asked.rules is None and not found["mapped"] and not found["left_out"]
    where = f"; rules stand in {asked.form}.rules.yaml of the workspace (docs/import.md)" if no_rules else ""
    _listed(f"UNMAPPED: no rule speaks of these{where}", [_unmapped(one) for one in found["unmapped_rows"]])
    _listed("REJECTED", [_rejected(one) for one in _alike(found["rejected"])])
    if (unlisted := found["rejected_rows"] - sum(one["rows"] for one in found["rejected"])) > 0:
        line(f"and {unlisted:,} more rows, which are counted and not listed", 2)
    _listed("LEFT OUT", [f"{rows:,} × {reason}" for reason, rows in found["left_out_for"].items()])
    for name, count in found["overlaps"].items():
        told = f"note: {name} already tells {count:,} of these sums of the same days: are these the same costs twice?"
        line(f"{told} If so, import this file with its header alone, and then as --name {name}", 0)
    return ends


_HEAPS = (
    ("mapped", "mapped"),
    ("left out", "left_out"),
    ("unmapped", "unmapped"),
    ("rejected", "rejected_rows"),
)


def _figures(found: dict[str, Any]) -> None:
    """Rows and sums of each heap; where not all columns of money go on the page, the one that the rules name."""
    columns = list(found["sums"])
    figures = Figures(["rows", *columns], less=columns[1:])
    figures.add("all", [f"{found['rows']:,}", *found["sums"].values()])
    for name, key in _HEAPS:
        if found[key] or key in ("mapped", "unmapped"):
            of = found["sums_of"][key.removesuffix("_rows")]
            figures.add(name, [f"{found[key]:,}", *(of.get(column, "0") for column in columns)])
    figures.print()


def _events(found: dict[str, Any]) -> None:
    events = found["events"]
    changes = [f"{events[key]:,} {key}" for key in ("added", "corrected", "withdrawn") if events[key]]
    same = f"{events['same']:,} as before" if events["same"] else ""
    words = ", ".join([*changes, *filter(None, [same])]) or "none"
    line(f"events: {words}{': nothing changed' if same and not changes else ''}", 2)
    _listed("ADJUSTED", [_adjusted(one) for one in found["adjustments"]])


def _listed(title: str, entries: Sequence[str]) -> None:
    if not entries:
        return
    line(title, 0)
    for entry in entries[:_MOST]:
        line(entry, 2, 4)
    if len(entries) > _MOST:
        line(f"and {len(entries) - _MOST:,} more, in --json", 2)


def _place(one: dict[str, Any]) -> str:
    place = f"{one['file']}:{one['line']}" if one["line"] else f"{one['file']} row {one['row']}"
    return f"{place} and {one['rows'] - 1:,} more" if one["rows"] > 1 else place


def _unmapped(one: dict[str, Any]) -> str:
    said = ", ".join(f"{name} {_shown(value)}" for name, value in one["columns"].items())
    first = next((f"{name} {value}" for name, value in one["sums"].items()), "")
    return "  ".join(filter(None, [_place(one), said, first]))


def _alike(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is rejected for one reason once, where it first stands, with all its rows."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in entries:
        first = found.setdefault((one["file"], one["reason"], one["mend"]), {**one, "rows": 0})
        first["rows"] += one["rows"]
    return list(found.values())


def _rejected(one: dict[str, Any]) -> str:
    mend = f"; {one['mend']}" if one["mend"] else ""
    return f"{_place(one)}  {one['reason']}{mend}"


def _adjusted(one: dict[str, Any]) -> str:
    was, now = one["was"] or {}, one["now"]
    if now is None:
        return f"{one['id']}  withdrawn: {' '.join(was.values())}"
    none = "withdrawn" if one["was"] is None else "nothing"
    changed = [f"{key} {was.get(key, none)} → {value}" for key, value in now.items() if was.get(key) != value]
    changed += [f"{key} {value} → nothing" for key, value in was.items() if key not in now]
    return f"{one['id']}  {', '.join(changed)}"


def _shown(value: str | None) -> str:
    return "NULL" if value is None else value or "empty"
