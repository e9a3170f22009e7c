"""Histories of incidents, as status pages publish them: Statuspage, Google Cloud, or one JSON object a line.

Knows JSON and how each of these formats names start, end, impact and components. Does not know what an incident means
for an agreement: by which rules it becomes an event is said elsewhere.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.source import Source
from adidem.records.importing import UNMAPPED, Group, Making, Rejected
from adidem.records.rules import Rules
from adidem.records.totals import Total

MOST_BYTES = 2**29
COLUMNS = ("id", "title", "start", "end", "impact", "components", "component", "status", "url", "provider", "text")
USUAL_RULES = """rows:
  - when: {impact: maintenance}
    event: {about: maintenance, text: {column: text}}
  - event: {about: incident, text: {column: text}}
"""
"""What is taken where no rules are given: a status page's own word tells maintenance from what was not planned."""

BETWEEN = "; "
"""What stands between the components of an incident, where they are one text."""
Row = dict[str, str | None]


def incidents(source: Source) -> list[tuple[int | None, Row | str]]:
    """The incidents of a file, each with its line where it has one of its own; or why it is none.

    Problems: I112 the file has no form that is known; I113 it is empty.
    """
    text = source.text.strip()
    if not text:
        mend = "export it again"
        raise ProblemError([Problem("I113", "the file is empty", at=source.name, mend=mend)])
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return list(_by_line(source))
    found, provider = _listed(whole)
    if found is None:
        mend = "name a Statuspage file (incidents.json), a Google Cloud one, or one JSON object a line"
        sentence = "this is no history of incidents: none has an id and a start"
        raise ProblemError([Problem("I112", sentence, at=source.name, mend=mend)])
    return [(None, _row(incident, provider)) for incident in found]


def add_all(found: list[tuple[int | None, Row | str]], rules: Rules, making: Making) -> None:
    """Hand the incidents on, one group each, or one for each component; what is none is rejected."""
    seen: set[str] = set()
    for number, (line, row) in enumerate(found, 1):
        id = row["id"] or "" if not isinstance(row, str) else ""
        if isinstance(row, str) or id in seen:
            reason = row if isinstance(row, str) else f"the incident {id} stands in the file a second time"
            making.refuse(Rejected(number, 1, reason, line=line))
            making.rows["rejected"] += 1
            continue
        seen.add(id)
        for part in _parts(row) if rules.each else (row,):
            making.add(_group(part, rules, number, line))


def _parts(row: Row) -> list[Row]:
    """An incident once for each of its components; once, where it names none."""
    names = dict.fromkeys((row["components"] or "").split(BETWEEN))
    return [{**row, "component": name or None} for name in names]


def _group(row: Row, rules: Rules, number: int, line: int | None) -> Group:
    """An incident with the first rule whose conditions it meets."""
    meets = (all(c.holds(_first(row, c.column.names)) for c in rule.conditions) for rule in rules.rows)
    rule = next((place for place, met in enumerate(meets) if met), UNMAPPED)
    shown = ("title", rules.each) if rules.each else ("title",)
    said = {name: row.get(name) for name in (COLUMNS if rule >= 0 else shown)}
    return Group(rule, said, Total(), {}, 1, number, number, line=line)


def _first(row: Row, names: tuple[str, ...]) -> str | None:
    return next((row[name] for name in names if name in row), None)


def _by_line(source: Source) -> Iterator[tuple[int, Row | str]]:
    some = False
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            incident = json.loads(line)
        except (ValueError, RecursionError) as wrong:
            if not some:
                mend = "name a Statuspage file (incidents.json), a Google Cloud one, or one JSON object a line"
                sentence = f"this is no history of incidents: line {number} is no JSON ({str(wrong)[:60]})"
                raise ProblemError([Problem("I112", sentence, at=source.name, mend=mend)]) from None
            yield number, f"the line is no JSON object: {str(wrong)[:80]}"
            continue
        some = True
        yield number, _row(incident, "")


def _listed(whole: Any) -> tuple[list[Any] | None, str]:
    """The incidents of a file that is one JSON value, and whose they are."""
    if isinstance(whole, dict) and isinstance(whole.get("incidents"), list):
        page = whole.get("page")
        return whole["incidents"], _text(page.get("name")) or "" if isinstance(page, dict) else ""
    if isinstance(whole, list) and all(isinstance(one, dict) for one in whole):
        ours = any("begin" in one for one in whole)
        return (whole, "Google Cloud" if ours else "") if not whole or _is_one(whole[0]) else (None, "")
    return ([whole], "") if isinstance(whole, dict) and _is_one(whole) else (None, "")


def _is_one(incident: Mapping[str, Any]) -> bool:
    return "id" in incident and any(key in incident for key in _START)


_START = ("started_at", "begin", "downtime_start", "created_at")
_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("title", "name", "external_desc"),
    "start": ("downtime_start", "started_at", "begin", "created_at"),
    "end": ("downtime_end", "resolved_at", "end"),
    "impact": ("impact", "status_impact"),
    "components": ("components", "affected_products"),
    "status": ("status",),
    "url": ("url", "shortlink", "uri"),
}


def _row(incident: Any, provider: str) -> Row | str:
    """What an incident says, by the names of `COLUMNS`; or why it is none."""
    if not isinstance(incident, dict):
        return "this is no JSON object"
    said: Row = {
        name: next((text for key in keys if (text := _text(incident.get(key))) is not None), None)
        for name, keys in _NAMES.items()
    }
    if not said["id"]:
        return "the incident has no id, by which it would be known again"
    if not said["start"]:
        return f"the incident {said['id']} does not say when it began, as {' or '.join(_NAMES['start'])}"
    listed = (said["components"] or "").split(BETWEEN)
    said["provider"], said["component"] = provider, listed[0] or None if len(listed) == 1 else None
    span = f"{said['start']} to {said['end']}" if said["end"] else f"{said['start']}, not ended"
    parts = (said["title"], span, said["impact"], said["components"])
    said["text"] = " · ".join(" ".join(part.split()) for part in parts if part)
    return said


def _text(value: Any) -> str | None:
    """A value as text: names of a list one after the other; None where it says nothing."""
    if isinstance(value, list):
        names = [one.get("name") or one.get("title") if isinstance(one, dict) else one for one in value]
        return BETWEEN.join(str(name) for name in names if name) or None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    return None
