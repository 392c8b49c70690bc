"""The stream: the event log to the byte, from wherever a client left off, and at nobody's expense."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import aiohttp
import msgspec
import pytest

from engines.events import encode
from engines.execution.commands import Arm, Confirm, ManualEntry
from engines.view import ViewRequest
from feeds.recording import Recording
from qmo_tui.journal.reading import reading
from qmo_tui.paths import journal_file
from qmo_tui.server.document import EVENT_KINDS
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.headless import run_headless
from qmo_tui.settings import Settings
from tests.qmo_tui.server.seats import (
    PATIENCE_SECONDS,
    TOKEN,
    Seat,
    event_of,
    kind_of,
    lines_of,
    number_of,
    reached,
    seat,
    unnumbered,
)

WORDS = {"hello", "missing", "heartbeat", "restarted", "ended"}


def logged(lines: list[bytes]) -> list[bytes]:
    """Return what stands in the event log, out of what came."""
    return [unnumbered(line) for line in lines if kind_of(line) not in WORDS]


async def kept_of(sat: Seat) -> list[bytes]:
    """Return all that the stream has kept."""
    follower = await sat.follow("?after=0")
    newest = sat.serving.stream.lines.next - 1
    lines: list[bytes] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not lines or number_of(lines[-1]) < newest:
            message = await follower.receive()
            lines += [line for line in message.data.encode().splitlines(keepends=True) if kind_of(line) != "hello"]
    await follower.close()
    return lines


async def test_it_is_the_event_log_to_the_byte_across_any_reconnect(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path) as sat:
        got = await _followed_with_breaks(sat)
        assert [number_of(line) for line in got] == list(range(1, len(got) + 1))
        assert [unnumbered(line) for line in got] == sat.lines()
        assert [unnumbered(line) for line in await kept_of(sat)] == sat.lines()
        written = tmp_path / "headless.jsonl"
        run_headless(Recording([recording]), Settings(), events=written)
        expected = written.read_bytes().splitlines(keepends=True)
        assert sat.lines() == expected[: len(got)], "what a run without a screen logs, but for the end of the data"
        assert {kind_of(line) for line in expected[len(got) :]} <= {"bar", "iceberg", "pillars", "summary", "memory"}


async def _followed_with_breaks(sat: Seat) -> list[bytes]:
    """Follow a session that plays, hanging up after each few messages and coming back with the last number."""
    got: list[bytes] = []
    stream = ""
    while not sat.session.transport.finished or len(got) < sat.serving.stream.lines.next - 1:
        follower = await sat.follow(f"?after={len(got)}&stream={stream}" if stream else "?after=0")
        hello = json.loads((await follower.receive()).data)
        assert (hello["kind"], hello["first"]) == ("hello", 1)
        assert stream in {"", hello["stream"]}
        stream = hello["stream"]
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                for _ in range(4):
                    got += (await follower.receive()).data.encode().splitlines(keepends=True)
        await follower.close()
    return got


async def test_lines_are_events_in_their_own_types_and_may_be_chosen_by_kind(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path) as sat:
        await sat.played()
        lines = await kept_of(sat)
        assert {type(event_of(unnumbered(line))).__name__ for line in lines} > {"Session", "Bar", "Pillars", "Iceberg"}
        follower = await sat.follow("?after=0&kinds=iceberg,%20session")
        sat.serving.stream.end("told to")
        chosen = await lines_of(follower, "ended")
        assert [kind_of(line) for line in chosen if kind_of(line) not in WORDS] == [
            kind_of(line) for line in lines if kind_of(line) in {"iceberg", "session"}
        ]
        assert {kind_of(line) for line in chosen} == {"iceberg", "session", "hello", "ended"}
        assert (await follower.receive()).type is aiohttp.WSMsgType.CLOSE
        assert follower.close_code == aiohttp.WSCloseCode.GOING_AWAY


async def test_what_is_traded_at_the_screen_is_on_the_stream_as_the_journal_has_it(
    recording: Path, tmp_path: Path
) -> None:
    async with seat(recording, tmp_path, trades=True) as sat:
        await sat.played()
        follower = await sat.follow()
        await follower.receive()
        ask = sat.session.view(ViewRequest()).best_ask
        assert ask is not None
        sat.session.press(ManualEntry("B", "buy", ask, "market"))
        sat.session.press(Arm("b", "buy"))
        sat.session.press(Confirm("y", "nothing-of-that-name"))
        told = [msgspec.json.decode(line) for line in await lines_of(follower, "decision", 2)]
        assert next(line["kind"] for line in told if line["kind"] != "risk") == "prompt"
        assert next(line["action"] for line in told if line["kind"] == "decision") == "armed"
        with reading(journal_file("demo")) as journal:
            kept = journal.events(journal.sessions("demo")[-1].id)
        assert [encode(event) for event in kept] == [
            line for line in sat.lines() if kind_of(line) in {"prompt", "decision", "risk", "order", "fill", "position"}
        ]


async def test_a_replay_that_goes_back_says_so_and_the_log_begins_anew(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path) as sat:
        follower = await sat.follow("?after=0")
        await sat.played()
        before = sat.lines()
        start = sat.session.transport.start
        assert start is not None
        sat.session.transport.seek(start + 300 * 10**9)
        lines = await lines_of(follower, "session", 2)
        restarted = next(line for line in lines if kind_of(line) == "restarted")
        first, _, second = b"".join(lines).partition(restarted)
        assert logged(first.splitlines(keepends=True)) == before
        assert msgspec.json.decode(restarted)["ts"] == msgspec.json.decode(before[-1])["ts"]
        assert number_of(restarted) == len(before) + 1
        await sat.played()
        assert sat.lines() == before, "the file is the log of what was played since"
        rest = (second + b"".join(await lines_of(follower, kind_of(before[-1]), 1))).splitlines(keepends=True)
        assert logged(rest)[:5] == before[:5]


@contextmanager
def lines_said(sat: Seat) -> Iterator[EventLog]:
    """Let a test say lines of its own to the stream."""
    with EventLog(None, [sat.serving.stream]) as log:
        yield log


async def test_a_gap_is_said_with_what_is_missing(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, kept_megabytes=1) as sat:
        await sat.played()
        events = [event_of(unnumbered(line)) for line in await kept_of(sat)]
        with lines_said(sat) as log:
            while sat.serving.stream.lines.first < 50:
                log.write(events)
        first = sat.serving.stream.lines.first
        hello, missing, line = (await lines_of(await sat.follow("?after=7&kinds=bar"), "bar"))[:3]
        assert json.loads(hello)["first"] == first
        told = json.loads(missing)
        assert (told["kind"], told["from"], told["to"]) == ("missing", 8, first - 1)
        assert number_of(line) >= first
        for question in ("?after=5&stream=another", "?after=999999999", "?after=5&stream=another&kinds=bar"):
            _, missing = (await lines_of(await sat.follow(question), "missing"))[:2]
            told = json.loads(missing)
            assert (told["from"], told["to"]) == (None, None)
            assert "another start of the program" in told["reason"]
        newest = await sat.follow()
        with lines_said(sat) as log:
            log.write(events[:1])
        assert [kind_of(line) for line in await lines_of(newest, "session")] == ["hello", "session"]


async def test_quiet_is_told_by_heartbeats(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False, heartbeat_seconds=0.1) as sat:
        lines = await lines_of(await sat.follow(), "heartbeat", 3)
        assert [kind_of(line) for line in lines] == ["hello", *["heartbeat"] * 3]
        assert json.loads(lines[-1])["next"] == 1


async def test_whoever_sends_something_is_told_that_nothing_can_be_sent(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        for word in ('{"kind":"decision","action":"accepted"}', "x" * 100_000):
            follower = await sat.follow()
            await follower.send_str(word)
            while not follower.closed:
                message = await follower.receive(timeout=PATIENCE_SECONDS)
            assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
            assert follower.close_code in {aiohttp.WSCloseCode.POLICY_VIOLATION, aiohttp.WSCloseCode.MESSAGE_TOO_BIG}
        await asyncio.sleep(0)
        assert (await sat.get("/api/v1/health"))[1]["healthy"] is True


async def test_only_so_many_follow_at_once_and_a_place_comes_free(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False, streams=2) as sat:
        first, second = await sat.follow(), await sat.follow()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await sat.follow()
        assert refused.value.status == HTTPStatus.TOO_MANY_REQUESTS
        assert (await sat.get("/api/v1/health"))[1]["stream"]["clients"] == 2
        await first.close()
        await (await sat.follow()).close()
        await second.close()
    assert sat.serving.stream.clients == 0


async def test_the_stream_is_a_websocket(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        status, told = await sat.get("/api/v1/stream")
        assert (status, told["title"]) == (HTTPStatus.UPGRADE_REQUIRED, "Upgrade Required")
        assert sat.serving.stream.clients == 0


# ------------------------------------------------------------------------------------------------- slow clients


_UPGRADE = (
    f"GET /api/v1/stream?after=0&token={TOKEN} HTTP/1.1",
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)


def deaf(port: int, room: int = 4_096) -> socket.socket:
    """Return a client of the whole stream that does not read what it is sent; its system keeps some bytes for it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    client.settimeout(PATIENCE_SECONDS)
    client.connect(("127.0.0.1", port))
    client.sendall("\r\n".join([*_UPGRADE, "", ""]).encode())
    return client


async def test_a_hundred_deaf_clients_cost_the_session_nothing_and_are_dropped(recording: Path, tmp_path: Path) -> None:
    """While they hold on, the session plays on to its end, a reader gets every line, and memory is bounded."""
    async with seat(recording, tmp_path, play=False, stall_seconds=0.5, kept_megabytes=4) as sat:
        with ExitStack() as clients:
            for _ in range(100):
                clients.enter_context(deaf(sat.serving.port))
            await reached(lambda: sat.serving.stream.clients, 100)
            reader = await sat.follow("?after=0", max_msg_size=0)
            playing = asyncio.create_task(sat.session.run())
            await sat.played()
            events = [event_of(line) for line in sat.lines()]
            with lines_said(sat) as log:
                for _ in range(3):
                    log.write(events)
                    await asyncio.sleep(0)
            last = sat.serving.stream.lines.next - 1
            got: list[bytes] = []
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not got or number_of(got[-1]) < last:
                    message = await reader.receive()
                    got += [
                        part for part in message.data.encode().splitlines(keepends=True) if kind_of(part) != "hello"
                    ]
            assert logged(got) == 4 * sat.lines()
            while sat.serving.stream.dropped < 100:
                with lines_said(sat) as log:
                    log.write(events)
                await asyncio.sleep(0.1)
            await reached(lambda: sat.serving.stream.clients, 0 if reader.closed else 1)
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)


async def test_a_slow_client_hears_why_it_is_dropped(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, stall_seconds=0.2) as sat:
        await sat.played()
        events = [event_of(line) for line in sat.lines()]
        with deaf(sat.serving.port, room=65_536) as client:
            await reached(lambda: sat.serving.stream.clients, 1)
            with lines_said(sat) as log:
                while not sat.serving.stream.dropped:
                    log.write(events)
                    await asyncio.sleep(0.05)
            received = await asyncio.to_thread(_rest, client)
        code = (1013).to_bytes(2, "big")
        assert code + b"too slow: took nothing for 0.2 s" in received
        assert b"come back with your last sequence as after=" in received


def _rest(client: socket.socket) -> bytes:
    """Return all that comes until the line is cut."""
    received = bytearray()
    with suppress(ConnectionError):
        while part := client.recv(65_536):
            received += part
    return bytes(received)


def test_words_of_the_stream_are_no_kinds_of_the_log() -> None:
    assert not WORDS & EVENT_KINDS
