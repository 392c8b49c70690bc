"""What a gateway says besides the market, as values: errors and system messages, told apart by text and code.

Texts are looked at before codes: the same code stands for several things (5 is a schema that the account may not see
as well as a malformed request), and version 1 records have none. `not authorized for ... schema` is looked for before
anything that merely speaks of authentication.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from feeds.databento.key import without_keys
from feeds.records import Records, Schema

_SECOND_NS: Final = 1_000_000_000
_UNSET: Final = 255
_DENIED: Final = re.compile(r"not authorized for (\S+) schema", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_SYMBOL: Final = re.compile(r"resolve symbols?:?\s*(\S+)", re.IGNORECASE)


class ProblemKind(StrEnum):
    """What an error message, or a refused authentication, comes down to."""

    DENIED_SCHEMA = "denied schema"
    NO_LICENCE = "no licence"
    """The account may see nothing of the dataset."""
    KEY_REFUSED = "key refused"
    CONNECTION_LIMIT = "connection limit"
    UNKNOWN_SYMBOL = "unknown symbol"
    REPLAY_TOO_OLD = "replay too old"
    SKIPPED_RECORDS = "skipped records"
    INVALID_SUBSCRIPTION = "invalid subscription"
    INTERNAL = "internal"
    OTHER = "other"


_LASTING: Final = frozenset({ProblemKind.UNKNOWN_SYMBOL, ProblemKind.SKIPPED_RECORDS})
_OF_CODE: Final = {
    1: ProblemKind.KEY_REFUSED,
    2: ProblemKind.KEY_REFUSED,
    3: ProblemKind.CONNECTION_LIMIT,
    4: ProblemKind.UNKNOWN_SYMBOL,
    5: ProblemKind.INVALID_SUBSCRIPTION,
    6: ProblemKind.INTERNAL,
    7: ProblemKind.SKIPPED_RECORDS,
    8: ProblemKind.REPLAY_TOO_OLD,
}
_OF_TEXT: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"licen[cs]e|not authorized|unauthorized", ProblemKind.NO_LICENCE),
        (r"invalid start time|aged out", ProblemKind.REPLAY_TOO_OLD),
        (r"connection limit|too many (?:connections|sessions)|concurrent", ProblemKind.CONNECTION_LIMIT),
        (r"failed to resolve|symbol.*not (?:found|resolved)", ProblemKind.UNKNOWN_SYMBOL),
        (r"skipped", ProblemKind.SKIPPED_RECORDS),
        (r"deactivated|unpaid|authenticat|api key", ProblemKind.KEY_REFUSED),
        (r"internal|unavailable|try again|temporar|overload", ProblemKind.INTERNAL),
    )
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, as the gateway told it.

    Attributes:
        text: Its words, on one line, without anything that looks like a key.
        schema: The schema that the account may not see, as the gateway calls it.
        symbol: The symbol that does not resolve.
        oldest: How far back a replay may begin, ns UTC.
    """

    kind: ProblemKind
    text: str
    schema: str | None = None
    symbol: str | None = None
    oldest: int | None = None

    @property
    def ends_session(self) -> bool:
        """Whether the gateway closes the session after it."""
        return self.kind not in _LASTING


class NoticeKind(StrEnum):
    """What a system message comes down to."""

    HEARTBEAT = "heartbeat"
    SUBSCRIBED = "subscribed"
    SLOW_READER = "slow reader"
    REPLAY_COMPLETED = "replay completed"
    OTHER = "other"


_NOTICE_OF_CODE: Final = {
    0: NoticeKind.HEARTBEAT,
    1: NoticeKind.SUBSCRIBED,
    2: NoticeKind.SLOW_READER,
    3: NoticeKind.REPLAY_COMPLETED,
}
_NOTICE_OF_TEXT: Final = (
    (re.compile(r"heartbeat", re.IGNORECASE), NoticeKind.HEARTBEAT),
    (re.compile(r"slow|behind", re.IGNORECASE), NoticeKind.SLOW_READER),
    (re.compile(r"replay", re.IGNORECASE), NoticeKind.REPLAY_COMPLETED),
    (re.compile(r"subscri", re.IGNORECASE), NoticeKind.SUBSCRIBED),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One system message."""

    kind: NoticeKind
    text: str


def problem_of(text: str, code: int | None = None) -> Problem:
    """Classify an error text, with its code where it has one."""
    text = without_keys(" ".join(text.split()))
    denied = _DENIED.search(text)
    if denied is not None:
        return Problem(ProblemKind.DENIED_SCHEMA, text, schema=denied[1].lower())
    kind = _kind_of(text, code)
    symbol = _SYMBOL.search(text) if kind is ProblemKind.UNKNOWN_SYMBOL else None
    return Problem(
        kind,
        text,
        symbol=None if symbol is None else symbol[1].strip(".,;'\""),
        oldest=_moment_in(text) if kind is ProblemKind.REPLAY_TOO_OLD else None,
    )


def problems(records: Records) -> Iterator[Problem]:
    """Read error records of any version."""
    for record in records:
        yield problem_of(_text(record["err"]), _code(record))


def notices(records: Records) -> Iterator[Notice]:
    """Read system records of any version."""
    for record in records:
        text, code = _text(record["msg"]), _code(record)
        by_text = next((kind for pattern, kind in _NOTICE_OF_TEXT if pattern.search(text)), NoticeKind.OTHER)
        yield Notice(by_text if code is None else _NOTICE_OF_CODE.get(code, NoticeKind.OTHER), text)


def schema_named(name: str) -> Schema | None:
    """Return the schema of a name as the gateway writes it, or None where this program does not know it."""
    return Schema(name) if name in set(Schema) else None


def _kind_of(text: str, code: int | None) -> ProblemKind:
    by_text = next((kind for pattern, kind in _OF_TEXT if pattern.search(text)), None)
    by_code = None if code is None else _OF_CODE.get(code)
    if by_text is ProblemKind.NO_LICENCE or by_code in (None, ProblemKind.INVALID_SUBSCRIPTION):
        return by_text or by_code or ProblemKind.OTHER
    return by_code


def _moment_in(text: str) -> int | None:
    found = _MOMENT.search(text)
    if found is None:
        return None
    moment = datetime.fromisoformat(found[0].removesuffix("Z") + "+00:00")
    return int(moment.replace(microsecond=0).timestamp()) * _SECOND_NS + moment.microsecond * 1_000


def _text(padded: bytes) -> str:
    return " ".join(bytes(padded).split(b"\0", 1)[0].decode("utf-8", "replace").split())


def _code(record: object) -> int | None:
    names = getattr(record, "dtype").names or ()  # noqa: B009 - a record of NumPy's, whose type has no such attribute
    if "code" not in names:
        return None
    code = int(record["code"])  # type: ignore[index]
    return None if code == _UNSET else code
