"""What a browser is let do, asked without one: the page and its parts, and the process behind each screen."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from qmo_tui.paths import keymap_file, log_file
from qmo_tui.remote.connection import Address
from tests.qmo_tui.cockpit.scenes import ScriptedDesk
from tests.qmo_tui.remote.serving_desk import TOKEN, serving, until

SIZE = "&size=?width=100&height=30"


@asynccontextmanager
async def client_of(address: Address) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{address.port}") as client:
        yield client


def screens_of(server: int = os.getpid()) -> set[int]:
    """Return the processes that a server has started for browsers."""
    children = Path(f"/proc/{server}/task/{server}/children")
    started = children.read_text().split() if children.exists() else []
    return {int(one) for one in started if b"browser_screen" in told_of(int(one), "cmdline")}


def told_of(process: int, what: str) -> bytes:
    """Return what the system tells of a process; nothing once it is gone."""
    try:
        return Path(f"/proc/{process}/{what}").read_bytes()
    except FileNotFoundError:
        return b""


def is_alive(process: int) -> bool:
    state = told_of(process, "stat").rpartition(b")")[2].split()[:1]
    return state not in ([], [b"Z"])


async def shown_by(socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
    """Wait until a screen has painted a text."""
    painted = b""
    while text.encode() not in painted:
        painted = painted[-65_536:] + await socket.receive_bytes(timeout=30)


async def test_without_the_token_there_is_neither_page_nor_part_nor_screen() -> None:
    async with serving(ScriptedDesk()) as address, client_of(address) as client:
        for path in ("/", "/browser/textual.js", "/browser/font.ttf", "/browser/browser.js?token=a-wrong-one-of-all"):
            async with client.get(path) as answer:
                assert answer.status == 401, path
        with pytest.raises(WSServerHandshakeError, match="401"):
            await client.ws_connect(f"/browser/screen?token=a-wrong-one-of-all{SIZE}")
        assert screens_of() == set()


async def test_the_page_loads_nothing_from_elsewhere_and_is_kept_nowhere() -> None:
    async with serving(ScriptedDesk()) as address, client_of(address) as client:
        async with client.get(f"/?token={TOKEN}") as answer:
            page = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "https://" not in page
        assert page.count("//") == page.count("ws://127.0.0.1")
        assert policy.startswith("default-src 'none'; script-src 'self';")
        for part, kind in (("textual.js", "javascript"), ("xterm.css", "text/css"), ("font.ttf", "font")):
            async with client.get(f"/browser/{part}?token={TOKEN}") as answer:
                assert answer.status == 200
                assert kind in answer.headers["Content-Type"]
        for path in ("/browser/server.py", "/browser/..%2fserver.py", "/static/js/textual.js", "/download/x"):
            async with client.get(f"{path}?token={TOKEN}") as answer:
                assert answer.status == 404, path


async def test_a_page_of_another_origin_opens_no_screen() -> None:
    async with serving(ScriptedDesk()) as address, client_of(address) as client:
        for headers in ({"Origin": "http://example.com"}, {"Origin": "null"}, {"Host": "example.com"}):
            with pytest.raises(WSServerHandshakeError, match="403"):
                await client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}", headers=headers)
        assert screens_of() == set()


@pytest.mark.parametrize("size", ["", "&size=?width=x&height=30", "&size=?width=-1&height=30", "&size=?width=1e9"])
async def test_a_screen_without_a_size_is_refused_before_anything_is_started(size: str) -> None:
    async with serving(ScriptedDesk()) as address, client_of(address) as client:
        with pytest.raises(WSServerHandshakeError, match="400"):
            await client.ws_connect(f"/browser/screen?token={TOKEN}{size}")
        assert screens_of() == set()


async def test_a_screen_is_painted_and_ends_with_its_socket_and_its_place_is_free_again() -> None:
    async with serving(ScriptedDesk(), screens=1) as address, client_of(address) as client:
        for _ in range(2):
            async with client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}") as socket:
                await shown_by(socket, "ESH4")
                assert len(screens_of()) == 1
        await until(lambda: not screens_of())


async def test_more_than_so_many_browsers_are_refused_and_start_nothing() -> None:
    async with serving(ScriptedDesk(), screens=0) as address, client_of(address) as client:
        with pytest.raises(WSServerHandshakeError, match="503"):
            await client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}")
        assert screens_of() == set()


@pytest.mark.parametrize(
    "sent",
    ["", "{}", '["open_url", "http://x"]', '["resize", {"width": "9"}]', '["stdin", 5]', "[" * 9_000],
    ids=["nothing", "an object", "a word of others", "half a size", "a number", "a deep nest"],
)
async def test_what_no_terminal_says_ends_the_screen(sent: str) -> None:
    async with serving(ScriptedDesk()) as address, client_of(address) as client:
        async with client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}") as socket:
            await socket.send_str(sent)
            while (message := await socket.receive(10)).type is WSMsgType.BINARY:
                pass
            assert (message.type, socket.close_code) == (WSMsgType.CLOSE, 1003)
        await until(lambda: not screens_of())


async def test_a_screen_that_nobody_touches_is_closed() -> None:
    async with serving(ScriptedDesk(), idle_minutes=0.01) as address, client_of(address) as client:
        async with client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}") as socket:
            while (message := await socket.receive(10)).type is WSMsgType.BINARY:
                pass
            assert message.extra == "nobody touched this screen for long"
        await until(lambda: not screens_of())


async def test_why_a_screen_cannot_be_shown_stands_in_the_log() -> None:
    keymap_file().parent.mkdir(parents=True, exist_ok=True)
    keymap_file().write_text('no_such_action = "V"\n')
    async with serving(ScriptedDesk()) as address, client_of(address) as client:
        async with client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}") as socket:
            assert (await socket.receive(30)).type is WSMsgType.CLOSE
        await until(lambda: not screens_of())
    assert "a screen of a browser has ended: keymap.toml: unknown action 'no_such_action'" in log_file().read_text()


async def test_no_screen_outlives_a_server_that_is_killed() -> None:
    environment = os.environ | {"QMO_SERVE_TOKEN": TOKEN, "DATABENTO_API_KEY": "db-" + "a" * 29}
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.qmo_tui.server.served_until_killed", stdout=PIPE, env=environment
    )
    assert server.stdout is not None
    address = Address(int(await server.stdout.readline()), TOKEN)
    async with client_of(address) as client, client.ws_connect(f"/browser/screen?token={TOKEN}{SIZE}") as socket:
        await shown_by(socket, "ESH4")
        (screen,) = screens_of(server.pid)
        assert b"DATABENTO_API_KEY" not in told_of(screen, "environ")
        assert TOKEN.encode() not in told_of(screen, "cmdline")
        server.send_signal(signal.SIGKILL)
        await server.wait()
        await until(lambda: not is_alive(screen))
