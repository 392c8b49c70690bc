"""The capital ladder: whether another trade may be opened, and how much it may lose."""

from dataclasses import dataclass
from typing import Final, get_args

import msgspec

from engines.execution.capital.figures import Figures, figures
from engines.execution.capital.ladder_day import ladder_day
from engines.execution.capital.limits import RiskSettings, share_of, tighter
from engines.execution.capital.rules import COUNTS, breaches
from engines.execution.capital.state import Hold, LadderState, Rule, held, turned
from engines.mentor.gates import CapitalState
from engines.trading_events import FORBIDDING, Risk, RiskState
from engines.trading_view import RiskMark

NOTHING_TOLD: Final = "no market time yet"
ONE_IS_OPEN: Final = "one position is open"
VANISHED: Final = "a position was open that the journal does not know"
POSTPONED: Final = "looser settings count from the next trading day"
_RULES: Final[tuple[Rule, ...]] = get_args(Rule)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the ladder allows now.

    Attributes:
        state: Where the ladder stands.
        may_trade: Whether a trade may be opened.
        reason: Why not, or what is left.
        until: When it is expected to allow more, ns UTC; None where not known.
        risk_cents: What the next trade may lose, costs included: all reductions and what may be lost yet applied.
        capped_by: What made `risk_cents` what it is (`per-trade risk`, `half size`, `day loss left`).
        max_contracts: Most lots of it.
        mult: What is left of size: 1.0, or less where it is reduced.
        equity_cents: Equity now, for the margin.
    """

    state: RiskState
    may_trade: bool
    reason: str
    until: int | None
    risk_cents: int
    capped_by: str
    max_contracts: int
    mult: float
    equity_cents: int


class CapitalLadder:
    """The ladder of one account, fed by event time and by what became of trades; nothing loosens it before its time.

    Settings that are tighter than those in force count at once, looser ones from the next trading day.

    Attributes:
        state: All that it must not forget; another value after each change (`revision` counts them).
    """

    def __init__(self, settings: RiskSettings, kept: LadderState | None = None, *, account: str = "paper") -> None:
        """Begin, or go on from a kept state.

        Raises:
            ValueError: The kept state is another account's.
        """
        if kept is not None and kept.account != account:
            raise ValueError(f"the kept ladder is of the account {kept.account!r}, not {account!r}")
        self._settings = settings
        self._open_cents = 0
        self._is_told = False
        self._changes_at = 0
        self._events: list[Risk] = []
        self._said: Risk | None = None
        self._said_holds: set[Hold] = set()
        self.state = LadderState(account=account, limits=settings) if kept is None else kept
        if self.state.day:
            self._take(msgspec.structs.replace(self.state, limits=tighter(self.state.limits, settings)))

    def at(self, now: int) -> None:
        """Let time go on; only this moves the ladder's clock, and only forward.

        Args:
            now: Event time from the records, ns UTC: a clock of the machine would let whoever sets it end a lock.
        """
        if self._is_told and now < self._changes_at:
            self.state = msgspec.structs.replace(self.state, clock=max(self.state.clock, now))
            return
        self._is_told = True
        self._take(turned(self.state, now, self._settings))
        self._say()

    def opened(self, now: int) -> None:
        """Count a trade: the first lot of an entry was filled."""
        self.at(now)
        state = self.state
        self._change(is_open=True, trades=state.trades + 1, session_trades=state.session_trades + 1)

    def mark(self, open_cents: int, now: int, *, banked_cents: int = 0) -> None:
        """Hear what the open position stands at.

        Args:
            open_cents: What closing its open lots at the market would make, exit fees taken off.
            now: Event time, ns UTC.
            banked_cents: What it has made so far by the lots it has left, fees taken off.
        """
        self.at(now)
        before, self._open_cents = self._open_cents, open_cents
        state = self.state
        banked = state.realised_cents + banked_cents
        peak, open_peak = max(state.peak_cents, banked), max(state.open_peak_cents, banked + open_cents)
        later = msgspec.structs.replace(state, banked_cents=banked_cents, peak_cents=peak, open_peak_cents=open_peak)
        if _counts_alike(state, before, open_cents) and _lasting(later) == _lasting(state):
            self.state = later  # no rule has anything to judge
            return
        self._take(later)
        self._say()

    def closed(self, pnl_cents: int, now: int) -> None:
        """Count what a whole trade made, fees taken off; a loss begins the cooldown."""
        self.at(now)
        self._open_cents = 0
        state = self.state
        realised = state.realised_cents + pnl_cents
        is_loss = pnl_cents < 0
        losses = state.losses + 1 if is_loss else 0 if pnl_cents > 0 else state.losses
        if is_loss:
            until = state.clock + state.limits.cooldown
            state = held(state, Hold("cooldown", "cooldown", "pause after a loss", until))
        self._change(
            holds=state.holds,
            is_open=False,
            banked_cents=0,
            realised_cents=realised,
            session_cents=state.session_cents + pnl_cents,
            peak_cents=max(state.peak_cents, realised),
            open_peak_cents=max(state.open_peak_cents, realised),
            losses=losses,
            session_losses=state.session_losses + is_loss,
        )

    def lock(self, reason: str, now: int) -> None:
        """Lock the rest of the trading day, at the trader's word or the program's; nothing takes it back.

        Args:
            reason: Why, in words.
            now: The moment, ns UTC; one after the newest event time may lie in a later trading day, which is locked.
        """
        until = ladder_day(max(now, self.state.clock)).end
        self._change(holds=held(self.state, Hold("lock", "locked", reason, until)).holds)

    def recovered(self, *, is_open: bool) -> None:
        """Hear after a restart whether a position is open; no trade is counted.

        One that this ladder knows and nobody else counts as a loss of all that a trade may lose, and the next trading
        day that is heard of is locked: whoever takes the journal away does not get rid of what was open in it.
        """
        if is_open or not self.state.is_open:
            self._change(is_open=is_open)
            return
        base = figures(self.state, 0).base_cents
        self.closed(-share_of(base, self.state.limits.per_trade), self.state.clock)
        self._change(lock_next=VANISHED)
        self._is_told = False  # so that the next moment locks its day

    def allowance(self) -> Allowance:
        """Return what is allowed as of the newest event time."""
        state, money = self.state, figures(self.state, self._open_cents)
        stands, reason, until = self._standing(money)
        is_held = stands in FORBIDDING
        if state.is_open and not is_held:
            reason = ONE_IS_OPEN if stands != "reduced" else f"{ONE_IS_OPEN}; {reason}"
        percent = state.limits.reduced_percent if self._holds_of("reduced") else 100
        capped_by, risk = min(self._caps(money, percent), key=lambda cap: cap[1])
        return Allowance(
            state=stands,
            may_trade=not is_held and not state.is_open,
            reason=f"{reason}; {POSTPONED}" if self._settings != state.limits else reason,
            until=until,
            risk_cents=risk,
            capped_by=capped_by,
            max_contracts=state.limits.contracts * percent // 100,
            mult=percent / 100,
            equity_cents=money.equity_cents,
        )

    @property
    def lock_reason(self) -> str:
        """Why no trade may be opened until the lock ends; empty while nothing locks."""
        return "; ".join(hold.reason for hold in self._holds_of("locked"))

    @property
    def flatten_reason(self) -> str:
        """Why what is open should be closed too; empty where a lock only keeps from opening more.

        The last trade of a session or day locks when it opens, and may run to its end.
        """
        return "; ".join(hold.reason for hold in self._holds_of("locked") if hold.rule not in COUNTS)

    def capital_state(self) -> CapitalState:
        """Return what the mentor's gate is told."""
        allowance = self.allowance()
        return CapitalState(allowance.may_trade, allowance.reason, allowance.until)

    @property
    def mark_for_screen(self) -> RiskMark | None:
        """The ladder as the screen shows it; None before the first event time."""
        state, money, allowance = self.state, figures(self.state, self._open_cents), self.allowance()
        if not state.day:
            return None
        return RiskMark(
            account=state.account,
            day=state.day,
            state=allowance.state,
            reason=allowance.reason,
            until=allowance.until,
            realised_cents=state.realised_cents,
            session_cents=state.session_cents,
            week_cents=state.week_cents + state.realised_cents,
            left_cents=min(money.day.left, money.week.left),
            day_limit_cents=money.day.limit,
            per_trade_cents=allowance.risk_cents,
            trades=state.trades,
            trades_left=self._trades_left(),
            losses=state.losses,
        )

    def take_events(self) -> list[Risk]:
        """Return what was to be said since the last call."""
        said, self._events = self._events, []
        return said

    def _change(self, **fields: object) -> None:
        self._take(msgspec.structs.replace(self.state, **fields))
        self._say()

    def _take(self, state: LadderState) -> None:
        """Take a state, after the rules have judged it."""
        if state.day:
            for hold in breaches(state, figures(state, self._open_cents)):
                state = held(state, hold)
            day = ladder_day(state.clock)
            self._changes_at = min(day.session_at(state.clock).end, day.end, *(hold.until for hold in state.holds))
        is_change = _lasting(state) != _lasting(self.state)
        self.state = msgspec.structs.replace(state, revision=self.state.revision + is_change)

    def _say(self) -> None:
        """Say how the ladder stands where that is new; before it, what else began to hold and is hidden behind it."""
        mark = self.mark_for_screen
        if mark is None or not self._is_told:
            return
        standing = Risk(
            ts=self.state.clock,
            day=mark.day,
            state=mark.state,
            reason=mark.reason,
            until=mark.until,
            realised=mark.realised_cents / 100,
            session=mark.session_cents / 100,
            week=mark.week_cents / 100,
            trades=mark.trades,
            losses=mark.losses,
        )
        for hold in self.state.holds:
            if hold not in self._said_holds and hold.state != mark.state:
                fields = {"state": hold.state, "reason": hold.reason, "until": hold.until}
                self._events.append(msgspec.structs.replace(standing, **fields))
        self._said_holds = set(self.state.holds)
        if self._said is None or msgspec.structs.replace(standing, ts=self._said.ts) != self._said:
            self._events.append(standing)
            self._said = standing

    def _standing(self, money: Figures) -> tuple[RiskState, str, int | None]:
        """Return the strictest of what holds: its state, all its reasons, and when the last of them ends."""
        if holds := self._holds_of("locked"):
            return _joined("locked", holds)
        if not self._is_told:
            return "locked", NOTHING_TOLD, None
        if holds := self._holds_of("cooldown"):
            return _joined("cooldown", holds)
        if holds := self._holds_of("reduced"):
            return _joined("reduced", holds)
        warn = self.state.limits.warn_percent
        for span, loss in (("week", money.week), ("day", money.day), ("session", money.session)):
            if loss.lost > 0 and loss.lost * 100 >= loss.limit * warn:
                return "warn", f"{warn} % of what the {span} may lose is used", None
        return "ok", f"{self._trades_left()} of {self.state.limits.day_trades} trades left today", None

    def _holds_of(self, state: RiskState) -> list[Hold]:
        """Return what holds in this way, what ends last first, then in the order of the rules."""
        holds = [hold for hold in self.state.holds if hold.state == state and hold.until > self.state.clock]
        return sorted(holds, key=lambda hold: (-hold.until, _RULES.index(hold.rule)))

    def _caps(self, money: Figures, percent: int) -> list[tuple[str, int]]:
        per_trade = share_of(money.base_cents, self.state.limits.per_trade)
        name = "per-trade risk" if percent == 100 else "reduced size"
        return [
            (name, per_trade * percent // 100),
            ("session loss left", money.session.left),
            ("day loss left", money.day.left),
            ("week loss left", money.week.left),
        ]

    def _trades_left(self) -> int:
        return max(0, self.state.limits.day_trades - self.state.trades)


def _joined(state: RiskState, holds: list[Hold]) -> tuple[RiskState, str, int | None]:
    return state, "; ".join(dict.fromkeys(hold.reason for hold in holds)), holds[0].until


def _lasting(state: LadderState) -> LadderState:
    """Return what of a state a restart must not lose: time alone, and peaks that nothing counts from, are left out."""
    return msgspec.structs.replace(
        state, clock=0, revision=0, open_peak_cents=state.open_peak_cents if _counts_peak(state) else 0
    )


def _counts_peak(state: LadderState) -> bool:
    return state.limits.is_trailing and state.limits.counts_open


def _counts_alike(state: LadderState, one: int, other: int) -> bool:
    """Whether it is all one to every rule which of two sums the open lots would make."""
    return not state.limits.counts_open or min(0, one) == min(0, other)
