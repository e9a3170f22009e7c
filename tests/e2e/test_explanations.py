"""Every figure that is printed can be explained, and the explanation is right to the last cent."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adidem.desk.answers import explain_view
from adidem.desk.view import run_view
from adidem.desk.workspace import Workspace, open_workspace
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from e2e.asking import CLOUD, MODEL_CASE, ask, copied, figures, one
from property.recompute import recomputed

CASES = [
    (MODEL_CASE, "2020-06-30"),
    (MODEL_CASE, "2024-06-30"),
    (MODEL_CASE, "2025-06-30"),
    (MODEL_CASE, "2025-11-30"),
    (MODEL_CASE, "2026-06-30"),
    (MODEL_CASE, "2031-01-31"),
    (CLOUD, "2024-06-30"),
]
UNBOUNDED = 2**61


def explanations(folder: Path, day: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], float]]:
    """Each figure of a run with each of its explanations, and the seconds that it took."""
    workspace = open_workspace(folder)
    outcome = workspace.run(AsOf(parse_date(day), UNBOUNDED))
    transfers = {f["id"]: f for result in run_view(workspace, outcome)["results"] for f in result["transfers"]}
    for id, figure in transfers.items():
        start = time.perf_counter()
        view = explain_view(outcome, id)
        taken = time.perf_counter() - start
        for explanation in view["explanations"]:
            yield figure, explanation, taken


def leaves(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events and terms at the end of the steps."""
    if not step.get("parts"):
        yield step
    for part in step.get("parts", ()):
        yield from leaves(part)


def pointed(folder: Path, place: str) -> str:
    """The line to which a place points."""
    file, line = place.rsplit(":", 1) if place.count(":") == 1 else place.split(":")[:2]
    return (folder / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


@pytest.mark.parametrize(("folder", "day"), CASES)
def test_figure_is_recomputed(folder: Path, day: str):
    """The amounts at the leaves give the figure exactly, and each step gives the number that it shows."""
    for figure, explanation, _ in explanations(folder, day):
        assert recomputed(explanation["steps"]) == explanation["amount_minor"], figure["id"]
        assert figure["low_minor"] <= explanation["amount_minor"] <= figure["high_minor"]


@pytest.mark.parametrize(("folder", "day"), CASES)
def test_explanation_points_into_files(folder: Path, day: str):
    """The clause is at its heading, each event on its line of a ledger, each term where it is written."""
    for _, explanation, _ in explanations(folder, day):
        for clause in explanation["clauses"]:
            assert pointed(folder, clause["place"]) == f"# {clause['title']} {{#{clause['id']}}}"
        for leaf in leaves(explanation["steps"]):
            if leaf["operation"] == "event":
                assert f'"id": "{leaf["name"]}"' in pointed(folder, leaf["place"])
            elif "place" in leaf:
                term = leaf["name"].rpartition(".")[2].partition("=")[0]
                assert re.search(rf"\b{term}\b|\bby: ", pointed(folder, leaf["place"])), leaf


@pytest.mark.parametrize(("folder", "day"), CASES)
def test_time(folder: Path, day: str, record_property):
    """A figure is explained in far less than a second; how fast is printed."""
    times = [taken for _, _, taken in explanations(folder, day)]
    slowest, mean = max(times), sum(times) / len(times)
    print(f"{folder.name} {day}: {len(times)} figures, {1000 * mean:.0f} ms each, at most {1000 * slowest:.0f} ms")
    assert slowest < 1


@pytest.mark.parametrize(("folder", "day"), [(MODEL_CASE, "2025-06-30"), (MODEL_CASE, "2026-06-30"), CASES[-1]])
def test_changed_event_changes_figure(folder: Path, day: str):
    """The correction that an explanation names, supposed, makes the figure what it says."""
    for figure, explanation, _ in explanations(folder, day):
        readings = [part for q, r in explanation["readings"].items() for part in ("--reading", f"{q}={r}")]
        applied = [change for change in explanation["otherwise"] if "apply" in change]
        assert explanation["otherwise"], figure["id"]
        for change in applied:
            found = figures(one(folder, day, "--with", change["apply"], *readings))
            assert found[figure["id"]]["amount_minor"] == change["figure_minor"] != figure["amount_minor"]


@pytest.mark.parametrize(("folder", "day"), [(MODEL_CASE, "2025-06-30"), CASES[-1]])
def test_changed_term_changes_figure(folder: Path, day: str, tmp_path):
    """The term that an explanation names, written otherwise, makes the figure what it says."""
    changed: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for figure, explanation, _ in explanations(folder, day):
        for change in explanation["otherwise"]:
            if change["of"] == "term":
                changed.setdefault((change["place"], change["after"]), set()).add(
                    (figure["id"], change["figure_minor"])
                )
    assert changed
    for number, ((place, after), expected) in enumerate(changed.items()):
        copy = copied(folder, tmp_path / str(number))
        rewritten(copy, place, after)
        found = figures(one(copy, day))
        assert {(id, found[id]["amount_minor"]) for id, _ in expected} == expected


def rewritten(folder: Path, place: str, after: str) -> None:
    """Write another value where a term stands: the first value of its kind from that line on."""
    file, line = place.split(":")[:2]
    lines = (folder / file).read_text(encoding="utf-8").splitlines(keepends=True)
    shape = r"[\d.]+ %" if after.endswith("%") else r"USD [\d.,]+( (bn|m|k))?\b"
    for number in range(int(line) - 1, len(lines)):
        if re.search(shape, lines[number]):
            lines[number] = re.sub(shape, f'"{after}"', lines[number], count=1)
            break
    wide = {"USD": "USD 0.00 to USD 999 bn", "%": "0 % to 100 %"}["%" if after.endswith("%") else "USD"]
    lines = [re.sub(rf"range: {shape} to {shape}", f"range: {wide}", line) for line in lines]
    unsaid = re.sub(r"\{\{money: [^}]*\}\}", "a sum", "".join(lines))  # the words must not say otherwise
    (folder / file).write_text(unsaid, encoding="utf-8")


def test_open_workspace_is_kept():
    """An explanation asked of a loaded workspace is the one that the command prints."""
    workspace: Workspace = open_workspace(MODEL_CASE)
    outcome = workspace.run(AsOf(parse_date("2025-06-30"), UNBOUNDED))
    id = "revenue-share-openai/2025-Q1/share"
    assert explain_view(outcome, id) == ask("explain", MODEL_CASE, id, "--as-of", "2025-06-30")
