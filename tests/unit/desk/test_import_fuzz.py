"""Whatever a file holds, an import ends with an account or with problems, never in a traceback, and drops nothing."""

import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adidem.desk.exports.import_report import report
from adidem.desk.exports.importing import Asked, run
from adidem.kernel.problem import ProblemError
from unit.desk.exports import HEAD, ROOT, RULES, csv, row

INCIDENT_RULES = "rows:\n  - when: {impact: [major]}\n    event: {about: outage, text: {column: text}}\n"


def outcome(form: str, name: str, data: bytes, rules: str) -> dict[str, Any] | list[str]:
    """The account, or the codes of the problems; the ledger is written only in the first case."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "w"
        folder.mkdir()
        shutil.copy(ROOT / "examples" / "cloud-commitment" / "agreement.lgd", folder)
        (Path(place) / name).write_bytes(data)
        (Path(place) / "rules.yaml").write_text(rules, encoding="utf-8")
        try:
            return report(run(folder, Asked(form, [Path(place) / name], Path(place) / "rules.yaml")))
        except ProblemError as error:
            assert not (folder / "ledger.jsonl").exists()
            return [problem.code for problem in error.problems]


def added_up(found: dict[str, Any] | list[str]) -> None:
    """Every row is in one heap."""
    if isinstance(found, dict):
        heaps = ("mapped", "left_out", "unmapped", "rejected_rows")
        assert found["rows"] == sum(found[heap] for heap in heaps)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes):
    """As CSV, and behind the mark of Parquet."""
    added_up(outcome("focus", "x.csv", data, RULES))
    added_up(outcome("focus", "x.parquet", b"PAR1" + data + b"PAR1", RULES))


@settings(max_examples=80, deadline=None)
@given(st.text('a1,"\n\r;é\t.- NUL:TZ', max_size=120))
def test_any_rows_below_a_good_header(text: str):
    """Broken quotation marks, lines too short and too long, line ends of every sort."""
    added_up(outcome("focus", "x.csv", (",".join(HEAD) + "\n" + text).encode(), RULES))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HEAD), st.text(max_size=30)), max_size=6))
def test_any_values(values: list[tuple[str, str]]):
    """Each row has one value that nobody expects."""
    rows = [row(**{name: text.replace("\0", "")}) for name, text in values]
    data = csv(rows).encode("utf-8", "replace")
    found = outcome("focus", "x.csv", data, RULES)
    added_up(found)
    if isinstance(found, dict) and not any(set(text) & set("\r\n") for _, text in values):
        assert found["rows"] == len(rows)


@settings(max_examples=60, deadline=None)
@given(position=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_damaged_parquet(position: int, byte: int, cut: bool):
    """One byte changed, or the end cut off."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "x.parquet"
        parquet.write_table(arrow.table({name: [row()[name]] * 3 for name in HEAD}), file)
        data = bytearray(file.read_bytes())
    position %= len(data)
    data = data[:position] if cut else data[:position] + bytes([byte]) + data[position + 1 :]
    added_up(outcome("focus", "x.parquet", bytes(data), RULES))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "incidents", "page", "name", "started_at", "begin", "end", "impact", "components", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(JSON, max_size=4), st.booleans())
def test_any_json_as_incidents(values: list[Any], by_line: bool):
    """One a line, or one value for all."""
    text = "\n".join(map(json.dumps, values)) if by_line else json.dumps(values)
    with suppress(UnicodeEncodeError):
        added_up(outcome("incidents", "x.json", text.encode(), INCIDENT_RULES))


@settings(max_examples=60, deadline=None)
@given(st.text("abrowsventkicl: {}[],-\n|\"'#&*é", max_size=80), st.booleans())
def test_any_rules(text: str, behind: bool):
    """A rules file is as unknown as the export."""
    added_up(outcome("focus", "x.csv", csv([row()]).encode(), (RULES + text) if behind else text))
