"""The truth of a simulated session, typed: what `qmo simulate --truth` writes, one JSON object a line.

Times are ns UTC, prices in currency units, sizes lots. Kinds that no detector is held against are passed over.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec

from engines.events import AggressorSide, PassiveSide
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode


class Thing(msgspec.Struct, frozen=True, tag_field="kind", kw_only=True):
    """One planted thing, or one hidden order of the background.

    Attributes:
        ts: When it began; of a stop, when it fired.
    """

    ts: int


class Iceberg(Thing, frozen=True, tag="iceberg", kw_only=True):
    """A display-quantity order; `hidden_fills` are (ts, price, lots out of the reserve)."""

    order_id: int
    side: PassiveSide
    price: float
    shown: int
    filled: int
    refreshes: int
    evident: bool
    hidden_fills: list[tuple[int, float, int]]
    end: Literal["filled", "cancelled", "resting"]
    ended: int | None = None


class Stop(Thing, frozen=True, tag="stop", kw_only=True):
    """A stop order that fired."""

    order_id: int
    side: AggressorSide
    volume: int
    first: float = msgspec.field(name="from")
    last: float = msgspec.field(name="to")
    identifiable: bool


class Part(msgspec.Struct, frozen=True):
    """One order of an episode."""

    order_id: int
    price: float
    lots: int


class Synthetic(Thing, frozen=True, tag="synthetic", kw_only=True):
    """A broker's iceberg; `orders` are its clips."""

    plan: int
    side: PassiveSide
    price: float
    orders: list[Part] = []
    ended: int | None = None


class Absorption(Thing, frozen=True, tag="absorption", kw_only=True):
    """A wall of `orders`, which took `filled` lots, and the pressure of `volume` lots that was planned against it."""

    plan: int
    side: PassiveSide
    price: float
    volume: int = 0
    filled: int = 0
    orders: list[Part] = []
    drive_began: int | None = None
    ended: int | None = None


class NoAbsorption(Thing, frozen=True, tag="no_absorption", kw_only=True):
    """The control of an absorption: the same pressure, and nobody stands against it. `side` acts."""

    plan: int
    side: AggressorSide
    price: float
    drive_to: float | None = None
    ended: int | None = None


class Sweep(Thing, frozen=True, tag="sweep", kw_only=True):
    """A run through the swing at `price`, meant to take the stops behind it and to come back.

    Attributes:
        swing_of: When the minute began whose high or low the swing is, ns; None where it is that of none.
        drive_from: Price to trade at when the run began.
        extreme: Farthest price traded in the run.
        returned: When price first traded back inside the swing after that, ns; None where it did not within minutes.
        stops: Stops behind the swing.
        fired_within: Those of them that fired within the run.
    """

    plan: int
    side: AggressorSide
    price: float
    swing_of: int | None
    extreme: float | None
    returned: int | None
    stops: int
    fired_within: int
    drive_began: int | None = None
    drive_from: float | None = None
    ended: int | None = None


class Breakout(Thing, frozen=True, tag="breakout", kw_only=True):
    """The control of a sweep: the same run through a swing without stops, meant to go on. Fields as in `Sweep`."""

    plan: int
    side: AggressorSide
    price: float
    swing_of: int | None
    extreme: float | None
    returned: int | None
    drive_began: int | None = None
    drive_from: float | None = None
    ended: int | None = None


_KNOWN: Final = Iceberg | Stop | Synthetic | Absorption | NoAbsorption | Sweep | Breakout
KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in Thing.__subclasses__())
_PASSED_OVER: Final = frozenset({"layering", "regime", "news"})


class _Kind(msgspec.Struct, frozen=True):
    """As much of a line as says what it is."""

    kind: str


Read = TypeVar("Read")
_KIND: Final = msgspec.json.Decoder(_Kind)
_THING: Final = msgspec.json.Decoder(_KNOWN)


def read_truth(path: Path) -> list[Thing]:
    """Read a truth file.

    Raises:
        QmoError: It is not there, is not a truth file, or a line of it is damaged.
    """
    things: list[Thing] = []
    told = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                kind = _decode(_KIND, line, path, number).kind
                told += kind in KINDS or kind in _PASSED_OVER
                if kind in KINDS:
                    things.append(_decode(_THING, line, path, number))
    except FileNotFoundError:
        raise QmoError(f"{path}: no such file; `qmo simulate --truth` writes one") from None
    except OSError as error:
        raise QmoError(f"{path}: {error.strerror}", ExitCode.UNREADABLE) from error
    if not told:
        raise QmoError(f"{path}: tells nothing of a simulated session", ExitCode.UNREADABLE)
    return things


def _decode(decoder: msgspec.json.Decoder[Read], line: bytes, path: Path, number: int) -> Read:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise QmoError(
            f"{path}, line {number}: {error}; give the file that `qmo simulate --truth` wrote", ExitCode.UNREADABLE
        ) from error


def take_truth(lines: Iterable[Mapping[str, Any]]) -> list[Thing]:
    """Type the lines of a simulation's own truth book."""
    return [msgspec.convert(line, _KNOWN) for line in lines if line["kind"] in KINDS]
