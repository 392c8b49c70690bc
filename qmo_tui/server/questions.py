"""What a request asks, from its address or its body, in the types of `answers.py`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from qmo_tui.server.problems import Refused

_ADVICE: Final = "/api/v1/openapi.json tells what may be asked"

Question = TypeVar("Question", bound=msgspec.Struct)


def asked_in_address(request: web.Request, kind: type[Question]) -> Question:
    """Return the question behind the question mark of an address.

    Raises:
        Refused: It asks for something that there is not, or asks twice.
    """
    asked = {name: value for name, value in request.query.items() if name != "token"}
    if len(asked) < len(request.query) - len(request.query.getall("token", [])):
        raise Refused(HTTPStatus.BAD_REQUEST, f"the address gives one name twice: give it once; {_ADVICE}")
    return question_of(asked, kind)


def question_of(asked: Mapping[str, str], kind: type[Question]) -> Question:
    """Return a question from its written parts.

    Raises:
        Refused: It asks for something that there is not.
    """
    try:
        return msgspec.convert(asked, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the address asks wrongly: {error}; {_ADVICE}") from None


async def asked_in_body(request: web.Request, kind: type[Question]) -> Question:
    """Return the question in the JSON of a body; nothing is asked for by an empty one.

    Raises:
        Refused: It is no JSON, or asks for something that there is not.
    """
    body = await request.read()
    if not body:
        return kind()
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body asks wrongly: {error}; {_ADVICE}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}; send an object such as {{}}") from None
