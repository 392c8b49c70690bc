"""`qmo serve`: it says where it listens, answers whoever knows the token, and ends when told."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.databento.gateway.client import KEY
from tests.market import write_session
from tests.qmo_tui.command import PATIENCE_SECONDS, QMO, error_line, heed_interrupts, qmo
from tests.qmo_tui.pseudo_terminal import Terminal

Start = Callable[..., subprocess.Popen[str]]
TOKEN = "a-token-of-this-test"
ENDING_SECONDS = 20
"""What a busy machine may take to end what takes a tenth of a second."""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "market.dbn.zst"
    write_session(path, seed=5, minutes=0.5)
    return path


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers that end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [str(QMO), "serve", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
            preexec_fn=heed_interrupts,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ask(port: int, path: str, token: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    told = answer.status, json.loads(answer.read())
    connection.close()
    return told


def test_a_recording_is_served_until_it_is_interrupted(market: Path, start: Start, home: Path) -> None:
    process = start("--replay", str(market), "--speed", "max", "--json")
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())
    assert set(told) == {"kind", "url", "port", "token"}
    assert told["url"] == f"http://127.0.0.1:{told['port']}"
    assert json.loads((home / "serving" / f"{told['port']}.json").read_text())["token"] == told["token"]
    health = asked_until(told["port"], "/api/v1/health", lambda told: told["playing"]["finished"], told["token"])
    assert health["sequence"] > 1_000
    assert ask(told["port"], "/api/v1/market", "wrong-token-of-nobody")[0] == 401
    assert ask(told["port"], "/api/v1/market", told["token"])[1]["symbol"] == "GCG4"
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=ENDING_SECONDS)
    assert (process.returncode, rest, errors) == (130, "", "")
    assert not list(home.glob("serving/*"))
    assert not list(home.glob("*.db")), "nothing is traded where nobody sits"
    log = home / "logs" / "qmo.log"
    assert not log.exists() or told["token"] not in log.read_text()


def test_the_token_comes_from_the_environment_and_it_ends_as_any_service(market: Path, start: Start) -> None:
    process = start("--replay", str(market), QMO_SERVE_TOKEN=TOKEN)
    assert process.stdout is not None
    where, token, page = (process.stdout.readline() for _ in range(3))
    assert where.startswith("serving on http://127.0.0.1:")
    assert token == f"token {TOKEN}\n"
    assert page == f"in a browser {where.split()[-1]}/?token={TOKEN}\n"
    assert ask(int(where.rpartition(":")[2]), "/api/v1/health", TOKEN)[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=ENDING_SECONDS) == ("", "")
    assert process.returncode == 0


def test_the_live_market_is_served_and_its_loss_is_told(market: Path, start: Start, home: Path) -> None:
    gateway = start_gateway(market)
    try:
        assert gateway.stdout is not None
        address = json.loads(gateway.stdout.readline())["environment"]["QMO_DATABENTO_GATEWAY"]
        process = start(
            "--json",
            QMO_DATABENTO_GATEWAY=address,
            DATABENTO_API_KEY=KEY,
            QMO_FEED_CONTEXT="false",
            QMO_FEED_SYMBOL="GCG4",
            QMO_SERVE_TOKEN=TOKEN,
        )
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        told = asked_until(port, "/api/v1/market", lambda told: told["price"] is not None)
        assert (told["provenance"], told["feed"]["state"], told["symbol"]) == ("live", "live", "GCG4")
        assert told["playing"] is None
        assert told["age_seconds"] < PATIENCE_SECONDS
        assert told["feed"]["source"].startswith("databento")
    finally:
        gateway.kill()
        gateway.communicate()
    lost = asked_until(port, "/api/v1/health", lambda told: told["feed"]["state"] == "reconnecting")
    assert (lost["healthy"], lost["gaps"]) == (False, 1)
    assert ask(port, "/api/v1/market", TOKEN)[1]["book"] == "suspect"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=ENDING_SECONDS) == ("", "")
    assert process.returncode == 130
    assert not list(home.glob("journal*")), "nothing is traded where nobody sits"


def start_gateway(market: Path) -> subprocess.Popen[str]:
    """Start a gateway that serves a market as if it opened now."""
    command = [str(QMO), "gateway", str(market), "--restamp", "--json", "--port", "0"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def asked_until(port: int, path: str, holds: Callable[[Any], bool], token: str = TOKEN) -> Any:
    """Ask until something holds of the answer."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds(told := ask(port, path, token)[1]):
        assert time.monotonic() < until, told
        time.sleep(0.05)
    return told


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        run = qmo("serve", "--demo", "--port", str(port))
    assert run.returncode == 2
    assert f"port {port} is in use" in error_line(run)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--demo", "--replay", "a.dbn"], 2, "--replay and --demo are two markets"),
        (["--speed", "2"], 2, "--speed goes with --replay or --demo"),
        (["--port", "70000", "--demo"], 2, "--port: 70000 is not a port from 1 to 65535"),
        (["--replay", "nowhere.dbn"], 4, "nowhere.dbn"),
        ([], 3, "no Databento key"),
    ],
    ids=["two markets", "speed of the present", "no port", "no file", "no key"],
)
def test_what_cannot_be_served_is_one_line(arguments: list[str], code: int, says: str) -> None:
    run = qmo("serve", *arguments)
    assert run.returncode == code
    assert says in error_line(run)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["demo", "--port", "0"], "--port goes with --serve"),
        (["replay", "a.dbn", "--headless", "--serve"], "without a screen, use `qmo serve --replay FILE`"),
        (["--serve", "demo"], "`qmo demo ... --serve`"),
    ],
    ids=["port alone", "no screen", "before the command"],
)
def test_serving_beside_the_cockpit_is_asked_for_rightly(arguments: list[str], says: str) -> None:
    run = qmo(*arguments)
    assert run.returncode == 2
    assert says in error_line(run)


def test_what_is_on_the_screen_is_served_beside_it_and_told_without_its_token(market: Path, home: Path) -> None:
    terminal = Terminal(["replay", str(market), "--speed", "max", "--serve", "--port", "0"], (160, 50))
    try:
        terminal.until("END OF RECORDING")
        screen = "\n".join(terminal.until("serving on http://127.0.0.1:"))
        (told,) = (json.loads(path.read_text()) for path in home.glob("serving/*.json"))
        assert f"serving on {told['url']}, its token is in " in screen
        assert told["token"] not in screen
        answer = asked_until(told["port"], "/api/v1/market", lambda told: told["playing"]["finished"], told["token"])
        bid, ask_price = f"{answer['bid']:.2f}", f"{answer['ask']:.2f}"
        assert bid.rstrip("0") in screen
        assert ask_price.rstrip("0") in screen
        assert answer["symbol"] == "GCG4"
        terminal.press("q")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert not list(home.glob("serving/*"))
