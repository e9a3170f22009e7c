"""A closing that is killed: the period is closed or open, the ledger holds, and a file is whole or not there."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from adidem.desk.keeping import book
from adidem.desk.keeping.verifying import verify
from adidem.desk.settling.closing import Asked, Settling
from adidem.desk.settling.closings import closings
from adidem.desk.settling.settlement import settlement_view
from adidem.desk.workspace import open_workspace
from adidem.records.values import UNBOUNDED
from property.settling import FIRST, HEAD, SIGNED, share

KILLS = 16
EARNED = {"kind": "revenue", "id": "r1", "recorded": "2025-02-02", "occurred": "2025-02-01"}
EARNED |= {"by": "ada", "product": "lemonade", "amount": "USD 5,000"}
COMMAND = ("2025-Q1", "--close", "--at", "2025-03-31", "--known-at", "2025-04-01", "--format", "csv", "--out")


def test_killed_at_any_moment(tmp_path: Path):
    """From the start of the command to its end, in equal steps; and then the closing can simply be repeated."""
    adidem = str(Path(sys.executable).parent / "adidem")
    lasts, whole = 0.0, b""
    for number in range(KILLS + 1):
        folder, out = tmp_path / f"w{number}", tmp_path / f"{number}.csv"
        folder.mkdir()
        text = "\n".join([HEAD, SIGNED, share("share", "ada", "ben")])
        (folder / "agreement.lgd").write_text(text, encoding="utf-8")
        book.append(folder, [json.dumps(EARNED)])
        command = [adidem, "settle", str(folder), *COMMAND, str(out)]
        began = time.monotonic()
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        if number:
            time.sleep(lasts * number / KILLS)
            running.send_signal(signal.SIGKILL)
        running.wait()
        if not number:  # the first is left to its end, to see how long it takes and what it writes
            lasts, whole = time.monotonic() - began, out.read_bytes()
            assert whole
        workspace = open_workspace(folder)
        assert verify(folder).problems == []
        assert len(closings(workspace, UNBOUNDED)) <= 1
        assert not out.exists() or out.read_bytes() == whole
        settling = Settling(workspace, Asked("2025-Q1", FIRST + 89, FIRST * 86_400 * 2))
        if settling.state != "closed":
            settling.close()
        again = Settling(open_workspace(folder), Asked("2025-Q1", FIRST + 89))
        assert [line["amount_minor"] for line in settlement_view(again)["settlements"][0]["lines"]] == [100_000]
