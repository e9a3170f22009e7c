"""A quarter's royalty statement over six clauses, with twelve errors that can be planted in it, each for itself.

Knows the agreement, the record, and how a counterparty with any of these errors would write its statement: every
figure of theirs is worked out here with fractions, and not by the program under test.
"""

import csv
import io
import json
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

PERIOD = "2025-Q2"
ERRORS = {
    "missing line": "search",
    "extra line": "search",
    "base": "search",
    "period cut-off": "search",
    "late data": "search",
    "exclusion": "ads",
    "rate": "ads",
    "tier": "api",
    "cap": "licence",
    "exchange rate": "abroad",
    "rounding place": "abroad",
    "adjustment": "maps",
}
"""Each error that can be planted, and the clause in which it is."""
CLAUSES = tuple(dict.fromkeys(ERRORS.values()))

AGREEMENT = """---
legaldown: "0.2"
title: Royalties of Ada and Ben
document_type: contract
effective_date: 2025-01-01
language: en
include_signatures: false
sides:
  - name: makers
    label: Maker
    parties: [{name: ada, label: Ada, type: legal_entity, legal_name: Ada Ltd}]
  - name: owners
    label: Owner
    parties: [{name: ben, label: Ben, type: legal_entity, legal_name: Ben Ltd}]
---

Both companies are invented. Ada sells what is made with Ben's models, and pays Ben a royalty of each product.

# Signing {#signing}

The parties sign this agreement on {{date: 2024-12-01}}, and it takes effect on {{date: 2025-01-01}}.

```terms
family: document
signed: 2024-12-01
effective: 2025-01-01
```
"""
_LAST = """It is due {{duration: 45, unit=D}} after the quarter. Revenue in other money is
turned into dollars at the rate of its day."""
_PROSE = {
    "search": "Each quarter {{party: ada}} pays {{party: ben}} a fifth of what it earns with search.",
    "ads": (
        "Each quarter {{party: ada}} pays {{party: ben}} twelve per cent of what it earns with\n"
        "advertisements. Those of its own house do not count."
    ),
    "api": (
        "Each quarter {{party: ada}} pays {{party: ben}} a tenth of what it earns with the API, and of what is beyond\n"
        "{{money: 100000, currency=USD}} in the quarter fifteen per cent."
    ),
    "licence": (
        "Each quarter {{party: ada}} pays {{party: ben}} a quarter of what it earns with licences, until\n"
        "{{money: 50000, currency=USD}} have been paid in all."
    ),
    "abroad": "Each quarter {{party: ada}} pays {{party: ben}} seven per cent of what it earns abroad.",
    "maps": "Each quarter {{party: ada}} pays {{party: ben}} a fifth of what it earns with maps.",
}
_TERMS = {
    "search": "products: product/search\nrate: 20 %\nrounding: half even, per period",
    "ads": "products: product/ads except product/ads/house\nrate: 12 %\nrounding: half even, per period",
    "api": (
        "products: product/api\nrate: 10 %\nrounding: half even, per period\n"
        'tiers: [{above: "USD 100,000", rate: 15 %}]\ntiers_count: period\ntiers_apply: incremental'
    ),
    "licence": (
        "products: product/licence\nrate: 25 %\nrounding: half even, per period\ncap: USD 50,000\ncap_reached: stop"
    ),
    "abroad": "products: product/abroad\nrate: 7 %\nrounding: half even, per period",
    "maps": "products: product/maps\nrate: 20 %\nrounding: half even, per period",
}
STATEMENTS = f"""
# Statements {{#statements}}

{{{{party: ada}}}} states what it owes {{{{duration: 30, unit=D}}}} after each quarter.
{{{{party: ben}}}} may object for {{{{duration: 60, unit=D}}}}, and has accepted what it does not
object to. For {{{{duration: 2, unit=Y}}}} it may audit a statement. An audit that finds more than
five per cent of what was stated to be missing is paid for by Ada, {{{{duration: 30, unit=D}}}}
after it.

```terms
family: statement
reporter: ada
receiver: ben
states: [{", ".join(_TERMS)}]
every: quarter
due_within: 30 days
object_within: 60 days
silence: accepted
look_back: 2 years
threshold: 5 %
threshold_of: stated
pay_within: 30 days
```
"""
RULES = """clause:
  column: Royalty
  words: {SEARCH: search, ADS: ads, API: api, LICENCE: licence, ABROAD: abroad, MAPS: maps}
period: {column: Quarter, words: {Q2 2025: 2025-Q2, Q1 2025: 2025-Q1}}
reference: Invoice
line: {column: Product}
occurred: Date
base: Net
rate: Rate
exchange: FX
amount: Due
currency: USD
known_at: 2025-07-15
numbers: grouped
rows:
  - when: {Type: Line}
    is: line
  - when: {Type: Adjustment}
    is: adjustment
  - when: {Type: Total}
    is: total
"""


@dataclass(frozen=True)
class Sale:
    """One invoice of ours: `cents` in its own money."""

    id: str
    product: str
    day: str
    cents: int
    fx: str = ""
    recorded: str = ""


SALES = (
    Sale("sea-0", "product/search", "2025-02-10", 4_000_00),
    Sale("sea-1", "product/search", "2025-04-02", 10_000_00),
    Sale("sea-2", "product/search", "2025-04-18", 2_500_50),
    Sale("sea-3", "product/search", "2025-05-05", 7_300_25),
    Sale("sea-4", "product/search", "2025-05-21", 1_999_99),
    Sale("sea-5", "product/search", "2025-06-11", 3_150_00, recorded="2025-07-20"),
    Sale("sea-6", "product/search", "2025-06-28", 5_000_00),
    Sale("sea-7", "product/search", "2025-07-01", 6_200_00),
    Sale("ads-1", "product/ads/video", "2025-04-30", 20_000_00),
    Sale("ads-2", "product/ads/text", "2025-05-31", 30_000_00),
    Sale("ads-3", "product/ads/house", "2025-06-15", 8_000_00),
    Sale("ads-4", "product/ads/house", "2025-06-16", 1_000_00),
    Sale("api-1", "product/api", "2025-04-30", 70_000_00),
    Sale("api-2", "product/api", "2025-06-30", 90_000_00),
    Sale("lic-0", "product/licence", "2025-03-31", 120_000_00),
    Sale("lic-1", "product/licence", "2025-06-30", 100_000_00),
    Sale("abr-1", "product/abroad", "2025-04-10", 2_863_06, fx="1.08"),
    Sale("abr-2", "product/abroad", "2025-05-11", 2_604_65, fx="1.08"),
    Sale("abr-3", "product/abroad", "2025-06-12", 3_520_48, fx="1.10"),
    Sale("abr-4", "product/abroad", "2025-06-13", 2_655_66, fx="1.10"),
    Sale("map-0", "product/maps", "2025-03-03", 6_000_00),
    Sale("map-1", "product/maps", "2025-05-03", 9_000_00),
)
CORRECTED = ("map-0", 7_000_00)
"""A sale of the first quarter turned out larger, after that quarter was stated."""


def workspace(folder: Path) -> None:
    """The agreement, the record and the rules."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [AGREEMENT]
    for name, terms in _TERMS.items():
        lead = f"\n# {name.capitalize()} {{#{name}}}\n\n{_PROSE[name]}\n{_LAST}\n"
        common = "family: revenue-share\npayer: ada\npayee: ben\nof: ada\nevery: quarter"
        common += "\npay_within: 45 days\nexchange_rates: day"
        parts.append(f"{lead}\n```terms\n{common}\n{terms}\n```\n")
    (folder / "agreement.lgd").write_text("".join([*parts, STATEMENTS]), encoding="utf-8")
    (folder / "ledger.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events()), encoding="utf-8")
    (folder / "statement.rules.yaml").write_text(RULES, encoding="utf-8")


def events() -> list[dict[str, str]]:
    """The record."""
    found: list[dict[str, str]] = []
    for sale in SALES:
        event = {"id": sale.id, "kind": "revenue", "occurred": sale.day, "recorded": sale.recorded or sale.day}
        event |= {"by": "ada", "product": sale.product, "amount": f"{'EUR' if sale.fx else 'USD'} {_money(sale.cents)}"}
        found.append(event | ({"exchange_rate": sale.fx} if sale.fx else {}))
    stated = {"id": "maps-q1", "kind": "statement", "occurred": "2025-04-20", "recorded": "2025-04-20", "by": "ada"}
    found.append({**stated, "about": "maps", "through": "2025-03-31", "amount": "USD 1200.00"})
    corrected = {"id": "map-0-again", "kind": "correction", "occurred": "2025-05-12", "recorded": "2025-05-12"}
    found.append({**corrected, "corrects": CORRECTED[0], "amount": f"USD {_money(CORRECTED[1])}"})
    return found


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def even(value: Fraction) -> int:
    """Rounded half to even."""
    return round(value)


@dataclass
class Line:
    """One line of theirs."""

    sale: Sale
    cents: int
    fx: Fraction


def lines(errors: Collection[str]) -> dict[str, list[Line]]:
    """The lines that they have of each clause, with some errors."""
    out: dict[str, list[Line]] = {clause: [] for clause in CLAUSES}
    for sale in SALES:
        clause = sale.product.split("/")[1]
        inside = "2025-04-01" <= sale.day <= "2025-06-30"
        cents, fx = sale.cents, Fraction(sale.fx or 1)
        if sale.id == "sea-7":
            inside = "period cut-off" in errors
        if (sale.id == "sea-2" and "missing line" in errors) or (sale.id == "sea-5" and "late data" in errors):
            continue
        if sale.product == "product/ads/house" and "exclusion" not in errors:
            continue
        if sale.id == "sea-3" and "base" in errors:
            cents = 7_030_25
        if sale.fx == "1.08" and "exchange rate" in errors:
            fx = Fraction("1.06")
        if inside:
            out[clause].append(Line(sale, cents, fx))
    if "extra line" in errors:
        out["search"].append(out["search"][0])
    return out


def figure(clause: str, errors: Collection[str]) -> int:
    """What they owe by their statement, in cents, adjustments included."""
    found = lines(errors)[clause]
    bases = [even(line.cents * line.fx) for line in found]
    total = sum(bases)
    if clause == "ads":
        return even(Fraction(total * (10 if "rate" in errors else 12), 100))
    if clause == "api":
        above = max(0, total - 100_000_00)
        incremental = Fraction(total * 10 + above * 5, 100)
        return even(Fraction(total * 15, 100) if "tier" in errors and above else incremental)
    if clause == "licence":
        share = even(Fraction(total * 25, 100))
        return share if "cap" in errors else min(share, 50_000_00 - 30_000_00)
    if clause == "abroad":
        parts = [Fraction(base * 7, 100) for base in bases]
        return sum(even(part) for part in parts) if "rounding place" in errors else even(sum(parts, Fraction(0)))
    share = even(Fraction(total * 20, 100))
    return share + (adjustment(errors) if clause == "maps" else 0)


def adjustment(errors: Collection[str]) -> int:
    """What the correction of the first quarter comes to, as they take it."""
    return 0 if "adjustment" in errors else 200_00


def statement(errors: Collection[str]) -> str:
    """Their statement as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Type", "Royalty", "Quarter", "Invoice", "Product", "Date", "Net", "FX", "Rate", "Due"])
    for clause, found in lines(errors).items():
        rate = {"search": "20 %", "ads": "10 %" if "rate" in errors else "12 %", "maps": "20 %"}.get(clause, "")
        name = clause.upper()
        for line in found:
            fx = f"{float(line.fx):.2f}" if line.sale.fx else ""
            about = [name, "Q2 2025", line.sale.id, line.sale.product, line.sale.day]
            writer.writerow(["Line", *about, f"{line.cents / 100:,.2f}", fx, rate, ""])
        if clause == "maps" and adjustment(errors):
            money = f"{adjustment(errors) / 100:,.2f}"
            writer.writerow(["Adjustment", name, "Q1 2025", "", "", "", "", "", "", money])
        writer.writerow(["Total", name, "Q2 2025", "", "", "", "", "", "", f"{figure(clause, errors) / 100:,.2f}"])
    return out.getvalue()
