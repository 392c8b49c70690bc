"""The server as a whole: where it listens, what it leaves word of, and how it ends."""

import asyncio
import socket
import stat
from pathlib import Path

import aiohttp
import pytest

from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.paths import serving_file
from qmo_tui.server.serving import Serving
from qmo_tui.server.whereabouts import whereabouts
from qmo_tui.setting_tables.server import Server
from tests.qmo_tui.server.seats import TOKEN, seat


def test_it_listens_on_this_machine_alone_from_the_start() -> None:
    with Serving(Server(port=0), {}) as serving:
        assert serving.url == f"http://127.0.0.1:{serving.port}"
        assert serving._listening.getsockname() == ("127.0.0.1", serving.port)
        socket.create_connection(("127.0.0.1", serving.port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", serving.port), timeout=5)


def test_a_port_in_use_is_told_with_advice() -> None:
    with Serving(Server(port=0), {}) as serving:
        with pytest.raises(QmoError, match=rf"port {serving.port} is in use: .* any free one with --port 0") as refused:
            Serving(Server(port=serving.port), {})
        assert refused.value.exit_code is ExitCode.USAGE
    with Serving(Server(port=serving.port), {}) as again:
        assert again.port == serving.port


def test_its_whereabouts_are_for_this_user_alone_and_only_while_it_runs() -> None:
    with Serving(Server(port=0), {"QMO_SERVE_TOKEN": TOKEN}) as serving:
        path = serving_file(serving.port)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        told = whereabouts(serving.port)
        assert (told.url, told.port, told.token) == (serving.url, serving.port, TOKEN)
    assert not path.exists()
    with pytest.raises(QmoError, match=f"qmo serve --port {serving.port}") as refused:
        whereabouts(serving.port)
    assert refused.value.exit_code is ExitCode.CONNECTION
    path.write_text("{")
    with pytest.raises(QmoError, match="cannot be read"):
        whereabouts(serving.port)


def test_the_word_of_a_server_that_took_the_port_meanwhile_stays() -> None:
    with Serving(Server(port=0), {}) as ending:
        ending._listening.close()
        with Serving(Server(port=ending.port), {}) as next_one:
            ending.__exit__(None, None, None)
            assert whereabouts(next_one.port).token == next_one.token.text
    assert not serving_file(ending.port).exists()


def test_where_no_word_of_it_can_be_left_it_does_not_serve(home: Path) -> None:
    home.mkdir()
    (home / "serving").write_text("a file where the folder should be")
    serving = Serving(Server(port=0), {})
    with pytest.raises(QmoError, match="cannot be written"), serving:
        pytest.fail("it serves")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", serving.port), timeout=5)


async def test_at_its_end_clients_are_told_and_the_port_is_free(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        follower = await sat.follow()
        closing = asyncio.create_task(sat.serving.close("the cockpit was closed"))
        kinds = []
        while (message := await follower.receive()).type is aiohttp.WSMsgType.TEXT:
            kinds += message.data.splitlines()
        assert '"kind":"ended","ts":null,"reason":"the cockpit was closed"' in kinds[-1]
        assert follower.close_code == aiohttp.WSCloseCode.GOING_AWAY
        await closing
        with pytest.raises(aiohttp.ClientConnectionError):
            await sat.get("/api/v1/market")
