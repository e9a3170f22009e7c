"""How long it takes to bring in a billing export and settle on it, beside the same sums written by hand.

Knows commands, clocks and files. Does not know how adidem works.

The export is FOCUS cost and usage in Parquet, generated with DuckDB: three years of days, six services, four regions,
and taxes. adidem imports it by a rules file (every row accounted for, sums by day and service, each an event),
then runs the agreement over the events. The peers read the same file and print the same sums by day and service, in the
exact decimals that it keeps; they account for no row, keep nothing and settle nothing. That all come to the same sum is
checked. Each is a process of its own. What is printed is Markdown for docs/benchmarks.md.
"""

import argparse
import json
import shutil
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from timing import ADIDEM, Timed, timed

AGREEMENT = """---
title: Cloud
document_type: contract
effective_date: 2023-01-01
language: en
include_signatures: false
sides:
  - name: buyers
    label: Buyer
    parties: [{name: buyer, label: Buyer, type: legal_entity, legal_name: Buyer Inc.}]
  - name: clouds
    label: Cloud
    parties: [{name: cloud, label: Cloud, type: legal_entity, legal_name: Cloud Inc.}]
---

# Signing {#signing}

```terms
family: document
signed: 2023-01-01
effective: 2023-01-01
```

# Commitment {#commitment}

```terms
family: minimum-commitment
customer: buyer
provider: cloud
services: cloud
milestones:
  - {by: 2023-12-31, amount: USD 900 m}
  - {by: 2024-12-31, amount: USD 2 bn}
  - {by: 2025-12-31, amount: USD 9 bn}
shortfall: payable
pay_within: 30 days
```
"""
RULES = """kind: usage
cost: EffectiveCost
sum: day
rounding: half even
zone: UTC
rows:
  - when: {ChargeCategory: Tax}
    leave out: taxes do not count
  - event:
      by: buyer
      of: cloud
      service:
        column: ServiceCategory
        words: {Compute: cloud/compute, Storage: cloud/storage, Databases: cloud/databases,
          Networking: cloud/networking, Analytics: cloud/analytics, AI and Machine Learning: cloud/ai}
"""
GENERATE = """
COPY (
  SELECT
    ['Compute', 'Storage', 'Databases', 'Networking', 'Analytics', 'AI and Machine Learning'
    ][1 + CAST(hash(i) % 6 AS INTEGER)] AS ServiceCategory,
    CASE WHEN hash(i + 1) % 50 = 0 THEN 'Tax' ELSE 'Usage' END AS ChargeCategory,
    CAST((hash(i + 2) % 1000000) / 1000000.0 * 600 AS DECIMAL(20, 10)) AS EffectiveCost,
    CAST((hash(i + 2) % 1000000) / 1000000.0 * 640 AS DECIMAL(20, 10)) AS BilledCost,
    'USD' AS BillingCurrency,
    TIMESTAMP '2023-01-01' + INTERVAL 1 DAY * CAST(hash(i + 3) % 1096 AS INTEGER) AS ChargePeriodStart,
    TIMESTAMP '2023-01-02' + INTERVAL 1 DAY * CAST(hash(i + 3) % 1096 AS INTEGER) AS ChargePeriodEnd,
    'region-' || hash(i + 4) % 4 AS RegionId,
    'arn:resource/' || hash(i + 5) % 100000 AS ResourceId,
    'account-' || hash(i + 6) % 200 AS SubAccountId
  FROM range({rows}) AS t(i)
) TO '{file}' (FORMAT parquet)
"""
BY_DUCKDB = """
import duckdb, sys
duckdb.sql("SET enable_progress_bar = false")
found = duckdb.sql(f'''
  SELECT ChargePeriodStart, ServiceCategory, sum(EffectiveCost)
  FROM '{sys.argv[1]}' WHERE ChargeCategory <> 'Tax' GROUP BY ALL''').fetchall()
print(sum(row[2] for row in found))
"""
BY_POLARS = """
import polars, sys
found = (
    polars.scan_parquet(sys.argv[1]).filter(polars.col("ChargeCategory") != "Tax")
    .group_by("ChargePeriodStart", "ServiceCategory")
    .agg(polars.col("EffectiveCost").sum()).collect(engine="streaming")
)
print(found["EffectiveCost"].sum())
"""


def measured(rows: int, folder: Path) -> dict[str, Timed]:
    """The same export by adidem and by hand."""
    export, workspace = folder / f"costs-{rows}.parquet", folder / f"workspace-{rows}"
    generate = f"import duckdb; duckdb.sql({GENERATE.format(rows=rows, file=export)!r})"
    timed(sys.executable, "-c", generate)
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir()
    (workspace / "agreement.lgd").write_text(AGREEMENT)
    (workspace / "focus.rules.yaml").write_text(RULES)
    cache = folder / f"cache-{rows}"
    found = {
        "adidem import focus": timed(ADIDEM, "import", "focus", workspace, export, "--json", cache=cache),
        "adidem run": timed(ADIDEM, "run", workspace, "--as-of", "2026-02-01", "--json", cache=cache),
        "DuckDB by hand": timed(sys.executable, "-c", BY_DUCKDB, export),
        "Polars by hand": timed(sys.executable, "-c", BY_POLARS, export),
    }
    ours = json.loads(found["adidem import focus"].printed)["sums_of"]["mapped"]
    exact = {
        Decimal(ours[next(iter(ours))]),
        *(Decimal(found[f"{peer} by hand"].printed) for peer in ("DuckDB", "Polars")),
    }
    assert len(exact) == 1, exact
    return found


def main() -> None:
    """Measure each size, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 10_000_000, 30_000_000])
    print("| rows | | seconds | of the processors | most memory, MiB |\n|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for rows in parser.parse_args().rows:
            found = measured(rows, Path(folder))
            for name, run in found.items():
                memory = f"{run.memory_mib:,.0f}"
                print(f"| {rows:,} | {name} | {run.seconds:.2f} | {run.processor_seconds:.2f} | {memory} |", flush=True)
            ours = found["adidem import focus"].seconds + found["adidem run"].seconds
            fastest = min(run.seconds for name, run in found.items() if "hand" in name)
            print(f"| {rows:,} | *adidem, together, to the faster peer* | {ours / fastest:.1f} times | | |", flush=True)


if __name__ == "__main__":
    main()
