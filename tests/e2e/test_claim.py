"""The command `claim`: what was measured, what is to be claimed by when, and the letter that asks for it."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adidem.cli.main import app
from documents import NOTICE, block
from e2e.asking import CLOUD, ask, copied, figures, states
from e2e.transcript import run_page
from property.levels import DAY, Incident, Level, claim, second_of, usage, workspace

HOUR = 3_600
PACIFIC = "America/Los_Angeles"
JANUARY, ENDS = date(2024, 1, 15), date(2024, 1, 31)
LEVEL = Level(claim_within_days=30, maintenance="excluded")
FEES = usage("fees", ENDS, 1_000_00)


def down(hours: int, id: str = "down", **more: str) -> dict[str, str]:
    """An incident of so many hours, on 15 January."""
    begins = second_of(JANUARY)
    return Incident(begins, begins + hours * HOUR, **more).event(id)


def folder(path: Path, *events: dict[str, str], text: str = LEVEL.text()) -> Path:
    """A workspace with these events."""
    workspace(path / "w", text, events)
    return path / "w"


def asked(path: Path, *arguments: str, period: str = "2024-01") -> Any:
    """What `claim` answers."""
    return ask("claim", path, "--period", period, *arguments)


def window(path: Path, *arguments: str) -> dict[str, Any]:
    """The one window of January, as it is read one way."""
    day = () if "--as-of" in arguments else ("--as-of", "2024-01-31")
    (way,) = asked(path, *day, *arguments)["ways"]
    (found,) = way["windows"]
    return found


def test_the_page(tmp_path: Path):
    """Every command of docs/claims.md, in order."""
    assert run_page("docs/claims.md", tmp_path) >= 7


def test_says_every_figure(tmp_path: Path):
    """The share as a fraction, what was lost, the tier with its bounds, fees, credit and the last day to claim."""
    found = window(folder(tmp_path, FEES, down(6)))
    assert (found["uptime_exact"], found["uptime"]) == ("123/124", "99.1935… %")
    assert (found["lost_minutes"], found["window_minutes"], found["objective_met"]) == ("360", "44,640", False)
    assert (found["lost_seconds_exact"], found["window_seconds"]) == ("21600", 44_640 * 60)
    assert [each["seconds_in_full"] for each in found["incidents"]] == [21_600]
    assert found["tier"] == {"number": 1, "below": "999/1000", "from": "99/100", "credit": "1/10"}
    assert (found["fees_minor"], found["credit_minor"], found["state"]) == (1_000_00, 100_00, "open")
    assert (found["last_day_to_claim"], found["claimed_on"], found["owed_minor"]) == ("2024-03-01", None, 0)


@pytest.mark.parametrize(
    ("day", "as_of", "state"),
    [
        (None, "2024-03-01", "open"),
        (None, "2024-03-02", "lapsed"),
        (date(2024, 3, 1), "2024-03-02", "claimed"),
        (date(2024, 3, 1), "2024-02-28", "open"),
        (date(2024, 3, 2), "2024-03-02", "lapsed"),
    ],
)
def test_states(tmp_path: Path, day: date | None, as_of: str, state: str):
    """Open to the last day, then lapsed; claimed in time it is owed, and `run` has the figure and the power."""
    events = [FEES, down(6)] + ([claim("c", day, ENDS)] if day else [])
    path = folder(tmp_path, *events)
    assert window(path, "--as-of", as_of)["state"] == state
    (result,) = ask("run", path, "--as-of", as_of)["results"]
    words = {"open": "in effect", "lapsed": "terminated", "claimed": "fulfilled"}
    assert states(result)["uptime/2024-01/claim"] == words[state]
    assert list(figures(result)) == (["uptime/2024-01/credit"] if state == "claimed" else [])


def test_nothing_is_claimed_where_nobody_need(tmp_path: Path):
    """Without a time to claim the credit is owed when the window ends."""
    path = folder(tmp_path, FEES, down(6), text=Level().text())
    assert (window(path)["state"], window(path)["owed_minor"]) == ("owed", 100_00)
    assert "uptime/2024-01/credit" in figures(ask("run", path, "--as-of", "2024-01-31")["results"][0])


def test_why_incidents_do_not_count(tmp_path: Path):
    """Each that does not count says for what; those of other services and providers are not spoken of."""
    level = Level(
        maintenance="excluded", except_causes=("customer",), except_components=("console",), shortest_minutes=5
    )
    events = [
        down(6, "counts"),
        down(6, "planned", impact="maintenance"),
        down(6, "minor", impact="minor"),
        down(6, "theirs", cause="customer", component="console"),
        down(0, "short"),
        down(6, "other", service="store"),
        down(6, "rival", provider="cirrus"),
    ]
    found = window(folder(tmp_path, *events, text=level.text()))
    assert {each["id"]: each["not_counted_for"] for each in found["incidents"]} == {
        "counts": [],
        "planned": ["maintenance"],
        "minor": ["impact"],
        "theirs": ["cause", "component"],
        "short": ["shortest"],
    }
    assert found["lost_minutes"] == "360"


def test_goes_on(tmp_path: Path):
    """An incident without an end lasts to the end of the window, and through the next."""
    path = folder(tmp_path, Incident(second_of(date(2024, 1, 31)), None).event("i"))
    found = asked(path, "--as-of", "2024-02-29", period="2024-Q1")["ways"][0]["windows"]
    assert [each["lost_minutes"] for each in found] == ["1,440", "41,760"]
    assert [each["incidents"][0]["ended"] for each in found] == [None, None]


def test_each_reading(tmp_path: Path):
    """Where texts differ, in what counts and of which fees, each way is shown; pinned, one."""
    text = LEVEL.text().replace(
        "unavailable: major, critical",
        'unavailable: {readings: {few: {is: "major, critical"}, all: {is: "minor, major, critical"}}}',
    )
    text = text.replace("fees: cloud", "fees: {readings: {service: {is: cloud}, whole: {is: everything}}}")
    events = [FEES, usage("more", ENDS, 500_00, "store"), down(6), down(12, "minor", impact="minor")]
    path = folder(tmp_path, *events, text=text)
    found = {
        (way["readings"]["uptime.unavailable"], way["readings"]["uptime.fees"]): way["windows"][0]["credit_minor"]
        for way in asked(path)["ways"]
    }
    assert found == {
        ("few", "service"): 100_00,
        ("few", "whole"): 150_00,
        ("all", "service"): 250_00,
        ("all", "whole"): 375_00,
    }
    view = asked(path, "--reading", "uptime.unavailable=all", "--reading", "uptime.fees=whole")
    assert [way["windows"][0]["credit_minor"] for way in view["ways"]] == [375_00]
    ask("claim", path, "--period", "2024-01", "--reading", "uptime.fees=none", code=2)


def test_what_is_assumed(tmp_path: Path):
    """A credit that moves with what is assumed has its range, and says what it rests on."""
    rate = "{is: 1/10, basis: assumed, range: 1/20 to 1/5}"
    text = LEVEL.text().replace("from: 99/100, credit: 1/10", f"from: 99/100, credit: {rate}")
    found = window(folder(tmp_path, FEES, down(6), text=text))
    assert (found["credit_minor"], found["low_minor"], found["high_minor"]) == (100_00, 50_00, 200_00)
    assert found["rests_on"] == ["uptime.tiers.1.credit"]


def test_amended(tmp_path: Path):
    """The text that binds on a window's last day speaks of all of it; a claim under it is of the same clause."""
    path = folder(tmp_path, FEES, down(6), claim("c", date(2024, 2, 5), ENDS))
    amended = LEVEL.amendment(ENDS).replace("credit: 1/10", "credit: 1/5")
    (path / "amendment.lgd").write_text(amended, encoding="utf-8")
    found = window(path, "--as-of", "2024-02-28")
    assert (found["credit_minor"], found["state"], found["place"].partition(":")[0]) == (
        200_00,
        "claimed",
        "amendment.lgd",
    )


def test_claims_that_claim_nothing(tmp_path: Path):
    """A claim of another clause, by another party, for a day on which no window ends, or for a month that was met is
    named with the reason, under the period in which the day lies that it names, and under no other.
    """
    claims = [
        claim("level", date(2024, 2, 5), ENDS, level="downtime"),
        claim("party", date(2024, 2, 5), ENDS, by="cirrus"),
        claim("day", date(2024, 2, 5), date(2024, 1, 30)),
        claim("fits", date(2024, 2, 5), ENDS),
    ]
    claims.append(claim("met", date(2024, 3, 5), date(2024, 2, 29)))
    path = folder(tmp_path, FEES, down(6), *claims)
    found = asked(path, "--as-of", "2024-03-28")["claims_that_claim_nothing"]
    assert {each["claim"]: each["why"] for each in found} == {
        "level": "no service level is called downtime",
        "party": "cirrus is the wrong party: under uptime harbour claims",
        "day": "no window of uptime ends on the day that it names",
    }
    (met,) = asked(path, "--as-of", "2024-03-28", period="2024-02")["claims_that_claim_nothing"]
    assert (met["claim"], met["why"]) == ("met", "uptime was met")


def test_the_letter(tmp_path: Path):
    """The letter has the sum, the table and the deadline, and beside it stands the data; twice gives the same bytes."""
    path, out = folder(tmp_path, FEES, down(6), down(12, "minor", impact="minor")), tmp_path / "claim.md"
    view = asked(path, "--out", str(out))
    text, data = out.read_bytes(), (tmp_path / "claim.json").read_bytes()
    assert json.loads(data) == view
    asked(path, "--out", str(out))
    assert (out.read_bytes(), (tmp_path / "claim.json").read_bytes()) == (text, data)
    words = text.decode()
    assert "To Nimbus, from Harbour." in words
    assert "We claim USD 100.00." in words
    assert "| to be claimed by | 2024-03-01 |" in words
    assert "| down | 2024-01-15T00:00:00Z | 2024-01-15T06:00:00Z | major |  | 360 |  |" in words
    assert "impact minor does not count" in words


@pytest.mark.parametrize("own", [True, False])
def test_months_of_a_zone(tmp_path: Path, own: bool):
    """Of a zone of its own, or of that in which days are counted, a month is cut at its midnight, and shown so."""
    path, out = folder(tmp_path, FEES, down(6)), tmp_path / "claim.md"
    begins = second_of(date(2024, 2, 1), PACIFIC)
    with (path / "ledger.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(Incident(begins - 3_600, begins + 7_200).event("end")) + "\n")
    text = (path / "agreement.lgd").read_text(encoding="utf-8")
    zone = "UTC" if own else PACIFIC
    text += block("notice", NOTICE.replace("zone: UTC", f"zone: {zone}"))
    text = text.replace("window: month\n", f"window: month\nzone: {PACIFIC}\n") if own else text
    (path / "agreement.lgd").write_text(text, encoding="utf-8")
    found = window(path, "--as-of", "2024-02-10", "--out", str(out))
    assert (found["zone"], found["starts"]) == (PACIFIC, "2024-01-01T00:00:00-08:00")
    assert found["lost_minutes"] == "420"
    assert "Days and months are those of America/Los_Angeles." in out.read_text(encoding="utf-8")
    shown = CliRunner().invoke(app, ["claim", str(path), "--period", "2024-01", "--as-of", "2024-02-10"]).stdout
    words = " ".join(shown.split())
    assert "2024-01-01T00:00:00-08:00 to 2024-02-01T00:00:00-08:00, America/Los_Angeles" in words
    assert "60 01-31 23:00 end" in words


def test_a_zone_that_there_is_not(tmp_path: Path):
    """It is said where it stands."""
    path = folder(tmp_path)
    text = (path / "agreement.lgd").read_text(encoding="utf-8")
    (path / "agreement.lgd").write_text(text.replace("window: month", "window: month\nzone: Pacific"), encoding="utf-8")
    shown = CliRunner().invoke(app, ["check", str(path)])
    assert shown.exit_code == 1
    assert "A111 there is no time zone Pacific" in shown.output


def test_a_letter_for_nothing(tmp_path: Path):
    """What was met, claimed or let lapse is not asked for again."""
    out = tmp_path / "claim.md"
    asked(folder(tmp_path, FEES, down(6)), "--as-of", "2024-06-30", "--out", str(out))
    assert "no credit" in out.read_text(encoding="utf-8")
    assert "We claim" not in out.read_text(encoding="utf-8")


def test_no_window_has_ended(tmp_path: Path):
    """As of a day within the window there is nothing to say yet."""
    path = folder(tmp_path, FEES, down(6))
    assert asked(path, "--as-of", "2024-01-30")["ways"] == [{"readings": {}, "windows": []}]
    shown = CliRunner().invoke(app, ["claim", str(path), "--period", "2024-01", "--as-of", "2024-01-30"])
    assert "no window had ended by 2024-01-30" in shown.stdout
    shown = CliRunner().invoke(app, ["claim", str(path), "--period", "2023-12", "--as-of", "2024-01-30"])
    assert "no window of a service level ended in it" in shown.stdout


def test_an_empty_ledger(tmp_path: Path):
    """Without any event the service was there all the time."""
    found = window(folder(tmp_path))
    assert (found["uptime"], found["state"], found["tier"]) == ("100 %", "none", None)


@pytest.mark.parametrize("seconds", [4, 44_640 * 60 // 1000])
def test_never_rounded_up(tmp_path: Path, seconds: int):
    """A share just below a bound is not shown as the bound; exactly at the bound it is."""
    begins = second_of(JANUARY)
    found = window(folder(tmp_path, Incident(begins, begins + seconds).event("i")))
    assert found["uptime"] == ("99.9998… %" if seconds == 4 else "99.9000… %")


def test_exactly_the_objective(tmp_path: Path):
    """In a month of thirty days 43.2 minutes are exactly 0.1 %: the objective is met."""
    begins = second_of(date(2024, 4, 10))
    path = folder(tmp_path, Incident(begins, begins + 30 * DAY // 1000).event("i"))
    (found,) = asked(path, "--as-of", "2024-04-30", period="2024-04")["ways"][0]["windows"]
    assert (found["uptime"], found["objective_met"], found["tier"]) == ("99.9 %", True, None)


def test_wrong_input(tmp_path: Path):
    """A period that is none, an agreement without a service level, a place where nothing can be written: exit 2."""
    path = folder(tmp_path, FEES)
    for arguments in (["--period", "June"], ["--period", "2024-01", "--out", str(path)], ["--period", "0000"]):
        done = CliRunner().invoke(app, ["claim", str(path), *arguments])
        assert (done.exit_code, "Traceback" in done.output) == (2, False)
    missing = tmp_path / "nowhere" / "deep"
    (tmp_path / "nowhere").write_text("a file", encoding="utf-8")
    done = CliRunner().invoke(app, ["claim", str(path), "--period", "2024-01", "--out", str(missing / "claim.md")])
    assert (done.exit_code, "D309" in done.output) == (2, True)


def test_futures_credit_alike(tmp_path: Path):
    """In a sampled world the credits are those of the same world opened as a record, to the cent."""
    path = copied(CLOUD, tmp_path / "w")
    shutil.rmtree(path / "since")
    clause = Level(maintenance="excluded", partly=("minor",)).text().partition("# Uptime")[2]
    with (path / "agreement.lgd").open("a", encoding="utf-8") as file:
        file.write(f"\n# Uptime{clause}")
    begins = second_of(date(2024, 12, 20))
    events = [Incident(begins, None).event("open"), Incident(begins - 9 * DAY, begins, "minor").event("minor")]
    with (path / "ledger.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(each) + "\n" for each in events)
    totals = ask("simulate", path, "--worlds", "1")["totals"]
    mean = next(each["mean_minor"] for each in totals if (each["clause"], each["scenario"]) == ("uptime", "all"))
    result = ask("simulate", path, "--world", "0")["results"][0]
    credits = {id: each["amount_minor"] for id, each in figures(result).items() if id.startswith("uptime/2025")}
    states = ask("simulate", path, "--worlds", "1")["states"]
    missed = next(s for s in states if (s["name"], s["scenario"]) == ("uptime.availability violated", "all"))
    assert missed["probability_by_month"] == [1.0] * 12, "December is missed, which is known on 1 January"
    assert len(credits) == 12
    assert mean == sum(credits.values())
