"""What is said of a line that is no event, or no event that can stand beside the others; and of many such, how much.

Knows lines, what the JSON reader says of them, and ids. Does not know kinds of event, tables or clauses.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from adidem.kernel.problem import Problem, did_you_mean
from adidem.kernel.source import Source, Span

MOST_ALIKE = 20
_MOST_NAMES = 500
_BYTE = re.compile(r" ?\(byte (\d+)\)")
_FOUND = re.compile(r"Expected `object`, got `(\w+)`")
_KINDS = {
    "array": "a list",
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}


def no_event(source: Source, line: int, text: str, why: str) -> Problem:
    """L101: a line that is no JSON object, at the place where the reader of JSON stops."""
    mend = "write one whole JSON object a line"
    if "truncated" in why:
        span = Span(source, line, max(1, len(text.rstrip())))
        return Problem("L101", "the line ends before the event does", span, f"it looks cut off: {mend}")
    if found := _FOUND.search(why):
        what = _KINDS.get(found[1], found[1])
        return Problem("L101", f"the line is {what}, and a JSON object is wanted", Span(source, line), mend)
    byte = _BYTE.search(why)
    column = len(text.encode()[: int(byte[1])].decode(errors="ignore")) + 1 if byte else 1
    sentence = f"the line is no event: {_BYTE.sub('', why)[:80]}"
    return Problem("L101", sentence, Span(source, line, min(column, max(1, len(text)))), mend)


def twice(before: Mapping[str, Any], event: Mapping[str, Any], span: Span, other: Span) -> Problem:
    """L109: two events of one id that differ."""
    keys = [k for k in {**before, **event} if k != "seal" and before.get(k) != event.get(k)]
    sentence = f"two events have the id {event['id']}, and differ in {', '.join(keys[:5])}"
    mend = "give one of them another id, or write a correction"
    return Problem("L109", sentence, span, mend, ((other, "the other one"),))


def not_there(id: object, ids: Iterable[str], span: Span) -> Problem:
    """L111: a correction of what is not there; `ids` are those that could be meant."""
    sentence = f"there is no event {id} to correct" if id else "the event does not say which one it corrects"
    near = did_you_mean(str(id), islice(ids, _MOST_NAMES))
    return Problem("L111", sentence, span, near or "append the event itself first")


def place_of(line: str, value: str, key: str) -> tuple[int, int]:
    """The column and the length of a value in its line, behind its key; 1 and 1 where it is not said."""
    found = re.search(rf'"{re.escape(key)}"\s*:\s*"?', line) if key else None
    start = found.end() if found else 0
    at = line.find(value, start) if value else -1
    return (at + 1, len(value)) if at >= 0 else (min(start + 1, max(1, len(line))), 1)


def few_alike(problems: Iterable[Problem]) -> list[Problem]:
    """The problems, at most `MOST_ALIKE` of a code: the last of a code says how many more there are."""
    by_code: dict[str, list[Problem]] = {}
    for problem in problems:
        by_code.setdefault(problem.code, []).append(problem)
    kept: list[Problem] = []
    for alike in by_code.values():
        more = len(alike) - MOST_ALIKE
        kept += alike[:MOST_ALIKE]
        if more > 0:
            kept[-1] = replace(kept[-1], sentence=f"{kept[-1].sentence} (and {more:,} more such lines)")
    return kept
