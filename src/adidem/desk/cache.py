"""What was worked out before, kept in the user's cache folder under the hash of all that it was worked out from.

Knows a folder of files and whether one is whole. Does not know what stands in them.

The folder is `adidem` in $XDG_CACHE_HOME or ~/.cache (in ~/Library/Caches on macOS, in %LOCALAPPDATA% on Windows).
`ADIDEM_CACHE=off` keeps nothing, and `ADIDEM_CACHE=FOLDER` names another. It may be deleted at any time: no answer
depends on it. A file is written beside its place and moved there in one step, so that two processes can write at once;
it begins with the hash of its content, and one that is damaged counts as not there. When they become too many or too
large, those that were written first go.
"""

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

import adidem

MOST_BYTES = 256 * 2**20
MOST_FILES = 1_000
_HASH = 32


def folder() -> Path | None:
    """Where results are kept; None where they are not."""
    said = os.environ.get("ADIDEM_CACHE", "")
    if said == "off":
        return None
    if said:
        return Path(said)
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "adidem"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "adidem" / "cache"
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else home / ".cache") / "adidem"


def key(*parts: str) -> str:
    """The name of what is worked out from these parts by this program."""
    digest = hashlib.sha256()
    for part in (_program(), *parts):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def get(kind: str, name: str) -> memoryview | None:
    """What is kept under a name, if it is whole."""
    where = folder()
    if where is None:
        return None
    try:
        data = memoryview((where / f"{kind}-{name}").read_bytes())
    except OSError:
        return None  # not there, or not to be read: it is worked out anew
    return data[_HASH:] if hashlib.sha256(data[_HASH:]).digest() == data[:_HASH] else None


def put(kind: str, name: str, data: bytes) -> None:
    """Keep it, if the folder can be written."""
    where = folder()
    if where is None:
        return
    place = where / f"{kind}-{name}"
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.write_bytes(hashlib.sha256(data).digest() + data)
        beside.replace(place)
        if name.endswith("0"):  # one in sixteen: the folder need not be looked through each time
            _prune(where)
    except OSError:
        # A cache that cannot be written, on a full disk or in a read-only home, is no problem of the user's agreement.
        with suppress(OSError):
            beside.unlink()


def _prune(where: Path) -> None:
    """Delete the oldest files until the others have room."""
    files = sorted(
        (file.stat().st_mtime, file.stat().st_size, file.path) for file in os.scandir(where) if file.is_file()
    )
    total = sum(size for _, size, _ in files)
    for gone, (_, size, path) in enumerate(files[:-1]):
        if total <= MOST_BYTES and len(files) - gone <= MOST_FILES:
            return
        Path(path).unlink(missing_ok=True)
        total -= size


@cache
def _program() -> str:
    """What tells one version of the program from another, while it is being written too."""
    root = Path(adidem.__file__).parent
    rooms = [room for room in os.scandir(root) if room.is_dir() and not room.name.startswith("__")]
    files = [file for room in rooms for file in os.scandir(room) if file.name.endswith(".py")]
    stamps = sorted((file.path, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return f"{adidem.__version__} {stamps}"


@cache
def version(distribution: str) -> str:
    """The installed version of a part that a result is worked out with."""
    return metadata.version(distribution)
