"""When frames are painted: in turn, less often while the terminal or other work holds up the program."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from textual.message_pump import MessagePump
from textual.timer import Timer

from qmo_tui.cockpit.meter import Meter
from qmo_tui.cockpit.rate import FrameRate
from qmo_tui.cockpit.traffic import Traffic
from qmo_tui.loop_lag import watch_lag

_MOST_WAITING: Final = 16_384
"""Bytes on their way to the terminal beyond which not even a key paints: it could not be seen any sooner."""
_ASK_AGAIN_SECONDS: Final = 0.01


class FrameLoop:
    """Paints frames in turn, and watches over what that costs everybody else.

    Attributes:
        traffic: What goes to the terminal.
        rate: How often is painted.
        meter: What it costs.
    """

    def __init__(
        self,
        timers: MessagePump,
        paint: Callable[[], None],
        clock: Callable[[], float],
        *,
        wanted: int,
        is_preparing: Callable[[], bool],
        hurries: Callable[[], bool],
    ) -> None:
        """Prepare to paint; nothing runs yet.

        Args:
            timers: Whose timers it uses.
            paint: Paints a frame.
            clock: Seconds of the trader's clock.
            wanted: Frames a second.
            is_preparing: Whether the market is not there yet, which slows down what is not to blame.
            hurries: Whether a replay plays unseen, which takes all the time there is and says nothing of the machine.
        """
        self.traffic = Traffic()
        self.rate = FrameRate(wanted)
        self.meter = Meter(self.traffic, clock, time.process_time)
        self._timers = timers
        self._paint = paint
        self._clock = clock
        self._is_preparing = is_preparing
        self._hurries = hurries
        self._timer: Timer | None = None
        self._lag_watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Paint from now on, and watch over the program's own lag."""
        self._restart_timer()
        self._lag_watch = asyncio.create_task(watch_lag(self.record_lag, self._clock))

    def stop(self) -> None:
        """Watch no longer; the timer ends with whose it is."""
        if self._lag_watch is not None:
            self._lag_watch.cancel()

    def paint_in_turn(self) -> None:
        """Paint a frame, unless the terminal has not taken the last one: frames that queue up are old when seen."""
        if not self.traffic.waiting:
            self._paint()
        elif not self._is_preparing() and self.rate.skipped(self._clock()):
            self._restart_timer()

    def record_lag(self, now: float, lag: float) -> None:
        """Take how late the loop woke, in seconds, at a moment of the trader's clock."""
        self.meter.lag(lag)
        waited = self.traffic.take_waited()
        if not self._is_preparing() and not self._hurries() and self.rate.record(now, lag, waited):
            self._restart_timer()

    @property
    def is_far_behind(self) -> bool:
        """Whether the terminal has so much to take that nothing painted now could be seen soon."""
        return self.traffic.waiting > _MOST_WAITING

    def when_taken(self, act: Callable[[], None], sent: int | None = None) -> None:
        """Do something once the terminal has taken its first so many bytes; all that it was sent until now if None."""
        sent = self.traffic.sent if sent is None else sent
        if self.traffic.has_taken(sent):
            act()
        else:
            self._timers.set_timer(_ASK_AGAIN_SECONDS, partial(self.when_taken, act, sent))

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._timers.set_interval(1 / self.rate.frames_per_second, self.paint_in_turn)
