"""An outlook as a document: what it reads to, and what it refuses."""

import re
from fractions import Fraction
from itertools import pairwise
from math import erf, exp, gamma, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.checking import check
from adidem.desk.simulating.outlook import read_outlook, read_texts
from adidem.desk.workspace import open_workspace
from adidem.kernel.literal import Misspelt
from adidem.kernel.period import AsOf, show_day
from adidem.kernel.problem import Problem, ProblemError
from adidem.kernel.quantity import Unit
from adidem.kernel.source import Source
from adidem.kernel.term import Syntax
from adidem.records.values import FOREVER
from adidem.text.document import Document, read_document
from adidem.text.grammar import parse_formula
from adidem.text.outlook import is_outlook, parse_number
from adidem.worlds.assumptions import FAMILIES
from adidem.worlds.dimension import in_order
from adidem.worlds.draft import Draft
from adidem.worlds.fitting import yearly_rate
from adidem.worlds.outlook import Outlook

ROOT = Path(__file__).resolve().parents[3]
CLOUD = ROOT / "examples" / "cloud-commitment"
FRONT = """---
title: Next year's lemons
document_type: contract
effective_date: 2025-01-01
sides:
  - name: growers
    label: Grower
    parties: [{name: ada, label: Ada, type: legal_entity, legal_name: Ada Ltd}]
  - name: sellers
    label: Seller
    parties: [{name: ben, label: Ben, type: legal_entity, legal_name: Ben Ltd}]
---
"""
SIGNED = "\n# Signing {#signing}\n\n```terms\nfamily: document\nsigned: 2023-12-01\neffective: 2024-01-01\n```\n"
HEAD = {"horizon": "family: outlook\nstarts: 2024-12-31\nuntil: 2026-12-31"}
SOLD = {"sold": "family: driver\nshape: growth\nstart: USD 5,000\ngrowth: 10 %\nvolatility: 20 %"}
FLOW = {"revenue": "family: flow\nevent: revenue\ncolumns: {by: ada, product: lemonade}\namount: sold\nevery: month"}
OFFER = {"offer": 'family: hazard\nevent: offer\ncolumns: {by: ada, to: ben, asset: "crop/{period}"}\nchance: 30 %'}
EVENT = (
    '{{"id": "{id}", "kind": "{kind}", "occurred": "{day}", "recorded": "{recorded}", "by": "ada", '
    '"product": "lemonade", "amount": "USD {amount}"}}\n'
)


def blocks(*parts: dict[str, str]) -> str:
    """A document with these blocks, each under a heading of its own."""
    found = {id: body for part in parts for id, body in part.items()}
    return FRONT + "".join(f"\n# {id} {{#{id}}}\n\n```terms\n{body}\n```\n" for id, body in found.items())


def text_of(*parts: dict[str, str]) -> Document:
    """The document, in whose text nothing is wrong."""
    document, problems = read_document(Source("outlook.lgd", blocks(*parts)))
    assert document is not None, problems
    assert problems == []
    return document


def outlook(*parts: dict[str, str]) -> Outlook:
    """The outlook of these blocks, in which nothing is wrong."""
    found, problems = read_texts([text_of(HEAD, *parts)], ("ada", "ben"))
    assert [str(problem) for problem in problems] == []
    assert found is not None
    return found


def wrong(*parts: dict[str, str]) -> list[Problem]:
    """What is wrong with the outlook of these blocks."""
    return read_texts([text_of(HEAD, *parts)], ("ada", "ben"))[1]


def codes(*parts: dict[str, str]) -> list[str]:
    return sorted(problem.code for problem in wrong(*parts))


def folder(root: Path, ledger: str, *parts: dict[str, str]) -> Path:
    """A workspace with an agreement that says nothing, this ledger and this outlook."""
    (root / "agreement.lgd").write_text(FRONT + SIGNED, encoding="utf-8")
    (root / "outlook.lgd").write_text(blocks(*parts), encoding="utf-8")
    (root / "ledger.jsonl").write_text(ledger, encoding="utf-8")
    return root


def revenue(id: str, day: str, amount: str, recorded: str = "") -> str:
    return EVENT.format(id=id, kind="revenue", day=day, recorded=recorded or day, amount=amount)


# Files


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("outlook.lgd", True),
        ("since/outlook.legaldown", True),
        ("2025.outlook.lgd", True),
        ("agreement.lgd", False),
        ("outlook-fees.lgd", False),
        ("outlook", False),
        ("outlook/agreement.lgd", False),
    ],
)
def test_names_of_files(name: str, is_one: bool):
    """An outlook is told by the stem of its name, and not by its folder."""
    assert is_outlook(name) is is_one


def test_it_is_no_part_of_the_agreement(tmp_path: Path):
    """A broken outlook is told of by check, and keeps nobody from asking about the record."""
    root = folder(tmp_path, "", HEAD, {"sold": "family: drivr"})
    workspace = open_workspace(root)
    assert [text.source.name for text in workspace.texts] == ["agreement.lgd"]
    assert workspace.whole.title == "Next year's lemons"
    workspace.run(AsOf(20_000, FOREVER - 1))
    assert [problem.code for problem in check([root]).problems] == ["A103"]
    with pytest.raises(ProblemError) as refused:
        read_outlook(workspace)
    assert [problem.code for problem in refused.value.problems] == ["A103"]


def test_a_folder_without_one(tmp_path: Path):
    """Whoever asks for the outlook of a folder that has none is told what to write."""
    (tmp_path / "agreement.lgd").write_text(FRONT + SIGNED, encoding="utf-8")
    with pytest.raises(ProblemError, match="W101 the folder has no outlook"):
        read_outlook(open_workspace(tmp_path))
    assert check([tmp_path]).problems == []


def test_a_folder_with_nothing_else(tmp_path: Path):
    """An outlook alone is no agreement."""
    (tmp_path / "outlook.lgd").write_text(blocks(HEAD), encoding="utf-8")
    with pytest.raises(ProblemError, match="D102"):
        open_workspace(tmp_path)


def test_the_cloud_example():
    """The small example reads: what the ledger gives, what is assumed, in the units of the model."""
    found = read_outlook(open_workspace(CLOUD))
    assert (show_day(found.starts), show_day(found.until)) == ("2024-12-31", "2025-12-31")
    assert [driver.id for driver in found.drivers] == ["computing", "storage"]
    start = found.parameters["computing.start"]
    # The mean of July to December 2024, in cents.
    assert start.value == pytest.approx((368 + 384 + 400 + 416 + 424 + 440) * 100_000 / 6)
    assert start.unit == Unit("money", "USD")
    size = found.parameters["computing.jump_size"]
    assert (size.value, size.low, size.high) == (-0.2, -0.4, -0.05)
    assert size.term.basis == "assumed"
    assert sum(scenario.probability.value for scenario in found.scenarios) == 1
    assert found.scenarios[1].changes == {"computing.growth": -0.25, "storage.growth": -0.1}
    assert found.sources[0].columns["service"] == "cloud/compute"


# Pages


def test_examples_of_the_families_page():
    """The examples of docs/families.md are one outlook, in which there is one of every family."""
    page = (ROOT / "docs" / "families.md").read_text(encoding="utf-8")
    part = page.partition("## The families of an outlook")[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for section in part.split("\n### ")[1:]:
        bodies = re.findall(r"^```terms\n(.*?)\n```$", section, re.MULTILINE | re.DOTALL)
        found |= dict(zip([section.partition("\n")[0], "price"], bodies, strict=False))
    assert sorted(found) == sorted([*FAMILIES, "price"])
    document, problems = read_document(Source("outlook.lgd", blocks(found).replace("ada", "lab")))
    assert problems == []
    assert document is not None
    assert [str(problem) for problem in read_texts([document], ("lab", "ben"))[1]] == []


# Values


@given(
    st.fractions(-1000, 1000, max_denominator=10**6).map(lambda f: Fraction(round(f * 10**4), 10**4)),
    st.sampled_from(["{} %", "{}", "{} users", "{} m users", "USD {} m"]),
)
def test_numbers_are_exact(value: Fraction, form: str):
    """Whatever sign and form a number is written in, its value is exact."""
    digits = f"{float(value):.4f}"
    found = parse_number(form.format(digits))
    factor = {
        "{} %": Fraction(1, 100),
        "{} m users": Fraction(10**6),
        "USD {} m": Fraction(10**8),
    }.get(form, Fraction(1))
    assert Fraction(found.value, found.unit.denominator) == Fraction(digits) * factor
    assert found.unit.kind == {"{} users": "count", "{} m users": "count", "USD {} m": "money"}.get(form, "rate")


@pytest.mark.parametrize("text", ["", "-", "USD", "12 %%", "1e9", "nan", "inf", "--1", "1 / 0", "9" * 200, "users 5"])
def test_no_numbers(text: str):
    """What is no number is refused."""
    with pytest.raises(Misspelt):
        parse_number(text)


def test_division_in_formulas():
    """Division binds as multiplication does, from the left; between digits it stays a rate, and a path is a word."""

    def shown(syntax: Syntax) -> str:
        if syntax.parts:
            return f"({f' {syntax.operation} '.join(map(shown, syntax.parts))})"
        return str(getattr(syntax.literal, "value", syntax.literal))

    assert shown(parse_formula("a / b * c - d / e", None)) == "(((a / b) * c) - (d / e))"
    assert shown(parse_formula("a * 3/16", None)) == "(a * 3)"
    assert shown(parse_formula("product/chatgpt + a", None)) == "(product/chatgpt + a)"


@pytest.mark.parametrize(
    ("shape", "unit"),
    [
        ("shape: growth\nstart: 900 m users\ngrowth: 5 %", Unit("count", "users")),
        ("shape: growth\nstart: 0.8\ngrowth: -5 %", Unit("rate")),
        ("shape: growth\nunit: GW\nstart: 2\ngrowth: 5 %", Unit("count", "GW")),
        ("shape: reversion\nmean: USD 3\npull: 80 %", Unit("money", "USD")),
        ("shape: s-curve\nceiling: 9 shops\nmidpoint: 2026-06-30\nwidth: 12 months", Unit("count", "shops")),
        ("shape: series\nvalues: {2024-06-30: USD 2, 2025-06-30: USD 3}", Unit("money", "USD")),
        ("shape: formula\nformula: sold * 20 %", Unit("money", "USD")),
        ("shape: formula\nformula: sold / USD 100", Unit("rate")),
        ("shape: formula\nunit: GW\nformula: sold / USD 100", Unit("count", "GW")),
        ("shape: formula\nformula: sold / 12 shops", Unit("money", "USD")),
        ("shape: formula\nformula: (sold > USD 5) * sold * sold.growth", Unit("money", "USD")),
        ("shape: formula\nformula: sold > USD 5 and not sold is USD 7", Unit("flag")),
    ],
)
def test_units_of_drivers(shape: str, unit: Unit):
    """A driver's unit is what it declares, or what its level or its formula is."""
    found = outlook(SOLD, {"other": f"family: driver\n{shape}"})
    assert next(driver.unit for driver in found.drivers if driver.id == "other") == unit


@pytest.mark.parametrize(
    "made",
    ["sold + 1", "sold * sold", "sold / sold + sold", "1 / sold", "not sold", "sold and yes", "sold > 5 shops"],
)
def test_formulas_that_do_not_meet(made: str):
    """What is no sum, product or comparison of like things is refused."""
    assert codes(SOLD, {"other": f"family: driver\nshape: formula\nformula: {made}"}) == ["W109"]


def test_parameters_in_days():
    """Times are in days, dates in days since 1970, whatever they were written in."""
    found = outlook({"shops": "family: driver\nshape: s-curve\nceiling: 9\nmidpoint: 2026-06-30\nwidth: 1 year"})
    assert show_day(int(found.parameters["shops.midpoint"].value)) == "2026-06-30"
    assert found.parameters["shops.width"].value == 365.25


# Events


def test_an_answer_by_chance_and_by_policy():
    """Chances and delays of an answer are parameters; a policy's rules come before them."""
    answer = (
        "\nanswers:\n  - event: answer\n    columns: {by: ben}\n    within: 3 days to 10 days\n    choice: answer\n"
        "    chances: {accepted: {is: 40 %, basis: assumed, range: 20 % to 60 %}, declined: 50 %}"
    )
    policy = (
        "family: policy\nparty: ben\nof: offer\nanswers: answer\n"
        "rules:\n  - {when: sold > USD 9, choose: accepted}\n  - {choose: declined}"
    )
    found = outlook(SOLD, {"offer": OFFER["offer"] + answer}, {"ben-answers": policy})
    (stage,) = found.sources[0].stages
    assert [word for word, _ in stage.chances] == ["accepted", "declined"]
    assert found.parameters["offer.answer.accepted"].high == 0.6
    assert [found.parameters[id].value for id in stage.within] == [3.0, 10.0]
    assert [(when is None, word) for when, word in stage.rules] == [(False, "accepted"), (True, "declined")]


def test_a_policy_makes_the_answer():
    """Where only rules decide, the policy is the answer, by the party that decides."""
    policy = "family: policy\nparty: ben\nof: offer\nanswers: answer\nrules: [{choose: declined}]\nwithin: 5 days"
    (source,) = outlook(OFFER, {"ben-answers": policy}).sources
    (stage,) = source.stages
    assert (stage.choice, stage.columns, stage.chances) == ("answer", {"by": "ben"}, ())
    assert codes(OFFER, {"ben-answers": policy.replace("party: ben", "party: eve")}) == ["T221"]
    assert codes(OFFER, {"ben-answers": policy.replace("declined", "decline")}) == ["W110"]
    assert codes(OFFER, {"ben-answers": policy.replace("\nwithin: 5 days", "")}) == ["W114"]


def test_a_policy_gates_the_event():
    """A policy of the event's author decides when it comes."""
    policy = "family: policy\nparty: ada\nof: offer\nwhen: sold > USD 9"
    (source,) = outlook(SOLD, OFFER, {"ada-waits": policy}).sources
    assert source.when is not None
    assert source.by == "ada"


# What must fit together


@given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=3, max_size=5))
@settings(max_examples=12, deadline=None)
def test_correlations_of_any_shocks_are_taken(loads: list[list[int]]):
    """What is made of common shocks is sound, and stays so when it is written to six places and drawn in a little."""
    load = np.array(loads, float) + 10 * np.eye(len(loads), 3)
    load = np.concatenate([load, np.ones((len(loads), 1))], axis=1)
    load /= np.sqrt((load**2).sum(axis=1, keepdims=True))
    assert codes(_drivers(len(loads)), _correlations(load @ load.T * 0.999)) == []


@given(st.integers(30, 99), st.integers(30, 99), st.integers(-99, 99))
@settings(max_examples=20, deadline=None)
def test_correlations_are_refused_where_their_determinant_is_negative(one: int, two: int, three: int):
    """Of three drivers: the matrix is one of correlations where its determinant is not negative; and with what the
    mend says, if it says something, it is.
    """
    a, b, c = one / 100, two / 100, three / 100
    matrix = np.array([[1, a, b], [a, 1, c], [b, c, 1]])
    found = wrong(_drivers(3), _correlations(matrix))
    sound = 10**6 + 2 * one * two * three - 100 * (one**2 + two**2 + three**2) >= 0
    assert [problem.code for problem in found] == ([] if sound else ["W106"])
    for problem in found:
        assert problem.span is not None
        low, high = (float(part) for part in problem.mend.partition("write between ")[2].split(" and "))
        names = problem.span.source.line(problem.span.line).partition("[")[2].rstrip("]").split(", ")
        i, j = (int(name.removeprefix("d")) for name in names)
        for value in (low, high):
            matrix[i, j] = matrix[j, i] = value
            assert codes(_drivers(3), _correlations(matrix)) == []


def _drivers(number: int) -> dict[str, str]:
    body = "family: driver\nshape: growth\nstart: 1\ngrowth: 0 %\nvolatility: 20 %"
    return {f"d{i}": body for i in range(number)}


def _correlations(matrix: np.ndarray) -> dict[str, str]:
    return {
        f"c{i}-{j}": f"family: correlation\nbetween: [d{i}, d{j}]\nstrength: {matrix[i, j]:.6f}"
        for i in range(len(matrix))
        for j in range(i)
    }


@given(st.lists(st.integers(1, 98), min_size=1, max_size=5, unique=True).filter(lambda cuts: max(cuts) < 100))
@settings(max_examples=12, deadline=None)
def test_probabilities_sum_to_one(cuts: list[int]):
    """A partition of 100 % is taken, in tenths or thirds; with one part away from it, it is refused."""
    edges = [0, *sorted(cuts), 100]
    parts = [b - a for a, b in pairwise(edges)]
    form = "family: scenario\npartition: weather\nprobability: {}\nresolves: the rain"
    whole = {f"s{i}": form.format(f"{part} %") for i, part in enumerate(parts)}
    assert codes(whole) == []
    del whole["s0"]
    assert codes(whole) == ["W107"]
    assert codes({f"s{i}": form.format("1/3") for i in range(3)}) == []
    assert codes({f"s{i}": form.format("33.3 %") for i in range(3)}) == ["W107"]


@given(st.permutations(range(8)), st.data())
def test_drivers_stand_after_what_they_are_made_of(order: list[int], data: st.DataObject):
    """In whatever order drivers are written, each is read after those of its formula; a circle is always found."""
    formulas: dict[str, Syntax | None] = {}
    for id in order:
        below = data.draw(st.lists(st.integers(0, id - 1), max_size=3)) if id else []
        formulas[f"d{id}"] = _sum_of(below)
    draft = Draft({}, ())
    found = in_order(draft, formulas)
    assert draft.problems == []
    assert sorted(found) == sorted(formulas)
    for id, syntax in formulas.items():
        parts = [str(part.literal) for part in syntax.parts] if syntax is not None else []
        assert all(found.index(part) < found.index(id) for part in parts)
    formulas["d0"] = _sum_of([7])
    formulas["d7"] = _sum_of([0])
    in_order(draft, formulas)
    assert {problem.code for problem in draft.problems} == {"W108"}


def test_numbers_of_every_sort_are_worked_out():
    """Rates, counts, dates and instants follow from drivers, in the parts of their columns, each behind what it
    follows.
    """
    hours = {"hours": "family: driver\nshape: growth\nstart: 3 hours\ngrowth: 0 %\nvolatility: 10 %"}
    incident = {
        "outage": "family: hazard\nevent: incident\ncolumns: {provider: ada, service: web, impact: major}\n"
        "chance: 9 %\namounts: {ended: hours * 2, started: 90 minutes}"
    }
    fixing = {"fixing": "family: flow\nevent: fixing\ncolumns: {index: base}\namounts: {rate: 5 %}\nevery: month"}
    found = outlook(hours, incident, fixing).sources
    assert list(found[0].amounts) == ["started", "ended"]
    assert [each.parts for each in found[0].amounts.values()] == [60, 3_600]
    assert found[1].amounts["rate"].parts == 10**9
    assert codes(hours, {"outage": incident["outage"].replace("hours * 2", "USD 5")}) == ["W109"]
    assert codes(hours, {"outage": incident["outage"].replace("90 minutes", "10 %")}) == ["W109"]
    assert codes(hours, {"outage": incident["outage"].replace(", started: 90 minutes", "")}) == ["W115"]
    told = "columns: {started: 2025-01-05, "
    assert codes(hours, {"outage": incident["outage"].replace("columns: {", told)}) == ["W110", "W113"]


def test_rates_and_dates_stand_in_columns():
    """What is the same in every event is written as in a ledger; it is refused where it is no such thing."""
    fixing = "family: flow\nevent: fixing\ncolumns: {index: base, rate: 5 %}\nevery: month"
    claim = "family: flow\nevent: claim\ncolumns: {by: ada, level: up, window_ends: 2025-01-31}\nevery: year"
    outlook({"fixing": fixing}, {"claim": claim})
    assert codes({"fixing": fixing.replace("5 %", "five")}) == ["W110"]
    assert codes({"claim": claim.replace("2025-01-31", "2025-02-30")}) == ["W110"]


def test_a_day_that_is_over_when_the_event_comes():
    """What is claimed is over: that day is written, and lies before the first claim that can come."""
    claim = "family: hazard\nevent: claim\ncolumns: {by: ada, level: up, window_ends: 2025-01-31}\nchance: 30 %"
    (early,) = wrong({"claim": claim})
    assert (early.code, early.sentence) == ("W111", "window_ends is 2025-01-31, and a claim can come on 2025-01-01")
    assert early.mend.startswith("write from: 2025-02-01")
    outlook({"claim": f"{claim}\nfrom: 2025-02-01"})
    drawn = claim.replace(", window_ends: 2025-01-31}", "}\namounts: {window_ends: 3 days}")
    (later,) = wrong({"claim": drawn})
    assert (later.code, later.mend) == ("W110", "write the day under columns: {window_ends: …}")


def test_what_is_wanted_is_said():
    """A column that counts nothing of a name takes a plain number, and the refusal says so."""
    grant = (
        "family: flow\nevent: grant\ncolumns: {by: ada, to: ben, unit: tokens}\namounts: {amount: 5 users}\nevery: year"
    )
    assert [problem.sentence for problem in wrong({"grant": grant})] == [
        "amount is a number of users, and a plain number is wanted"
    ]


def _sum_of(numbers: list[int]) -> Syntax | None:
    return Syntax("+", tuple(Syntax("literal", literal=f"d{n}") for n in numbers)) if numbers else None


def test_a_long_chain_of_drivers():
    """A chain of drivers may be longer than a stack is deep."""
    formulas = {f"d{n}": _sum_of([n - 1]) for n in reversed(range(20_000))}
    formulas["d0"] = None
    assert in_order(Draft({}, ()), formulas) == [f"d{n}" for n in range(20_000)]


def test_all_problems_are_told_at_once():
    """One reading tells of everything, and once."""
    found = codes(
        {"sold": SOLD["sold"].replace("20 %", "-20 %").replace("10 %", "-110 %")},
        {"revenue": FLOW["revenue"].replace("amount: sold", "amount: solt")},
        {"dry": "family: scenario\npartition: weather\nprobability: 50 %\nchanges: {a.b: 1}\nresolves: the rain"},
        {"declare": "family: hazard\nevent: declaration\ncolumns: {by: eve, subject: ripe}\nchance: 200 %"},
    )
    assert found == ["W103", "W103", "W104", "W104", "W105", "W107", "W110"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("family: driver\nshape: growth\nstart: 1\ngrowth: USD 5", "W109"),
        ("family: driver\nshape: growth\nstart: {is: 1, basis: assumed}\ngrowth: 5 %", "T209"),
        ("family: driver\nshape: growth\nstart: {readings: {low: 1, high: 2}}\ngrowth: 5 %", "T207"),
        ("family: driver\nshape: growth\nstart: 1\ngrowth: 5 %\nreplaces: other", "T201"),
        ("family: driver\nshape: growth\nstart: 1\ngrowth: 5 %\njump_chance: 10 %", "W114"),
        ("family: driver\nshape: series\nvalues: {2024-12-31: USD 2, 2025-06-30: 3}", "W109"),
        ("family: driver\nshape: series\nvalues: {soon: 2, 2024-12-31: 3}", "T220"),
        ("family: driver\nshape: series\nvalues: {2025-12-31: 3}", "W114"),
        ("family: hazard\nevent: fact\ncolumns: {about: rain, text: it}\nchance: 5 %\nat_most: 1.5", "W114"),
        ("family: hazard\nevent: fact\ncolumns: {about: rain, text: it}\nfitted: {abut: rain}", "W103"),
        ("family: hazard\nevent: withdrawal\ncolumns: {}\nchance: 5 %", "W103"),
        ("family: scenario\npartition: a\nprobability: 100 %\nresolves: x\nchanges: [a]", "T220"),
        ("family: policy\nparty: ada\nof: nothing\nwhen: yes", "W103"),
    ],
)
def test_one_wrong_block(body: str, code: str):
    """What one block gets wrong is told, and nothing else."""
    assert codes({"block": body}) == [code]


def test_an_outlook_without_blocks():
    """Even where there is nothing the problem has a place."""
    document, _ = read_document(Source("outlook.lgd", FRONT + "\n# Nothing {#nothing}\n\nNothing yet.\n"))
    assert document is not None
    (problem,) = read_texts([document], ("ada",))[1]
    assert (problem.code, problem.place) == ("W101", "outlook.lgd:1:1")


# The ledger


def test_the_start_is_the_mean_of_what_was_known(tmp_path: Path):
    """The mean of the months before, of the events like the source's, as of the day that is asked for."""
    started = {"sold": SOLD["sold"].replace("start: USD 5,000", "start_from: revenue\nover: 2 months")}
    ledger = (
        revenue("a", "2024-10-31", "70.00")
        + revenue("b", "2024-11-30", "100.00")
        + revenue("c", "2024-12-31", "300.00", "2025-01-05")
        + '{"id": "w", "kind": "correction", "corrects": "b", "occurred": "2025-02-01", "recorded": "2025-02-01", '
        '"amount": "USD 200.00"}\n'
    )
    workspace = open_workspace(folder(tmp_path, ledger, HEAD, started, FLOW))
    assert check([tmp_path]).problems == []
    assert read_outlook(workspace).parameters["sold.start"].value == 25_000
    end = 20_088
    before = read_outlook(workspace, AsOf(end, (end + 10) * 86_400))
    assert before.parameters["sold.start"].value == 20_000
    # On the last day itself the last month is not recorded yet: the two months end with November.
    on_the_day = read_outlook(workspace, AsOf(end, end * 86_400))
    assert on_the_day.parameters["sold.start"].value == 8_500
    earlier = read_outlook(workspace, AsOf(end - 31, FOREVER - 1))
    assert show_day(earlier.starts) == "2024-11-30"
    assert earlier.parameters["sold.start"].value == 13_500


def test_a_start_beside_the_ledger(tmp_path: Path):
    """A start that is told beside start_from serves where the ledger has no such events."""
    both = {"sold": SOLD["sold"].replace("start: USD 5,000", "start: USD 5,000\nstart_from: revenue\nover: 2 months")}
    for ledger, cents in (("", 500_000), (revenue("a", "2024-12-31", "70.00"), 3_500)):
        root = folder(tmp_path, ledger, HEAD, both, FLOW)
        assert read_outlook(open_workspace(root)).parameters["sold.start"].value == cents


def test_a_start_is_a_mean_of_money(tmp_path: Path):
    """Of what a source works out it is the money, wherever that stands; where there is none nothing is taken."""
    started = {"sold": SOLD["sold"].replace("start: USD 5,000", "start_from: revenue\nover: 2 months")}
    several = FLOW["revenue"].replace("amount: sold", "amounts: {other_products: 5 %, amount: sold}")
    root = folder(tmp_path, revenue("a", "2024-12-31", "70.00"), HEAD, started, {"revenue": several})
    assert read_outlook(open_workspace(root)).parameters["sold.start"].value == 3_500
    fixing = "family: flow\nevent: fixing\ncolumns: {index: base}\namounts: {rate: 5 %}\nevery: month"
    told = revenue("f", "2024-12-31", "1").replace('"kind": "revenue"', '"kind": "fixing"')
    told = told.replace('"by": "ada", "product": "lemonade", "amount": "USD 1"', '"index": "base", "rate": "4 %"')
    root = folder(tmp_path, told, HEAD, started, {"revenue": fixing})
    assert [problem.code for problem in check([root]).problems] == ["W114"]


def test_events_are_found_by_their_numbers_too(tmp_path: Path):
    """A rate that a source always writes is looked for in the ledger as the number that it is."""
    started = {"sold": SOLD["sold"].replace("start: USD 5,000", "start_from: revenue\nover: 2 months")}
    part = {"revenue": FLOW["revenue"].replace("lemonade}", "lemonade, other_products: 5 %}")}
    told = revenue("a", "2024-12-31", "70.00") + revenue("b", "2024-12-31", "30.00").replace(
        '"amount"', '"other_products": "0.05", "amount"'
    )
    root = folder(tmp_path, told, HEAD, started, part)
    assert read_outlook(open_workspace(root)).parameters["sold.start"].value == 1_500


def test_an_outlook_that_starts_in_the_past(tmp_path: Path):
    """It is refused where the ledger beside it goes on; what a folder below tells of later days is passed over, unless
    the question is of a later day.
    """
    root = folder(tmp_path, revenue("a", "2024-10-31", "70.00"), HEAD, SOLD, FLOW)
    (root / "since").mkdir()
    (root / "since" / "ledger.jsonl").write_text(revenue("b", "2025-03-31", "100.00"), encoding="utf-8")
    workspace = open_workspace(root)
    assert read_outlook(workspace).starts == 20_088
    with pytest.raises(ProblemError, match="W102"):
        read_outlook(workspace, AsOf(20_300, FOREVER - 1))
    (root / "ledger.jsonl").write_text(revenue("c", "2025-03-31", "100.00"), encoding="utf-8")
    (root / "since" / "ledger.jsonl").unlink()
    assert [problem.code for problem in check([root]).problems] == ["W102"]


def test_a_fitted_chance(tmp_path: Path):
    """Three in two years are a rate of 1.5 a year, and so a chance of 1 - exp(-1.5) of at least one."""
    fact = '{{"id": "{0}", "kind": "fact", "occurred": "{1}", "recorded": "{1}", "about": "{2}", "text": "it"}}\n'
    days = ["2023-02-01", "2023-08-01", "2024-08-01"]
    ledger = "".join(fact.format(day, day, "hail") for day in days) + fact.format("x", "2023-01-01", "rain")
    hazard = "family: hazard\nevent: fact\ncolumns: {about: hail, text: it}\nfitted: {about: hail}"
    found = read_outlook(open_workspace(folder(tmp_path, ledger, HEAD, {"hail": hazard})))
    chance = found.parameters["hail.chance"]
    assert chance.value == pytest.approx(1 - exp(-3 / (731 / 365.25)))
    assert chance.low < chance.value < chance.high
    assert chance.term.basis == "assumed"
    since = {"hail": hazard.replace("fitted: {about: hail}", "fitted: {about: hail, since: 2024-01-01}")}
    later = read_outlook(open_workspace(folder(tmp_path, ledger, HEAD, since)))
    assert later.parameters["hail.chance"].value == pytest.approx(1 - exp(-1 / (366 / 365.25)))


@given(st.integers(0, 60), st.floats(0.1, 50))
def test_fitted_ranges_are_quantiles(count: int, years: float):
    """Below the ends of the range lie 10 % and 90 % of a Gamma distribution of shape count + 1/2, by its recurrence
    from the error function; the rate itself lies within.
    """
    rate, low, high = yearly_rate(count, years)
    assert rate == count / years
    assert low <= rate <= high
    for end, chance in ((low, 0.1), (high, 0.9)):
        value, shape = end * years, 0.5
        below = erf(sqrt(value))
        while shape < count + 0.5:
            below -= value**shape * exp(-value) / gamma(shape + 1)
            shape += 1
        assert below == pytest.approx(chance, abs=1e-6) or (count == 0 and end == 0)


def test_the_range_of_many_is_nearly_exact():
    """Where the approximation takes over, the range does not leap."""
    _, low, high = yearly_rate(200, 1.0)
    _, next_low, next_high = yearly_rate(201, 1.0)
    assert 0.9 < next_low - low < 1.1
    assert 0.9 < next_high - high < 1.1
