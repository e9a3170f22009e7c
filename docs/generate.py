"""Writes the tables of docs/families.md: the terms and events of each family, as its FAMILY declares them; of an
outlook's families too.

    .venv/bin/python docs/generate.py

Between `<!-- terms NAME -->` and `<!-- end -->` of the page stands what this file makes; the rest is written by hand.
"""

import re
from dataclasses import replace
from pathlib import Path

from adidem.desk.families import families
from adidem.kernel.event import Column, EventKind
from adidem.kernel.family import DISPUTABLE, Family, TermForm
from adidem.worlds.assumptions import FAMILIES

PAGE = Path(__file__).parent / "families.md"
_TABLE = re.compile(r"(<!-- terms (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_WRITTEN = {
    "names": "list of names",
    "clauses": "list of clauses",
    "flag": "yes or no",
    "effects": "list of effects",
    "milestones": "list of `{by: DATE, amount: MONEY}` or `{by: DATE, quantity: COUNT}`",
    "carve-outs": "list of `{asset: NAME, upon: closing}`",
    "every": "`month`, `quarter` or `year`",
    "rounding": "rule and place",
    "time": "time of day",
    "settlements": "map of question to reading",
    "numbers": "list of numbers",
    "delay": "`SOONEST to LATEST`",
    "groups": "list of groups",
    "value": "number, date or duration",
}


def page(text: str) -> str:
    """The page with its tables made anew."""
    known = {**families(), **FAMILIES}
    return _TABLE.sub(lambda found: found[1] + table(known[found[2]]) + found[3], text)


def table(family: Family) -> str:
    """The terms of a family, then the events that it speaks of."""
    rows = ["| term | written as | what it says, or what a text without it leaves open |", "|---|---|---|"]
    for form in family.terms:
        rows += [_term(form)]
        rows += [_term(replace(part, name=f"{form.name}: {part.name}")) for part in form.parts if form.type == "groups"]
    if family.events:
        rows += ["", "| event | columns | what it is |", "|---|---|---|", *(_event(kind) for kind in family.events)]
    return "\n".join(["", *rows, "", ""])


def _term(form: TermForm) -> str:
    written = _either(form.choices) if form.type == "choice" else _WRITTEN.get(form.type, form.type)
    if form.type == "map":
        written = f"map of name to {_WRITTEN.get(form.parts[0].type, form.parts[0].type)}"
    parts = (form.about, f"*{form.asks}*" if form.asks else "", "an effect can set it" if form.settable else "")
    says = "; ".join(part for part in parts if part)
    disputable = form.disputable and form.type in DISPUTABLE
    marks = ("*" if form.required else "") + (" ‡" if disputable else "")
    return f"| `{form.name}`{marks} | {written} | {says} |"


def _event(kind: EventKind) -> str:
    columns = ", ".join(_column(column, kind) for column in kind.columns)
    return f"| `{kind.name}` | {columns} | {kind.says} |"


def _column(column: Column, kind: EventKind) -> str:
    name = f"`{column.name}`" if column.required else f"[`{column.name}`]"
    if column.name == kind.joins:
        return f"{name} (the {kind.joins} it belongs to)"
    return f"{name} {_either(column.choices)}" if column.choices else name


def _either(words: tuple[str, ...]) -> str:
    *first, last = (f"`{word}`" for word in words)
    if len(words) > 8:
        return f"{first[0]}, {first[1]}, … or {last}"
    return f"{', '.join(first)} or {last}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
