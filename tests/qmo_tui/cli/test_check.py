"""`qmo check` as a shell runs it: the table, one line for what is wrong, exit codes, and never the key."""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pexpect
import pytest

from feeds.databento.gateway import Deny, Fault, Gateway, Service
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.crash_files import write_crash_file
from tests.qmo_tui.checking.gold import definition, gold
from tests.qmo_tui.command import QMO, qmo

KEY = "db-ThisKeyBelongsToNobodyAtAll99"
NOBODY = "127.0.0.1:1"
ANSWERS = b"\x1b[?2026;2$y\x1b[?62;22c"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return gold(tmp_path_factory.mktemp("gold"), defined=definition())


def environment(address: str = NOBODY, key: str = KEY, **more: str) -> dict[str, str]:
    return os.environ | {"DATABENTO_API_KEY": key, "QMO_DATABENTO_GATEWAY": address} | more


def check(
    recording: Recording, *arguments: str, faults: Sequence[Fault] = (), service: Service | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run the command against a gateway."""

    async def scenario() -> subprocess.CompletedProcess[str]:
        async with Gateway(recording, faults, service) as gateway:
            return await asyncio.to_thread(qmo, "check", *arguments, environment=environment(gateway.address, **more))

    return asyncio.run(scenario())


def everything_written(home: Path) -> str:
    return "".join(path.read_text(errors="replace") for path in home.rglob("*") if path.is_file())


def test_the_table_is_printed_and_what_is_denied_is_told_in_one_line(recording: Recording, home: Path) -> None:
    faults = [Deny(schema=Schema.MBO), Deny(schema=Schema.TBBO)]
    run = check(recording, faults=faults, service=Service(key=KEY), QMO_LOG_LEVEL="debug")
    assert run.returncode == 5
    table = dict(re.findall(r"^(trades|tbbo|mbp-1|mbp-10|mbo) +(yes|no|unknown) ", run.stdout, re.MULTILINE))
    assert table == {"trades": "yes", "tbbo": "no", "mbp-1": "yes", "mbp-10": "yes", "mbo": "no"}
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("qmo: the account may not see mbo; mbp-10 will be used: set feed.schema to mbp-10")
    written = everything_written(home)
    assert "databento" in written
    for secret in (KEY, KEY[3:], KEY[-5:]):
        assert secret not in run.stdout + run.stderr + written
    assert not (home / "recordings").exists()


def test_without_a_network_a_script_reads_one_object_and_a_trader_one_line() -> None:
    run = qmo("check", "--json", environment=environment())
    told = json.loads(run.stdout)
    assert run.returncode == told["exit_code"] == 3
    assert told["error"].startswith(f"{NOBODY} cannot be reached")
    assert run.stderr == f"qmo: {told['error']}\n"
    assert told["key"] == {"variable": "DATABENTO_API_KEY", "present": True, "well_formed": True}
    assert (told["connection"]["connected"], told["schemas"]) == (False, [])
    assert KEY not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("key", "told"), [("", "no Databento key"), ("db-tooshort", "not well formed")], ids=["none", "no such key"]
)
def test_without_a_key_it_says_so_in_one_line_and_tells_of_this_machine_alone(key: str, told: str, home: Path) -> None:
    run = qmo("check", environment=environment(key=key))
    assert run.returncode == 3
    assert run.stderr.count("\n") == 1
    assert told in run.stderr
    labels = [line.split()[0] for line in run.stdout.splitlines() if line[0] != " "]
    assert labels == ["disk", "terminal", "log", "crashes"]


def test_crashes_are_listed_with_their_errors(home: Path) -> None:
    crash = write_crash_file(ValueError("no such tick"), ["demo"])
    assert crash is not None
    run = qmo("check", environment=environment(key=""))
    assert f"{crash.name}: ValueError: no such tick" in " ".join(run.stdout.split())
    told = json.loads(qmo("check", "--json", environment=environment(key="")).stdout)
    assert told["crashes"] == [{"path": str(crash), "error": "ValueError: no such tick"}]


def test_a_script_learns_of_wrong_settings_too() -> None:
    run = qmo("check", "--json", environment=environment(QMO_FEED_SCHEMA="mbp-2"))
    told = json.loads(run.stdout)
    assert run.returncode == told["exit_code"] == 2
    assert told["error"].startswith("QMO_FEED_SCHEMA: ")
    assert run.stderr == f"qmo: {told['error']}\n"


def test_a_key_pasted_where_the_gateway_belongs_is_not_shown() -> None:
    run = qmo("check", "--json", environment=environment(f"{KEY}:none"))
    assert run.returncode == 2
    assert "QMO_DATABENTO_GATEWAY" in run.stderr
    assert KEY not in run.stdout + run.stderr


def test_on_a_terminal_it_shows_what_it_asks_and_asks_the_terminal_too(recording: Recording) -> None:
    def watch(address: str) -> tuple[str, int | None]:
        known = environment(address) | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            known.pop(name, None)
        child = pexpect.spawn(str(QMO), ["check"], dimensions=(40, 132), env=known, timeout=PATIENCE_SECONDS)
        child.expect_exact("\x1b[c")
        child.send(ANSWERS)
        child.expect(pexpect.EOF)
        child.close()
        return child.before.decode(), child.exitstatus

    async def scenario() -> tuple[str, int | None]:
        async with Gateway(recording, service=Service(key=KEY)) as gateway:
            return await asyncio.to_thread(watch, gateway.address)

    shown, code = asyncio.run(scenario())
    assert code == 0
    assert "asking for mbo, 5 of 5 ...\r\x1b[K" in shown
    assert re.search(r"^terminal    132x40, 16.7 million colours, UTF-8, TERM=xterm-256color", shown, re.MULTILINE)
    assert "shows whole frames" in shown
    assert ANSWERS.decode() not in shown
