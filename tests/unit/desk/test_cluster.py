"""What is sent to a worker is all that it needs, and a worker that is not alike runs nothing."""

import pickle
import shutil
import socket
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from adidem.desk.simulating.cluster import on_ray, packed, unpacked
from adidem.desk.simulating.futures import Future, Play, future
from adidem.desk.workspace import open_workspace
from adidem.findings.evaluator import evaluators
from adidem.findings.futures import Made, run_chunk
from adidem.kernel.problem import ProblemError
from documents import REVENUE, agreement, document, growth, horizon, share

WORLDS = 1_500
AGREEMENT = agreement("Share", "2025-01-01", share=share("20 %"))
OUTLOOK = document(
    "Outlook",
    "2025-01-01",
    head=horizon("2025-12-31", "2026-12-31"),
    sales=growth("USD 75 m", "2 %", "20 %"),
    revenue=REVENUE,
)
EVENT = (
    '{"id": "december", "kind": "revenue", "occurred": "2025-12-01", "recorded": "2025-12-02",'
    ' "by": "lab", "product": "model", "amount": "USD 70 m"}\n'
)


@pytest.fixture
def played(tmp_path: Path) -> Future:
    """A setting whose folder is there no more."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "agreement.lgd").write_text(AGREEMENT)
    (folder / "outlook.lgd").write_text(OUTLOOK)
    (folder / "ledger.jsonl").write_text(EVENT)
    made = future(open_workspace(folder), Play(3))
    shutil.rmtree(folder)
    return made


def same(one: Made, other: Made) -> bool:
    """Whether two chunks came to the same arrays."""
    mine, theirs = one.finished().parts, other.finished().parts
    parts = {name: {key: array.tolist() for key, array in of.items()} for name, of in mine.items()}
    kept = chain.from_iterable(
        zip((a.totals, a.scenario, a.apart), (b.totals, b.scenario, b.apart), strict=True)
        for a, b in zip(one.kept, other.kept, strict=True)
    )
    return parts == {name: {key: array.tolist() for key, array in of.items()} for name, of in theirs.items()} and all(
        np.array_equal(a, b) for a, b in kept
    )


def test_a_parcel_is_all_that_a_worker_needs(played: Future):
    """Sent as bytes and opened where the folder is not, it makes the same arrays, and so they are when sent back."""
    parcel = pickle.loads(pickle.dumps(packed(played, WORLDS)))
    there = unpacked(parcel).setting
    here = run_chunk(played.setting, evaluators(played.setting, WORLDS), (0, 2), WORLDS, False)
    far = run_chunk(there, evaluators(there, WORLDS), (0, 2), WORLDS, False)
    assert here.kept[0].totals.any()
    assert same(here, far)
    back = pickle.loads(pickle.dumps((far.finished(), far.kept)))
    assert same(here, Made.of(*back, len(parcel.play.sets), False))


def test_a_worker_of_another_version_runs_nothing(played: Future):
    """It says what differs."""
    parcel = packed(played, WORLDS)
    other = replace(parcel, receipt={**parcel.receipt, "engine": "0.0.9"})
    with pytest.raises(ProblemError, match=r"D119 .* there the engine is .*, here 0\.0\.9"):
        unpacked(other)


@pytest.mark.parametrize("address", ["127.0.0.1:PORT", "ray://127.0.0.1:PORT", "ray://", "ray://host", "ray://host:x"])
def test_a_cluster_that_is_not_there(played: Future, address: str):
    """An address at which nothing listens, or that names no place, is a problem and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        pytest.raises(ProblemError, match=r"D119 .* cannot be reached"),
        on_ray(played, address.replace("PORT", str(port)), WORLDS),
    ):
        raise AssertionError("it is connected")


def test_without_ray(played: Future, monkeypatch: pytest.MonkeyPatch):
    """A missing Ray is a problem that says how to install it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ProblemError, match=r'pip install "adidem\[cluster\]"'), on_ray(played, "local", WORLDS):
        raise AssertionError("it is connected")
