"""Pages that are run: what a page shows is what its commands print.

A block ```console holds commands after `$ ` and what each prints; a line that is `…` alone stands for any lines. A
block whose info string names a file, as in ````lgd alliance/amendment.lgd, is written to that file.

`python tests/e2e/transcript.py PAGE…` writes what is printed today into pages, for review as a diff.
"""

import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OMITTED = "…"

_FENCE = re.compile(r"^(`{3,})([a-z]+)(?: (\S+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


def run_page(page: str, folder: Path) -> int:
    """Write the files and run the commands of a page (a path from the root) in `folder`; how many there were."""
    count = 0
    for _, language, file, body in _FENCE.findall((ROOT / page).read_text(encoding="utf-8")):
        if file:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(body, encoding="utf-8")
        elif language == "console":
            for command, shown in commands(body):
                check(command, shown, printed(command, folder))
                count += 1
    return count


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block, one that ends in a backslash with its next line, and the lines that it is to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.replace("\\\n", " ").partition("\n")
        yield command, shown.splitlines()


def printed(command: str, folder: Path) -> list[str]:
    """What a command prints, on both streams, on a terminal of eighty columns without colour."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "80", "NO_COLOR": "1"}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return [line.rstrip() for line in done.stdout.splitlines()]


def check(command: str, shown: list[str], out: list[str]) -> None:
    """What is shown is what is printed, lines left out apart."""
    pattern = "".join(r"(?:.*\n)*?" if line == OMITTED else re.escape(line) + r"\n" for line in shown)
    if not re.fullmatch(pattern, "".join(f"{line}\n" for line in out)):
        differences = "\n".join(difflib.unified_diff(shown, out, "the page", "the command", lineterm="", n=1))
        raise AssertionError(f"$ {command}\n{differences}")


def mended(shown: list[str], out: list[str]) -> list[str]:
    """What the page should show: the lines that come nearest to those it shows, with the same gaps left out."""
    kept: list[str] = []
    at, gap = 0, False
    for line in shown:
        if line == OMITTED:
            gap = True
            continue
        near = difflib.get_close_matches(line, out[at:], n=1, cutoff=0.6)
        if not near:
            continue
        found = out.index(near[0], at)
        kept += ([OMITTED] if gap and found > at else out[at:found]) + [near[0]]
        at, gap = found + 1, False
    return kept + ([OMITTED] if gap and at < len(out) else out[at:])


def rewrite(page: str, folder: Path) -> None:
    """Write what the commands print today into a page, for review as a diff."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for _, language, file, body in _FENCE.findall(text):
        if file:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(body, encoding="utf-8")
        elif language == "console":
            for command, shown in commands(body):
                out = printed(command, folder)
                try:
                    check(command, shown, out)
                except AssertionError:
                    before, after = ("".join(f"{line}\n" for line in lines) for lines in (shown, mended(shown, out)))
                    text = text.replace(before, after, 1)
    (ROOT / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import shutil
    import tempfile

    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            shutil.copytree(ROOT / "examples", Path(temporary) / "examples")
            rewrite(name, Path(temporary))
