"""The keys of trading, and why a terminal's key press may be trusted to send an order, or may not.

A terminal tells neither that a key is held nor when it is let go: a held key is many presses. So what is sent takes two
distinct keys, the second one counts only once the trader can have seen what it would send, and only after a pause in
that key.
"""

from collections.abc import Callable, Mapping
from typing import Final

from engines.events import AggressorSide
from engines.execution import commands
from engines.execution.commands import Command
from engines.execution.setup import kind_of_entry
from engines.trading_events import OrderKind
from engines.trading_view import PromptMark, TradingView
from engines.view import MarketView
from qmo_tui.cockpit.actions import ACTIONS, Group, keys_of
from qmo_tui.cockpit.desk import Desk
from qmo_tui.cockpit.keymap import Keymap
from qmo_tui.cockpit.painting.prompt import armed_prompt
from qmo_tui.cockpit.playing import Answer

REPEAT_SECONDS: Final = 0.1
"""A key that comes again so soon is held: hands are slower, keyboards repeat every 30 ms."""
QUIET_SECONDS: Final = 0.7
"""The confirming key must have been quiet for so long: longer than a keyboard waits before it repeats a held key."""
REFUSAL_SECONDS: Final = 10.0
"""How long the prompt row says why a key was refused or a prompt went away, by the trader's clock."""
NO_CURSOR: Final = "put the cursor on a price first"
TOO_SMALL: Final = "not on a terminal this small"
_RISING: Final = frozenset({"fewer_lots", "more_lots", "stop_down", "stop_up", "target_down", "target_up"})
"""Actions that a trader may well press fast, and that send nothing."""
_ON_SMALL: Final = frozenset({"flatten", "cancel_entry", "reject"})
"""What only lessens risk works on any terminal."""


class TradingKeys:
    """The keys of trading under the trader's fingers. Moments of keys are seconds of the clock that stamps them."""

    def __init__(self, desk: Desk, keymap: Keymap, cursor: Callable[[], int | None]) -> None:
        """Take the desk that obeys, the trader's own keys, and where the ladder's price cursor stands."""
        self._desk = desk
        self._cursor = cursor
        self._names = {
            key: action.name for action in ACTIONS if action.group is Group.TRADING for key in keys_of(action, keymap)
        }
        self._pressed: dict[str, float] = {}
        self._view: MarketView | None = None
        self._painted: tuple[PromptMark, float] | None = None
        self._refused: tuple[str, int | None] = ("", None)
        self._refused_since = float("-inf")

    @property
    def armed(self) -> PromptMark | None:
        """The prompt that stands armed in the newest view."""
        return armed_prompt(self._traded)

    @property
    def is_in_market(self) -> bool:
        """Whether a position or an own order is open in the newest view."""
        trading = self._traded
        return trading is not None and (trading.position is not None or bool(trading.orders))

    @property
    def _traded(self) -> TradingView | None:
        """What is traded from here, in the newest view; on a read-only screen others' trades are only shown."""
        return None if self._view is None or self._desk.read_only else self._view.trading

    def action_of(self, key: str) -> str | None:
        """Return the action of trading that a key stands for; None for any other key."""
        return self._names.get(key)

    def refusal(self, now: float) -> str:
        """Return why a key was refused or a prompt went away, while that is news."""
        return self._refused[0] if now - self._refused_since <= REFUSAL_SECONDS else ""

    def follow(self, view: MarketView, now: float) -> None:
        """Take the newest view; what was painted counts only while it stands armed unchanged."""
        self._view = view
        refused = ("", None) if view.trading is None else (view.trading.refusal, view.trading.refused_at)
        if refused != self._refused:
            self._refused, self._refused_since = refused, now
        if self._painted is not None and not is_same_order(self._painted[0], self.armed):
            self._painted = None

    @property
    def awaits_paint(self) -> PromptMark | None:
        """The armed prompt that the trader cannot have seen yet."""
        return None if self._painted is not None else self.armed

    def painted(self, prompt: PromptMark, at: float) -> None:
        """Take that an armed prompt has been painted; no other one is confirmed by what is pressed from now on."""
        if self._painted is None and is_same_order(prompt, self.armed):
            self._painted = prompt, at

    def press(self, name: str, key: str, at: float, *, is_small: bool) -> Answer:
        """Hand a press, made at a moment, to the desk; return what the screen itself has to say.

        Repetitions of a held key are no presses and are not handed on.
        """
        gap = at - self._pressed.get(key, float("-inf"))
        self._pressed[key] = at
        if gap < REPEAT_SECONDS and name not in _RISING:
            return None
        if self._desk.read_only:
            return f"no orders: {self._desk.read_only}"
        if is_small and name not in _ON_SMALL:
            return TOO_SMALL
        if name in {"manual_buy", "manual_sell"} and self._cursor() is None:
            return NO_CURSOR
        self._desk.press(self._confirm(key, at, gap) if name == "confirm" else self._command(name, key))
        return None

    def disarm(self, reason: str, key: str = "") -> None:
        """Put an armed prompt back; nothing is done while none is armed."""
        if self.armed is not None:
            self._desk.press(commands.Disarm(key=key, reason=reason))

    def _confirm(self, key: str, at: float, gap: float) -> Command:
        """Return the confirmation of what was painted, and whether the press can have been meant for it."""
        if self._painted is None:
            armed = self.armed
            return commands.Confirm(key=key, prompt="" if armed is None else armed.id, seen=False)
        prompt, since = self._painted
        return commands.Confirm(key=key, prompt=prompt.id, seen=at > since and gap >= QUIET_SECONDS)

    def _command(self, name: str, key: str) -> Command:
        makers: Mapping[str, Callable[[], Command]] = {
            "arm_buy": lambda: commands.Arm(key=key, side="buy"),
            "arm_sell": lambda: commands.Arm(key=key, side="sell"),
            "reject": lambda: commands.Reject(key=key),
            "snooze": lambda: commands.Snooze(key=key),
            "fewer_lots": lambda: commands.Resize(key=key, step=-1),
            "more_lots": lambda: commands.Resize(key=key, step=1),
            "stop_down": lambda: commands.NudgeStop(key=key, step=-1),
            "stop_up": lambda: commands.NudgeStop(key=key, step=1),
            "target_down": lambda: commands.NudgeTarget(key=key, step=-1),
            "target_up": lambda: commands.NudgeTarget(key=key, step=1),
            "manual_buy": lambda: self._by_hand("buy", key),
            "manual_sell": lambda: self._by_hand("sell", key),
            "cancel_entry": lambda: commands.CancelEntry(key=key),
            "break_even": lambda: commands.BreakEven(key=key),
            "close_position": lambda: commands.ClosePosition(key=key),
            "flatten": lambda: commands.FlattenAndLock(key=key),
        }
        return makers[name]()

    def _by_hand(self, side: AggressorSide, key: str) -> Command:
        """Return the wish to enter at the cursor, as its place asks for."""
        tick, view = self._cursor() or 0, self._view
        return commands.ManualEntry(key=key, side=side, tick=tick, kind=_kind_of_entry(side, tick, view))


def is_same_order(seen: PromptMark, other: PromptMark | None) -> bool:
    """Whether two prompts would send the same; what market and time do to a prompt does not make it another."""
    return other is not None and _order_of(seen) == _order_of(other)


def _kind_of_entry(side: AggressorSide, tick: int, view: MarketView | None) -> OrderKind:
    """Return the kind of order that enters at a price, as the view shows the market."""
    touch = None if view is None else view.best_ask if side == "buy" else view.best_bid
    return "limit" if touch is None else kind_of_entry(side, tick, touch)


def _order_of(prompt: PromptMark) -> object:
    return (
        *(prompt.id, prompt.side, prompt.order, prompt.entry, prompt.stop, prompt.targets),
        *(prompt.product, prompt.contracts),
    )
