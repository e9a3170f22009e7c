"""The program made ready for blocks of worlds: how much is left of it, and that every form gives the same."""

from pathlib import Path

import pytest

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from adidem.findings.evaluator import folded_program
from adidem.kernel.formula import ONE
from property.replayed import unlike_whole

EXAMPLES = Path(__file__).parents[3] / "examples"
BUDGET = 300
"""The most operations that may be left of the model case under one set of readings."""


@pytest.fixture(scope="module")
def model_case() -> Future:
    """The model case played forward."""
    return future(open_workspace(EXAMPLES / "microsoft-openai"), Play(1))


def test_the_model_case_keeps_its_budget(model_case: Future):
    """Under each set of readings fewer than 300 operations depend on what is drawn."""
    setting = model_case.setting
    assert len(setting.sets) > 1
    for readings in setting.sets:
        places = {id: setting.composition.questions[id].readings.index(name) for id, name in readings.items()}
        fixed = {(ONE, f"reading {id}"): (place, place) for id, place in places.items()}
        assert 0 < folded_program(setting, fixed).live < BUDGET


def test_folded_and_whole_give_the_same(model_case: Future):
    """What is worked out once for all readings is what the kernel works out for each."""
    assert unlike_whole(model_case.setting, 64) == []
