"""What trades made, in R and dollars, all together and group by group; what is not known is None.

**Expectancy** is the mean R of closed trades, fees taken off, with a 95 % interval by the percentile bootstrap over
trades (`qmo_tui.evaluation.resampling`): none of fewer than five, and little said of fewer than twenty. It takes trades
for independent of each other, which those of one session hardly are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engines.events import PillarName
from engines.execution.capital.ladder_day import ladder_day
from qmo_tui.evaluation.resampling import mean_interval
from qmo_tui.evaluation.scores import wilson
from qmo_tui.journal.story import Trade

LITTLE: Final = 20
"""Fewer trades say little about what to expect."""
_PILLARS: Final[tuple[PillarName, ...]] = ("QMO", "IMO", "Gann", "Astro", "Cycle")
_SESSIONS: Final = ("Asia", "London", "New York")
_TRIGGERS: Final = ("rejection", "sweep_reclaim", "break_retest", "displacement", "manual")
_STANDS: Final = ("with", "against", "neither", "not readable", "--")


@dataclass(frozen=True, slots=True)
class Result:
    """What some closed trades made.

    Attributes:
        name: What they have in common; empty for all.
        n: Closed trades.
        won: Of them, fees taken off.
        lost: Of them.
        known: Those whose R is known: they had a stop.
        total_r: Sum of those.
        expectancy: Their mean.
        interval: Its 95 % interval.
        made: Dollars of all, fees taken off.
        fees: Dollars of all.
    """

    name: str
    n: int
    won: int
    lost: int
    known: int
    total_r: float | None
    expectancy: float | None
    interval: tuple[float, float] | None
    made: float
    fees: float

    @property
    def win_share(self) -> float | None:
        """Share of the trades that won."""
        return self.won / self.n if self.n else None

    @property
    def win_interval(self) -> tuple[float, float] | None:
        """The 95 % interval (Wilson) of that share."""
        return wilson(self.won, self.n)

    @property
    def says_little(self) -> bool:
        """Whether there are too few trades to expect anything by."""
        return self.known < LITTLE


def result_of(trades: Sequence[Trade], name: str = "") -> Result:
    """Return what closed trades made; open ones are left out."""
    closed = [trade for trade in trades if trade.closed is not None]
    known = [trade.last.r for trade in closed if trade.last.r is not None]
    return Result(
        name=name,
        n=len(closed),
        won=sum(trade.outcome == "won" for trade in closed),
        lost=sum(trade.outcome == "lost" for trade in closed),
        known=len(known),
        total_r=sum(known) if known else None,
        expectancy=sum(known) / len(known) if known else None,
        interval=mean_interval(known),
        made=_dollars(trade.last.realised for trade in closed),
        fees=_dollars(trade.last.fees for trade in closed),
    )


def by_trigger(trades: Sequence[Trade]) -> list[Result]:
    """Return what trades made by what made their prompts arise."""
    return _grouped(trades, _TRIGGERS, lambda trade: trade.trigger or "no prompt")


def by_session(trades: Sequence[Trade]) -> list[Result]:
    """Return what trades made by the session they were entered in; each session lasts until the next one begins."""
    return _grouped(trades, _SESSIONS, lambda trade: session_of(trade.first.ts))


def by_pillar(trades: Sequence[Trade]) -> dict[str, list[Result]]:
    """Return for every pillar what trades made by how it stood to their side when their prompt arose."""

    def standing(pillar: PillarName) -> Callable[[Trade], str]:
        return lambda trade: stand_of(trade, pillar)

    return {pillar: _grouped(trades, _STANDS, standing(pillar)) for pillar in _PILLARS}


def session_of(moment: int) -> str:
    """Return the name of the session at a moment, as the capital ladder counts sessions."""
    return ladder_day(moment).session_at(moment).name


def stand_of(trade: Trade, pillar: PillarName) -> str:
    """Return how a pillar stood to a trade's side; `--` where the prompt does not tell."""
    stands = () if trade.prompt is None else trade.prompt.pillars
    stand = next((one for one in stands if one.name == pillar), None)
    if stand is None:
        return "--"
    if not stand.available:
        return "not readable"
    if stand.direction is None:
        return "neither"
    return "with" if stand.direction == trade.first.side else "against"


def curve(trades: Sequence[Trade]) -> list[tuple[int, float]]:
    """Return (close, R made until then) of closed trades whose R is known, in the order in which they closed."""
    total, points = 0.0, []
    for ts, r in sorted((trade.closed, trade.last.r) for trade in trades if trade.closed and trade.last.r is not None):
        total += r
        points.append((ts, total))
    return points


def drawdown(points: Sequence[tuple[int, float]]) -> float | None:
    """Return the deepest fall of an R curve from what it had reached before, 0 included; None without trades."""
    if not points:
        return None
    best = deepest = 0.0
    for _, total in points:
        best = max(best, total)
        deepest = max(deepest, best - total)
    return deepest


def _grouped(trades: Sequence[Trade], order: Sequence[str], name_of: Callable[[Trade], str]) -> list[Result]:
    groups: dict[str, list[Trade]] = {}
    for trade in trades:
        if trade.closed is not None:
            groups.setdefault(name_of(trade), []).append(trade)
    names = sorted(groups, key=lambda name: (order.index(name) if name in order else len(order), name))
    return [result_of(groups[name], name) for name in names]


def _dollars(amounts: Iterable[float]) -> float:
    """Add whole cents."""
    return sum(round(amount * 100) for amount in amounts) / 100
