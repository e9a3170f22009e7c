"""Terms that say something only beside others: alone they are refused, and beside them they are asked for."""

from pathlib import Path

import pytest

from adidem.desk.checking import Findings, check
from documents import agreement

DUTY = "family: duty\nholder: lab\ncounterparty: cloud\nact: disclose\nscope: every model\n"
STATEMENT = (
    "family: statement\nreporter: lab\nreceiver: cloud\nstates: [disclosure]\nevery: quarter\ndue_within: 30 days\n"
)
HELD = (
    "family: capacity-reservation\nprovider: cloud\ncustomer: lab\ncapacity: gpu\n"
    "milestones:\n  - {by: 2025-06-30, quantity: 100 GPUs}\n"
)
SPENT = (
    "family: minimum-commitment\ncustomer: lab\nprovider: cloud\nservices: compute\nshortfall: payable\n"
    "milestones:\n  - {by: 2025-06-30, amount: USD 100}\n"
)
CONSENT = "family: consent\nholder: cloud\nasker: lab\nmatter: sale\n"
DETERMINED = "family: determination\ndeclarer: lab\nsubject: ready\ntest: declaration.human_level\n"
DETERMINED += "effects: [{end: disclosure}]\n"


def judged(folder: Path, text: str) -> Findings:
    """What is wrong with a clause of these terms, and what it leaves open."""
    whole = agreement("Lemonade", "2024-01-01", disclosure=DUTY, other=text)
    (folder / "agreement.lgd").write_text(whole, encoding="utf-8")
    return check([folder / "agreement.lgd"])


@pytest.mark.parametrize(
    ("text", "term"),
    [
        (f"{DUTY}within: 30 days", "within"),
        (f"{STATEMENT}silence: accepted", "silence"),
        (f"{STATEMENT}threshold_of: found", "threshold_of"),
        (f"{STATEMENT}pay_within: 30 days", "pay_within"),
        (f"{HELD}pay_within: 30 days", "pay_within"),
        (f"{HELD}extension: day for day", "extension"),
        (f"{HELD}credit_cap: USD 5", "credit_cap"),
        (f"{HELD}elsewhere_after: 30 days", "elsewhere_after"),
        (f"{SPENT}credit_within: 12 months", "credit_within"),
        (f"{SPENT}first_period: whole", "first_period"),
    ],
)
def test_a_term_that_says_nothing_alone(tmp_path: Path, text: str, term: str):
    """It is refused, and not passed over."""
    (wrong,) = judged(tmp_path, text).problems
    assert wrong.code == "A151"
    assert wrong.sentence.startswith(f"clause other says {term}, and not ")


def test_a_duty_is_due_in_one_way(tmp_path: Path):
    """Upon an act, or by a day: of the two one would be passed over."""
    text = f"{DUTY}upon: finish\nwithin: 30 days\nby: 2025-06-30"
    assert [problem.code for problem in judged(tmp_path, text).problems] == ["A151"]


@pytest.mark.parametrize(
    ("text", "asks", "is_asked"),
    [
        (f"{DUTY}upon: finish", "How long after that must it be done", True),
        (DUTY, "How long after that must it be done", False),
        (f"{CONSENT}withholding: reasonable", "Which grounds for withholding it are good ones", True),
        (f"{CONSENT}withholding: at-will", "Which grounds for withholding it are good ones", False),
        (SPENT, "must a shortfall be paid", True),
        (SPENT.replace("payable", "none"), "must a shortfall be paid", False),
        (f"{DETERMINED}decided_by: panel", "what holds between declaration and verdict", True),
        (f"{DETERMINED}decided_by: declaration", "what holds between declaration and verdict", False),
    ],
)
def test_a_question_that_a_text_leaves_open(tmp_path: Path, text: str, asks: str, is_asked: bool):
    """It is asked where it arises, and nowhere else."""
    found = judged(tmp_path, text)
    assert found.problems == []
    assert any(asks in point.sentence for point in found.open_points) == is_asked
