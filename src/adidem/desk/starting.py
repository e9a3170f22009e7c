"""A new workspace: a small agreement that runs, to write one's own over.

Knows the template and where to put it. Does not know what it says.
"""

from importlib.resources import files
from pathlib import Path

from adidem.kernel.problem import Problem, ProblemError


def start(folder: Path) -> list[str]:
    """Write the template into a new or empty folder, and return the names of its files.

    Problems: D214 the folder holds something; D215 it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            what = "is not empty" if folder.is_dir() else "is a file"
            mend = "name a folder that does not exist yet"
            raise ProblemError([Problem("D214", f"{folder} {what}", at=str(folder), mend=mend)])
        folder.mkdir(parents=True, exist_ok=True)
        names: list[str] = []
        for file in sorted((files("adidem.desk") / "template").iterdir(), key=lambda f: f.name):
            (folder / file.name).write_bytes(file.read_bytes())
            names.append(file.name)
        return names
    except OSError as wrong:
        sentence = f"{folder} cannot be written: {wrong.strerror or wrong}"
        mend = "name a folder in which this user may write"
        raise ProblemError([Problem("D215", sentence, at=str(folder), mend=mend)]) from None
