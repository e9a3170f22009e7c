"""What is to be claimed under service levels, as plain data: every figure, and the incidents that it comes from.

Knows workspaces, periods and where an event was imported from. Does not know how it is printed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adidem.clauses.parts.shares import downwards
from adidem.desk.claiming.letter import letter
from adidem.desk.event_line import said_at
from adidem.desk.output import together
from adidem.desk.workspace import Workspace, known_questions
from adidem.findings.claims import FAMILY, Claims, Idle, Incident, Measured, claims
from adidem.findings.closed import Period, period_of
from adidem.findings.outcome import Outcome
from adidem.kernel.agreement import Clause
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.term import Term
from adidem.records.provenance import origin_of

PLACES = 4
"""Decimal places of a share of time that is shown in per cent."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: the windows that end within a period, as of a pair."""

    period: str
    as_of: AsOf
    pinned: Mapping[str, str] = field(default_factory=dict[str, str])


def claim_view(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The JSON of `claim`. Problems: D341 no period; D342 no service level."""
    period = _period(asked.period)
    if not any(clause.family == FAMILY for clause in workspace.whole.clauses):
        mend = f"add a clause of the family {FAMILY}, by docs/claims.md"
        sentence = "no clause of this agreement promises a service level"
        raise ProblemError([Problem("D342", sentence, at=str(workspace.root), mend=mend)])
    composition, columns = workspace.composed(asked.as_of)
    known_questions(composition, asked.pinned)
    found = claims(composition, columns, (period.first, period.last), asked.pinned)
    outcome = Outcome(composition, columns, found.worlds, [], found.questions)
    receipt = workspace.receipt(outcome)
    receipt["readings"] = found.readings
    return {
        "agreement": composition.agreement.title,
        "period": period.label,
        "ends": show_day(period.last),
        "as_of": show_day(asked.as_of.occurred),
        "questions": {q: list(composition.questions[q].readings) for q in found.questions},
        "read_as_asked": dict(asked.pinned),
        "parties": {name: party.label for name, party in composition.agreement.parties.items()},
        "ways": [
            {"readings": readings, "windows": [_window(each, asked.as_of.occurred) for each in windows]}
            for readings, windows in zip(found.readings, found.ways, strict=True)
        ],
        "claims_that_claim_nothing": _idle(found),
        "receipt": receipt,
    }


def write(view: Mapping[str, Any], out: Path) -> list[Path]:
    """The letter, and the evidence as data beside it. Problems: D343 they cannot be written."""
    files = [out, out.with_suffix(".json")]
    try:
        if out.suffix == ".json" or out.is_dir():
            sentence = f"{out} is {'a folder' if out.is_dir() else 'the name of the data beside the letter'}"
            raise ProblemError([Problem("D343", sentence, at="--out", mend="name a file such as claim.md")])
        with together(out.parent, [file.name for file in files]) as (text, data):
            text.write_text(letter(view), encoding="utf-8", newline="\n")
            data.write_text(json.dumps(view, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")
    except OSError as wrong:
        sentence = f"the letter cannot be written: {wrong.strerror or wrong}"
        mend = "name a file in a folder that this user may write to"
        raise ProblemError([Problem("D343", sentence, at="--out", mend=mend)]) from None
    return files


def _period(label: str) -> Period:
    period = period_of(label)
    if period is None:
        mend = "write 2025-06, 2025-Q2 or 2025"
        raise ProblemError([Problem("D341", f"“{label}” is no month, quarter or year", at="--period", mend=mend)])
    return period


def _window(each: Measured, as_of: int) -> dict[str, Any]:
    terms, time = each.text.terms, each.ends - each.starts
    return {
        "id": f"{each.text.id}/{each.period}",
        "level": each.text.id,
        "title": each.text.title,
        "place": each.text.span.place,
        "customer": terms["customer"].value,
        "provider": terms["provider"].value,
        "service": terms["service"].text,
        "period": each.period,
        "last_day": show_day(each.ended_on),
        "zone": each.zone,
        "starts": instant(each.starts, each.zone),
        "ends": instant(each.ends, each.zone),
        "window_seconds": time,
        "window_minutes": shown(Fraction(time, 60)),
        "lost_minutes": shown(each.lost / 60),
        "lost_seconds_exact": str(each.lost),
        "uptime_exact": str(each.uptime),
        "uptime": percent(each.uptime),
        "objective": terms["objective"].text,
        "objective_met": each.met,
        "objective_rests_on": list(each.doubted),
        "tier": _tier(each.text, each.tier),
        "currency": each.currency,
        "fees_minor": each.base,
        "tier_gives_minor": each.of_tier,
        "credit_minor": each.credit,
        "low_minor": each.low,
        "high_minor": each.high,
        "given": terms["given"].text if "given" in terms else None,
        "limits": {name: terms[name].text for name in ("minimum_credit", "cap") if name in terms},
        "rounding": terms["rounding"].text,
        "state": each.state(as_of),
        "last_day_to_claim": show_day(each.deadline) if each.deadline is not None else None,
        "claimed_on": show_day(each.claimed) if each.claimed is not None else None,
        "due": show_day(each.due) if each.due is not None and each.owed else None,
        "owed_minor": each.owed,
        "weight": terms["weight"].text if "weight" in terms else None,
        "rests_on": list(each.rests_on),
        "incidents": [_incident(incident, each.zone) for incident in each.incidents],
    }


def _tier(text: Clause, number: int) -> dict[str, Any] | None:
    """The tier that applies, as the text has it."""
    groups = [term.value for term in text.terms["tiers"].value if isinstance(term, Term)]  # type: ignore[union-attr]
    tiers = [{t.name: t for t in group if isinstance(t, Term)} for group in groups if isinstance(group, tuple)]
    return {"number": number, **{k: t.text for k, t in downwards(tiers)[number - 1].items()}} if number else None


def _incident(incident: Incident, zone: str) -> dict[str, Any]:
    said = said_at(incident.place)
    origin = origin_of(said.get("source"))
    return {
        "id": incident.id,
        "service": incident.service,
        "started": instant(incident.started, zone),
        "ended": instant(incident.ended, zone) if incident.ended is not None else None,
        "impact": incident.impact,
        "cause": incident.cause or None,
        "component": incident.component or None,
        "counts": incident.counts or None,
        "not_counted_for": list(incident.why),
        "seconds_in_full": incident.full,
        "seconds_of_any": incident.any,
        "minutes_in_full": shown(Fraction(incident.full, 60)),
        "minutes_of_any": shown(Fraction(incident.any, 60)),
        "place": incident.place.place,
        "source": str(origin) if origin is not None else said.get("source") or None,
    }


def _idle(found: Claims) -> list[dict[str, str]]:
    return [{"claim": each.id, "place": each.place.place, "why": _why(each)} for each in found.idle]


def _why(idle: Idle) -> str:
    """Why a claim brings nothing, in words."""
    match idle.why:
        case "level":
            return f"no service level is called {idle.level}"
        case "party":
            return f"{idle.by} is the wrong party: under {idle.level} {' or '.join(idle.wanted)} claims"
        case "credit":
            return f"{idle.level} was met" if idle.met else f"{idle.level} gives no credit for that window"
        case _:
            return f"no window of {idle.level} ends on the day that it names"


def instant(second: int, zone: str) -> str:
    """`2025-06-01T00:00:00Z`, or `2025-06-01T00:00:00+02:00` as it is in another zone."""
    local = datetime.fromtimestamp(second, ZoneInfo(zone)).isoformat()
    return local.replace("+00:00", "Z") if zone == "UTC" else local


def percent(share: Fraction) -> str:
    """A share of time in per cent, cut and never rounded up, so that 99.89999 % is not shown as 99.9 %."""
    whole, rest = divmod(share * 100 * 10**PLACES, 1)
    digits = f"{int(whole):0{PLACES + 1}d}"
    text = f"{digits[:-PLACES]}.{digits[-PLACES:]}"
    return f"{text}… %" if rest else f"{text.rstrip('0').rstrip('.')} %"


def shown(minutes: Fraction) -> str:
    """So many minutes: whole, or with two places, cut."""
    whole, rest = divmod(minutes * 100, 1)
    text = f"{int(whole) // 100:,}.{int(whole) % 100:02d}"
    return f"{text}…" if rest else text.removesuffix(".00")
