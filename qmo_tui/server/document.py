"""The OpenAPI document, made from the very types that are encoded and decoded.

What a schema says of a field stands in its description, which is the docstring of its type.
"""

import inspect
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from engines import events, trading_events
from qmo_tui import __version__
from qmo_tui.server import answers, stream
from qmo_tui.server.following import StreamQuestion
from qmo_tui.server.problems import Problem

Schema = dict[str, Any]

EVENTS: Final[tuple[type[events.Event], ...]] = (
    events.Session,
    events.Bar,
    events.Iceberg,
    events.Stops,
    events.Absorption,
    events.Sweep,
    events.StructureBreak,
    events.FairValueGap,
    events.Memory,
    events.Window,
    events.Phase,
    events.Pillars,
    events.Feed,
    events.Summary,
    *trading_events.TRADING_EVENTS,
)
"""What the event log is made of."""
EVENT_KINDS: Final = frozenset(str(event.__struct_config__.tag) for event in EVENTS)
WORDS: Final[tuple[type[msgspec.Struct], ...]] = (
    stream.Hello,
    stream.Missing,
    stream.Restarted,
    stream.Heartbeat,
    stream.Ended,
)
"""What the stream says of itself."""
NUMBERED: Final[tuple[type[msgspec.Struct], ...]] = (*EVENTS, stream.Restarted, stream.Ended)
"""Lines that have a sequence number."""
_QUESTIONS: Final[tuple[type[msgspec.Struct], ...]] = (
    answers.MarketQuestion,
    answers.ZonesQuestion,
    answers.BarsQuestion,
    StreamQuestion,
)
_ANSWERS: Final[tuple[type[msgspec.Struct], ...]] = (answers.Market, answers.Zones, answers.BarList, answers.Health)
_REFUSALS: Final = {
    "400": "The question is not one: the detail says what is wrong.",
    "401": "The token is missing or wrong.",
    "403": "The request comes by another name, or from a page of another origin.",
    "404": "Nothing is at this address.",
    "405": "This method is not answered here: nothing can be changed.",
    "413": "The body is too large.",
    "429": "Too many requests a second, or too many programs on the stream.",
}
_ABOUT: Final = """\
What one running session of the QMO cockpit knows, for other programs on the same machine. It is read-only: no request
changes anything. Prices are decimal numbers on the tick, times are nanoseconds since 1970 UTC (64-bit integers), sizes
are lots, unknown is null. It describes the market and is no advice."""
_STREAM: Final = """\
A WebSocket. Each message is text: one or more JSON lines, each ended by a line feed. First comes `hello`; then every
line of the event log as it is written, with its `sequence` as the last field, and what the stream says of itself
(`missing`, `restarted`, `heartbeat`, `ended`). With `after` the lines after that number come first. A client that does
not take what it is sent is closed with code 1013; one that sends something, with 1008."""


def openapi() -> Schema:
    """Return the document, as plain data."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "QMO cockpit", "version": __version__, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "http://127.0.0.1:{port}", "variables": {"port": {"default": "8470"}}}],
        "security": [{"bearer": []}, {"address": []}],
        "paths": {
            "/api/v1/market": {
                "get": _read("market", "The market as it stands", answers.Market, answers.MarketQuestion),
                "post": _read("ask_market", "The same, asked in JSON", answers.Market, body=answers.MarketQuestion),
            },
            "/api/v1/zones": {"get": _read("zones", "Zones by distance", answers.Zones, answers.ZonesQuestion)},
            "/api/v1/bars": {"get": _read("bars", "The newest bars", answers.BarList, answers.BarsQuestion)},
            "/api/v1/health": {"get": _read("health", "How session and server are", answers.Health, tagged=False)},
            "/api/v1/stream": {"get": _stream()},
            "/api/v1/openapi.json": {
                "get": {
                    "operationId": "openapi",
                    "summary": "This document",
                    "responses": {"200": _content("The document.", {"type": "object"}), **_refusals()},
                }
            },
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "address": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


def _read(
    name: str,
    summary: str,
    answer: type[msgspec.Struct],
    question: type[msgspec.Struct] | None = None,
    *,
    body: type[msgspec.Struct] | None = None,
    tagged: bool = True,
) -> Schema:
    ok = _content("As of one moment.", _reference(answer))
    if tagged:
        ok["headers"] = {"ETag": {"description": "Changes with the answer.", "schema": {"type": "string"}}}
    operation: Schema = {"operationId": name, "summary": summary, "responses": {"200": ok, **_refusals()}}
    if tagged and body is None:
        operation["responses"]["304"] = {"description": "Nothing but the age has changed since `If-None-Match`."}
    if body is not None:
        operation["requestBody"] = {"required": False, **_content("The question.", _reference(body))}
    if question is not None:
        operation["parameters"] = _parameters(question)
    return operation


def _stream() -> Schema:
    return {
        "operationId": "stream",
        "summary": "The event log as it is written",
        "description": _STREAM,
        "parameters": _parameters(StreamQuestion),
        "responses": {
            "101": _content("Lines, one or more a message.", {"$ref": "#/components/schemas/StreamLine"}),
            "426": _content("It was not asked for as a WebSocket.", _reference(Problem), "application/problem+json"),
            **_refusals(),
        },
    }


def _refusals() -> Schema:
    return {status: _content(why, _reference(Problem), "application/problem+json") for status, why in _REFUSALS.items()}


def _content(description: str, schema: Schema, kind: str = "application/json") -> Schema:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _reference(kind: type[msgspec.Struct]) -> Schema:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _parameters(question: type[msgspec.Struct]) -> list[Schema]:
    """Return the fields of a question as parameters of an address."""
    schema = _described(msgspec.json.schema_components([question])[1][question.__name__], question)
    return [
        {"name": name, "in": "query", "required": False, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _schemas() -> Schema:
    """Return the schemas of all that is said, by the names of their types."""
    _, schemas = msgspec.json.schema_components(
        [*_ANSWERS, *_QUESTIONS, Problem, *EVENTS, *WORDS], ref_template="#/components/schemas/{name}"
    )
    for kind in NUMBERED:
        schema = schemas[kind.__name__]
        schema["properties"]["sequence"] = {"type": "integer", "minimum": 1}
        schema["required"] = [*schema["required"], "sequence"]
    lines: Sequence[type[msgspec.Struct]] = (*EVENTS, *WORDS)
    schemas["StreamLine"] = {
        "description": "One line of the stream.",
        "oneOf": [_reference(kind) for kind in lines],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {str(kind.__struct_config__.tag): _reference(kind)["$ref"] for kind in lines},
        },
    }
    known: dict[str, type[msgspec.Struct]] = {kind.__name__: kind for kind in (*_ANSWERS, *_QUESTIONS, *lines)}
    return {name: _described(schema, known.get(name)) for name, schema in schemas.items()}


def _described(schema: Schema, kind: type[msgspec.Struct] | None) -> Schema:
    """Return a schema whose fields are described, each by what the docstring of its type says of it."""
    about, _, attributes = inspect.cleandoc(schema.get("description", "")).partition("Attributes:\n")
    written = {} if kind is None else {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    described = {written.get(name, name): text for name, text in _texts(attributes)}
    properties = {
        name: {**field, "description": described[name]} if name in described else field
        for name, field in schema.get("properties", {}).items()
    }
    return {**schema, "description": about.strip(), **({"properties": properties} if properties else {})}


def _texts(attributes: str) -> list[tuple[str, str]]:
    """Return names and texts of the attributes that a docstring lists, each four blanks in."""
    parts = re.split(r"^ {4}(\w+): ", attributes, flags=re.MULTILINE)[1:]
    return [(name, " ".join(text.split())) for name, text in zip(parts[::2], parts[1::2], strict=True)]
