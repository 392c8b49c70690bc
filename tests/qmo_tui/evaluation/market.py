"""Small truths and what detectors say of them, made by hand: a market with a tick of 0.1, recorded for 1,000 s."""

from collections.abc import Hashable, Sequence
from typing import Any, Final

from qmo_tui.evaluation.detectors import DETECTORS, Detector
from qmo_tui.evaluation.matching import Occurrence
from qmo_tui.evaluation.readings import Line, Recorded
from qmo_tui.evaluation.scores import Score, score
from qmo_tui.evaluation.truth_file import Thing, take_truth

SECOND: Final = 1_000_000_000
START: Final = 1_791_201_600 * SECOND
RECORDED: Final = Recorded(START, START + 1_000 * SECOND, tick=0.1)


def detector(name: str) -> Detector:
    """Return a row of the table."""
    (found,) = (one for one in DETECTORS if one.name == name)
    return found


def at(seconds: float) -> int:
    """Return a time of the session, ns."""
    return START + round(seconds * SECOND)


def held(name: str, truth: Sequence[dict[str, Any]], lines: Sequence[Line], recorded: Recorded = RECORDED) -> Score:
    """Hold lines of the event log against lines of the truth."""
    row = detector(name)
    said: dict[Hashable, Occurrence] = {}
    for line in lines:
        assert row.hears(line)
        row.said(said, line, recorded.tick)
    return score(row, things(truth), recorded, list(said.values()), session="made by hand")


def things(truth: Sequence[dict[str, Any]]) -> list[Thing]:
    """Type lines of the truth."""
    return take_truth(truth)


def counts(held: Score) -> tuple[int, int, int]:
    """Return (true, found, matched)."""
    return held.truth, held.found, held.matched


# --- lines of the truth -----------------------------------------------------------------------------------------------


def iceberg(order_id: int = 7, seconds: float = 100.0, **other: Any) -> dict[str, Any]:
    """Return an iceberg that shows 5 of 12 lots and is filled in one matching event."""
    line = {
        "kind": "iceberg",
        "ts": at(seconds - 10),
        "order_id": order_id,
        "side": "bid",
        "price": 4200.5,
        "shown": 5,
        "filled": 12,
        "refreshes": 0,
        "evident": True,
        "hidden_fills": [[at(seconds), 4200.5, 7]],
        "end": "filled",
        "ended": at(seconds),
    }
    return line | other


def stop(order_id: int = 3, seconds: float = 100.0, **other: Any) -> dict[str, Any]:
    """Return a buy stop of 2 lots that fired."""
    line = {
        "kind": "stop",
        "ts": at(seconds),
        "order_id": order_id,
        "side": "buy",
        "volume": 2,
        "from": 4200.5,
        "to": 4200.6,
        "identifiable": True,
    }
    return line | other


def episode(kind: str, begin: float = 100.0, end: float = 130.0, **other: Any) -> dict[str, Any]:
    """Return a planted thing between two times, in seconds."""
    side = "bid" if kind in {"absorption", "synthetic"} else "sell"
    line: dict[str, Any] = {"kind": kind, "plan": 1, "ts": at(begin), "side": side, "price": 4200.5, "ended": at(end)}
    if kind in {"sweep", "breakout", "absorption"}:
        line["drive_began"] = at(begin)
    line |= other
    if kind in {"sweep", "breakout"}:
        beyond = 0.4 if line["side"] == "buy" else -0.4
        line |= {"drive_from": round(line["price"] - beyond, 1), "extreme": round(line["price"] + beyond, 1)}
        line["swing_of"] = at(0.0)
        line["returned"] = at(end + 1.0) if kind == "sweep" else None
    if kind == "sweep":
        line |= {"stops": 9, "fired_within": 9}
    return line | other


# --- lines of the event log -------------------------------------------------------------------------------------------


def native(number: int = 1, seconds: float = 100.0, **other: Any) -> Line:
    """Return what the native detector says of `iceberg`."""
    line = {
        "kind": "iceberg",
        "tier": "native",
        "ts": at(seconds),
        "id": f"native-{number}",
        "order_id": 7,
        "side": "bid",
        "price": 4200.5,
        "filled": 12,
        "refreshes": 0,
        "shown": 0,
        "state": "detected",
    }
    return line | other


def inferred(number: int = 1, seconds: float = 100.0, **other: Any) -> Line:
    """Return what the inferred detector says of it."""
    return native(number, seconds, tier="inferred", order_id=None, hidden=7) | other


def stops(seconds: float = 100.0, **other: Any) -> Line:
    """Return what is said of `stop`."""
    line = {
        "kind": "stops",
        "ts": at(seconds),
        "side": "buy",
        "orders": 1,
        "volume": 2,
        "from": 4200.5,
        "to": 4200.6,
    }
    return line | other


def zone(number: int = 1, seconds: float = 115.0, **other: Any) -> Line:
    """Return an absorption zone that has formed around the price of `episode`."""
    line = {
        "kind": "absorption",
        "ts": at(seconds),
        "id": f"absorption-{number}",
        "side": "bid",
        "low": 4200.4,
        "high": 4200.6,
        "state": "formed",
    }
    return line | other


def sweep(number: int = 1, seconds: float = 131.0, **other: Any) -> Line:
    """Return a sweep of the pool at the price of `episode`."""
    line = {
        "kind": "sweep",
        "ts": at(seconds),
        "id": f"sweep-{number}",
        "side": "sell_side",
        "state": "swept",
        "pool": {"kind": "swing", "price": 4200.5, "label": "1m swing low"},
        "low": 4200.1,
        "high": 4200.5,
    }
    return line | other
