"""The OpenAPI document: valid by an independent judge, true of every route, and of what is really answered and said."""

from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import openapi_spec_validator

from engines.events import Event
from qmo_tui.server.document import EVENT_KINDS, EVENTS, openapi
from qmo_tui.server.serving import Serving
from tests.qmo_tui.server.seats import Seat, kind_of, lines_of, seat


def checked(told: Any, name: str, document: dict[str, Any]) -> None:
    """Refuse what a schema does not describe: wrong types, and fields that it does not know."""
    root = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.Draft202012Validator(root).validate(told)
    if name in {"Market", "Zones", "BarList", "Health"}:
        assert set(told) == set(document["components"]["schemas"][name]["properties"])


async def test_answers_and_lines_fit_the_document(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path) as sat:
        status, document = await sat.get("/api/v1/openapi.json")
        assert status == HTTPStatus.OK
        openapi_spec_validator.validate(document)
        checked((await sat.get("/api/v1/market"))[1], "Market", document)
        await sat.played()
        for path, name in {
            "market": "Market",
            "zones": "Zones",
            "bars?interval=5m": "BarList",
            "health": "Health",
        }.items():
            checked((await sat.get(f"/api/v1/{path}"))[1], name, document)
        checked((await sat.get("/nowhere"))[1], "Problem", document)
        await _lines_fit(sat, document)


async def _lines_fit(sat: Seat, document: dict[str, Any]) -> None:
    socket = await sat.follow("?after=0")
    sat.serving.stream.restart()
    sat.serving.stream.end("told to")
    lines = await lines_of(socket, "ended")
    await socket.close()
    newest = {kind_of(line): line for line in lines}
    assert set(newest) >= {"hello", "session", "bar", "pillars", "restarted", "ended"}
    for line in newest.values():
        checked(msgspec.json.decode(line), "StreamLine", document)
    names = document["components"]["schemas"]["StreamLine"]["discriminator"]["mapping"]
    for kind, line in newest.items():
        checked(msgspec.json.decode(line), names[kind].rpartition("/")[2], document)


async def test_every_route_is_in_the_document_and_the_other_way_round(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        served = {(method, path) for method, path in routes_of(sat.serving) if path.startswith("/api/v1/")}
    paths = openapi()["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == served - {("GET", "/api/v1/view")}, "the socket of other screens is no part of the contract"


def routes_of(serving: Serving) -> list[tuple[str, str]]:
    """Return every route of the running application, HEAD left out."""
    assert serving._runner is not None
    return [
        (route.method, route.resource.canonical)
        for route in serving._runner.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    ]


def test_every_kind_of_the_event_log_is_described() -> None:
    """What the engines and trading say; `docs/events.md` is held to the same."""
    kinds = [one for one in Event.__subclasses__() if one.__module__.startswith("engines.")]
    assert set(kinds) == set(EVENTS)
    assert len(EVENT_KINDS) == len(EVENTS)


def test_fields_are_described_by_the_docstrings_of_their_types() -> None:
    schemas = openapi()["components"]["schemas"]
    assert schemas["Market"]["properties"]["signal"]["description"].endswith("Waiting is no side.")
    assert schemas["Stops"]["properties"]["from"]["description"] == "First price a stop traded at."
    assert "Attributes" not in str([schema.get("description") for schema in schemas.values()])
