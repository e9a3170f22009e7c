"""The page of `run`: nothing on it is of one reading alone without saying so."""

import pytest

from adidem.cli.page import Page
from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.records.values import UNBOUNDED
from documents import agreement, held, share, stop_as_read

SALES = [
    {"id": f"sale-{month}", "kind": "revenue", "by": "lab", "product": "model", "amount": "USD 100"}
    | {"occurred": f"2025-{month:02d}-15", "recorded": f"2025-{month:02d}-15"}
    for month in range(1, 7)
]
DECLARED = {"id": "declared", "kind": "declaration", "by": "lab", "subject": "stop"}
PAID = {"id": "paid", "kind": "payment", "by": "lab", "to": "cloud", "amount": "USD 20", "pays": "share/2025-01/share"}


def printed(capsys: pytest.CaptureFixture[str], rate: str) -> str:
    """The page of a share that a declaration stops: at once, or as also read when the panel has spoken."""
    text = agreement("Share", "2025-01-01", share=share(rate), stop=stop_as_read("stop", "share"))
    events = [DECLARED | {"occurred": "2025-03-31", "recorded": "2025-03-31"}]
    events += [PAID | {"occurred": "2025-02-20", "recorded": "2025-02-20"}]
    workspace = held(text, [*SALES, *events])
    Page(workspace, workspace.run(AsOf(parse_date("2025-06-15"), UNBOUNDED))).print()
    return " ".join(capsys.readouterr().out.split())


def test_what_is_to_be_paid_is_counted_under_each_reading(capsys: pytest.CaptureFixture[str]):
    """A share that stopped at once has fewer figures than one that goes on."""
    page = printed(capsys, "20 %")
    assert "3 settled, 1 paid, 2 overdue, 0 not yet due (if stop.decided_by is declaration)" in page
    assert "5 settled, 1 paid, 3 overdue, 1 not yet due (if stop.decided_by is panel)" in page


def test_a_stated_term_with_a_range_is_not_called_unstated(capsys: pytest.CaptureFixture[str]):
    """A figure rests on it all the same."""
    page = printed(capsys, "{is: 20 %, range: 10 % to 25 %}")
    assert "RESTS ON TERMS THAT MAY BE OFF share.rate 20 %, stated, in the range 10 % to 25 %" in page


def test_what_comes_to_nothing_as_taken_is_not_called_paid(capsys: pytest.CaptureFixture[str]):
    """No payment has met it."""
    page = printed(capsys, "{is: 0 %, basis: assumed, range: 0 % to 25 %}")
    assert "USD 0.00 to 25.00 taken as USD 0.00; provisional; if" in page
    assert "paid;" not in page
