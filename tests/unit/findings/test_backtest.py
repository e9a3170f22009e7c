"""An outlook tried on a past that is known: right ones hold their bands, wrong ones do not, and nothing is dropped."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adidem.cli import backtesting
from adidem.desk.simulating.backtest import Trial, backtested
from adidem.desk.simulating.futures import Play, future
from adidem.desk.simulating.outlook import read_outlook
from adidem.desk.workspace import Workspace, open_workspace
from adidem.findings.backtest import foretold, recorded, whole_periods
from adidem.findings.measures import Measures
from adidem.findings.scoring import event, scores
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf, Grid
from adidem.kernel.problem import ProblemError
from adidem.records.values import FOREVER
from documents import block, front, share, signed

AGREEMENT = (
    front("Alliance", "2021-01-01")
    + block("signing", signed("2021-01-01"))
    + block(
        "counting",
        'family: notice\nzone: UTC\ncalendar: US\ncut_off: "17:00"\nfirst_day: excluded\ndeemed_receipt: 0 days',
    )
    + block("share", share("3/16", "quarter", products="every product"))
    + block("resale", share("20 %", "month", "cloud", "lab", "every product"))
    + block(
        "threshold",
        "family: determination\ndeclarer: lab\nsubject: threshold\ntest: declaration.human_level\n"
        "decided_by: declaration\nverify_within: 90 days\neffects:\n  - {end: share}",
    )
)
AMENDMENT = (
    front("Amendment", "2023-01-01", amends="Alliance")
    + block("signing-again", signed("2023-01-01"))
    + block("bonus", share("1/16", products="every product"))
)


def outlook(mean: str = "USD 100 m", scenarios: str = "", head: str = "") -> str:
    """Revenue of both sides that swings around a mean, and declarations that end the share."""

    def driver(mean: str) -> str:
        return (
            f"family: driver\nshape: reversion\nunit: USD\nstart: {mean}\nmean: {{is: {mean}, basis: assumed, "
            f"range: USD 50 m to USD 300 m}}\npull: 6000 %\nvolatility: 300 %"
        )

    def sales(by: str) -> str:
        columns = f"{{by: {by}, product: product/{by}}}"
        return f"family: flow\nevent: revenue\ncolumns: {columns}\namount: {by}-demand\nevery: month"

    return (
        front("Outlook", "2021-12-31")
        + block("horizon", f"family: outlook\nstarts: 2021-12-31\nuntil: 2025-12-31\n{head}")
        + block("lab-demand", driver(mean))
        + block("cloud-demand", driver(mean))
        + block("lab-sales", sales("lab"))
        + block("cloud-sales", sales("cloud"))
        + block(
            "declared",
            "family: hazard\nevent: declaration\nat_most: 1\nchance: 20 %\n"
            "columns: {by: lab, subject: threshold, human_level: yes, surpasses_humans: no}",
        )
        + scenarios
    )


def scenario(name: str, probability: str, came_if: str = "") -> str:
    """A scenario of one partition that changes nothing."""
    more = f"\ncame_if: {came_if}" if came_if else ""
    terms = f"family: scenario\npartition: fate\nprobability: {probability}\nresolves: One will see.{more}"
    return block(name, terms)


HEAD = "backtest_from: {is: 2021-12-31, basis: assumed, note: It is chosen.}"
FIRST = {"kind": "revenue", "by": "lab", "product": "product/lab", "amount": "USD 100 m"}


def written(root: Path, outlook_text: str, since: list[dict[str, Any]], amended: bool = False) -> Workspace:
    """A folder with the agreement, its outlook, one early event, and what came since."""
    (root / "since").mkdir(parents=True, exist_ok=True)
    (root / "agreement.lgd").write_text(AGREEMENT, encoding="utf-8")
    (root / "outlook.lgd").write_text(outlook_text, encoding="utf-8")
    first = [FIRST | {"id": f"first-{day}", "occurred": day, "recorded": day} for day in ("2021-11-30", "2021-12-31")]
    (root / "ledger.jsonl").write_text("\n".join(json.dumps(each) for each in first) + "\n", encoding="utf-8")
    end = {
        "id": "end",
        "kind": "fact",
        "occurred": "2025-01-31",
        "recorded": "2025-01-31",
        "about": "it",
        "text": "Over.",
    }
    (root / "since" / "ledger.jsonl").write_text(
        "\n".join(json.dumps(e) for e in [*since, end]) + "\n", encoding="utf-8"
    )
    if amended:
        (root / "since" / "amendment.lgd").write_text(AMENDMENT, encoding="utf-8")
    return open_workspace(root)


def history(root: Path, world: int, mean: str = "USD 100 m") -> list[dict[str, Any]]:
    """The events of one world of an outlook: a past whose chances are known."""
    return future(written(root, outlook(mean), []), Play(77)).world(world)


def tried(
    root: Path, outlook_text: str, since: list[dict[str, Any]], amended: bool = False, **wish: Any
) -> dict[str, Any]:
    """The plain data of a backtest."""
    trial = Trial(**{"worlds": 1_500, "until": parse_date("2024-12-31"), **wish})
    return backtested(written(root, outlook_text, since, amended), trial)


def by(view: dict[str, Any], every: str) -> dict[str, Any]:
    """How many values of such periods lay in their bands."""
    return next(found for found in view["coverage"] if found["by"] == every)


def test_an_outlook_that_is_right_and_one_that_is_wrong(tmp_path: Path):
    """Where the past is drawn from the outlook, about four values in five lie in their bands; where it is drawn from
    another, few do, and the interval score is worse.
    """
    right, wrong = [], []
    for world in range(4):
        since = history(tmp_path / "own", world)
        right.append(by(tried(tmp_path / "right", outlook(head=HEAD), since), "month"))
        wrong.append(by(tried(tmp_path / "wrong", outlook("USD 250 m", head=HEAD), since), "month"))
    of = sum(found["of"] for found in right)
    assert of > 150
    assert 0.72 < sum(found["inside"] for found in right) / of < 0.88
    # What has ended is nothing in either, and an ending had a chance in both.
    assert sum(found["inside"] for found in wrong) < 0.25 * of
    assert sum(found["below"] for found in wrong) > 0.75 * of
    assert sum(found["score_minor"] for found in right) < sum(found["score_minor"] for found in wrong) / 3
    # The mean is wrong, and its range knows better.
    assert sum(found["over_ranges"]["inside"] for found in wrong) > 0.6 * of


def test_like_is_compared_with_like(tmp_path: Path):
    """A sampled world that is told as a ledger has the amounts, to the cent, and the states that it had as a sample."""
    setting = future(written(tmp_path, outlook(), []), Play(77, parse_date("2024-12-31"))).setting
    sampled = foretold(setting, 1_100)
    ended = np.flatnonzero(~sampled.held[[state.name for state in setting.measures.states].index("share in force"), -1])
    for world in (0, 1_099, int(ended[0])):
        told = written(tmp_path / f"{world}", outlook(), history(tmp_path / "own", world))
        composition, columns = told.composed(AsOf(parse_date("2024-12-31"), FOREVER - 1))
        one = recorded(composition, columns, setting.outlook.starts, setting.sets[0])
        assert [s.name for s in one.measures.states] == [s.name for s in setting.measures.states]
        assert (one.amounts[:, :, 0] == sampled.amounts[:, :, world]).all()
        assert (one.held[:, :, 0] == sampled.held[:, :, world]).all()
        assert one.amounts.any()


def test_states_by_hand(tmp_path: Path):
    """A state's chance is the part of the worlds in which it holds at the end, and it is scored as a forecast."""
    declared = {
        "id": "d",
        "kind": "declaration",
        "occurred": "2023-05-05",
        "recorded": "2023-05-05",
        "by": "lab",
        "subject": "threshold",
        "human_level": "yes",
        "surpasses_humans": "no",
    }
    view = tried(tmp_path, outlook(head=HEAD), [declared])
    state = next(state for state in view["states"] if state["name"] == "share in force")
    assert state["came"] is False
    assert 0.46 < state["chance"] < 0.56  # three years at 20 % a year: 0.8³
    (by_hand,) = scores([event("share", state["chance"], False)]).settled
    assert (state["brier"], state["logarithmic"]) == (by_hand.brier, by_hand.logarithmic)
    assert 0 < state["brier_by_month"] < 2
    # What was the same in every world and came so stands apart, and is no merit.
    assert view["scores"]["settled"] == sum(s["brier"] > 0 for s in view["states"])
    assert f"{view['scores']['plain']} more states were the same in every world" in view["claim"]
    assert "one history" in view["claim"]


RESOLUTIONS = [
    ("share.in_force", "not share.in_force", "held"),
    ("share.in_force and resale.paid < USD 1", "share.in_force", "lost"),
    ("resale.paid >= USD 1 and share.in_force", "not share.in_force or resale.paid < USD 1", "held"),
    ("not share.in_force", "lab.position > USD 0 and cloud.position > USD 0", None),
    ("share.ever_in_force", "not resale.in_force", "held"),
    ("", "share.in_force", "lost"),
    ("", "", None),
]


@pytest.mark.parametrize(("held", "lost", "came"), RESOLUTIONS)
def test_which_scenario_came(held: str, lost: str, came: str | None, tmp_path: Path):
    """It has come if its criteria hold and no other's do; else nothing is scored."""
    criteria = [held, lost]
    sale = FIRST | {"by": "cloud", "product": "product/cloud", "id": "s", "occurred": "2022-03-31"}
    text = outlook(scenarios=scenario("held", "70 %", held) + scenario("lost", "30 %", lost))
    view = tried(tmp_path, text, [sale | {"recorded": "2022-03-31"}], worlds=10, starts=parse_date("2021-12-31"))
    (partition,) = view["partitions"]
    assert partition["came"] == came
    assert [one["criteria_hold"] is None for one in partition["scenarios"]] == [not text for text in criteria]
    given = {"held": 0.7, "lost": 0.3, None: None}[came]
    assert partition["brier"] == (pytest.approx(2 * (1 - given) ** 2) if given else None)
    assert [one["brier_had_it_come"] for one in partition["scenarios"]] == pytest.approx([0.18, 0.98])
    assert partition["came_by"] == ("criteria" if came else None)


def test_two_criteria_hold_and_one_is_told(tmp_path: Path):
    """Where two hold neither is scored, and both are named; what is told goes before the criteria."""
    scenarios = scenario("held", "70 %", "share.in_force") + scenario("lost", "30 %", "resale.in_force")
    text = outlook(scenarios=scenarios, head=HEAD)
    (partition,) = tried(tmp_path, text, [], worlds=10)["partitions"]
    assert (partition["came"], [one["criteria_hold"] for one in partition["scenarios"]]) == (None, [True, True])
    (partition,) = tried(tmp_path, text, [], worlds=10, came="lost")["partitions"]
    assert (partition["came"], partition["came_by"]) == ("lost", "told")


def test_what_stands_on_one_side_alone_is_told(tmp_path: Path):
    """A clause of a later amendment has no forecast: it is named with what it came to, and counted nowhere."""
    sale = FIRST | {"id": "s", "occurred": "2023-03-31", "recorded": "2023-03-31", "amount": "USD 160 m"}
    view = tried(tmp_path, outlook(head=HEAD), [sale], amended=True, worlds=200)
    alone = [each for each in view["not_compared"] if "payer" in each]
    assert [(each["clause"], each["side"], each["amount_minor"]) for each in alone] == [("bonus", "record", 10**9)]
    assert {"state": "bonus in force", "clause": "bonus", "side": "record"} in view["not_compared"]
    assert [(each["clause"], each["did"]) for each in view["changed"]] == [("bonus", "added")]
    assert not any(amount["clause"] == "bonus" for amount in view["amounts"])


def test_nothing_later_is_known(tmp_path: Path):
    """What was recorded after the first day changes neither the worlds nor the value last known."""
    late = FIRST | {"id": "late", "occurred": "2021-12-15", "recorded": "2022-01-15", "amount": "USD 999 m"}
    views = [tried(tmp_path / name, outlook(head=HEAD), since) for name, since in (("a", []), ("b", [late]))]
    for name in ("p10_minor", "p50_minor", "p90_minor", "last_minor"):
        one, other = ([a[name] for a in v["amounts"] if a["clause"] == "share"] for v in views)
        assert one == other
    # The share of the last quarter, of USD 200 m: what late tells of is not in it.
    assert {a["last_minor"] for a in views[0]["amounts"] if a["clause"] == "share" and a["by"] == "quarter"} == {
        20_000_000_000 * 3 // 16
    }


@pytest.mark.parametrize(
    ("head", "wish", "code"),
    [
        ("", {}, "D116"),
        ("", {"starts": parse_date("2022-01-01")}, "D116"),
        (HEAD, {"until": parse_date("2026-01-01")}, "D117"),
        (HEAD, {"until": parse_date("2021-12-31")}, "D117"),
        (HEAD, {"came": "nobody"}, "D110"),
        (HEAD, {"worlds": 10**9}, "D113"),
        ("backtest_from: 2022-02-01", {}, "W111"),
    ],
)
def test_refused(head: str, wish: dict[str, Any], code: str, tmp_path: Path):
    """No day, a day after the start, days without a record, a scenario that is none, more worlds than there is room."""
    with pytest.raises(ProblemError, match=code):
        tried(tmp_path, outlook(head=head), [], **wish)


def test_a_criterion_that_names_nothing(tmp_path: Path):
    """It is a problem at its place, with the name that was perhaps meant."""
    scenarios = scenario("held", "70 %", "share.in_forse") + scenario("lost", "30 %")
    with pytest.raises(ProblemError, match=r"outlook\.lgd:\d+:\d+: W103 .*share\.in_forse[\s\S]*share\.in_force"):
        tried(tmp_path, outlook(scenarios=scenarios, head=HEAD), [], worlds=10)


def test_a_start_that_stands_where_the_ledger_has_none(tmp_path: Path):
    """`start` beside `start_from` is used where the ledger tells of no such event, and only there."""
    text = outlook().replace("start: USD 100 m\n", "start: USD 7 m\nstart_from: lab-sales\nover: 3 months\n", 1)
    workspace = written(tmp_path, text, [])
    assert read_outlook(workspace).parameters["lab-demand.start"].value == 20_000_000_000 / 3
    day = parse_date("2021-10-31")
    assert read_outlook(workspace, AsOf(day, FOREVER - 1)).parameters["lab-demand.start"].value == 700_000_000


@given(st.integers(0, 800), st.integers(1, 900))
def test_whole_periods(start: int, length: int):
    """A quarter has three whole months, and every period begins after the first day and ends by the last."""
    first = parse_date("2020-02-15")
    starts, until = first + start, first + start + length
    measures = Measures.__new__(Measures)
    measures.grid, measures.starts = Grid.over(first, until), starts
    measures.first = int(measures.grid.cell(np.array([starts + 1]))[0])
    measures.closes = measures.grid.last_day[measures.first :]
    for every, months in (("month", 1), ("quarter", 3)):
        found = whole_periods(measures, every)
        places = [place for _, run in found for place in run]
        assert all(len(run) == months for _, run in found)
        assert places == list(range(places[0], places[0] + len(places))) if places else True
        for _, run in found:
            assert measures.grid.cuts[measures.first + run[0]] > starts
            assert measures.closes[run[-1]] <= until
        assert len(places) <= len(measures.closes) <= len(places) + 2 * months


def test_the_page_and_the_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The page says what may be claimed and which scenario came; the same command gives the same bytes."""
    scenarios = scenario("held", "70 %", "share.in_force") + scenario("lost", "30 %")
    root = tmp_path / "told"
    written(root, outlook(scenarios=scenarios, head=HEAD), history(tmp_path / "own", 3))
    asked = backtesting.Asked("", "2024-12-31", "300", 5, "held", [], True)
    backtesting.backtest(root, asked)
    first = capsys.readouterr().out
    backtesting.backtest(root, asked)
    assert capsys.readouterr().out == first
    assert json.loads(first)["until"] == "2024-12-31"
    backtesting.backtest(root, backtesting.Asked("", "2024-12-31", "300", 5, "held", [], False))
    page = capsys.readouterr().out
    assert "SO MUCH CAN BE SAID" in page
    assert "held came, as was told" in page
    assert "share in force" in page


def test_the_model_case():
    """From the day that its outlook names, one scenario of each partition comes, and both readings of it are scored."""
    workspace = open_workspace(Path(__file__).parents[3] / "examples" / "microsoft-openai")
    view = backtested(workspace, Trial(worlds=300))
    assert view["from"] == "2025-03-31"
    four, three = view["partitions"]
    assert (four["came"], three["came"]) == ("gradual-decoupling", "fundamental-restructuring")
    assert [round(one["brier_had_it_come"], 3) for one in four["scenarios"]] == [0.235, 0.935, 1.235, 1.335]
    before = backtested(workspace, Trial(worlds=300, until=parse_date("2025-12-31")))
    assert before["partitions"][0]["came"] == "continued-symbiosis"
    assert by(view, "quarter")["of"] >= 10
    assert "one history" in view["claim"]
