"""How long `adidem reconcile` takes for a statement of so many lines against as many records of ours.

    .venv/bin/python bench/reconcile.py [1e4 1e5 1e6]

Knows how a workspace and a statement of any size are made, and clocks. Does not know how they are reconciled.

Each size is a workspace of its own: two shares, 40 products, one event a line. In the statement one line of a thousand
is missing, one is there twice, one has another base, and one is of the next quarter; one share is rounded line by line.
Every command is a process of its own, timed from its start to its end, with nothing kept from a run before: it reads
the ledger, reads the statement, and reconciles the two. What is printed is seconds of the clock and of the processor,
and the most memory that the process took.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from timing import ADIDEM, timed

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from documents import block, front, share

ASKED = ("--period", "2025-Q2", "--json")
HEAD = front("Royalties", "2025-01-01", {"ada": "Ada Ltd", "ben": "Ben Ltd"})
SIGNED = block("signing", "family: document\nsigned: 2024-12-01\neffective: 2025-01-01")
CAP = "cap: USD 900 bn"
RULES = """clause: {column: Clause}
reference: Invoice
line: {column: Product}
occurred: Date
base: Net
rate: Rate
amount: Due
currency: USD
rounding: half even
"""
NAMES = ("search", "maps")


def main() -> None:
    """Measure each size, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Measure reconcile.")
    parser.add_argument("sizes", nargs="*", default=["1e4", "1e5", "1e6"], help="lines, such as 1e6")
    print("| lines | seconds | of the processor | memory, MiB | causes | runs |")
    print("|---:|---:|---:|---:|---|---:|")
    for size in parser.parse_args().sizes:
        lines = int(float(size))
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            made(folder, lines)
            run = timed(ADIDEM, "reconcile", ".", "theirs.csv", *ASKED, folder=folder, ends=(0, 1))
            found = json.loads(run.printed)
            causes = sum(len(clause["causes"]) for clause in found["clauses"])
            left = {clause["unexplained"] for clause in found["clauses"]}
            assert left == {"0.00"}, left
            runs = sum(clause["runs"] for clause in found["clauses"])
            taken = f"{run.seconds:.1f} | {run.processor_seconds:.1f} | {run.memory_mib:,.0f}"
            print(f"| {lines:,} | {taken} | {causes} | {runs} |", flush=True)


def made(folder: Path, lines: int) -> None:
    """A workspace and a statement of so many lines."""
    terms = {name: share("20 %", "quarter", "ada", "ben", f"product/{name}") + CAP for name in NAMES}
    shares = "".join(block(name, each) for name, each in terms.items())
    (folder / "agreement.lgd").write_text(HEAD + SIGNED + shares, encoding="utf-8")
    (folder / "statement.rules.yaml").write_text(RULES, encoding="utf-8")
    with (folder / "ledger.jsonl").open("w") as ledger, (folder / "theirs.csv").open("w") as theirs:
        theirs.write("Clause,Invoice,Product,Date,Net,Rate,Due\n")
        for number in range(lines):
            name = NAMES[number % 2]
            product, cents = f"product/{name}/p{number // 2 % 20}", 1_000 + number * 7_919 % 1_000_003
            day = f"2025-{4 + number % 3:02d}-{1 + number // 3 % 28:02d}"
            event = {"id": f"inv-{number}", "kind": "revenue", "occurred": day, "recorded": day, "by": "ada"}
            if number % 1_000 == 7:
                event |= {"occurred": "2025-07-01", "recorded": "2025-07-01"}
            amount = f"USD {cents // 100}.{cents % 100:02d}"
            ledger.write(json.dumps({**event, "product": product, "amount": amount}) + "\n")
            odd = number % 1_000
            if odd == 1:
                continue
            base = cents + 1_234 if odd == 2 else cents
            due = round(base * 20 / 100) if name == "maps" else base * 20 / 100
            row = f"{name},inv-{number},{product},{day},{base / 100:.2f},20 %,{due / 100:.4f}\n"
            theirs.write(row * 2 if odd == 3 else row)


if __name__ == "__main__":
    main()
