"""What a party does hangs on the answer that it got: an outlook of a first refusal, played and read through."""

from pathlib import Path
from typing import Any

import pytest

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from e2e.asking import ask

WORLDS = 300
WORKLOADS = {"spring": ("january", "march"), "summer": ("april", "june"), "autumn": ("july", "september")}
"""Workload → the month in which it is offered, and the month in which it may be placed elsewhere."""
SIDES = """document_type: contract
effective_date: 2025-01-01
sides:
  - name: clouds
    label: Cloud
    parties: [{name: cloud, label: Cloud, type: legal_entity, legal_name: Cloud Inc.}]
  - name: labs
    label: Lab
    parties: [{name: lab, label: Lab, type: legal_entity, legal_name: Lab Inc.}]
"""
BLOCKS = {
    "signing": "family: document\nsigned: 2025-01-01\neffective: 2025-01-01",
    "notice": "family: notice\nzone: America/New_York\ncalendar: US\ncut_off: '17:00'\nfirst_day: excluded\n"
    "deemed_receipt: 0 days",
    "first-refusal": "family: first-refusal\nholder: cloud\ngrantor: lab\nact: place\nscope: every workload\n"
    "provider: cloud-one\nnature: refusal\nanswer_within: 10 business days\nsilence: released",
}
HEAD = "family: outlook\nstarts: 2025-12-31\nuntil: 2026-12-31"
OFFERED = """family: hazard
event: offer
columns: {{by: lab, to: cloud, asset: workload/{name}, third_party: rival, new: yes}}
chance: 99.99 %
every: month
months: [{month}]
answers:
  - event: answer
    columns: {{by: cloud}}
    within: 3 days to 10 days
    choice: answer
    chances: {{accepted: 40 %, declined: 40 %}}"""
PLACED = """family: flow
event: act
columns: {{by: lab, act: place, asset: workload/{name}, with: rival, new: yes}}
every: month
months: [{month}]
when: {condition}"""


def document(title: str, blocks: dict[str, str]) -> str:
    """A document with these blocks, each under a heading of its own."""
    parts = (f"\n# {id} {{#{id}}}\n\n```terms\n{body}\n```\n" for id, body in blocks.items())
    return f"---\ntitle: {title}\n{SIDES}---\n{''.join(parts)}"


def alliance(folder: Path, condition: str) -> Path:
    """An agreement with a first refusal, and an outlook in which `condition` lets a workload be placed elsewhere."""
    assumed = {"horizon": HEAD}
    for name, (asked, placed) in WORKLOADS.items():
        told = condition.format(offer=f"{name}-offered")
        assumed[f"{name}-placed"] = PLACED.format(name=name, month=placed, condition=told)
        assumed[f"{name}-offered"] = OFFERED.format(name=name, month=asked)
    (folder / "agreement.lgd").write_text(document("Sampled alliance", BLOCKS), encoding="utf-8")
    (folder / "outlook.lgd").write_text(document("Outlook", assumed), encoding="utf-8")
    (folder / "ledger.jsonl").write_text("", encoding="utf-8")
    assert ask("check", folder)["problems"] == []
    return folder


def answers_and_placements(played: Future, world: int) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Of one world: workload → the answer and its day; workload → the day on which it was placed elsewhere."""
    events = {event["id"]: event for event in played.world(world)}
    answers = {
        events[event["offer"]]["asset"]: (event["answer"], event["occurred"])
        for event in events.values()
        if event["kind"] == "answer"
    }
    return answers, {event["asset"]: event["occurred"] for event in events.values() if event["kind"] == "act"}


def violated(folder: Path) -> dict[str, Any]:
    """The state of the first refusal that is broken, over many worlds."""
    view = ask("simulate", folder, "--worlds", "2000")
    assert view["set_apart"]["worlds"] == 0
    (state,) = [each for each in view["states"] if each["name"] == "first-refusal violated"]
    return state


def test_what_is_declined_is_placed_elsewhere_and_nothing_else(tmp_path: Path):
    """In every world a placement comes after a declined offer of the same workload, and each such offer brings one."""
    played = future(open_workspace(alliance(tmp_path, "{offer}.declined")), Play())
    count = 0
    for world in range(WORLDS):
        answers, placements = answers_and_placements(played, world)
        assert {*placements} == {asset for asset, (answer, _) in answers.items() if answer == "declined"}
        assert all(answers[asset][1] < day for asset, day in placements.items())
        count += len(placements)
    assert 0.15 < count / (len(WORKLOADS) * WORLDS) < 0.28


@pytest.mark.parametrize("condition", ["{offer}.declined", "{offer}.declined or {offer}.open"])
def test_the_first_refusal_is_kept_by_who_waits_for_the_answer(tmp_path: Path, condition: str):
    """Who places what was declined, or not answered in time, never violates the first refusal."""
    state = violated(alliance(tmp_path, condition))
    assert (state["probability"], state["probability_ever"]) == (0, 0)


@pytest.mark.parametrize("condition", ["{offer}.came", "yes"])
def test_the_first_refusal_is_broken_by_who_does_not(tmp_path: Path, condition: str):
    """Who places what was accepted, or never offered, violates it."""
    assert violated(alliance(tmp_path, condition))["probability"] > 0.4
