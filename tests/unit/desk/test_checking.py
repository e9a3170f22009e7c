"""What `check` gathers: every stage says what it finds, whatever another stage found."""

from pathlib import Path

import pytest

from adidem.desk.checking import Findings, check
from adidem.desk.starting import start

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small workspace."""
    start(tmp_path / "w")
    return tmp_path / "w"


def changed(folder: Path, name: str, old: str, new: str) -> None:
    """Put other words in a file."""
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(found: Findings) -> list[str]:
    """The codes of the problems."""
    return [problem.code for problem in found.problems]


def open_points(found: Findings) -> list[str]:
    """The codes of the open points."""
    return sorted(point.code for point in found.open_points)


@pytest.mark.parametrize("name", ["cloud-commitment", "microsoft-openai"])
def test_examples(name: str):
    """The examples have open points at most."""
    assert problems(check([EXAMPLES / name])) == []


def test_new_workspace(folder: Path):
    """The template shows a question, an assumed term and what the text does not say."""
    found = check([folder])
    assert (problems(found), open_points(found)) == ([], [*["D201"] * 6, "D202", "D203"])


def test_stages_do_not_hide_each_other(folder: Path):
    """A broken term, two clauses in conflict and a broken line are all told."""
    changed(folder, "agreement.lgd", "rate: {is: 10 %, ", "rate: {is: 10 dollars, ")
    changed(folder, "ledger.jsonl", '"by": "tarn", "to"', '"by": "torn", "to"')
    free = "\n\n# Free {#free}\n\n```terms\nfamily: permission\nholder: tarn\ncounterparty: brightwater\n"
    free += "acts: [place]\nscope: every workload\n```\n"
    changed(folder, "agreement.lgd", "\n# Duration", f"{free}\n# Duration")
    assert sorted(problems(check([folder]))) == ["A120", "L107", "T220"]


def test_unreadable_document_blames_nobody_else(folder: Path):
    """A document that is no text is told once; what would follow from its absence is not."""
    (folder / "agreement.lgd").write_bytes(b"\xff\xfe\x00")
    found = check([folder])
    assert problems(found) == ["T004"]
    assert found.unreadable


def test_broken_notice_clause_is_told_once(folder: Path):
    """Business days without a calendar are not told beside the calendar that cannot be read."""
    changed(folder, "agreement.lgd", 'cut_off: "17:00"', 'cut_of: "17:00"')
    assert sorted(problems(check([folder]))) == ["T201", "T202"]


def test_no_notice_clause(folder: Path):
    """Without a notice clause, how days are counted is open, and business days cannot be."""
    text = (folder / "agreement.lgd").read_text(encoding="utf-8")
    start_, end = text.index("# Notices"), text.index("# First refusal")
    (folder / "agreement.lgd").write_text(text[:start_] + text[end:], encoding="utf-8")
    changed(folder, "agreement.lgd", ", and {{ref: notice}} lives on", "")
    changed(folder, "agreement.lgd", "survives: [notice]\n", "")
    found = check([folder])
    assert problems(found) == ["A110"]
    assert "D208" in open_points(found)


def test_amendment_ahead_of_its_time(folder: Path):
    """What a document says of another that comes later is told with the day."""
    text = (folder / "agreement.lgd").read_text(encoding="utf-8")
    front = text[: text.index("sides:")] + "amends: {title: Alliance, file: agreement.lgd}\n"
    sides = text[text.index("sides:") : text.index("Both companies")]

    def amendment(name: str, day: str, block: str) -> None:
        head = f"# Signing {{#signing-{name}}}\n\n```terms\nfamily: document\n"
        head += f"signed: {day}\neffective: 2025-06-01\n```\n\n"
        (folder / f"{name}.lgd").write_text(front + sides + head + block, encoding="utf-8")

    amendment("one", "2025-05-02", "# Free {#free}\n\n```terms\nfamily: duration\nreplaces: added\nuntil: never\n```\n")
    free = "family: permission\nholder: tarn\ncounterparty: brightwater\nacts: [see]\nscope: everything\n"
    amendment("two", "2025-05-03", f"# Added {{#added}}\n\n```terms\n{free}```\n")
    found = check([folder])
    assert "A104" in problems(found)


def test_act_and_payment_that_nothing_speaks_of(folder: Path):
    """An act that no clause names, and a payment that pays nothing, are open points."""
    lines = [
        '{"id": "a", "kind": "act", "occurred": "2025-02-20", "recorded": "2025-02-20", "by": "tarn", "act": "sing", '
        '"asset": "song"}',
        '{"id": "p", "kind": "payment", "occurred": "2025-02-20", "recorded": "2025-02-20", "by": "tarn", '
        '"to": "brightwater", "amount": "USD 1", "pays": "lunch"}',
    ]
    with (folder / "ledger.jsonl").open("a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    found = check([folder])
    assert {"D209", "D210"} <= set(open_points(found))
    assert not [point for point in found.open_points if "song" in point.sentence]
    (payment,) = (point for point in found.open_points if point.code == "D210")
    assert payment.mend.startswith("write one of: ")


def test_assets_that_no_scope_takes_in(folder: Path):
    """An asset and a product in no class of any clause are open points, with the nearest class."""
    changed(folder, "ledger.jsonl", '"asset": "workload/search"', '"asset": "wrkload/search"')
    changed(folder, "ledger.jsonl", '"product": "product/assistant"', '"product": "prodct/assistant"')
    found = [(point.sentence, point.mend) for point in check([folder]).open_points if point.code == "D209"]
    assert found == [
        ("the scope of no clause takes in the asset wrkload/search", "did you mean workload?"),
        ("the scope of no clause takes in the product prodct/assistant", "did you mean product?"),
    ]


def test_events_that_no_clause_counts(folder: Path):
    """Revenue before the share begins is counted nowhere: one open point for its product, with the number of events."""
    event = '{"id": "%s", "kind": "revenue", "occurred": "2024-12-3%s", "recorded": "2025-01-02", "by": "tarn", '
    event += '"product": "product/assistant", "amount": "USD %s"}\n'
    with (folder / "ledger.jsonl").open("a", encoding="utf-8") as out:
        out.write(event % ("early", 0, 5) + event % ("earlier", 1, 6) + event % ("nothing", 1, 0))
    (point,) = (point for point in check([folder]).open_points if point.code == "D209")
    assert point.sentence == "no clause takes any notice of the revenue of product/assistant: 2 events change nothing"
    assert point.place == "ledger.jsonl:9:1"


def test_what_a_clause_excepts_is_no_open_point():
    """Revenue that a text leaves out by its name is counted nowhere, as it says."""
    found = check([EXAMPLES / "royalties"])
    assert (found.problems, open_points(found)) == ([], ["D205", "D208"])


def test_part_of_a_payment_that_pays_nothing(folder: Path):
    """What is left over under every reading is told, with how much; a misspelt clause is mended."""
    changed(folder, "ledger.jsonl", '"amount": "USD 124,050.00"', '"amount": "USD 9,124,050.00"')
    (point,) = (point for point in check([folder]).open_points if point.code == "D210")
    assert point.sentence.endswith("of the payment paid-2025-q1 pays nothing that is owed")
    assert point.sentence.startswith("USD ")
    changed(folder, "ledger.jsonl", '"pays": "revenue-share"', '"pays": "revenue-shar"')
    (point,) = (point for point in check([folder]).open_points if point.code == "D210")
    assert (point.sentence[:11], point.mend) == ("the payment", "did you mean revenue-share?")


def test_no_folder(tmp_path: Path):
    """What is not there is unreadable; an empty folder too."""
    assert check([tmp_path / "no"]).unreadable
    assert problems(check([tmp_path])) == ["D102"]


def test_ledger_file(folder: Path):
    """A ledger alone is checked line by line, without its agreement."""
    changed(folder, "ledger.jsonl", '"amount": "USD 1,240,500.00"', '"amount": "lots"')
    assert problems(check([folder / "ledger.jsonl"])) == ["L106"]


def test_a_heading_without_an_identifier(folder: Path):
    """It is told once, with the one that it could have; nothing follows from it."""
    changed(folder, "agreement.lgd", " {#revenue-share}", "")
    changed(folder, "agreement.lgd", " {#duration}", "")
    found = check([folder])
    assert problems(found) == ["T033", "T033"]
    assert found.problems[0].mend.endswith("{#revenue-share}")


def test_a_clause_that_lacks_a_term_is_there(folder: Path):
    """A clause that names one of which a term cannot be read is not told that there is none."""
    changed(folder, "agreement.lgd", "rounding: half even, per period", "rounding: by heart")
    netting = (
        "# Netting {#netting}\n\n```terms\nfamily: netting\nbetween: [tarn, brightwater]\nclauses: [revenue-share]\n"
    )
    netting += "settlement_day: due-day\nset_off: no\n```\n\n"
    changed(folder, "agreement.lgd", "# Duration", f"{netting}# Duration")
    assert problems(check([folder])) == ["T220"]
    changed(folder, "agreement.lgd", "clauses: [revenue-share]", "clauses: [revenue-shar]")
    assert problems(check([folder])) == ["T220", "A107"]
