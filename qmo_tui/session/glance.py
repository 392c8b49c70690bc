"""What a session shows at one moment, whole and as bytes, for a screen in another process.

A screen asks with a `ViewRequest` and is answered with a `Glance`; both are plain data and go as MessagePack.
"""

from typing import Final

import msgspec

from engines.view import MarketView, ViewRequest
from qmo_tui import __version__
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback

VIEW_PATH: Final = "/api/v1/view"
"""Where a serving process is asked."""


class Glance(msgspec.Struct, frozen=True):
    """A session at one moment.

    Attributes:
        view: The market, with what was asked for.
        source: File names or feed address.
        playback: Where a replay stands; None where the present is shown.
        line: How the line to the market stands; None in a replay.
        records_per_second: Measured over the last second.
        error: Why the feed ended; None while nothing is wrong.
        notes: Lasting remarks about the data.
        version: Of the program that answers.
    """

    view: MarketView
    source: str
    playback: Playback | None
    line: Line | None
    records_per_second: float
    error: str | None
    notes: tuple[str, ...]
    version: str = __version__


_ENCODER: Final = msgspec.msgpack.Encoder()
_GLANCES: Final = msgspec.msgpack.Decoder(Glance)
_REQUESTS: Final = msgspec.msgpack.Decoder(ViewRequest)


def encoded(message: Glance | ViewRequest) -> bytes:
    """Return a question or an answer as bytes."""
    return _ENCODER.encode(message)


def glance_of(message: bytes) -> Glance:
    """Return the answer that bytes tell.

    Raises:
        msgspec.DecodeError: They tell none, as where another version of the program wrote them.
    """
    return _GLANCES.decode(message)


def request_of(message: bytes) -> ViewRequest:
    """Return the question that bytes tell.

    Raises:
        msgspec.DecodeError: They tell none.
    """
    return _REQUESTS.decode(message)
