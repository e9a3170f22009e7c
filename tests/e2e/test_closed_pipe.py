"""A reader who has seen enough closes the pipe: that is no error, whatever was asked and however much is unread."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adidem.desk.starting import start

QUESTIONS = (
    "--help",
    "check alliance",
    "run alliance",
    "may alliance tarn place workload/search",
    "settle alliance 2025-Q2 --format csv",
    "ledger list alliance --json",
)


def asked(folder: Path, question: str) -> tuple[int, str]:
    """The exit code of a command that writes to a pipe nobody reads, and what it says on stderr."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(Path(sys.executable).parent / "adidem"), *question.split()]
    try:
        done = subprocess.run(command, cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    return done.returncode, done.stderr


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_is_no_error(tmp_path: Path, question: str):
    """Exit code 0, and nothing on stderr but what is always said there."""
    start(tmp_path / "alliance")
    code, said = asked(tmp_path, question)
    assert code == 0
    assert said in ("", "No problems and 3 open points.\n", "10 events.\n")


def test_a_problem_stays_one(tmp_path: Path):
    """What is wrong with the question is said on stderr, and has its exit code."""
    code, said = asked(tmp_path, "run nowhere")
    assert code == 2
    assert "there is no folder nowhere" in said
