"""An answer that is supposed in the place of one that came, and of one that was corrected since."""

import json

import pytest

from adidem.kernel.literal import parse_date
from adidem.kernel.period import AsOf
from adidem.records.values import UNBOUNDED
from documents import NOTICE, agreement, held

REFUSAL = """
family: first-refusal
holder: cloud
grantor: lab
act: place
scope: workload
provider: cloud
nature: refusal
answer_within: 10 days
silence: released
"""
OFFER = {"id": "o1", "kind": "offer", "by": "lab", "to": "cloud", "asset": "workload/a", "third_party": "rival"}
ANSWER = {"id": "a1", "kind": "answer", "by": "cloud", "offer": "o1", "answer": "accepted"}
DECLINED = {"id": "c1", "kind": "correction", "corrects": "a1", "answer": "declined"}
EVENTS = [
    event | {"occurred": day, "recorded": day}
    for event, day in ((OFFER, "2025-02-01"), (ANSWER, "2025-02-03"), (DECLINED, "2025-02-04"))
]
EARLY, LATE = parse_date("2025-02-03") * 86_400 + 86_399, UNBOUNDED


@pytest.mark.parametrize("told", [1, 2, 3])
@pytest.mark.parametrize("known", [EARLY, LATE])
def test_a_supposed_answer_stands_alone(told: int, known: int):
    """Whatever came of the offer, and however often it was told: only what is supposed counts."""
    workspace = held(agreement("Refusal", "2025-01-01", notice=NOTICE, refusal=REFUSAL), EVENTS[:told])
    states: dict[str, str] = {}
    for answer in ("accepted", "declined"):
        supposed = ANSWER | {"id": "supposed", "occurred": "2025-02-03", "recorded": "2025-02-03", "answer": answer}
        outcome = workspace.run(AsOf(parse_date("2025-03-01"), known), {}, [json.dumps(supposed)])
        (state,) = [each.state for each in outcome.results[0].obligations if each.id == "refusal/o1/answer"]
        states[answer] = state
    assert states == {"accepted": "fulfilled", "declined": "terminated"}
