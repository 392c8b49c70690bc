"""What each kind of event and each kind of truth says, as occurrences that can be paired.

A reading of the truth sorts it three ways. What is *scored* is to be found. What is *aside* is true, but this recording
cannot show it whole: to find it is neither right nor wrong. A *decoy* is what a detector must not say, with the name of
the mistake; controls are decoys.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from qmo_tui.evaluation.matching import Occurrence
from qmo_tui.evaluation.truth_file import (
    Absorption,
    Breakout,
    Iceberg,
    NoAbsorption,
    Stop,
    Sweep,
    Synthetic,
    Thing,
)

Line = dict[str, Any]
"""One line of the event log."""

NOT_EVIDENT: Final = "not evident"
NOT_IDENTIFIABLE: Final = "not identifiable"
_RETURN_NS: Final = 120_000_000_000
"""From the end of a run through a swing: a sweep is back by then, after a breakout price is still away."""
_SIDE_AGAINST: Final = {"buy": "ask", "sell": "bid"}
_SIDE_TAKEN: Final = {"buy_side": "buy", "sell_side": "sell"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording holds, as far as it decides what can be found in it.

    Attributes:
        first: Time of its first record, ns.
        last: Time of its last one, ns.
        tick: Price step in currency units.
        whole: Whether it reaches to the end of what the truth tells.
        sideless: Times of trades without an aggressor, ns.
    """

    first: int
    last: int
    tick: float
    whole: bool = True
    sideless: frozenset[int] = frozenset()

    def holds(self, begin: int, end: int) -> bool:
        """Whether a span of time lies in it."""
        return self.first <= begin and end <= self.last

    def ticks(self, price: float) -> int:
        """Return a price in ticks."""
        return in_ticks(price, self.tick)


@dataclass(slots=True)
class Truth:
    """What is true of one detector's subject; decoys are (name of the mistake, what it is made with)."""

    scored: list[Occurrence] = field(default_factory=list)
    aside: list[Occurrence] = field(default_factory=list)
    decoys: list[tuple[str, Occurrence]] = field(default_factory=list)

    def add(self, occurrence: Occurrence, *, scored: bool) -> None:
        """Take what is true."""
        (self.scored if scored else self.aside).append(occurrence)


def in_ticks(price: float, tick: float) -> int:
    """Return a price of the event log or the truth in ticks."""
    return round(price / tick)


def _at(ts: int, end: int, side: str, ticks: Sequence[int], **more: Any) -> Occurrence:
    return Occurrence(ts, end, min(ticks), max(ticks), side, **more)


# --- native icebergs --------------------------------------------------------------------------------------------------


def native_truth(things: Iterable[Thing], recorded: Recorded) -> Truth:
    """Read evident icebergs: they are to be found in the matching event that proves them, at the price it has there.

    An iceberg is exact where lots filled, refreshes and the display after its last fill are: lots filled, plus what is
    displayed then, less what was displayed at first, is what came out of the reserve.
    """
    truth = Truth()
    for thing in things:
        if not isinstance(thing, Iceberg):
            continue
        label = str(thing.order_id)
        if not thing.evident:
            ticks = [recorded.ticks(thing.price)]
            decoy = _at(thing.ts, thing.ended or recorded.last, thing.side, ticks, label=label, identity=thing.order_id)
            truth.decoys.append((NOT_EVIDENT, decoy))
            continue
        detected, price, _ = thing.hidden_fills[0]
        over = recorded.whole if thing.ended is None else thing.ended <= recorded.last
        occurrence = _at(
            detected,
            detected,
            thing.side,
            [recorded.ticks(price)],
            label=label,
            identity=thing.order_id,
            figures=_native_figures(thing) if over else None,
        )
        truth.add(occurrence, scored=recorded.holds(thing.ts, detected))
    return truth


def _native_figures(thing: Iceberg) -> tuple[tuple[str, int], ...]:
    spent = sum(lots for _, _, lots in thing.hidden_fills)
    shown = 0 if thing.end == "filled" else thing.shown + spent - thing.filled
    return (("filled", thing.filled), ("refreshes", thing.refreshes), ("shown", shown))


def native_said(said: dict[Hashable, Occurrence], line: Line, tick: float) -> None:
    """Take a line of a native iceberg: its first one says where it was found, its last fill how much it was."""
    known = said.get(line["id"])
    figures = (("filled", line["filled"]), ("refreshes", line["refreshes"]), ("shown", line["shown"]))
    if known is None:
        said[line["id"]] = _first_said(line, [line["price"]], tick, identity=line["order_id"], figures=figures)
    elif line["state"] in {"detected", "traded", "executed"}:
        said[line["id"]] = replace(known, figures=figures)


def _first_said(line: Line, prices: Sequence[float], tick: float, **more: Any) -> Occurrence:
    ticks = [in_ticks(price, tick) for price in prices]
    return _at(line["ts"], line["ts"], line["side"], ticks, label=str(line["id"]), **more)


# --- stops ------------------------------------------------------------------------------------------------------------


def stops_truth(things: Iterable[Thing], recorded: Recorded) -> Truth:
    """Read stops, those of one matching event together: its identifiable orders are to be found, with their lots."""
    fired: dict[tuple[bool, int, str], list[Stop]] = defaultdict(list)
    for thing in things:
        if isinstance(thing, Stop):
            fired[thing.identifiable, thing.ts, thing.side].append(thing)
    truth = Truth()
    for (identifiable, ts, side), stops in fired.items():
        ticks = [recorded.ticks(price) for stop in stops for price in (stop.first, stop.last)]
        label = ", ".join(sorted(str(stop.order_id) for stop in stops))
        volume = sum(stop.volume for stop in stops)
        occurrence = _at(ts, ts, side, ticks, label=label, count=len(stops), figures=(("volume", volume),))
        if identifiable:
            truth.add(occurrence, scored=recorded.holds(ts, ts))
        else:
            truth.decoys.append((NOT_IDENTIFIABLE, occurrence))
    return truth


def stops_said(said: dict[Hashable, Occurrence], line: Line, tick: float) -> None:
    """Take a line of stops; lines of one time and side are one."""
    key = (line["ts"], line["side"])
    ticks = [in_ticks(line["from"], tick), in_ticks(line["to"], tick)]
    orders, volume = line["orders"], line["volume"]
    known = said.get(key)
    if known is not None:
        ticks += [known.low, known.high]
        orders, volume = orders + known.count, volume + dict(known.figures or ())["volume"]
    said[key] = _at(line["ts"], line["ts"], line["side"], ticks, count=orders, figures=(("volume", volume),))


# --- inferred icebergs ------------------------------------------------------------------------------------------------


def inferred_truth(things: Iterable[Thing], recorded: Recorded) -> Truth:
    """Read level-events: where, in one matching event, lots came out of reserves at one price, of one order or several.

    What traded without an aggressor, as in an auction, is aside: a level cannot tell who was filled.
    """
    lots: dict[tuple[int, str, int], int] = defaultdict(int)
    orders: dict[tuple[int, str, int], list[str]] = defaultdict(list)
    for thing in things:
        if isinstance(thing, Iceberg):
            for ts, price, spent in thing.hidden_fills:
                place = (ts, thing.side, recorded.ticks(price))
                lots[place] += spent
                orders[place].append(str(thing.order_id))
    truth = Truth()
    for (ts, side, tick), spent in lots.items():
        label = ", ".join(sorted(orders[ts, side, tick]))
        occurrence = _at(ts, ts, side, [tick], label=label, figures=(("hidden", spent),))
        truth.add(occurrence, scored=recorded.holds(ts, ts) and ts not in recorded.sideless)
    return truth


def inferred_said(said: dict[Hashable, Occurrence], line: Line, tick: float) -> None:
    """Take a line of an inferred iceberg; every one that tells hidden lots is a level-event."""
    if line["hidden"] > 0:
        said[len(said)] = _first_said(line, [line["price"]], tick, figures=(("hidden", line["hidden"]),))


# --- episodes ---------------------------------------------------------------------------------------------------------


def synthetic_truth(things: Iterable[Thing], recorded: Recorded) -> Truth:
    """Read brokers' icebergs: a chain is to be found from its second clip on.

    A wall that posted clip after clip is aside: it is a chain of one owner too, but planted for another detector.
    """
    truth = Truth()
    for thing in things:
        if isinstance(thing, Absorption) and len(thing.orders) > 1:
            ended = thing.ended or recorded.last
            ticks = [recorded.ticks(thing.price)]
            truth.add(_at(thing.ts, ended, thing.side, ticks, label=f"plan {thing.plan}"), scored=False)
        elif isinstance(thing, Synthetic):
            ended = thing.ended or recorded.last
            occurrence = _at(thing.ts, ended, thing.side, [recorded.ticks(thing.price)], label=f"plan {thing.plan}")
            scored = thing.ended is not None and len(thing.orders) > 1 and recorded.holds(thing.ts, ended)
            truth.add(occurrence, scored=scored)
    return truth


def absorption_truth(things: Iterable[Thing], recorded: Recorded) -> Truth:
    """Read walls under pressure; pressure of the same volume that nobody stood against is a decoy.

    Aside is a wall that took less than half of the lots meant for it: price had left, and nothing pressed on it.
    """
    truth = Truth()
    for thing in things:
        if isinstance(thing, Absorption):
            began, ended = thing.drive_began or thing.ts, thing.ended or recorded.last
            occurrence = _at(began, ended, thing.side, [recorded.ticks(thing.price)], label=f"plan {thing.plan}")
            complete = thing.drive_began is not None and thing.ended is not None
            pressed = 2 * thing.filled >= thing.volume
            truth.add(occurrence, scored=complete and pressed and recorded.holds(thing.ts, ended))
        elif isinstance(thing, NoAbsorption):
            end = thing.price if thing.drive_to is None else thing.drive_to
            ticks = [recorded.ticks(thing.price), recorded.ticks(end)]
            ended = thing.ended or recorded.last
            decoy = _at(thing.ts, ended, _SIDE_AGAINST[thing.side], ticks, label=f"plan {thing.plan}")
            truth.decoys.append(("no_absorption", decoy))
    return truth


def sweep_truth(things: Iterable[Thing], recorded: Recorded) -> Truth:
    """Read runs through a swing that took stops and came back; runs without stops, that went on, are decoys.

    A run that did not do what its name says is aside, neither the one nor the other; so is one that this recording
    cannot show whole. Runs of one side of which the next began before price was back from the last are one.
    """
    truth = Truth()
    runs: list[Occurrence] = []
    for thing in things:
        if not isinstance(thing, Sweep | Breakout):
            continue
        run = _run(thing, recorded)
        if not _broke_its_swing(thing, recorded) or not recorded.holds(run.begin, run.end):
            truth.add(run, scored=False)
        elif isinstance(thing, Sweep):
            if 2 * thing.fired_within > thing.stops and _came_back(thing):
                runs.append(run)
            else:
                truth.add(run, scored=False)
        elif _came_back(thing) or not recorded.holds(run.begin, run.end + _RETURN_NS):
            truth.add(run, scored=False)
        else:
            truth.decoys.append(("breakout", run))
    for run in _together(runs):
        truth.add(run, scored=True)
    return truth


def _run(thing: Sweep | Breakout, recorded: Recorded) -> Occurrence:
    """Return when and where a run was; a sweep is over once price is back."""
    began, ended = thing.drive_began or thing.ts, thing.ended or recorded.last
    if isinstance(thing, Sweep) and _came_back(thing):
        ended = max(ended, thing.returned or ended)
    return _at(began, ended, thing.side, [recorded.ticks(thing.price)], label=f"plan {thing.plan}")


def _broke_its_swing(thing: Sweep | Breakout, recorded: Recorded) -> bool:
    """Whether there was a swing in the records, and a run began on the near side of it, or at it, and traded beyond."""
    if thing.swing_of is None or thing.swing_of < recorded.first:
        return False
    if thing.drive_from is None or thing.extreme is None or thing.ended is None:
        return False
    sign = 1 if thing.side == "buy" else -1
    return sign * thing.drive_from <= sign * thing.price < sign * thing.extreme


def _came_back(thing: Sweep | Breakout) -> bool:
    """Whether price traded back inside the swing in time."""
    return thing.returned is not None and thing.ended is not None and thing.returned <= thing.ended + _RETURN_NS


def _together(runs: Iterable[Occurrence]) -> Iterable[Occurrence]:
    """Yield runs, those of one side that overlap in time as one."""
    open_runs: dict[str, Occurrence] = {}
    for run in sorted(runs, key=lambda run: run.begin):
        known = open_runs.get(run.side)
        if known is not None and run.begin <= known.end:
            ticks = [known.low, known.high, run.low, run.high]
            label = f"{known.label}, {run.label}"
            open_runs[run.side] = _at(known.begin, max(known.end, run.end), run.side, ticks, label=label)
            continue
        if known is not None:
            yield known
        open_runs[run.side] = run
    yield from open_runs.values()


def zone_said(said: dict[Hashable, Occurrence], line: Line, tick: float) -> None:
    """Take a line of a zone or an iceberg without order id: what counts is its first one."""
    if line["id"] not in said:
        prices = [line["low"], line["high"]] if "low" in line else [line["price"]]
        said[line["id"]] = _first_said(line, prices, tick)


def sweep_said(said: dict[Hashable, Occurrence], line: Line, tick: float) -> None:
    """Take a sweep: it happened between the nearest pool it took and its extreme, its side says whose stops were taken.

    An accepted break is no sweep.
    """
    if line["state"] == "swept" and line["id"] not in said:
        acting = line | {"side": _SIDE_TAKEN[line["side"]]}
        said[line["id"]] = _first_said(acting, [line["low"], line["high"]], tick)
