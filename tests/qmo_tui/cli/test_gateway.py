"""`qmo gateway`: it says where it listens, lets the right key in, goes wrong on demand, and ends when told."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feeds.records import Schema
from tests.feeds.databento.gateway.client import KEY, Client, subscription
from tests.market import write_session
from tests.market.files import SYMBOL
from tests.qmo_tui.command import QMO, error_line, heed_interrupts, qmo

Start = Callable[..., subprocess.Popen[str]]
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = tmp_path_factory.mktemp("gateway") / "day.mbo.dbn.zst"
    return path, write_session(path, 6, minutes=0.1).array.tobytes()


@pytest.fixture
def start() -> Iterator[Start]:
    """Start gateways that end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [str(QMO), "gateway", *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def told_in_json(process: subprocess.Popen[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(first_line(process))
    return told


async def hear(port: int, key: str = KEY) -> tuple[bytes, bytes]:
    """Return how the key was answered, and the orders that came."""
    client = await Client.connect(port)
    answer = await client.authenticate(key)
    client.say(subscription("mbo", SYMBOL), "start_session=0")
    await client.to_the_break()
    client.leave()
    return answer, client.stream.bytes_of(Schema.MBO)


def test_it_says_where_it_listens_and_serves_until_it_is_interrupted(day: tuple[Path, bytes], start: Start) -> None:
    path, data = day
    process = start(str(path), "--speed", "max", "--close-at-end")
    line = first_line(process)
    address = line.split()[2].rstrip(":")
    assert line == f"listening on {address}: {len(data) // 56:,} mbo; QMO_DATABENTO_GATEWAY={address}\n"
    assert asyncio.run(hear(int(address.rpartition(":")[2])))[1] == data
    process.send_signal(signal.SIGINT)
    rest, log = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, rest) == (130, "")
    assert log.splitlines() == [
        "connection 1 connected",
        "connection 1 authenticated",
        f"connection 1 subscribed: mbo {SYMBOL} (raw_symbol)",
        "connection 1 started",
        f"connection 1 ended: the recording has ended; {len(data) // 56:,} records sent",
    ]


def test_scripts_read_it_line_by_line_and_no_key_is_ever_said(
    day: tuple[Path, bytes], start: Start, tmp_path: Path
) -> None:
    path, data = day
    key = tmp_path / "key"
    key.write_text(f"{KEY}\n")
    process = start(
        str(path), "--speed", "max", "--close-at-end", "--key", str(key), "--json", "--fault", "cut:after=5@2"
    )
    listening = told_in_json(process)
    assert listening["kind"] == "listening"
    assert listening["environment"] == {"QMO_DATABENTO_GATEWAY": f"127.0.0.1:{listening['port']}"}
    assert (listening["records"], listening["symbols"]) == ({"mbo": len(data) // 56}, [SYMBOL])

    async def three() -> list[tuple[bytes, bytes]]:
        keys = (KEY, KEY, "db-AnotherKeyThatIsNotTheRightOne")
        return [await hear(listening["port"], key) for key in keys]

    whole, cut, wrong = asyncio.run(three())
    assert whole[1] == data
    assert cut[1] == data[: 5 * 56]
    assert wrong == (b"success=0|error=Authentication failed.\n", b"")
    process.send_signal(signal.SIGTERM)
    log, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (0, "")
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["detail"] for line in lines if line["kind"] == "fault"] == ["cut"]
    assert [line["connection"] for line in lines if line["kind"] == "ended"] == [1, 2, 3]
    assert KEY[-5:] not in log


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--speed", "-1"], "--speed -1: give a number above 0 and up to 10000, or max"),
        (["--fault", "cutt"], "--fault cutt: 'cutt' is no fault; there are refuse,"),
        (["--key", "db-PastedHereByMistake"], "--key: give the name of a variable or of a file that holds the key"),
    ],
    ids=["speed", "fault", "key"],
)
def test_what_it_cannot_do_is_told_in_one_line(day: tuple[Path, bytes], options: list[str], told: str) -> None:
    run = qmo("gateway", str(day[0]), *options)
    assert run.returncode == 2
    assert error_line(run).startswith(told)
    assert "Pasted" not in run.stderr


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    run = qmo("gateway", str(tmp_path / "nowhere.dbn"))
    assert run.returncode == 4
    assert "nowhere.dbn" in error_line(run)


def test_a_taken_port_is_told(day: tuple[Path, bytes], start: Start) -> None:
    port = told_in_json(start(str(day[0]), "--json"))["port"]
    run = qmo("gateway", str(day[0]), "--port", str(port))
    assert run.returncode == 2
    assert error_line(run).startswith(f"--port {port}: ")
