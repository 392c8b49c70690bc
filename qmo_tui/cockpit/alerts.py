"""What a trader who looks elsewhere has to hear of: from one frame to the next, in a sentence each."""

from dataclasses import dataclass, field
from typing import Final

from engines.trading_events import FORBIDDING
from engines.trading_view import TradingView
from feeds.instrument import Instrument
from feeds.states import FeedState
from qmo_tui.cockpit.alert import Alert
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.account import position_in_words
from qmo_tui.cockpit.painting.locks import state_text
from qmo_tui.cockpit.painting.prompt import TRIGGERS, trade_in_words
from qmo_tui.cockpit.quiet_hours import QuietHours
from qmo_tui.session.line import Line

_CALM: Final = frozenset({FeedState.LIVE, FeedState.CONNECTING, FeedState.DEMO, FeedState.REPLAY})
"""States of the line that nobody has to be called for, unless it comes back."""


@dataclass(frozen=True, slots=True)
class AlertOptions:
    """Who is told of what.

    Attributes:
        bell: Kinds that ring the terminal's bell.
        notify: Kinds that the command is run for.
        command: Program and arguments, run without a shell; empty for none.
        timeout: Seconds after which it is ended.
        flash: Kinds for which the notice row inverts a moment.
        quiet: When the quiet kinds are told by none of these.
        quiet_kinds: Those kinds.
    """

    bell: frozenset[str] = frozenset()
    notify: frozenset[str] = frozenset()
    command: tuple[str, ...] = ()
    timeout: float = 5.0
    flash: frozenset[str] = frozenset()
    quiet: QuietHours = field(default_factory=QuietHours)
    quiet_kinds: frozenset[str] = frozenset()


@dataclass(slots=True)
class AlertWatch:
    """Finds what is new in each frame. What stands already when it begins is not, and a replay that seeks is silent."""

    _trading: TradingView | None = None
    _line: Line | None = None
    _prompts: set[str] = field(default_factory=set)

    def alerts(self, frame: Frame) -> list[Alert]:
        """Return what happened since the frame before."""
        before, line = self._trading, self._line
        self._trading, self._line = frame.view.trading, frame.line
        now = frame.view.trading
        found: list[Alert] = []
        if now is not None:
            fresh = [prompt for prompt in now.prompts if prompt.id not in self._prompts]
            self._prompts.update(prompt.id for prompt in fresh)
            if before is not None:
                for prompt in fresh:
                    price = numbers.price(frame.view.instrument, prompt.entry)
                    told = f"{trade_in_words(prompt)} {prompt.order} {price}, {TRIGGERS[prompt.trigger]}"
                    found.append(Alert("prompt", told))
                found += _of_position(before, now, frame.view.instrument)
                found += _of_account(before, now, frame)
        found += _of_line(line, frame.line)
        return [] if frame.playback.hurries else found


def _of_position(before: TradingView, now: TradingView, instrument: Instrument | None) -> list[Alert]:
    """Return what was entered and left."""
    was, held = before.position, now.position
    if held is None:
        return [] if was is None else [Alert("closed", "the position is closed")]
    if was is not None and was.id == held.id and was.quantity == held.quantity:
        return []
    return [Alert("fill", position_in_words(held, instrument))]


def _of_account(before: TradingView, now: TradingView, frame: Frame) -> list[Alert]:
    """Return what forbids trading from now on."""
    found = []
    was, risk = before.risk, now.risk
    if risk is not None and risk.state in FORBIDDING and (was is None or was.state != risk.state):
        found.append(Alert("lock", f"{state_text(risk, now.now, frame.zone)}: {risk.reason}"))
    if now.trouble and now.trouble != before.trouble:
        found.append(Alert("trouble", f"no order can be sent: {now.trouble}"))
    return found


def _of_line(before: Line | None, now: Line | None) -> list[Alert]:
    """Return that the line to the market was lost, or is back."""
    if before is None or now is None or before.state is now.state:
        return []
    if now.state not in _CALM or (now.state is FeedState.LIVE and before.state not in _CALM):
        return [Alert("feed", f"the feed is {now.state.value}: {now.reason}".removesuffix(": "))]
    return []
