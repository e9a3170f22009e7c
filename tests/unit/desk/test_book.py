"""Appending: whole or not at all, sealed, and safe for two writers."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adidem.desk.keeping import book
from adidem.desk.keeping.verifying import Documents, Verified, verify
from adidem.desk.starting import start
from adidem.desk.workspace import open_workspace
from adidem.kernel.problem import ProblemError
from adidem.kernel.source import Source
from adidem.records.seal import body_and_seal, broken_seals

NOW = datetime(2025, 8, 1, 12, 30, tzinfo=UTC)
REVENUE = {
    "kind": "revenue",
    "occurred": "2025-07-31",
    "by": "tarn",
    "product": "product/assistant",
    "amount": "USD 5",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small workspace."""
    start(tmp_path / "w")
    return tmp_path / "w"


def ledger(folder: Path) -> list[str]:
    """The lines of its ledger."""
    return (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()


def test_fills_in_what_is_left_out(folder: Path):
    """An id that can be read and is new, and the second at which it was recorded."""
    made = book.append(folder, [json.dumps(REVENUE), json.dumps(REVENUE)], NOW)
    assert [e["id"] for e in made] == ["revenue-2025-07-31-1", "revenue-2025-07-31-2"]
    assert made[0]["recorded"] == "2025-08-01T12:30:00Z"


def test_says_the_same(folder: Path):
    """D216: what was typed twice is refused, unless it says that it is another event."""
    book.append(folder, [json.dumps(REVENUE)], NOW)
    before = ledger(folder)
    later = NOW + timedelta(days=1)
    with pytest.raises(ProblemError) as error:
        book.append(folder, [json.dumps(REVENUE | {"note": "new"}), json.dumps(REVENUE)], later)
    assert [p.code for p in error.value.problems] == ["D216"]
    assert "revenue-2025-07-31-1" in error.value.problems[0].sentence
    assert ledger(folder) == before
    assert [e["id"] for e in book.append(folder, [json.dumps(REVENUE | {"id": "second"})], later)] == ["second"]


def test_proof_says_the_last_seal(folder: Path):
    """So that a cut tail shows; without a ledger there is no file to prove."""
    book.append(folder, [json.dumps(REVENUE)], NOW)
    assert verify(folder).chains["ledger.jsonl"].last_seal == body_and_seal(ledger(folder)[-1])[1]
    (folder / "ledger.jsonl").unlink()
    assert verify(folder) == Verified({}, Documents(0, [], ["agreement.lgd"]), [])


def test_hashes_documents(folder: Path):
    """The event that enters a document says the hash of its bytes; once the document changes, the proof fails."""
    line = '{"kind": "document", "occurred": "2024-12-02", "file": "agreement.lgd"}'
    (made,) = book.append(folder, [line], NOW)
    assert len(made["sha256"]) == 64
    assert verify(folder).problems == []
    text = folder / "agreement.lgd"
    text.write_text(text.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert [p.code for p in verify(folder).problems] == ["D206"]


def test_refuses_a_document_that_is_not_there(folder: Path):
    """D207."""
    with pytest.raises(ProblemError) as error:
        book.append(folder, ['{"kind": "document", "occurred": "2024-12-02", "file": "other.lgd"}'], NOW)
    assert [p.code for p in error.value.problems] == ["D207"]


def test_counts_the_documents_that_are_proved(folder: Path):
    """One that no event enters is not proved, nor one without a hash; nor one that was changed since."""
    (folder / "ledger.jsonl").unlink()
    assert verify(folder).documents == Documents(0, [], ["agreement.lgd"])
    book.append(folder, ['{"kind": "document", "occurred": "2024-12-02", "file": "agreement.lgd"}'], NOW)
    assert verify(folder).documents == Documents(1, ["agreement.lgd"], [])
    text = folder / "agreement.lgd"
    text.write_text(text.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert verify(folder).documents == Documents(1, [], ["agreement.lgd"])


def test_what_is_said_of_the_record_does_not_move_its_last_day(folder: Path):
    """A correction, a withdrawal or a document told again does not; another event does, until it is withdrawn."""
    before = open_workspace(folder).last_day()
    told = [
        {"kind": "correction", "occurred": "2026-08-01", "corrects": "revenue-2025-q2", "amount": "USD 1"},
        {"kind": "withdrawal", "occurred": "2026-08-02", "corrects": "paid-2025-q1"},
        {"kind": "document", "occurred": "2026-08-03", "file": "agreement.lgd"},
    ]
    book.append(folder, [json.dumps(each) for each in told], NOW + timedelta(days=500))
    assert open_workspace(folder).last_day() == before
    book.append(folder, [json.dumps(REVENUE | {"id": "typed", "occurred": "2025-07-31"})], NOW)
    assert open_workspace(folder).last_day() == before + 31
    book.append(folder, ['{"kind": "withdrawal", "occurred": "2025-08-01", "corrects": "typed"}'], NOW)
    assert open_workspace(folder).last_day() == before


def test_a_withdrawal_of_what_it_does_not_name(folder: Path):
    """It lacks `corrects`, and has a column that is none; that nothing is corrected is not said once more."""
    line = '{"kind": "withdrawal", "occurred": "2025-08-01", "withdraws": "paid-2025-q1"}'
    with pytest.raises(ProblemError) as error:
        book.append(folder, [line], NOW)
    assert sorted(problem.code for problem in error.value.problems) == ["L104", "L105"]


def test_existing_lines_stay(folder: Path):
    """Apart from their seals the lines that were there are the same, byte for byte, whatever their spacing."""
    file = folder / "ledger.jsonl"
    odd = '  {"id":"odd" ,"kind":"fact","occurred":"2025-01-02","recorded":"2025-01-02","about":"x","text":"é" }  \n'
    file.write_text(file.read_text(encoding="utf-8") + odd + "\n", encoding="utf-8")
    before = ledger(folder)
    book.append(folder, [json.dumps(REVENUE)], NOW)
    after = ledger(folder)
    bodies = [body_and_seal(line.strip())[0] for line in after]
    assert bodies[:-1] == [line.strip() for line in before]
    assert all(body_and_seal(line.strip())[1] for line in after if line)
    assert broken_seals(Source("ledger.jsonl", "\n".join(after))) == []


def test_all_or_none(folder: Path):
    """One bad event, and the file is the same to the byte."""
    before = (folder / "ledger.jsonl").read_bytes()
    with pytest.raises(ProblemError):
        book.append(folder, [json.dumps(REVENUE), json.dumps(REVENUE | {"by": "nobody"})], NOW)
    assert (folder / "ledger.jsonl").read_bytes() == before
    assert sorted(p.name for p in folder.iterdir()) == ["README.md", "agreement.lgd", "ledger.jsonl"]


@pytest.mark.parametrize("line", ["", "[]", "1", "{", '{"id": []}', '{"kind": 3}', "{}", '{"id": 5, "kind": "fact"}'])
def test_what_is_no_event(folder: Path, line: str):
    """Whatever is typed, a problem says what is wrong with it."""
    with pytest.raises(ProblemError):
        book.append(folder, [line], NOW)


def test_after_a_broken_seal(folder: Path):
    """What is broken is not appended to."""
    book.append(folder, [json.dumps(REVENUE)], NOW)
    file = folder / "ledger.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace("USD 5", "USD 6"), encoding="utf-8")
    with pytest.raises(ProblemError) as error:
        book.append(folder, [json.dumps(REVENUE)], NOW)
    assert {p.code for p in error.value.problems} == {"L110"}


def test_first_ledger(folder: Path):
    """A workspace without a ledger gets one."""
    (folder / "ledger.jsonl").unlink()
    book.append(folder, [json.dumps(REVENUE)], NOW)
    assert len(ledger(folder)) == 1


def test_two_writers(folder: Path):
    """Eight processes that append at once lose nothing, and leave one chain."""
    code = (
        "import sys, json; from pathlib import Path; from adidem.desk.keeping import book; "
        f"book.append(Path(sys.argv[1]), [json.dumps({REVENUE!r} | {{'note': sys.argv[2]}})])"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(folder), str(n)]) for n in range(8)]
    assert [writer.wait() for writer in writers] == [0] * 8
    assert len(ledger(folder)) == 8 + 8
    found = verify(folder)
    chain = found.chains["ledger.jsonl"]
    assert (chain.sealed, chain.unsealed, found.problems) == (16, 0, [])
