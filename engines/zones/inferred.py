"""Inferred icebergs: prices that traded more than left them, where the schema knows no order ids.

The book by price (`engines.book.levels_kernel`) compares, for each matching event and passive price, what traded with
what left the level; the lots between them came out of a reserve. Of which order, and whether of one or several, cannot
be told: so all that happens at one price and side while it is followed counts as one iceberg. It is
`executed` when an event trades the level empty, `cancelled` when the level empties without a trade, and `expired` when
it has not traded for the quiet time, when the trading day ends, and when a clear, a snapshot or a gap makes what was
known worthless. Lots of others at the same price count among its `filled`, and implied liquidity (a spread that trades
against the price) looks the same: hence the score.
"""

from collections import deque
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from engines.book.layout import BID, HIDDEN_EXECUTED, HIDDEN_FILLED, RecordArray
from engines.book.levels_layout import LEVEL_HIDDEN
from engines.book.rows import tuples_of
from engines.events import IcebergState, PassiveSide
from engines.view import IcebergMark
from engines.zones.icebergs import DOUBTFUL, END_STATES, ENDED_KEPT, IcebergStep, IcebergTotals

INFERRED: Final = 0.75
"""Score of an inferred iceberg: its precision where one trade event in fifty meets an implied quote, 0.77 or more on
simulated sessions, rounded down (`qmo evaluate --schema mbp-10 --implied 0.02`, `docs/evaluation.md`). Without implied
quotes none of 85 was false on the ES session of 2023-12-25, but levels cannot tell which of the two it is."""

_FIELDS: Final = LEVEL_HIDDEN.names or ()
_LevelId = tuple[PassiveSide, int]


@dataclass(slots=True)
class _Inferred:
    """What is known of one live iceberg; ticks, lots, nanoseconds."""

    id: str
    side: PassiveSide
    tick: int
    first_ts: int
    last_ts: int
    filled: int = 0
    refreshes: int = 0
    state: IcebergState = "detected"
    score: float = INFERRED

    def mark(self) -> IcebergMark:
        """Return it as it stands now; what orders alone would tell is None."""
        return IcebergMark(
            id=self.id,
            order_id=None,
            side=self.side,
            tick=self.tick,
            shown=None,
            display=None,
            filled=self.filled,
            refreshes=self.refreshes,
            state=self.state,
            first_ts=self.first_ts,
            last_ts=self.last_ts,
            score=self.score,
            tier="inferred",
        )


class InferredIcebergs:
    """Follows the inferred icebergs of one instrument."""

    def __init__(self) -> None:
        self.totals = IcebergTotals()
        self._live: dict[_LevelId, _Inferred] = {}
        self._ended: deque[IcebergMark] = deque(maxlen=ENDED_KEPT)

    def take(self, rows: RecordArray) -> list[IcebergStep]:
        """Take LEVEL_HIDDEN rows and return the steps they stand for, in order."""
        steps: list[IcebergStep] = []
        for row in tuples_of(rows):
            self._step(dict(zip(_FIELDS, row, strict=True)), steps)
        return steps

    def marks(self) -> tuple[IcebergMark, ...]:
        """Return the newest ended icebergs and all live ones, oldest detection first."""
        marks = [*self._ended, *(iceberg.mark() for iceberg in self._live.values())]
        return tuple(sorted(marks, key=attrgetter("first_ts")))

    def _step(self, row: dict[str, int], steps: list[IcebergStep]) -> None:
        """Take one row; an event that both finds and ends an iceberg has two steps, the first tells what was hidden."""
        level: _LevelId = ("bid" if row["side"] == BID else "ask", row["tick"])
        found = level not in self._live
        iceberg = self._live[level] if not found else self._detect(level, row["clock"])
        traded = row["what"] in (HIDDEN_FILLED, HIDDEN_EXECUTED)
        if traded:
            self._count(iceberg, row)
        if row["suspect"]:
            iceberg.score = DOUBTFUL
        iceberg.last_ts = row["clock"]
        hidden = row["hidden"]
        if found or row["what"] == HIDDEN_FILLED:
            iceberg.state = "detected" if found else "traded"
            steps.append(IcebergStep(row["clock"], row["event"], iceberg.mark(), hidden))
            hidden = 0
        if row["what"] != HIDDEN_FILLED:
            iceberg.state = END_STATES[row["what"]]
            steps.append(IcebergStep(row["clock"], row["event"], iceberg.mark(), hidden))
            del self._live[level]
            self._ended.append(iceberg.mark())

    def _detect(self, level: _LevelId, ts: int) -> _Inferred:
        self.totals.ids += 1
        side, tick = level
        self._live[level] = _Inferred(f"inferred-{self.totals.ids}", side, tick, ts, ts)
        return self._live[level]

    def _count(self, iceberg: _Inferred, row: dict[str, int]) -> None:
        refreshes = 1 if row["hidden"] > 0 else 0
        iceberg.refreshes += refreshes
        iceberg.filled += row["lots"]
        self.totals.refreshes += refreshes
        self.totals.lots += row["lots"]
