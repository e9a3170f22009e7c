"""Files as other systems export them, small; and the real ones of ../shared/data, where they are."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("ADIDEM_DATA", ROOT.parent / "shared" / "data"))
FOCUS_SOURCE = "https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS-Sample-Data and FOCUS_Spec"
INCIDENTS_SOURCE = "https://github.com/mrshu/github-statuses"

HEAD = ("ChargePeriodStart", "ChargePeriodEnd", "ServiceName", "ChargeCategory", "BillingCurrency", "BilledCost")
RULES = """kind: usage
cost: BilledCost
sum: day
rounding: half even
rows:
  - when: {ChargeCategory: Tax}
    leave out: taxes do not count
  - when: {ChargeCategory: Usage}
    event:
      by: harbour
      of: nimbus
      service: {column: ServiceName, words: {Virtual Machines: cloud/compute, Object Store: cloud/storage}}
"""


def shared(name: str, source: str) -> Path:
    """A real file, or a skipped test with a sentence that names its public source."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is not there; it comes from {source}")
    return path


def row(**said: str) -> dict[str, str]:
    """A row of costs; what is not said is usual."""
    usual = ("2024-03-04T10:00:00Z", "2024-03-04T11:00:00Z", "Virtual Machines", "Usage", "USD", "1.00")
    return dict(zip(HEAD, usual, strict=True)) | said


def csv(rows: Iterable[Mapping[str, str]], head: Iterable[str] = HEAD, end: str = "\n") -> str:
    """The rows as a CSV file has them."""
    names = list(head)

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text

    lines = [",".join(names), *(",".join(quoted(row[name]) for name in names) for row in rows)]
    return end.join(lines) + end
