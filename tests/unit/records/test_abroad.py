"""Amounts in other money: brought to the agreement's coin by coin, and refused where no clause says by which rate."""

import pytest

from adidem.desk.workspace import Workspace
from adidem.kernel.problem import ProblemError
from adidem.kernel.quantity import LIMIT
from adidem.records.abroad import levelled
from property.strategies import LATEST, Case, Terms, Text, written

DAY = 19_723  # 2024-01-01
SHARE: Terms = {
    "family": "revenue-share",
    "payer": "ada",
    "payee": "ben",
    "of": "ada",
    "products": "everything",
    "rate": "100 %",
    "every": "month",
    "pay_within": "30 days",
    "rounding": "half even, per period",
    "cap": "USD 1 m",
    "exchange_rates": "day",
}


def workspace(blocks: dict[str, Terms], amount: str, **columns: str) -> Workspace:
    """An agreement with one event of revenue."""
    text = Text("agreement.lgd", DAY, DAY, list(blocks.items()))
    event = {"id": "a", "kind": "revenue", "occurred": "2024-01-31", "recorded": "2024-01-31", "by": "ada"}
    event |= {"product": "model", "amount": amount, **columns}
    return Case({text.name: written(text, text)}, [event], DAY + 30, LATEST).workspace()


def paid(found: Workspace) -> int:
    """Minor units of the one share."""
    (figure,) = found.run(Case({}, [], DAY + 30, LATEST).as_of).results[0].figures
    return figure.transfer.amount_minor


@pytest.mark.parametrize(
    ("amount", "rate", "cents"),
    [
        ("EUR 10", "1.0837", 1_084),
        ("USD 10", None, 1_000),
        ("JPY 1000", "0.0067", 670),
        ("JPY 1,001", "0.006666667", 667),
        ("KWD 1.23", "3.25", 400),
        ("EUR -10", "1.05", -1_050),
    ],
)
def test_converted(amount: str, rate: str | None, cents: int):
    """An amount is converted by the rate that its event brings, from coins of whatever size, and rounded once."""
    columns = {} if rate is None else {"exchange_rate": rate}
    assert paid(workspace({"share": SHARE}, amount, **columns)) == cents


@pytest.mark.parametrize(
    ("terms", "columns"),
    [
        (SHARE, {}),
        (SHARE, {"average_rate": "1.1"}),
        (SHARE | {"exchange_rates": "month-end"}, {"exchange_rate": "1.1", "average_rate": "1.1"}),
        ({name: value for name, value in SHARE.items() if name != "exchange_rates"}, {"exchange_rate": "1.1"}),
    ],
)
def test_refused(terms: Terms, columns: dict[str, str]):
    """L114: no rate, another rate than the text names, or a text that names none."""
    with pytest.raises(ProblemError) as refused:
        paid(workspace({"share": terms}, "EUR 10", **columns))
    assert [problem.code for problem in refused.value.problems] == ["L114"]


def test_coins_that_are_too_small():
    """L114: a thousandth of a dinar is no number of whole cents before it is converted."""
    with pytest.raises(ProblemError) as refused:
        paid(workspace({"share": SHARE}, "KWD 1.234", exchange_rate="3.25"))
    assert [problem.code for problem in refused.value.problems] == ["L114"]


def test_every_reader_converts():
    """L114: another clause adds up the same amounts, and names no rate."""
    test = "cumulative(revenue.amount) > USD 5"
    stop = {"family": "determination", "declarer": "ada", "subject": "stop", "test": test}
    stop |= {"decided_by": "declaration", "effects": [{"end": "share"}]}
    assert paid(workspace({"share": SHARE, "stop": stop}, "USD 10")) == 1_000
    with pytest.raises(ProblemError) as refused:
        paid(workspace({"share": SHARE, "stop": stop}, "EUR 10", exchange_rate="1.1"))
    assert [problem.code for problem in refused.value.problems] == ["L114"]


def test_rival_rates():
    """Which of two rates is meant may be a question."""
    rival = {"readings": {"day": {"is": "day"}, "average": {"is": "month-average"}}}
    found = workspace({"share": SHARE | {"exchange_rates": rival}}, "EUR 10", exchange_rate="1.1", average_rate="1.2")
    results = found.run(Case({}, [], DAY + 30, LATEST).as_of).results
    assert sorted(result.figures[0].transfer.amount_minor for result in results) == [1_100, 1_200]


@pytest.mark.parametrize(
    ("minor", "theirs", "ours", "level"),
    [
        (LIMIT // 100, "JPY", "USD", LIMIT // 100 * 100),
        (-(LIMIT // 100), "JPY", "USD", -(LIMIT // 100) * 100),
        (LIMIT // 100 + 1, "JPY", "USD", None),
        (1_230, "KWD", "USD", 123),
        (1_234, "KWD", "USD", None),
    ],
)
def test_levelled(minor: int, theirs: str, ours: str, level: int | None):
    """Up to the largest amount that is held, exactly or not at all."""
    assert levelled(minor, theirs, ours) == level
