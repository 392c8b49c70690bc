"""Who is let in: whoever knows the token, comes by this machine's name, and asks with measure."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest

from qmo_tui.errors import QmoError
from qmo_tui.server.guard import LARGEST_BODY, Allowance
from qmo_tui.server.token import Token, token_of
from tests.qmo_tui.server.seats import TOKEN, Seat, reached, seat

MARKET = "/api/v1/market"


async def test_only_the_token_opens(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat, aiohttp.ClientSession() as stranger:
        url = sat.serving.url
        wrong = [{}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {TOKEN}"}]
        wrong += [{"Authorization": f"Bearer {word}"} for word in (TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ü", "")]
        for headers in wrong:
            for path in (MARKET, "/api/v1/stream", "/nowhere"):
                async with stranger.get(url + path, headers=headers) as answer:
                    assert answer.status == HTTPStatus.UNAUTHORIZED, (headers, path)
                    assert answer.content_type == "application/problem+json"
                    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                    told = await answer.json(content_type=None)
                    assert told["status"] == HTTPStatus.UNAUTHORIZED
                    assert "send `Authorization: Bearer TOKEN`" in told["detail"]
        async with stranger.get(f"{url}{MARKET}?token={TOKEN}") as answer:
            assert answer.status == HTTPStatus.OK
        async with stranger.get(url + MARKET, headers={"Authorization": f"bearer {TOKEN}"}) as answer:
            assert answer.status == HTTPStatus.OK
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await stranger.ws_connect(f"{url}/api/v1/stream?token=wrong")
        assert refused.value.status == HTTPStatus.UNAUTHORIZED


async def test_neither_another_name_nor_another_page_is_answered(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        port = sat.serving.port
        for host in (
            "evil.example",
            f"evil.example:{port}",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "[",
            "",
        ):
            status, told = await sat.get(MARKET, headers={"Host": host})
            assert (status, told["title"]) == (HTTPStatus.FORBIDDEN, "Forbidden"), host
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost:9999", "LOCALHOST"):
            assert (await sat.get(MARKET, headers={"Host": host}))[0] == HTTPStatus.OK, host
        own = f"http://127.0.0.1:{port}"
        for origin in ("null", "http://evil.example", f"https://127.0.0.1:{port}", "http://127.0.0.1:1", f"{own}.evil"):
            assert (await sat.get(MARKET, headers={"Origin": origin}))[0] == HTTPStatus.FORBIDDEN, origin
        assert (await sat.get(MARKET, headers={"Origin": own}))[0] == HTTPStatus.OK
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await sat.follow(origin="http://evil.example")


async def test_huge_bodies_are_refused_and_the_next_request_is_answered(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b"[" * 65_536

        told = await sat.ask("POST", MARKET, data=b" " * (LARGEST_BODY + 1))
        assert told[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert "send a smaller one" in told[1]["detail"]
        assert (await sat.ask("POST", MARKET, data=pieces()))[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert (await sat.ask("POST", MARKET, data=b"[" * 60_000))[0] == HTTPStatus.BAD_REQUEST
        assert (await sat.get(MARKET))[0] == HTTPStatus.OK


async def test_too_many_requests_a_second_are_refused(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False, requests_per_second=5) as sat:
        statuses = [(await sat.get(MARKET))[0] for _ in range(30)]
        assert statuses[:5] == [HTTPStatus.OK] * 5
        assert HTTPStatus.TOO_MANY_REQUESTS in statuses


def test_an_allowance_grows_back_with_time_and_never_beyond_itself() -> None:
    now = 0.0
    allowance = Allowance(2, clock=lambda: now)
    assert [allowance.take() for _ in range(3)] == [True, True, False]
    now = 0.5
    assert [allowance.take() for _ in range(2)] == [True, False]
    now = 1_000.0
    assert [allowance.take() for _ in range(3)] == [True, True, False]


async def test_no_token_is_ever_logged(recording: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with seat(recording, tmp_path, play=False) as sat:
            for question in (f"?token={TOKEN}", f"?token={TOKEN}&zones=none", "?token=wrong-" + TOKEN):
                await sat.get(MARKET + question)
            await sat.get(f"/{'x' * 500}%0a?token={TOKEN}")
            follower = await sat.follow(f"?token={TOKEN}")
            await follower.close()
            for header in (
                f"Authorization: Bearer {TOKEN}\x01",
                f"Content-Length: {TOKEN}",
                f"{TOKEN} {TOKEN}",
                "X: " * 9_999,
            ):
                assert b" 400 " in await _answer_to(
                    sat, f"GET {MARKET} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n"
                )
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert f"GET {MARKET} 400" in told
    assert TOKEN not in told + caplog.text
    assert not any("\n" in record.getMessage() for record in caplog.records if record.name == "qmo.server")


async def test_a_refusal_is_told_once_a_minute_however_often_somebody_asks(
    recording: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="qmo.server"):
        async with seat(recording, tmp_path, play=False) as sat, aiohttp.ClientSession() as stranger:
            for _ in range(20):
                async with stranger.get(sat.serving.url + MARKET) as answer:
                    assert answer.status == HTTPStatus.UNAUTHORIZED
            assert (await sat.get("/nowhere"))[0] == HTTPStatus.NOT_FOUND
            assert (await sat.get(MARKET))[0] == HTTPStatus.OK
    told = [record.getMessage().rpartition(" in ")[0] for record in caplog.records if record.name == "qmo.server"]
    assert told == [f"GET {MARKET} 401", "GET /nowhere 404"]


async def _answer_to(sat: Seat, request: str) -> bytes:
    """Return the first line of what is answered to something that is no HTTP."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sat.serving.port)
    writer.write(request.encode("latin-1"))
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return line


def test_a_token_is_made_anew_each_time_and_shows_itself_to_nobody() -> None:
    first, second = token_of({}), token_of({})
    assert first.text != second.text
    assert len(first.text) >= 40
    assert first.text not in repr(first)
    assert first.matches(first.text)
    assert not first.matches(second.text)
    assert not first.matches("")


def test_the_environment_names_a_token_or_is_told_what_one_is() -> None:
    assert token_of({"QMO_SERVE_TOKEN": "sixteen-letters_"}).text == "sixteen-letters_"
    for wrong in ("short", "a token with blanks in it", "x" * 129, "sixteen-letters/", "sixteen-letters\n"):
        with pytest.raises(QmoError, match="16 to 128 letters") as refused:
            token_of({"QMO_SERVE_TOKEN": wrong})
        assert wrong not in str(refused.value)


def test_letters_that_no_token_has_do_not_match() -> None:
    for word in ("ßixteen-letters_", "\udcffixteen-letters_", "\x00"):
        assert not Token("sixteen-letters_").matches(word)


async def test_only_who_has_shown_the_token_keeps_his_place(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qmo_tui.server.doorway.STRANGER_SECONDS", 0.5)
    async with seat(recording, tmp_path, play=False, heartbeat_seconds=1.0) as sat:
        follower = await sat.follow()
        silent = socket.create_connection(("127.0.0.1", sat.serving.port), timeout=30)
        with silent, suppress(ConnectionResetError):
            assert await asyncio.to_thread(silent.recv, 1) == b""
        kinds = [json.loads((await follower.receive()).data)["kind"] for _ in range(3)]
        assert kinds == ["hello", "heartbeat", "heartbeat"]


async def test_connections_that_say_nothing_cannot_use_up_the_program(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False, streams=1, screens=0) as sat:
        with ExitStack() as held:
            silent = [
                held.enter_context(socket.create_connection(("127.0.0.1", sat.serving.port), timeout=5))
                for _ in range(65)
            ]
            runner = sat.serving._runner
            assert runner is not None
            assert runner.server is not None
            server = runner.server
            await reached(lambda: len(server.connections), 65)
            late = held.enter_context(socket.create_connection(("127.0.0.1", sat.serving.port), timeout=5))
            assert await asyncio.to_thread(late.recv, 1) == b""
            with pytest.raises(aiohttp.ClientConnectionError):
                await sat.get(MARKET)
            silent[0].close()
            async with asyncio.timeout(10):
                while True:
                    with suppress(aiohttp.ClientConnectionError):
                        assert (await sat.get(MARKET))[0] == HTTPStatus.OK
                        break
