"""Nothing can be changed from here: whatever is asked, the session stands as it stood."""

import inspect
from http import HTTPStatus
from pathlib import Path

from engines.view import ViewRequest
from qmo_tui.paths import data_folder
from qmo_tui.server.served import Served
from tests.qmo_tui.server.seats import Seat, seat
from tests.qmo_tui.server.test_document import routes_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BUY")


async def test_no_route_changes_anything_by_any_method(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path) as sat:
        await sat.played()
        before, lines, files = standing(sat), sat.lines(), sorted(data_folder().rglob("*"))
        routes = routes_of(sat.serving)
        paths = {path for _, path in routes} | {"/api/v1/press", "/api/v1/seek", "/api/v1/orders", "/"}
        for path in sorted(paths):
            for method in METHODS:
                answered = await answer_of(sat, method, path)
                if answered < HTTPStatus.BAD_REQUEST:
                    known = ("GET", path) if method == "HEAD" else (method, path)
                    assert known in routes
                    assert method in {"GET", "HEAD"} or path == "/api/v1/market"
        assert standing(sat) == before
        assert sat.lines() == lines
        assert sorted(data_folder().rglob("*")) == files


async def answer_of(sat: Seat, method: str, path: str) -> int:
    body = b'{"zones": 1}' if method not in {"GET", "HEAD", "TRACE", "CONNECT"} else None
    async with sat.client.request(method, sat.serving.url + path, data=body) as answer:
        return answer.status


def standing(sat: Seat) -> tuple[object, ...]:
    """Return all that a key of the cockpit could have changed."""
    market = sat.session.view(ViewRequest(zones=True, mentor=True, bars=100, prints=100, trading=True))
    return market, sat.session.playback, sat.session.read_only, sat.session.notes, sat.session.error


def test_the_server_knows_nothing_of_a_session_that_changes_it() -> None:
    known = {name: member for name, member in inspect.getmembers(Served) if not name.startswith("_")}
    assert "playback" in known
    assert {name for name, member in known.items() if not isinstance(member, property)} == {"view"}
    assert list(inspect.signature(Served.view).parameters) == ["self", "request"]
