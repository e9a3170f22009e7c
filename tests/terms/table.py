"""docs/terms.md: of each term what changes when it alone is changed. `python -m terms.table` from `tests` prints it."""

from collections.abc import Iterator
from typing import Any

from adidem.kernel.quantity import show_money
from terms.page import Changed, changes, differences, pages

HEAD = """# What each term does

For each term of a family: a change of it alone, and the first thing that is otherwise because of it. The agreements and
ledgers stand in `tests/terms`; the tests run them, and `python -m terms.table` in `tests` makes this page.
"""


def page() -> str:
    """The text of docs/terms.md."""
    parts = [HEAD]
    for each in pages():
        parts += [f"## {each.stem}\n", "| term | from | to | so that |", "|---|---|---|---|"]
        parts += [*_rows(changes(each)), ""]
    return "\n".join(parts)


def _rows(found: list[Changed]) -> Iterator[str]:
    for changed in found:
        name, before, after = next(differences(changed))
        yield f"| `{changed.term}` | {_lines(changed.taken)} | {_lines(changed.given)} | {_said(name, before, after)} |"


def _lines(lines: list[str]) -> str:
    return "<br>".join("`" + line.replace("|", "\\|") + "`" for line in lines) or "–"


def _said(name: str, before: Any, after: Any) -> str:
    thing = name.partition(" ")[2] or name
    if before is None or after is None:
        return f"{thing} {'comes to be' if before is None else 'is gone'}"
    if not isinstance(before, dict):
        return f"{thing}: {before}, then {after}"
    key = next(key for key in before if before[key] != after[key])
    return f"{thing}, {key.removesuffix('_minor')}: {_value(key, before[key])}, then {_value(key, after[key])}"


def _value(key: str, value: Any) -> str:
    return show_money(value, "USD").removeprefix("USD ") if key.endswith("_minor") else str(value)


if __name__ == "__main__":
    print(page(), end="")
