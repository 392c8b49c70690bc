"""What the simulated market knows about itself: one object per planted thing and per hidden order, as JSON lines.

The kernel tells what happened in rows; this book puts the rows of one thing together and gives it out once it is over.
Whether a run through a swing is a sweep or a break shows in what price does after it, so it is given out later.
Times are ns, prices in currency units, sizes lots, sides `bid` / `ask` for what waits and `buy` / `sell` for what acts.

| kind | what |
|---|---|
| `iceberg` | every display-quantity order, planted or not; `evident` says whether the records prove it |
| `synthetic` | a broker's iceberg: the ids of its clips |
| `stop` | every stop that fired; `identifiable` says whether its id is older than the initiator's |
| `sweep`, `breakout` | a run to take stops beyond a swing; the same run without stops, to go on; what came of it |
| `absorption`, `no_absorption` | a wall and the pressure against it; the same pressure without a wall |
| `layering` | large orders pulled soon after |
| `regime`, `news` | what the fair price was made to do |
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from feeds.records import Records
from feeds.simulator.contract import CONTRACT
from feeds.simulator.course import LOOKED_AT_NS, Run, Tape
from feeds.simulator.layout import (
    ACTOR_BEGAN,
    ACTOR_ENDED,
    ACTOR_POSTED,
    ACTOR_PULLED,
    BID,
    HIDDEN_ENTERED,
    HIDDEN_FILLED,
    HIDDEN_LEFT,
    HIDDEN_MOVED,
    STOP_FIRED,
    TRUTH,
    Rows,
)
from feeds.simulator.script import Plan

Line = dict[str, Any]
"""One thing, ready for JSON."""

_FIELDS: Final = TRUTH.names or ()


@dataclass(slots=True)
class _Iceberg:
    """A display-quantity order since it came into the book, or into the snapshot."""

    line: Line
    filled: int = 0


@dataclass(slots=True)
class _Episode:
    """A planted thing of one or more actors."""

    plan: Plan
    line: Line
    waiting: int
    began: bool = False
    run: Run | None = None
    parts: list[Line] = field(default_factory=list)


class TruthBook:
    """Puts truth together from the kernel's rows.

    Attributes:
        finished: Things that are over, in the order in which they ended.
    """

    def __init__(self) -> None:
        self.finished: list[Line] = []
        self._icebergs: dict[int, _Iceberg] = {}
        self._episodes: dict[int, _Episode] = {}
        self._tape = Tape()
        self._watched: deque[tuple[_Episode, Run]] = deque()

    def announce(self, plans: Iterable[Plan]) -> None:
        """Learn what is about to happen."""
        for plan in plans:
            if plan.kind != "iceberg":
                line = {"kind": plan.kind, "plan": plan.number} | plan.facts
                self._episodes[plan.number] = _Episode(plan, line, len(plan.roles))

    def take(self, rows: Rows, records: Records) -> None:
        """Take truth rows in the order in which they were told, and the records published in the same time."""
        self._tape.take(records)
        for values in rows.tolist():
            row = dict(zip(_FIELDS, values, strict=True))
            while self._watched and self._watched[0][1].ended + LOOKED_AT_NS < row["ts"]:
                self._tell_run(*self._watched.popleft())
            if row["what"] in {HIDDEN_ENTERED, HIDDEN_FILLED, HIDDEN_MOVED, HIDDEN_LEFT}:
                self._take_hidden(row)
            elif row["what"] == STOP_FIRED:
                self._take_stop(row)
            elif row["plan"] in self._episodes:
                self._take_episode(self._episodes[row["plan"]], row)
        self._tape.forget(before=self._oldest())

    def taken(self) -> list[Line]:
        """Return the finished things and forget them."""
        finished, self.finished = self.finished, []
        return finished

    def finish(self) -> list[Line]:
        """Return what is left: finished things, and those that the end of the data cuts short."""
        for iceberg in self._icebergs.values():
            self.finished.append(iceberg.line | {"end": "resting"})
        while self._watched:
            self._tell_run(*self._watched.popleft())
        for episode in self._episodes.values():
            if episode.run is not None:
                self._tell_run(episode, episode.run)
            elif episode.began:
                self.finished.append(_told(episode) | {"cut": True})
        self._icebergs.clear()
        self._episodes.clear()
        return self.taken()

    # --- hidden orders ------------------------------------------------------------------------------------------------

    def _take_hidden(self, row: Line) -> None:
        if row["what"] == HIDDEN_ENTERED:
            self._icebergs[row["id"]] = _Iceberg(_iceberg_line(row))
            return
        iceberg = self._icebergs[row["id"]]
        line = iceberg.line
        line["price"] = _price(row["tick"])
        if row["what"] == HIDDEN_FILLED:
            _add_fill(line, row)
        if row["gone"]:
            del self._icebergs[row["id"]]
            line["end"] = "filled" if row["lots"] else "cancelled"
            line["ended"] = row["ts"]
            line["left"] = row["hidden"] + (0 if row["lots"] else row["before"])
            self.finished.append(line)

    # --- stops and episodes -------------------------------------------------------------------------------------------

    def _take_stop(self, row: Line) -> None:
        side = _acts(row["side"])
        self.finished.append(
            {
                "kind": "stop",
                "ts": row["ts"],
                "order_id": row["id"],
                "side": side,
                "trigger": _price(row["tick"]),
                "volume": row["lots"],
                "from": _price(row["before"]),
                "to": _price(row["after"]),
                "identifiable": bool(row["gone"]),
                "plan": _plan(row),
            }
        )
        episode = self._episodes.get(row["plan"])
        if episode is not None:
            episode.line["fired"] += 1
            episode.line["fired_volume"] += row["lots"]
            episode.line["fired_within"] += "drive_began" in episode.line and "ended" not in episode.line

    def _take_episode(self, episode: _Episode, row: Line) -> None:
        if row["what"] == ACTOR_BEGAN:
            _begin(episode, row)
            if episode.plan.kind in _RUNNING and "swing_of" not in episode.line:
                upwards = row["side"] == BID
                episode.line["swing_of"] = self._tape.minute_of(row["tick"], row["ts"], up=upwards)
        elif row["what"] == ACTOR_POSTED:
            episode.parts.append(_part(row))
        elif row["what"] == ACTOR_PULLED:
            episode.line["pulled"] = episode.line.get("pulled", 0) + row["lots"]
        elif row["what"] == ACTOR_ENDED:
            _end(episode, row)
        if episode.waiting <= 0 or episode.plan.kind in {"regime", "news"}:
            del self._episodes[row["plan"]]
            if episode.run is not None:
                self._watched.append((episode, episode.run))
            elif episode.began:
                self.finished.append(_told(episode))

    # --- runs ---------------------------------------------------------------------------------------------------------

    def _tell_run(self, episode: _Episode, run: Run) -> None:
        """Tell a run that is over, with what price did in it and after it."""
        course = self._tape.course(run)
        line = _told(episode)
        line["extreme"] = None if course.extreme is None else _price(course.extreme)
        line["returned"] = course.returned
        cut = course.returned is None and self._tape.newest < run.ended + LOOKED_AT_NS
        self.finished.append(line | ({"cut": True} if cut else {}))

    def _oldest(self) -> int:
        """Return the time from which on trades may still be asked for."""
        begun = [episode.line["drive_began"] for episode in self._episodes.values() if "drive_began" in episode.line]
        return min(begun + [run.began for _, run in self._watched], default=_NEVER)


_NEVER: Final = 2**62
_WAITING: Final = frozenset({"synthetic", "absorption", "layering"})
_RUNNING: Final = frozenset({"sweep", "breakout"})


def _begin(episode: _Episode, row: Line) -> None:
    """Take the begin of an actor: the first one says where and when, a second one is the drive."""
    line, kind = episode.line, episode.plan.kind
    if row["id"]:
        episode.parts.append(_part(row))
    if episode.began:
        if kind != "layering":
            line["drive_began"], line["drive_from"] = row["ts"], _price(row["tick"])
        return
    episode.began = True
    line["ts"] = row["ts"]
    line["side"] = _waits(row["side"]) if kind in _WAITING else _acts(row["side"])
    line["price"] = _price(row["tick"])
    if kind in _RUNNING:
        line["stops"], line["fired"], line["fired_volume"], line["fired_within"] = row["lots"], 0, 0, 0
        line["extreme"] = line["returned"] = None
    elif kind == "synthetic":
        line["total"] = row["lots"]


def _end(episode: _Episode, row: Line) -> None:
    """Take the end of an actor; what counts is the first, except for layers, which are pulled one by one."""
    line, kind = episode.line, episode.plan.kind
    episode.waiting -= 1
    if kind == "layering" or "ended" not in line:
        line["ended"] = row["ts"]
    if kind in _RUNNING and "drive_began" in line and "drive_volume" not in line:
        line["drive_volume"] = row["lots"]
        swing = round(line["price"] / CONTRACT.tick_size)
        episode.run = Run(line["drive_began"], row["ts"], swing, up=line["side"] == "buy")
    elif kind == "no_absorption":
        line["drive_to"], line["drive_volume"] = _price(row["tick"]), row["lots"]


def _part(row: Line) -> Line:
    return {"order_id": row["id"], "price": _price(row["tick"]), "lots": row["lots"]}


def _told(episode: _Episode) -> Line:
    line = episode.line
    if episode.plan.kind in {"absorption", "synthetic"}:
        line["filled"] = sum(part["lots"] for part in episode.parts) - line.get("pulled", 0)
    return line | ({"orders": episode.parts} if episode.parts else {})


def _iceberg_line(row: Line) -> Line:
    return {
        "kind": "iceberg",
        "ts": row["ts"],
        "order_id": row["id"],
        "side": _waits(row["side"]),
        "price": _price(row["tick"]),
        "display": row["display"],
        "shown": row["after"],
        "total": row["after"] + row["hidden"],
        "filled": 0,
        "refreshes": 0,
        "overfills": 0,
        "evident": False,
        "detected": None,
        "hidden_fills": [],
        "plan": _plan(row),
    }


def _add_fill(line: Line, row: Line) -> None:
    """Add the fills of one matching event; what it took beyond the fall of the display came out of the reserve."""
    line["filled"] += row["lots"]
    hidden = row["lots"] - (row["before"] - row["after"])
    line["refreshes"] += not row["gone"] and hidden > 0
    line["overfills"] += row["lots"] > row["before"]
    if hidden > 0:
        line["hidden_fills"].append([row["ts"], _price(row["tick"]), hidden])
        if not line["evident"]:
            line["evident"] = True
            line["detected"] = row["ts"]


def _plan(row: Line) -> int | None:
    return row["plan"] if row["plan"] > 0 else None


def _price(tick: int) -> float:
    return CONTRACT.price(tick)


def _waits(side: int) -> str:
    return "bid" if side == BID else "ask"


def _acts(side: int) -> str:
    return "buy" if side == BID else "sell"
