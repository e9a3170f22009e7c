"""How long adidem takes for 100,000 events, beside ledger, hledger and beancount: one command, `make bench`.

Knows commands and clocks. Does not know what is in the files that it has written.

Every command is a process of its own, timed from its start to its end, its output thrown away. One round runs each of
them once, in another order each time; the first round is not counted, so that all files are in memory and all Python is
compiled. What is printed is the median of the rounds, in Markdown, for docs/benchmarks.md; all figures go to
build/bench.json. A peer that is not installed is left out.
"""

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import generate

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PROMISED = 100_000
MODEL_CASE = ROOT / "examples" / "microsoft-openai"
INSTALL = {
    "ledger": "apt-get install ledger",
    "hledger": "apt-get install hledger",
    "bean-check": "pip install -e '.[bench]', which `make bench` does",
}
# Python keeps compiled modules, as it does unless it is told not to.
ORDINARY = {"PYTHONDONTWRITEBYTECODE": ""}
QUERY = "SELECT account, sum(position) GROUP BY account"


@dataclass
class Contender:
    """A command, with what must be done before each run of it, and the seconds that its runs took."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self) -> tuple[float, float]:
        """One run: seconds of the clock on the wall, and seconds of the processor, system included."""
        self.before()
        before = os.times()
        start = time.perf_counter()
        done = subprocess.run(
            self.command,
            env={**os.environ, **ORDINARY, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        taken = time.perf_counter() - start
        if done.returncode:
            sys.exit(f"{self.name} failed: {' '.join(self.command)}\n{done.stderr.decode()[-2000:]}")
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        return taken, used

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.seconds)


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description="Measure adidem beside its peers.")
    parser.add_argument("--events", type=int, default=PROMISED)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adidem-bench-") as name:
        folder = Path(name)
        generate.write(folder, asked.events)
        agree(folder)
        groups = {"events": events(folder), "starting": starting(folder)}
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        for contenders in groups.values():
            measure(contenders, asked.rounds)
    facts = {**machine(), "events": asked.events, "rounds": asked.rounds, "load before": round(load, 2)}
    report(groups, facts)
    figures = {
        group: {c.name: {"wall": c.seconds, "processor": c.processor} for c in contenders}
        for group, contenders in groups.items()
    }
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps({"facts": facts, "seconds": figures}, indent=2) + "\n", encoding="utf-8")


def events(folder: Path) -> list[Contender]:
    """The commands that read all events."""
    kept = folder / "cache"
    adidem = [str(BIN / "adidem"), "run", str(folder / "workspace")]
    cache = {"ADIDEM_CACHE": str(kept)}
    found = [
        Contender("adidem run, cold", adidem, cache, lambda: shutil.rmtree(kept, ignore_errors=True)),
        Contender("adidem run, again", adidem, {"ADIDEM_CACHE": str(folder / "cache-kept")}),
        Contender(
            "adidem run --json, cold", [*adidem, "--json"], cache, lambda: shutil.rmtree(kept, ignore_errors=True)
        ),
        Contender("adidem run --json, again", [*adidem, "--json"], {"ADIDEM_CACHE": str(folder / "cache-kept")}),
    ]
    if has("ledger"):
        plain = ["ledger", "--init-file", "/dev/null", "-f", str(folder / "journal.ledger"), "bal"]
        found.append(Contender("ledger bal", plain))
    if has("hledger"):
        found.append(Contender("hledger bal", ["hledger", "-f", str(folder / "journal.hledger"), "bal"]))
    if has("bean-check"):
        # A copy for each: beancount keeps its cache beside the journal, and a run without it takes it away.
        journals = [str(folder / f"{name}.beancount") for name in ("journal", "kept-for-check", "kept-for-query")]
        for copy in journals[1:]:
            shutil.copyfile(journals[0], copy)
        found += [
            Contender("bean-check, without its cache", [tool("bean-check"), "--no-cache", journals[0]]),
            Contender("bean-check, again, from its cache", [tool("bean-check"), journals[1]]),
        ]
        if has("bean-query"):
            found.append(Contender("bean-query, again, from its cache", [tool("bean-query"), journals[2], QUERY]))
    return found


def starting(folder: Path) -> list[Contender]:
    """How long adidem takes to begin, and for the model case."""
    python, adidem = sys.executable, str(BIN / "adidem")
    kept = folder / "cache-model"
    found = [Contender("adidem --help", [adidem, "--help"])]
    if MODEL_CASE.is_dir():
        run = [adidem, "run", str(MODEL_CASE)]
        found += [
            Contender(
                "adidem run examples/microsoft-openai, first",
                run,
                {"ADIDEM_CACHE": str(kept)},
                lambda: shutil.rmtree(kept, ignore_errors=True),
            ),
            Contender(
                "adidem run examples/microsoft-openai, second", run, {"ADIDEM_CACHE": str(folder / "cache-model-kept")}
            ),
        ]
    modules = ("numpy", "adidem.cli.main", "adidem.desk.workspace")
    return [
        *found,
        Contender("python -c pass", [python, "-c", "pass"]),
        *(Contender(f"import {module}", [python, "-c", f"import {module}"]) for module in modules),
    ]


def measure(contenders: Sequence[Contender], rounds: int) -> None:
    """Run each once a round, in another order each time; the first round only warms."""
    order = list(contenders)
    shuffle = random.Random(1).shuffle
    for number in range(rounds + 1):
        shuffle(order)
        for contender in order:
            taken, used = contender.run()
            if number:
                contender.seconds.append(taken)
                contender.processor.append(used)


def agree(folder: Path) -> None:
    """What was used is the same sum in the events, in what adidem makes of them and in ledger's balance."""
    used = sum(
        int(entry.amount.replace(".", ""))
        for entry in generate.entries(sum(1 for _ in (folder / "workspace" / "ledger.jsonl").open(encoding="utf-8")))
        if entry.event["kind"] == "usage"
    )
    command = [str(BIN / "adidem"), "run", str(folder / "workspace"), "--json"]
    data = json.loads(
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, "ADIDEM_CACHE": "off"}).stdout
    )
    ours = data["results"][0]["quantities_minor"]["commitment.used"]
    assert ours == used, (ours, used)
    if has("ledger"):
        command = [
            "ledger",
            "--init-file",
            "/dev/null",
            "-f",
            str(folder / "journal.ledger"),
            "bal",
            "Expenses:Cloud",
            "--depth",
            "2",
        ]
        said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()[0]
        assert int(said.replace(".", "")) == used, (said, used)


def has(name: str) -> bool:
    """Whether a peer is installed; if not, how to get it is said once."""
    if tool(name):
        return True
    print(f"{name} is not installed and is left out: {INSTALL.get(name, 'it comes with beanquery')}", file=sys.stderr)
    return False


def tool(name: str) -> str:
    """The path of a program, in this environment or on the machine."""
    return shutil.which(str(BIN / name)) or shutil.which(name) or ""


def report(groups: Mapping[str, Sequence[Contender]], facts: Mapping[str, object]) -> None:
    """The figures in Markdown, and whether what was promised holds."""
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    by_name = {c.name: c for c in groups["events"]}
    ledger = by_name["ledger bal"].middle if "ledger bal" in by_name else None
    print(f"\n| {facts['events']:,} events | seconds (median) | fastest | slowest | of the processor | × ledger |")
    print("|---|---:|---:|---:|---:|---:|")
    for each in groups["events"]:
        ratio = f"{each.middle / ledger:.2f}" if ledger else "–"
        low, high, used = min(each.seconds), max(each.seconds), median(each.processor)
        print(f"| `{each.name}` | {each.middle:.2f} | {low:.2f} | {high:.2f} | {used:.2f} | {ratio} |")
    print("\n| starting | seconds (median) | fastest | slowest | of the processor |\n|---|---:|---:|---:|---:|")
    for each in groups["starting"]:
        low, high, used = min(each.seconds), max(each.seconds), median(each.processor)
        print(f"| `{each.name}` | {each.middle:.3f} | {low:.3f} | {high:.3f} | {used:.3f} |")
    print()
    promised = promises(by_name, {c.name: c for c in groups["starting"]}) if facts["events"] == PROMISED else []
    for sentence, holds in promised:
        print(f"- {'holds' if holds else 'FAILS'}: {sentence}")


def promises(events: Mapping[str, Contender], starting: Mapping[str, Contender]) -> list[tuple[str, bool]]:
    """What was promised of the figures, and whether it is so."""
    cold, again = events["adidem run, cold"].middle, events["adidem run, again"].middle
    out = [("adidem --help in under 0.3 s", starting["adidem --help"].middle < 0.3)]
    if "ledger bal" in events:
        ledger = events["ledger bal"].middle
        out += [
            (f"cold in at most twice the time of ledger ({cold / ledger:.2f})", cold <= 2 * ledger),
            (f"again in less than ledger ({again / ledger:.2f})", again < ledger),
        ]
    for name in ("hledger bal", "bean-check, without its cache", "bean-check, again, from its cache"):
        if name in events:
            theirs = events[name].middle
            out.append((f"cold in less than {name} ({theirs / cold:.1f} times as fast)", cold < theirs))
    return out


def machine() -> dict[str, object]:
    """What it ran on, and which versions."""
    return {
        "machine": processor(),
        "processors": os.cpu_count(),
        "memory": memory(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("ledger", "hledger", "bean-check") if tool(name)},
    }


def processor() -> str:
    """The model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory() -> str:
    """How much memory the machine has."""
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return "unknown"


def version(name: str) -> str:
    """The first version number that a program says of itself."""
    said = subprocess.run([tool(name), "--version"], capture_output=True, text=True, check=False).stdout
    words = said.replace(",", " ").split()
    return next((word for word in words if word[:1].isdigit()), "unknown")


if __name__ == "__main__":
    main()
