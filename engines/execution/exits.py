"""How an open position is managed: break-even, trailing, time, the end of trading, and evidence against it.

A stop only ever moves towards profit. What is wished here becomes an order request elsewhere; nothing is sent by these
rules that a trader did not ask for when accepting the bracket, except what the settings name: closing at the end of
trading, after a time, and on evidence where `evidence` is `close`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engines.book.layout import MINUTE_NS
from engines.events import Absorption, AggressorSide, Bar, Event, Pillars, Reason, Sweep
from engines.execution.orders import Quote
from engines.execution.positions import HeldPosition
from engines.execution.setup import OPPOSITE, SPEAKS_FOR
from engines.timing.calendar import market_day
from engines.timing.swings import ClosedBar, Swings
from feeds.instrument import Instrument

Trail = Literal["none", "structure", "ticks"]
OnEvidence = Literal["off", "ask", "close"]
_MINUTE: Final = "1m"


@dataclass(frozen=True, slots=True)
class ExitSettings:
    """Settings of position management.

    Attributes:
        break_even: Profit in R at which the stop moves to where it costs nothing; 0 for never.
        trail: From then on, whether the stop follows confirmed swings of one-minute bars, or price at a distance.
        trail_ticks: That distance, or how far beyond the swing the stop stands.
        swing_wing: Bars on each side of a swing.
        longest: Close what is still held after so long, ns; 0 for never.
        before_close: Close everything so long before trading stops, ns.
        evidence: What to do where evidence speaks against the position: nothing, ask, or close.
        evidence_score: Score of a sweep from which it counts as such, 0 to 1.
    """

    break_even: float = 1.0
    trail: Trail = "structure"
    trail_ticks: int = 3
    swing_wing: int = 2
    longest: int = 0
    before_close: int = 5 * MINUTE_NS
    evidence: OnEvidence = "ask"
    evidence_score: float = 0.5


@dataclass(frozen=True, slots=True)
class MoveStop:
    """The stop is to move closer."""

    tick: int
    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """The position is to be closed at the market."""

    reason: str


@dataclass(frozen=True, slots=True)
class AskToClose:
    """The trader is to be asked whether to close, with what speaks for it."""

    reason: str
    reasons: tuple[Reason, ...]


Wish = MoveStop | Close | AskToClose


class Exits:
    """Rules for the position that is open."""

    def __init__(self, instrument: Instrument, settings: ExitSettings | None = None) -> None:
        """Start before the first bar."""
        self._instrument = instrument
        self._settings = settings or ExitSettings()
        self._swings = Swings(self._settings.swing_wing)
        self._swing_low: int | None = None
        self._swing_high: int | None = None
        self._against: dict[AggressorSide, Reason] = {}
        self._asked: set[str] = set()

    def hear(self, events: Sequence[Event]) -> None:
        """Take what the engines said; it is judged by `wishes`."""
        for event in events:
            if isinstance(event, Bar) and event.interval == _MINUTE and event.complete:
                self._close(event)
            elif (
                isinstance(event, Sweep)
                and event.state == "swept"
                and (event.score or 0) >= self._settings.evidence_score
            ):
                text = f"{event.pool.label} swept, {event.penetration} ticks beyond"
                reason = Reason("sweep", text, event.score, "sweep", event.ts, event.id)
                self._against[event.direction] = reason
            elif isinstance(event, Absorption) and event.state == "confirmed":
                text = f"{event.side} absorption at {event.low:g} to {event.high:g} confirmed"
                reason = Reason("absorption", text, event.volume_z, "absorption", event.ts, event.id)
                self._against[SPEAKS_FOR[event.side]] = reason
            elif isinstance(event, Pillars) and event.armed and event.side is not None:
                text = f"the score of the {event.side} side is armed"
                self._against[event.side] = Reason("score", text, event.confidence, "pillars", event.ts)

    def _close(self, bar: Bar) -> None:
        ticks = self._instrument.ticks
        closed = ClosedBar(
            bar.start, bar.ts, ticks(bar.high), ticks(bar.low), ticks(bar.close), ticks(bar.open), bar.gap
        )
        for swing in self._swings.close(closed):
            if swing.side == "low":
                self._swing_low = swing.tick
            else:
                self._swing_high = swing.tick

    def begin(self) -> None:
        """Begin with a new position: what was said before it does not speak against it."""
        self._against.clear()
        self._asked.clear()

    def wishes(self, position: HeldPosition, quote: Quote) -> list[Wish]:
        """Return what is to be done with a position now; while its market cannot be trusted, only its time can end."""
        over = self._over(position, quote.now)
        if over:
            return [Close(over)]
        if quote.trouble or quote.last is None:
            return []
        return [*self._tightened(position, quote), *self._evidence(position)]

    def flat_by(self, now: int) -> int:
        """Return when everything is closed on the trading day of a moment, both ns UTC."""
        today = market_day(now)
        stops = today.close if today.is_open(now) else today.day.halt
        return stops - self._settings.before_close

    def _over(self, position: HeldPosition, now: int) -> str:
        """Return why its time is over; empty while it is not."""
        settings = self._settings
        if settings.longest and now - position.opened >= settings.longest:
            return f"held for {settings.longest // MINUTE_NS} min"
        if now >= self.flat_by(now):
            return f"flat {settings.before_close // MINUTE_NS} min before trading stops"
        return ""

    def _tightened(self, position: HeldPosition, quote: Quote) -> list[Wish]:
        """Return where the stop goes once the position has made enough; at most one move."""
        settings, risk = self._settings, position.risk_cents
        best = _best(position, quote)
        if position.stop is None or best is None or not settings.break_even or not risk or risk < 0:
            return []
        per_lot = risk / position.entered
        made = position.sign * (best - position.entry) * position.product.tick_cents
        if made < settings.break_even * per_lot:
            return []
        wanted = [(position.break_even(), "break-even")]
        trailed = self._trailed(position, best)
        if trailed is not None:
            wanted.append(trailed)
        tick, reason = max(wanted, key=lambda wish: position.sign * wish[0])
        market = quote.bid if position.side == "buy" else quote.ask
        is_behind = market is not None and position.sign * (market - tick) > 0
        if not position.tightens(tick) or not is_behind:
            return []
        return [MoveStop(tick, f"stop moved to {reason} {self._instrument.price_text(tick)}")]

    def _trailed(self, position: HeldPosition, best: int) -> tuple[int, str] | None:
        settings, sign = self._settings, position.sign
        if settings.trail == "none":
            return None
        if settings.trail == "ticks":
            return best - sign * settings.trail_ticks, "a trailing distance,"
        swing = self._swing_low if position.side == "buy" else self._swing_high
        return None if swing is None else (swing - sign * settings.trail_ticks, "beyond the newest swing,")

    def _evidence(self, position: HeldPosition) -> list[Wish]:
        """Return what evidence against the position asks for, each line of the log once."""
        against = self._against.pop(OPPOSITE[position.side], None)
        self._against.clear()
        if against is None or self._settings.evidence == "off":
            return []
        named = f"{against.kind} {against.id}"
        if named in self._asked:
            return []
        self._asked.add(named)
        if self._settings.evidence == "close":
            return [Close(against.text)]
        return [AskToClose(against.text, (against,))]


def _best(position: HeldPosition, quote: Quote) -> int | None:
    """Return the most favourable tick so far, that of the running second included."""
    if position.best is None or quote.last is None:
        return position.best
    return max(position.best, quote.last, key=lambda tick: position.sign * tick)
