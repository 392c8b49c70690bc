"""The text half of the live protocol: lines of `key=value` pairs with `|` between, and the challenge that proves a key.

The gateway greets, sets a challenge, and reads one `auth` line, subscriptions, and `start_session`; after that it only
sends DBN, while the client may still send subscriptions. A key never crosses the line: the client answers with
SHA-256 of `challenge|key` and the key's last five characters.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from feeds.records import Schema

VERSION: Final = "0.8.0"
ALL_SYMBOLS: Final = "ALL_SYMBOLS"
HEARTBEAT_SECONDS: Final = range(5, 1801)
"""What a client may ask for."""
_BUCKET: Final = 5
_ANSWER: Final = re.compile(rf"[0-9a-f]{{64}}-[0-9A-Za-z]{{{_BUCKET}}}")
_STYPES: Final = frozenset({"raw_symbol", "instrument_id", "parent", "continuous"})
_SLOW_READERS: Final = frozenset({"skip", "warn"})
_SUBSCRIBABLE: Final = frozenset(Schema) - {Schema.ERROR, Schema.SYMBOL_MAPPING, Schema.SYSTEM, Schema.UNKNOWN}


class BadLine(ValueError):  # noqa: N818 - the name says what is wrong
    """A line of the client that the gateway cannot accept; the message is what the client is told."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """What a client says of itself and of the session it wants.

    Attributes:
        answer: Its answer to the challenge; never shown.
        heartbeat_seconds: Idle time after which it wants a heartbeat; None for the gateway's own.
        slow_reader: `skip` or `warn`, or None where it did not say.
    """

    answer: str = field(repr=False)
    dataset: str
    ts_out: bool = False
    zstd: bool = False
    heartbeat_seconds: int | None = None
    slow_reader: str | None = None
    client: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, with the symbols of all its lines.

    Attributes:
        start: Replay from this time (ns UTC, 0 for everything), or None.
        number: The id that the client gave it, or None.
        is_last: Whether no further line of symbols follows.
    """

    schema: Schema
    stype_in: str
    symbols: tuple[str, ...]
    start: int | None = None
    snapshot: bool = False
    number: int | None = None
    is_last: bool = True


def greeting(challenge: str, version: str = f"lsg_version={VERSION}") -> bytes:
    """Return the two lines that a connection begins with."""
    return f"{version}\ncram={challenge}\n".encode()


def accepted(session_id: str) -> bytes:
    """Return the answer to a right key."""
    return f"success=1|session_id={session_id}\n".encode()


def rejected(error: str) -> bytes:
    """Return the answer to a wrong one."""
    return f"success=0|error={error}\n".encode()


def answer_to(challenge: str, key: str) -> str:
    """Return what the holder of a key answers to a challenge."""
    digest = hashlib.sha256(f"{challenge}|{key}".encode()).hexdigest()
    return f"{digest}-{key[-_BUCKET:]}"


def proves(answer: str, challenge: str, key: str | None) -> bool:
    """Whether an answer shows knowledge of `key`, in constant time; without one, whether it could be anybody's."""
    if key is None:
        return _ANSWER.fullmatch(answer) is not None
    return hmac.compare_digest(answer.encode(), answer_to(challenge, key).encode())


def fields_of(line: bytes) -> dict[str, str]:
    """Return the pairs of a line.

    Raises:
        BadLine: It is not text, or holds no pair.
    """
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise BadLine("the line is not text") from None
    if not text:
        raise BadLine("the line is empty")
    return {name: value for name, _, value in (token.partition("=") for token in text.split("|"))}


def authentication(fields: Mapping[str, str]) -> Authentication:
    """Read an `auth` line.

    Raises:
        BadLine: It is another line, or asks for what the gateway cannot do.
    """
    if not fields.get("auth") or not fields.get("dataset"):
        raise BadLine("Authentication needs auth and dataset")
    if fields.get("encoding", "dbn") != "dbn":
        raise BadLine(f"Unsupported encoding {fields['encoding']}: this gateway sends dbn")
    compression = fields.get("compression", "none")
    if compression not in {"none", "zstd"}:
        raise BadLine(f"Unsupported compression {compression}: none or zstd")
    heartbeat = _number(fields, "heartbeat_interval_s")
    if heartbeat is not None and heartbeat not in HEARTBEAT_SECONDS:
        raise BadLine(f"Invalid heartbeat_interval_s {heartbeat}: must be between 5 and 1800")
    slow_reader = fields.get("slow_reader_behavior")
    if slow_reader is not None and slow_reader not in _SLOW_READERS:
        raise BadLine(f"Invalid slow_reader_behavior {slow_reader}: skip or warn")
    return Authentication(
        answer=fields["auth"],
        dataset=fields["dataset"],
        ts_out=_flag(fields, "ts_out"),
        zstd=compression == "zstd",
        heartbeat_seconds=heartbeat,
        slow_reader=slow_reader,
        client=fields.get("client", ""),
    )


def subscription(fields: Mapping[str, str]) -> Subscription:
    """Read a subscription line.

    Raises:
        BadLine: It is another line, or asks for what the protocol does not allow.
    """
    if "schema" not in fields or "symbols" not in fields:
        raise BadLine(f"Unknown request {next(iter(fields))!r}")
    if fields["schema"] not in _SUBSCRIBABLE:
        raise BadLine(f"Unknown schema {fields['schema']}")
    schema = Schema(fields["schema"])
    stype_in = fields.get("stype_in", "raw_symbol")
    if stype_in not in _STYPES:
        raise BadLine(f"Unsupported stype_in {stype_in}")
    symbols = tuple(symbol.strip() for symbol in fields["symbols"].split(",") if symbol.strip())
    if not symbols:
        raise BadLine("A subscription needs symbols")
    start, snapshot = _number(fields, "start"), _flag(fields, "snapshot")
    if snapshot and schema is not Schema.MBO:
        raise BadLine(f"Snapshot is not supported for {schema} schema")
    if snapshot and start is not None:
        raise BadLine("Snapshot and start cannot be used together")
    return Subscription(
        schema=schema,
        stype_in=stype_in,
        symbols=symbols,
        start=start,
        snapshot=snapshot,
        number=_number(fields, "id"),
        is_last=_flag(fields, "is_last", missing=True),
    )


def _number(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise BadLine(f"Invalid {name} {text!r}: must be a number")
    return int(text)


def _flag(fields: Mapping[str, str], name: str, *, missing: bool = False) -> bool:
    text = fields.get(name)
    if text is None:
        return missing
    if text not in {"0", "1"}:
        raise BadLine(f"Invalid {name} {text!r}: must be 0 or 1")
    return text == "1"
