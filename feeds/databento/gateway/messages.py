"""What a gateway says in DBN that is not market data: mappings of symbols, system messages, errors; all version 3."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

import numpy as np

from feeds.records import ERROR, SYMBOL_MAPPING, SYSTEM, UNDEFINED_TIME, WORD_BYTES, Records

_ERROR_RTYPE: Final = 21
_MAPPING_RTYPE: Final = 22
_SYSTEM_RTYPE: Final = 23
_NO_STYPE: Final = 255


class SystemCode(IntEnum):
    """Kinds of system messages."""

    HEARTBEAT = 0
    SUBSCRIPTION_ACK = 1
    SLOW_READER_WARNING = 2
    REPLAY_COMPLETED = 3


class ErrorCode(IntEnum):
    """Kinds of errors; the gateway closes the session after one that is fatal."""

    API_KEY_DEACTIVATED = 2
    CONNECTION_LIMIT_EXCEEDED = 3
    SYMBOL_RESOLUTION_FAILED = 4
    INVALID_SUBSCRIPTION = 5
    SKIPPED_RECORDS_AFTER_SLOW_READING = 7
    REPLAY_DATA_AGED_OUT = 8


def system_message(text: str, code: SystemCode, ts_event: int) -> Records:
    """Return one system message."""
    message = _made(SYSTEM, _SYSTEM_RTYPE, 1, ts_event)
    message["msg"] = text.encode()
    message["code"] = code
    return message


def error_message(text: str, code: ErrorCode, ts_event: int) -> Records:
    """Return one error message."""
    message = _made(ERROR, _ERROR_RTYPE, 1, ts_event)
    message["err"] = text.encode()
    message["code"] = code
    message["is_last"] = 1
    return message


def symbol_mappings(mapped: Iterable[tuple[int, str, str]], ts_event: int) -> Records:
    """Return a mapping message for each (instrument id, symbol asked for, raw symbol)."""
    rows = list(mapped)
    messages = _made(SYMBOL_MAPPING, _MAPPING_RTYPE, len(rows), ts_event)
    messages["instrument_id"] = [number for number, _, _ in rows]
    messages["stype_in"] = messages["stype_out"] = _NO_STYPE
    messages["stype_in_symbol"] = [asked.encode() for _, asked, _ in rows]
    messages["stype_out_symbol"] = [raw.encode() for _, _, raw in rows]
    messages["start_ts"] = messages["end_ts"] = UNDEFINED_TIME
    return messages


def _made(layout: np.dtype[np.void], rtype: int, count: int, ts_event: int) -> Records:
    messages = np.zeros(count, layout)
    messages["length"] = layout.itemsize // WORD_BYTES
    messages["rtype"] = rtype
    messages["ts_event"] = ts_event
    return messages
