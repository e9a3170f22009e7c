"""A key pressed in the middle of a long run: a sentence, an exit code, and nothing lost of what is finished."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from e2e.transcript import ROOT

WORLDS = "1000000"
SECONDS = 120


def begun(out: Path, *more: str) -> "subprocess.Popen[str]":
    """A simulation of the small example, in a process of its own."""
    command = [str(Path(sys.executable).parent / "adidem"), "simulate", "alliance", "--worlds", WORLDS]
    return subprocess.Popen(
        [*command, "--out", out.name, *more],
        cwd=out.parent,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeds_keys,
    )


def _heeds_keys() -> None:
    """Tests that run in the background may have been started with keys ignored, and so would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def broken_off(out: Path) -> "subprocess.Popen[str]":
    """One that had a key pressed as soon as some of its worlds were finished."""
    run = begun(out)
    until = time.monotonic() + SECONDS
    while not list(out.glob("finished-blocks/*.npz")):
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < until, "no worlds were finished"
        time.sleep(0.005)
    run.send_signal(signal.SIGINT)
    return run


def workspace(folder: Path) -> None:
    shutil.copytree(ROOT / "examples" / "cloud-commitment", folder / "alliance")


def test_a_key_ends_it_with_one_sentence(tmp_path: Path):
    """Exit code 130, one sentence on stderr that says how to go on, no figures and no traceback."""
    workspace(tmp_path)
    stdout, stderr = (run := broken_off(tmp_path / "out")).communicate(timeout=SECONDS)
    assert run.returncode == 130
    assert stdout == ""
    (sentence,) = stderr.splitlines()
    assert sentence.startswith("adidem: broken off: ")
    assert sentence.endswith("of 1,000,000 worlds are done; the same command with --resume goes on from there")


def test_what_is_finished_is_gone_on_with(tmp_path: Path):
    """`--resume` prints and writes what the run would have that nobody broke off."""
    workspace(tmp_path)
    broken_off(tmp_path / "broken").communicate(timeout=SECONDS)
    assert list((tmp_path / "broken").glob("finished-blocks/*.npz"))
    resumed = begun(tmp_path / "broken", "--resume").communicate(timeout=SECONDS)[0]
    whole = begun(tmp_path / "whole").communicate(timeout=SECONDS)[0]
    assert resumed == whole
    assert "WRITTEN" in whole
    files = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert sorted(path.name for path in (tmp_path / "broken").iterdir()) == files
    for name in files:
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_another_run_does_not_go_on_with_it(tmp_path: Path):
    """What a run of another seed has left is no part of this one."""
    workspace(tmp_path)
    broken_off(tmp_path / "out").communicate(timeout=SECONDS)
    other = begun(tmp_path / "out", "--resume", "--seed", "2").communicate(timeout=SECONDS)[0]
    assert other == begun(tmp_path / "whole", "--seed", "2").communicate(timeout=SECONDS)[0]
