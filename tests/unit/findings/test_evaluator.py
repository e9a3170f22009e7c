"""The program made ready for blocks of worlds: how much is left of it, and that every form gives the same."""

from pathlib import Path

import numpy as np
import pytest

from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from adidem.findings.evaluator import by_numpy, evaluators, folded_program, prepare
from adidem.kernel.formula import ONE
from adidem.worlds.compiling import compile_loops

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
    setting, worlds = model_case.setting, 64
    compile_loops(False)
    try:
        laid = setting.laid(setting.draw(0, worlds), worlds)
        for number, evaluate in enumerate(evaluators(setting, worlds)):
            values, apart = evaluate(laid, worlds)
            expected, _ = by_numpy(setting, setting.sets[number])(laid, worlds)
            assert not apart.any()
            for measured in (setting.measures.amounts, setting.measures.held):
                assert np.array_equal(measured(values, worlds), measured(expected, worlds))
    finally:
        prepare(0)
        compile_loops(True)
