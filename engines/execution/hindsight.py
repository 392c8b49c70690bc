"""What prompts that were not taken would have made, by what traded after they arose.

Nothing of it was ours: no queue was waited in, so the reading is careful. It goes by closed seconds. A limit fills once
a second trades through it, a stop entry once one trades at it, a market order at the quote it arose at; targets fill
once a second trades through them. A second that trades at the stop ends it whatever else traded in it, at the stop and
slippage. In the second of its fill only the stop counts. What is still open when it would be flattened leaves at the
last trade. Nudges count: it is followed as it stood when it went.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from engines.book.layout import MINUTE_NS, SECOND_NS
from engines.execution.orders import Target
from engines.execution.prompt import Waiting
from engines.execution.prompts import Ended
from engines.execution.setup import SIGNS
from engines.trading_events import DecisionAction, Hindsight, HindsightOutcome
from engines.view import BarRow, ViewRequest

SECONDS: Final = ViewRequest(interval="1s", bars=900)
"""What hindsight wants to see of the market."""
MOST: Final = 64
"""Prompts followed at once; the oldest is given up for a newer one."""
_EVERY: Final = MINUTE_NS
"""It looks no more often."""


@dataclass(slots=True)
class _Followed:
    """A prompt as it would have gone so far.

    Attributes:
        until: When it would have been flattened, ns.
        gives_up: When its entry order would have been withdrawn, ns.
        seen: Seconds that begin before this have been read, ns.
        entered: When it would have filled; None before.
        lots: Lots that would still be held, or are still to be entered.
        left: Targets that have not filled.
        first: What came first of target and stop; None before.
        gained: Ticks times lots that have left.
        best: Most favourable excursion from the entry, ticks.
        worst: Most adverse one.
    """

    prompt: Waiting
    action: DecisionAction
    until: int
    gives_up: int
    seen: int
    lots: int
    entered: int | None = None
    left: list[Target] = field(default_factory=list)
    first: HindsightOutcome | None = None
    gained: int = 0
    best: int = 0
    worst: int = 0
    last: int | None = None


class Hindsights:
    """Follows the prompts of a session that were not taken."""

    def __init__(self, entry_life: int) -> None:
        """Start with none; an entry order would have been withdrawn after so long without a fill, ns."""
        self._entry_life = entry_life
        self._followed: list[_Followed] = []
        self._looked_at = 0

    def follow(self, ended: Iterable[Ended], until: int) -> list[Hindsight]:
        """Follow prompts until a moment at which they would have been flattened; return what is given up for them."""
        said: list[Hindsight] = []
        for one in ended:
            self._followed.append(self._begin(one, until))
            if len(self._followed) > MOST:
                oldest = self._followed.pop(0)
                said.append(_told(oldest, oldest.seen, "given up for newer ones", is_over=False))
        return said

    @property
    def is_following(self) -> bool:
        """Whether there is any."""
        return bool(self._followed)

    def is_due(self, now: int) -> bool:
        """Whether it wants to see `SECONDS`."""
        return bool(self._followed) and now - self._looked_at >= _EVERY

    def take(self, bars: Sequence[BarRow], now: int) -> list[Hindsight]:
        """Take the newest seconds; return what is known by them. A second twice is read once."""
        self._looked_at = now
        closed = [bar for bar in bars if bar.complete]
        begins = closed[0].start if closed and len(bars) >= SECONDS.bars else 0
        said: list[Hindsight] = []
        kept = []
        for one in self._followed:
            told = (
                _told(one, now, "not all that traded was seen", is_over=False)
                if one.seen < begins
                else self._read(one, closed, now)
            )
            if told is None:
                kept.append(one)
            else:
                said.append(told)
        self._followed = kept
        return said

    def finish(self, now: int) -> list[Hindsight]:
        """Return what is left, undecided: nothing more is to come."""
        left, self._followed = self._followed, []
        return [_told(one, now, "the session ended before", is_over=False) for one in left]

    def _begin(self, ended: Ended, until: int) -> _Followed:
        prompt, setup = ended.prompt, ended.prompt.setup
        return _Followed(
            prompt=prompt,
            action=ended.action,
            until=until,
            gives_up=setup.born + self._entry_life,
            seen=-(-setup.born // SECOND_NS) * SECOND_NS,
            lots=prompt.contracts,
            entered=setup.born if setup.order == "market" else None,
            left=list(prompt.targets),
        )

    def _read(self, one: _Followed, closed: Sequence[BarRow], now: int) -> Hindsight | None:
        """Read the seconds that are new to a prompt; return what it came to, once that is known."""
        for bar in closed:
            if bar.start < one.seen:
                continue
            end = bar.start + SECOND_NS
            if bar.start >= one.until:
                break
            if one.entered is None and bar.start >= one.gives_up:
                return _told(one, one.gives_up, "its order would have been withdrawn")
            one.seen, one.last = end, bar.close
            if one.entered is None:
                if not _fills(one.prompt, bar):
                    continue
                one.entered = end
                told = _stopped(one, bar, end)
            else:
                told = _stopped(one, bar, end) or _reached(one, bar, end)
            if told is not None:
                return told
        if one.entered is None and now >= min(one.gives_up, one.until):
            return _told(one, min(one.gives_up, one.until), "its order would have been withdrawn")
        return _flattened(one) if now >= one.until else None


def _fills(prompt: Waiting, bar: BarRow) -> bool:
    """Whether a second fills an entry: it trades through a limit, or at a stop."""
    setup = prompt.setup
    if setup.order == "limit":
        return bar.low < setup.entry if setup.side == "buy" else bar.high > setup.entry
    return bar.high >= setup.entry if setup.side == "buy" else bar.low <= setup.entry


def _stopped(one: _Followed, bar: BarRow, end: int) -> Hindsight | None:
    """Take a second's adverse side; return what it came to where it trades at the stop."""
    setup = one.prompt.setup
    sign, adverse = SIGNS[setup.side], bar.low if setup.side == "buy" else bar.high
    stop = setup.entry if setup.stop is None else setup.stop
    if sign * (adverse - stop) > 0:
        one.worst = max(one.worst, sign * (setup.entry - adverse))
        return None
    one.worst = max(one.worst, sign * (setup.entry - stop))
    one.gained += (sign * (stop - setup.entry) - one.prompt.slip) * one.lots
    one.first = one.first or "lost"
    return _told(one, end, f"traded at the stop {_after(one, end)} later")


def _reached(one: _Followed, bar: BarRow, end: int) -> Hindsight | None:
    """Take a second's favourable side; return what it came to where the last target fills."""
    setup = one.prompt.setup
    sign, favourable = SIGNS[setup.side], bar.high if setup.side == "buy" else bar.low
    one.best = max(one.best, sign * (favourable - setup.entry))
    while one.left and sign * (favourable - one.left[0].tick) > 0:
        target = one.left.pop(0)
        one.gained += sign * (target.tick - setup.entry) * target.quantity
        one.lots -= target.quantity
        one.first = one.first or "won"
    return None if one.lots else _told(one, end, f"traded through the last target {_after(one, end)} later")


def _flattened(one: _Followed) -> Hindsight:
    """Return what it came to where it is closed at the last trade."""
    setup = one.prompt.setup
    if one.last is not None:
        one.gained += SIGNS[setup.side] * (one.last - setup.entry) * one.lots
    return _told(one, one.until, "still open when it would have been flattened", is_over=one.last is not None)


def _after(one: _Followed, end: int) -> str:
    spent = end - one.prompt.setup.born
    return f"{spent // MINUTE_NS} min" if spent >= MINUTE_NS else f"{spent // SECOND_NS} s"


def _told(one: _Followed, ts: int, reason: str, *, is_over: bool = True) -> Hindsight:
    """Return the line; without an end of its own it has no result."""
    prompt, risk = one.prompt, one.prompt.risk_cents
    tick = prompt.product.tick_cents
    made = one.gained * tick - 2 * prompt.product.fee_cents * prompt.contracts
    is_known = is_over and one.entered is not None and risk is not None
    return Hindsight(
        ts=ts,
        prompt=prompt.id,
        action=one.action,
        outcome=_outcome(one, is_over=is_over),
        r=round(made / risk, 2) if is_known and risk else None,
        mfe=None if one.entered is None else one.best * tick / 100,
        mae=None if one.entered is None else one.worst * tick / 100,
        reason=reason,
    )


def _outcome(one: _Followed, *, is_over: bool) -> HindsightOutcome:
    if one.entered is None:
        return "never_filled" if is_over else "undecided"
    return one.first or "undecided"
