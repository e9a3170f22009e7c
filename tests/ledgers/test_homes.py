"""The ledger in each of its homes: the same events, the same chain, the same answers."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adidem.desk.exports import importing
from adidem.desk.keeping import book, moving
from adidem.desk.keeping.homes import ADDRESS, DATABASE, LEDGER
from adidem.desk.keeping.verifying import verify
from adidem.desk.starting import start
from adidem.desk.workspace import open_workspace
from adidem.kernel.problem import ProblemError
from adidem.records.seal import body_and_seal
from ledgers.homes import NOW, Home, revenue


def codes(error: pytest.ExceptionInfo[ProblemError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def test_same_answers(home: Home, tmp_path: Path):
    """What is read from a home is what stood in the text: the run is the same, and its receipt."""
    start(tmp_path / "text")
    moving.move(tmp_path / "text", "text")
    book.append(tmp_path / "text", [revenue(1)], NOW)
    home.append(revenue(1))
    ours, theirs = (open_workspace(folder).ledger for folder in (home.folder, tmp_path / "text"))
    assert {kind: len(table) for kind, table in ours.tables.items()} == {
        kind: len(table) for kind, table in theirs.tables.items()
    }


def test_receipt_is_the_same_after_a_move(home: Home):
    """The hash of the ledger in a receipt is that of its lines, wherever they lie."""
    home.append(revenue(1))
    before = open_workspace(home.folder).ledger.digest
    moving.move(home.folder, "text")
    assert open_workspace(home.folder).ledger.digest == before


def test_place_of_an_event_is_its_number(home: Home):
    """A problem or an explanation names the home and the number of the event."""
    count = len(home.ids())
    home.append(revenue(1))
    workspace = open_workspace(home.folder)
    table = workspace.ledger.tables["revenue"]
    assert workspace.ledger.span("revenue", len(table) - 1).place == f"{home.name}:{count + 1}"


def test_appends_once(home: Home):
    """An event that is there word for word is not written twice; one of its id that differs is refused."""
    assert len(home.append(revenue(1), revenue(2))) == 2
    before = home.chain()
    assert home.append(revenue(1), prepared_by="somebody else") == []
    with pytest.raises(ProblemError) as error:
        home.append(revenue(1, "USD 6"))
    assert codes(error) == ["L109"]
    assert home.chain() == before
    assert home.problems() == []


def test_all_or_none(home: Home):
    """One bad event, and none is there."""
    before = home.chain()
    with pytest.raises(ProblemError):
        home.append(revenue(1), revenue(2, by="nobody"))
    assert home.chain() == before


def test_says_the_same(home: Home):
    """D216: what is typed twice without an id is refused, whoever typed it."""
    bare = json.dumps({k: v for k, v in json.loads(revenue(1)).items() if k != "id"})
    home.append(bare, prepared_by="eva")
    with pytest.raises(ProblemError) as error:
        home.append(bare, prepared_by="uwe")
    assert codes(error) == ["D216"]


def test_who_prepared_and_approved(home: Home):
    """Both stand on the event, under its seal. A database notes who is logged in; a text, nobody who is not named."""
    (event,) = home.append(revenue(1), prepared_by="eva", approved_by="uwe")
    assert (event["prepared_by"], event["approved_by"]) == ("eva", "uwe")
    (other,) = home.append(revenue(2))
    assert ("prepared_by" in other) == (home.kind != "text")
    (typed,) = home.append(revenue(3, prepared_by="ann"), prepared_by="eva")
    assert typed["prepared_by"] == "ann"
    workspace = open_workspace(home.folder)
    assert '"prepared_by": "eva", "approved_by": "uwe", "seal": "' in workspace.ledger_sources[-1].text


def test_export_and_restore_give_the_same_chain(home: Home, tmp_path: Path):
    """Out to a file, and into another workspace: the same bytes, the same last seal; a second time changes nothing."""
    home.append(revenue(1), revenue(2))
    file = tmp_path / "out.jsonl"
    _, out = moving.export(home.folder, file)
    start(tmp_path / "other")
    (tmp_path / "other" / LEDGER).unlink()
    for to in ("text", "sqlite"):
        moving.move(tmp_path / "other", to)
        back = moving.restore(tmp_path / "other", file)
        assert (back.events, back.last_seal) == (out.events, out.last_seal)
        assert moving.export(tmp_path / "other", None)[0] == file.read_text(encoding="utf-8") == home.chain()
    assert moving.restore(home.folder, file).new == 0
    home.append(revenue(3))
    assert moving.export(home.folder, file)[1].new == 1


def test_restores_what_is_missing(home: Home, tmp_path: Path):
    """A home that is an earlier state of the file is brought up to it."""
    moving.export(home.folder, tmp_path / "early.jsonl")
    home.append(revenue(1), revenue(2))
    moving.export(home.folder, tmp_path / "late.jsonl")
    start(tmp_path / "other")
    (tmp_path / "other" / LEDGER).unlink()
    assert moving.restore(tmp_path / "other", tmp_path / "early.jsonl").new > 0
    assert moving.restore(tmp_path / "other", tmp_path / "late.jsonl").new == 2
    assert moving.restore(tmp_path / "other", tmp_path / "early.jsonl").new == 0


def test_two_ledgers_are_not_mixed(home: Home, tmp_path: Path):
    """L125: neither restored into, nor exported over, what goes on otherwise."""
    file = tmp_path / "out.jsonl"
    moving.export(home.folder, file)
    before = file.read_bytes()
    home.append(revenue(1))
    start(tmp_path / "other")
    book.append(tmp_path / "other", [revenue(2)], NOW)
    moving.export(tmp_path / "other", tmp_path / "w-out.jsonl")
    with pytest.raises(ProblemError) as error:
        moving.restore(home.folder, tmp_path / "w-out.jsonl")
    assert codes(error) == ["L125"]
    moving.export(home.folder, file)
    with pytest.raises(ProblemError) as error:
        moving.export(tmp_path / "other", file)
    assert codes(error) == ["L125"]
    assert file.read_bytes() != before
    assert home.problems() == []


def test_an_export_is_no_part_of_the_workspace(home: Home):
    """L125: in a file of that name its events would be read a second time."""
    (home.folder / "sub").mkdir()
    before = home.chain()
    for file in (home.folder / LEDGER, home.folder / "sub" / LEDGER):
        with pytest.raises(ProblemError) as error:
            moving.export(home.folder, file)
        assert codes(error) == ["L125"]
    assert home.chain() == before


@pytest.mark.parametrize("to", ["text", "sqlite"])
def test_moves(home: Home, to: str):
    """To another home and to itself: the same chain, and nothing is left where it was."""
    home.append(revenue(1))
    before = home.chain()
    for _ in range(2):
        moving.move(home.folder, to)
        assert moving.export(home.folder, None)[0] == before
        there = {name for name in (LEDGER, DATABASE, ADDRESS) if (home.folder / name).exists()}
        assert there == {LEDGER if to == "text" else DATABASE}
    assert verify(home.folder).problems == []


def test_text_is_taken_along(home: Home):
    """What somebody wrote by hand beside a database is read with it, and taken in by a move to it."""
    home.append(revenue(1))
    if home.kind == "text":
        return
    (home.folder / LEDGER).write_text(f"{revenue(2)}\n{json.dumps(json.loads(revenue(1)))}\n", encoding="utf-8")
    with pytest.raises(ProblemError) as error:
        moving.move(home.folder, _self(home))
    assert codes(error) == ["L125"], "r1 says who prepared it in the database, and not by hand"
    (home.folder / LEDGER).write_text(f"{revenue(2)}\n", encoding="utf-8")
    assert "r2" in home.ids()
    moved = moving.move(home.folder, _self(home))
    assert moved.new == 1
    assert not (home.folder / LEDGER).exists()
    assert home.ids()[-2:] == ["r1", "r2"]
    assert home.problems() == []


def _self(home: Home) -> str:
    return f"$ADIDEM_LEDGER#{home.name.partition('#')[2]}" if home.kind == "postgresql" else home.kind


def test_ledgers_of_subfolders_stay(home: Home):
    """They are files of their own, whatever the home."""
    (home.folder / "imported").mkdir()
    (home.folder / "imported" / LEDGER).write_text(f"{revenue(7)}\n", encoding="utf-8")
    home.append(revenue(1))
    assert {"r1", "r7"} <= set(home.ids())
    assert (home.folder / "imported" / LEDGER).read_text(encoding="utf-8") == f"{revenue(7)}\n"
    with pytest.raises(ProblemError) as error:
        home.append(revenue(7, "USD 8"))
    assert codes(error) == ["L109"]


def test_an_empty_home(home: Home, tmp_path: Path):
    """A home without an event can be read, proved, exported, moved and appended to."""
    start(tmp_path / "empty")
    (tmp_path / "empty" / LEDGER).unlink()
    empty = Home.of(home.kind, tmp_path / "empty")
    assert empty.chain() == ""
    assert empty.problems() == []
    assert empty.ids() == []
    assert [event["id"] for event in empty.append(revenue(1))] == ["r1"]
    assert empty.problems() == []


def test_an_import_is_one_act(home: Home, tmp_path: Path):
    """Every event of a file, signed; the same file again changes nothing, whoever brings it."""
    file = tmp_path / "export.csv"
    file.write_text("Day,Sum\n2025-07-01,1.50\n2025-07-02,2.25\n", encoding="utf-8")
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    asked = importing.Asked("table", [file], rules)
    (found,) = importing.run(home.folder, asked, NOW, book.Hands("eva", "uwe"))
    assert found.change.added == 2
    chain = home.chain()
    assert chain.count('"prepared_by": "eva", "approved_by": "uwe"') == 2
    (again,) = importing.run(home.folder, asked, NOW, book.Hands("ann"))
    assert (again.change.added, again.change.changed) == (0, [])
    assert home.chain() == chain
    file.write_text("Day,Sum\n2025-07-01,1.75\n", encoding="utf-8")
    (third,) = importing.run(home.folder, asked, NOW, book.Hands("ann"))
    assert len(third.change.changed) == 2
    assert home.problems() == []
    assert importing.run(home.folder, asked, NOW)[0].change.lines == []


RULES = """\
kind: revenue
currency: USD
occurred: Day
sum: row
key: Day
event: {by: tarn, product: product/assistant, amount: {column: Sum}}
"""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), min_size=1, max_size=6))
def test_every_text_comes_back(home: Home, texts: list[str]):
    """Whatever a fact says, it comes back to the letter, and the chain holds."""
    count = len(home.ids())
    facts = [
        {"id": f"f{count + n}", "kind": "fact", "occurred": "2025-01-01", "about": "x", "text": text}
        for n, text in enumerate(texts)
    ]
    home.append(*(json.dumps(fact) for fact in facts))
    told = {event["id"]: event for _, _, event in book.events(open_workspace(home.folder).ledger_sources)}
    assert [told[fact["id"]]["text"] for fact in facts] == texts
    assert home.problems() == []


def test_a_document_that_was_changed(home: Home):
    """D206, at the place of the event that said its hash last."""
    (told,) = home.append('{"kind": "document", "id": "d1", "occurred": "2025-07-01", "file": "agreement.lgd"}')
    anew = {"id": "c1", "kind": "correction", "occurred": "2025-07-02", "corrects": "d1", "sha256": told["sha256"]}
    home.append(revenue(1), json.dumps(anew))
    assert home.problems() == []
    count = len(home.ids())
    text = home.folder / "agreement.lgd"
    text.write_text(f"{text.read_text(encoding='utf-8')}\n", encoding="utf-8")
    assert [(problem.code, problem.place) for problem in home.problems()] == [("D206", f"{home.name}:{count}:1")]


@pytest.mark.parametrize("to", ["text", "sqlite"])
def test_an_event_in_escaped_letters(folder: Path, to: str):
    """D206: what somebody wrote by hand enters a document too, though `document` cannot be read in it."""
    told = {"id": "d1", "kind": "KIND", "occurred": "2025-07-01", "recorded": "2025-07-01", "file": "agreement.lgd"}
    line = json.dumps({**told, "sha256": "0" * 64}).replace("KIND", "d\\u006fcument")
    (folder / LEDGER).write_text(f"{line}\n", encoding="utf-8")
    moving.move(folder, to)
    assert [problem.code for problem in verify(folder).problems] == ["D206"]


def test_seals_chain(home: Home):
    """Each seal is on the one before it, from the first event."""
    home.append(revenue(1), revenue(2))
    seals = [body_and_seal(line)[1] for line in home.chain().splitlines()]
    assert all(seals)
    assert len(set(seals)) == len(seals)
