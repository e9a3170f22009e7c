"""A claim as a letter: what was promised, what was measured, and which incidents it comes from.

Knows the plain data of `claim` and Markdown. Does not know workspaces.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adidem.desk.wording import when_words
from adidem.kernel.quantity import show_money

WHY = {
    "impact": "impact {impact} does not count",
    "maintenance": "scheduled maintenance",
    "cause": "excluded cause: {cause}",
    "component": "excluded component: {component}",
    "shortest": "shorter than what counts",
}
"""For what an incident does not count."""


def letter(view: Mapping[str, Any]) -> str:
    """The letter: each window of which a credit is to be claimed, under each combination of readings that matters."""
    return "\n".join(_lines(view)) + "\n"


def to_claim(view: Mapping[str, Any]) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
    """Readings and windows of which a credit is open to be claimed, or owed unclaimed."""
    ways = [(w["readings"], [each for each in w["windows"] if each["state"] in ("open", "owed")]) for w in view["ways"]]
    return [(readings, windows) for readings, windows in ways if windows]


def not_counted(incident: Mapping[str, Any]) -> str:
    """Why an incident does not count, in words."""
    return ", ".join(WHY[name].format(**incident) for name in incident["not_counted_for"])


def _lines(view: Mapping[str, Any]) -> Iterator[str]:
    found, names = to_claim(view), view["parties"]
    several = len(view["ways"]) > 1
    yield f"# Claim for service credits, {view['period']}"
    yield ""
    if not found:
        yield f"As of {view['as_of']} no credit of {view['agreement']} is open to be claimed."
        return
    between = dict.fromkeys((w["provider"], w["customer"]) for _, windows in found for w in windows)
    for provider, customer in between:
        yield f"To {names[provider]}, from {names[customer]}. As of {view['as_of']}."
    for question, reading in view["read_as_asked"].items():
        yield f"\n{question} is read as {reading}."
    for readings, windows in found:
        if several:
            said = when_words([{question: (reading,) for question, reading in readings.items()}])
            yield f"\n**If {said}:**"
        for window in windows:
            yield from _window(view, window)
    yield ""
    zones = " and ".join(dict.fromkeys(window["zone"] for _, windows in found for window in windows))
    once = "Where incidents overlap, each minute is counted once, for the one that began first."
    yield f"{once} Days and months are {'UTC' if zones == 'UTC' else f'those of {zones}'}."
    receipt = view["receipt"]
    yield f"Ledger SHA-256 {receipt['ledger']}; adidem {receipt['engine']}."


def _window(view: Mapping[str, Any], window: Mapping[str, Any]) -> Iterator[str]:
    names, currency = view["parties"], window["currency"]
    provider = names[window["provider"]]
    yield f"\n## {window['title']}, {window['period']}\n"
    yield (
        f"Under “{window['title']}” of the {view['agreement']} ({window['place']}), {provider} promises that "
        f"{window['service']} is available for {window['objective']} of the time. We claim "
        f"{show_money(window['credit_minor'], currency)}.\n"
    )
    yield from _table(["", ""], _facts(window, currency))
    counted = [each for each in window["incidents"] if each["counts"]]
    weighted = window["weight"] is not None
    head = ["incident", "began", "ended", "impact", "component", "minutes", *(["weighted alike"] if weighted else [])]
    rows = [
        [*_about(each), each["minutes_in_full"], *([each["minutes_of_any"]] if weighted else []), each["source"] or ""]
        for each in counted
    ]
    yield "\n### What counts\n"
    yield from _table([*head, "source"], rows)
    if weighted:
        yield ""
        yield (
            "Minutes: lost to incidents that count in full. Weighted alike: lost to any that counts; of what that is "
            f"more, {window['weight']} counts."
        )
    others = [[*_about(each), not_counted(each)] for each in window["incidents"] if not each["counts"]]
    if others:
        yield "\n### What does not count\n"
        yield from _table([*head[:5], "why"], others)


def _facts(window: Mapping[str, Any], currency: str) -> list[list[str]]:
    tier = window["tier"]
    low = f"from {tier['from']} to " if "from" in tier else ""
    facts = [
        ["window", f"{window['starts']} to {window['ends']}: {window['window_minutes']} minutes"],
        ["unavailable", f"{window['lost_minutes']} minutes"],
        ["available", f"{window['uptime']} (exactly {window['uptime_exact']})"],
        ["tier", f"{low}below {tier['below']}: {tier['credit']} of the fees"],
        ["fees of the window", show_money(window["fees_minor"], currency)],
        *([name.replace("_", " "), text] for name, text in window["limits"].items()),
        ["credit", show_money(window["credit_minor"], currency)],
    ]
    if window["low_minor"] != window["high_minor"]:
        span = f"{show_money(window['low_minor'], currency)} to {show_money(window['high_minor'], currency)}"
        facts.append(["within what is assumed", f"{span} ({', '.join(window['rests_on'])})"])
    if window["last_day_to_claim"] is not None:
        facts.append(["to be claimed by", window["last_day_to_claim"]])
    if window["given"] is not None:
        facts.append(["to be given", window["given"].replace("-", " ")])
    return facts


def _about(incident: Mapping[str, Any]) -> list[str]:
    ended = incident["ended"] or "not ended"
    return [incident["id"], incident["started"], ended, incident["impact"], incident["component"] or ""]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"

    yield row(head)
    yield "|" + "---|" * len(head)
    yield from (row(cells) for cells in rows)
