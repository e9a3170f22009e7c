"""Damaged files: whatever is cut, swapped or doubled in the examples is a problem in words, and never a crash."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from adidem.desk import calendars
from adidem.desk.checking import UNREADABLE, check
from adidem.desk.workspace import open_workspace
from adidem.kernel.period import AsOf
from adidem.kernel.problem import Problem, ProblemError
from house.tree import ROOT
from property.strategies import make

EXAMPLES = ("cloud-commitment", "microsoft-openai")
LATEST = 2**61
PLACELESS = {*UNREADABLE, "D101"}
PIECES = (
    *(
        "```",
        "```terms\n",
        "---\n",
        "{{",
        "}}",
        "<!--",
        "- ",
        "  ",
        "# ",
        "{#a}",
        "\t",
        "\0",
        "\n",
        "\r",
        "\u2028",
        "😀",
        '"',
        "'",
    ),
    *(
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        ": ",
        "? ",
        "|",
        "\\",
        "%",
        "-",
        "0",
        "9" * 30,
        "never",
        "yes",
        "no",
        "agreement",
        "[]",
        "{}",
    ),
    *(
        "USD 5",
        "EUR 5",
        "USD -5",
        "20 %",
        "1/0",
        "30 days",
        "1 months",
        "10 business days",
        "2025-02-29",
        "9999-12-31",
        "0001-01-01",
    ),
    *(
        "readings: {a: 1, b: 2}",
        "basis: assumed",
        "replaces: duration",
        "repeals: duration",
        "end: agreement",
        "family: waiver",
    ),
    *(
        "2024-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "null",
        "true",
        "1e999",
        '"corrects": ',
        '"kind": "withdrawal", ',
    ),
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept between runs; the holidays of sixty years are listed once."""
    monkeypatch.setenv("ADIDEM_CACHE", "off")
    monkeypatch.setattr(calendars, "_holidays", cache(calendars._holidays))


@cache
def files(example: str) -> dict[str, str]:
    """The documents and ledgers of an example; or of a random case, by its number."""
    if example.isdigit():
        case = make(Random(int(example)))
        return {**case.documents, "ledger.jsonl": case.ledger}
    root = ROOT / "examples" / example
    found = (path for path in sorted(root.rglob("*")) if path.suffix in (".lgd", ".jsonl"))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


@dataclass(frozen=True)
class Damage:
    """What is done to one file: where it begins and how far it goes, as parts of a thousand."""

    kind: str
    at: int
    far: int
    piece: str

    def done(self, text: str) -> str:
        """The text, damaged."""
        lines = text.splitlines(keepends=True)
        line = self.at * len(lines) // 1_000
        some = slice(line, line + 1 + self.far % 6)
        start = self.at * len(text) // 1_000
        changes: dict[str, Callable[[], str]] = {
            "delete lines": lambda: "".join(lines[: some.start] + lines[some.stop :]),
            "double lines": lambda: "".join(lines[: some.stop] + lines[some]) + "".join(lines[some.stop :]),
            "swap lines": lambda: "".join(lines[: some.start] + lines[some][::-1] + lines[some.stop :]),
            "move lines": lambda: "".join(lines[: some.start] + lines[some.stop :] + lines[some]),
            "cut": lambda: text[:start],
            "insert": lambda: text[:start] + self.piece + text[start:],
            "replace a value": lambda: self._value(lines, line),
            "swap signs": lambda: text[:start] + text[start : start + 2][::-1] + text[start + 2 :],
            "double a block": lambda: text + "\n" + "".join(lines[line : line + 20]),
        }
        return changes[self.kind]()

    def _value(self, lines: list[str], line: int) -> str:
        """Another value after the colon of a line; in a ledger, after one of its colons."""
        if not lines:
            return self.piece
        parts = lines[line].split(": ")
        if len(parts) > 1:
            number = 1 + self.far % (len(parts) - 1)
            _, comma, rest = parts[number].partition(", ")
            parts[number] = self.piece + comma + rest if comma else self.piece + "\n"
        return "".join([*lines[:line], ": ".join(parts), *lines[line + 1 :]])


KINDS = ("delete lines", "double lines", "swap lines", "move lines", "cut", "insert", "replace a value", "swap signs")
DAMAGES = st.builds(
    Damage,
    st.sampled_from((*KINDS, "double a block", "replace a value", "replace a value")),
    st.integers(0, 999),
    st.integers(0, 999),
    st.sampled_from(PIECES),
)


def written(folder: Path, example: str, damages: list[tuple[int, Damage]]) -> Path:
    """The example in an empty folder, with its files damaged."""
    texts = dict(files(example))
    names = sorted(texts)
    for number, damage in damages:
        name = names[number % len(names)]
        texts[name] = damage.done(texts[name])
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(texts[name].encode("utf-8", "surrogatepass"))
    return folder


def told(problem: Problem) -> None:
    """A problem has a place that is there, a sentence, and a mend."""
    assert problem.sentence
    assert problem.mend or problem.open_point, str(problem)
    assert str(problem)
    if problem.span is None:
        assert problem.code in PLACELESS, str(problem)
        return
    lines = problem.span.source.lines()
    assert 1 <= problem.span.line <= len(lines), str(problem)
    assert 1 <= problem.span.column <= len(lines[problem.span.line - 1]) + 1, str(problem)


def outcome_of(folder: Path) -> list[Problem]:
    """What running the folder says is wrong; nothing when it runs."""
    try:
        workspace = open_workspace(folder)
        workspace.run(AsOf(workspace.last_day(), LATEST))
    except ProblemError as error:
        return error.problems
    return []


def holds_when_damaged(folder: Path) -> None:
    """`check` finds problems or none, each with place and mend, and `run` runs if there are none."""
    found = check([folder])
    stopped = outcome_of(folder)
    for problem in [*found.problems, *found.open_points, *stopped]:
        told(problem)
    assert not stopped or found.problems, "\n".join(map(str, ["run finds what check does not:", *stopped]))


@pytest.mark.parametrize("example", EXAMPLES)
def test_damaged_example_is_never_a_crash(example: str, tmp_path_factory: pytest.TempPathFactory):
    """What is wrong is told, and what is not runs."""

    @seed(20260427)
    @settings(
        max_examples=150 if example == EXAMPLES[0] else 60,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(damages=st.lists(st.tuples(st.integers(0, 99), DAMAGES), min_size=1, max_size=3))
    def holds(damages: list[tuple[int, Damage]]) -> None:
        holds_when_damaged(written(tmp_path_factory.mktemp("damaged"), example, damages))

    holds()


@pytest.mark.parametrize("example", EXAMPLES)
def test_truncated_example_is_never_a_crash(example: str, tmp_path: Path):
    """Each file cut at four places."""
    cut = partial(Damage, "cut", far=0, piece="")
    for number, _ in enumerate(files(example)):
        for at in range(50, 1_000, 300):
            folder = written(tmp_path / f"{number}-{at}", example, [(number, cut(at))])
            for problem in [*check([folder]).problems, *outcome_of(folder)]:
                told(problem)


@seed(20260427)
@settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(number=st.integers(0, 999), damages=st.lists(st.tuples(st.integers(0, 99), DAMAGES), min_size=1, max_size=3))
def test_damaged_case_is_never_a_crash(
    number: int, damages: list[tuple[int, Damage]], tmp_path_factory: pytest.TempPathFactory
):
    """The same for random agreements of all families."""
    holds_when_damaged(written(tmp_path_factory.mktemp("damaged"), str(number), damages))
