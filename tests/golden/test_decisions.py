"""First refusal as decision tables: what frees the grantor, for every answer, in time or late, and every silence."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

from property.rights import event, outcome

PAGE = Path(__file__).parent / "decisions" / "first-refusal.md"
HEAD = """# First refusal, decided

What an answer, its time and silence come to under every test, every release, every nature. The offer of 100 MW at
USD 10.00 is made on 1 March 2025, and the holder has ten days. The grantor places the workload with the third party of
the offer on 1 April. A cell says whether it may (no: it is a violation, and on which ground), and how the holder's
power to take the offer up stands then; under negotiation, the grantor's duty to negotiate. Every answer that comes late
is decided alike, in one line. `pytest tests/golden --golden-reset` writes this page anew.
"""
OFFERED, IN_TIME, LATE, PLACED = date(2025, 3, 1), date(2025, 3, 11), date(2025, 3, 12), date(2025, 4, 1)
ANSWERS = {
    "accepted": {"answer": "accepted"},
    "accepted, for 60 MW": {"answer": "accepted", "capacity": "60 MW"},
    "accepted, at USD 11.00": {"answer": "accepted", "price": "USD 11.00"},
    "declined": {"answer": "declined"},
    "cannot": {"answer": "cannot"},
    "cannot, for want of capacity": {"answer": "cannot", "lacks": "capacity"},
    "cannot, at the price": {"answer": "cannot", "lacks": "price"},
    "cannot, and chooses not to": {"answer": "cannot", "chooses_not": "yes"},
}
SILENCES = ("", "released", "accepted")
GROUNDS = {
    "was not offered first": "not offered",
    "was not offered first, or has not released": "not released",
    "was offered and has not released": "not released",
    "released to the third party of its offer alone": "another third party",
}


def decided(terms: dict[str, str], silence: str) -> dict[tuple[str, str], str]:
    """Of each answer and its time, whether the grantor may, and the state of the holder's power."""
    clause = {
        "family": "first-refusal",
        "holder": "cloud",
        "grantor": "lab",
        "act": "place",
        "scope": "every workload",
        "provider": "own",
        "answer_within": "10 days",
        **terms,
    }
    cases = [("no answer", ""), *product(ANSWERS, ("in time", "late"))]
    events: list[dict[str, str]] = []
    for number, (answer, time) in enumerate(cases):
        asset, on = f"workload/w{number}", IN_TIME if time == "in time" else LATE
        offered = {"by": "lab", "to": "cloud", "asset": asset, "third_party": "rival"}
        events.append(event("offer", f"o{number}", OFFERED, price="USD 10.00", capacity="100 MW", **offered))
        if time:
            events.append(event("answer", f"n{number}", on, by="cloud", offer=f"o{number}", **ANSWERS[answer]))
        placed = {"by": "lab", "act": "place", "asset": asset, "with": "rival"}
        events.append(event("act", f"a{number}", PLACED, **placed))
    result = outcome(clause | ({"silence": silence} if silence else {}), events, PLACED).results[0]
    powers = {o.event: o.state for o in result.obligations if o.norm.name in ("answer", "negotiate")}
    broken = {o.event: o.norm.says.partition(" that cloud ")[2] for o in result.obligations if o.state == "violated"}
    assert set(broken.values()) <= set(GROUNDS)
    return {case: _told(broken.get(f"a{n}"), powers[f"o{n}"]) for n, case in enumerate(cases)}


def _told(ground: str | None, state: str) -> str:
    return f"yes; {state}" if ground is None else f"no: {GROUNDS[ground]}; {state}"


def tables() -> Iterator[tuple[str, dict[str, str]]]:
    """The heading of each table, and the terms that it is about."""
    plain = {"nature": "first-offer"}
    for nature in ("refusal", "first-offer", "negotiation"):
        yield f"nature {nature}", {"nature": nature}
    for test, release in product(("", "price", "capacity", "all"), ("", "either", "cannot", "both")):
        terms = ({"test": test} if test else {}) | ({"release": release} if release else {})
        if terms:
            yield ", ".join(f"{name} {word}" for name, word in terms.items()), plain | terms
    for partial, test in product(("share", "none"), ("", "capacity")):
        terms = {"partial": partial} | ({"test": test} if test else {})
        yield ", ".join(f"{name} {word}" for name, word in terms.items()), plain | terms


def _rows(found: list[dict[tuple[str, str], str]]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """The rows of a table: no answer, each answer in time, and all that are late."""
    yield ("no answer", ""), [each["no answer", ""] for each in found]
    for answer in ANSWERS:
        yield (answer, ", in time"), [each[answer, "in time"] for each in found]
    late = [{each[answer, "late"] for answer in ANSWERS} for each in found]
    assert all(len(told) == 1 for told in late)
    yield ("any answer", ", late"), [min(told) for told in late]


def page() -> str:
    """The text of the page."""
    parts = [HEAD]
    for heading, terms in tables():
        found = [decided(terms, silence) for silence in SILENCES]
        parts += [f"## {heading}\n", "| answer | silence unsaid | silence released | silence accepted |"]
        parts += ["|---|---|---|---|"]
        parts += [f"| {a}{b} | {' | '.join(cells)} |" for (a, b), cells in _rows(found)]
        parts += [""]
    return "\n".join(parts)


def test_decided_as_written(golden_reset: bool):
    """The program decides every case as the page says."""
    if golden_reset:
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_late_answer_is_no_answer():
    """What comes after the time is decided as if it had not come."""
    for silence in SILENCES:
        found = decided({"nature": "first-offer", "test": "all", "release": "either"}, silence)
        assert {found[answer, "late"] for answer in ANSWERS} == {found["no answer", ""]}


def by_rule(terms: dict[str, str], answer: str, silence: str) -> tuple[bool, str]:
    """What an answer in time comes to, in plain words: whether the grantor is free, and how the power stands."""
    said = ANSWERS.get(answer)
    negotiation = terms["nature"] == "negotiation"
    if said is None:
        return negotiation or silence == "released", "fulfilled" if negotiation else "terminated"
    tested = {"": set[str](), "all": {"price", "capacity"}}.get(terms.get("test", ""), {terms.get("test", "")})
    part, dear = "capacity" in said, "price" in said
    share = part and terms.get("partial") == "share"
    short = part and not share and ("partial" in terms or "capacity" in tested)
    short = short or (dear and "price" in tested)
    accepted, untested = said["answer"] == "accepted", said.get("lacks", "") not in ("", *tested)
    cannot = (accepted and short) or (said["answer"] == "cannot" and not ("test" in terms and untested))
    declined = not accepted and not cannot
    by_choice = "chooses_not" in said
    frees = {
        "": cannot or declined,
        "either": cannot or declined,
        "cannot": cannot,
        "both": cannot and by_choice,
    }[terms.get("release", "")]
    if negotiation:
        return not accepted, "fulfilled"
    if accepted and not short:
        return share, "fulfilled"
    return frees, "terminated"


def test_the_page_follows_from_plain_rules():
    """Every row of the page is what the rules in words come to."""
    for heading, terms in tables():
        for silence in SILENCES:
            found = decided(terms, silence)
            for answer, time in found:
                may, state = by_rule(terms, answer if time == "in time" else "", silence)
                told = found[answer, time]
                assert (told.startswith("yes"), told.split("; ")[1]) == (may, state), (heading, silence, answer, time)
