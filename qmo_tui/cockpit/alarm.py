"""What becomes of an alert: bell, flash, command, or silence; and what was told, for whoever comes back."""

import logging
from collections.abc import Callable
from typing import Final

from qmo_tui.cockpit.alert import Alert, ToldAlert
from qmo_tui.cockpit.alerts import AlertOptions, AlertWatch
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.playing import Answer
from qmo_tui.cockpit.price_alerts import PriceAlerts

_LOGGER: Final = logging.getLogger("qmo.alerts")
FLASH_SECONDS: Final = 2.0
_KEPT: Final = 100


class Alarm:
    """Tells a trader what he has to hear of, as he asked for it.

    Attributes:
        muted: Whether nothing makes a noise.
        told: The newest alerts, oldest first; the same tuple until there is another.
    """

    def __init__(
        self,
        options: AlertOptions,
        prices: PriceAlerts,
        run: Callable[[str, str], None],
        note: Callable[[str, int | None], None],
    ) -> None:
        """Tell alerts, also to a command, which `run` begins with kind and text; `note` keeps each with its time."""
        self.muted = False
        self.told: tuple[ToldAlert, ...] = ()
        self._options = options
        self._prices = prices
        self._run = run
        self._note = note
        self._watch = AlertWatch()
        self._flash: tuple[Alert, float] | None = None

    def toggle_mute(self) -> Answer:
        """Silence every bell, flash and command, or no more."""
        self.muted = not self.muted
        return "alerts are muted: no bell, flash or command" if self.muted else "alerts are told again"

    def flash(self, now: float) -> str:
        """Return what flashes at a moment of the trader's clock, in seconds; empty for nothing."""
        if self._flash is None or now - self._flash[1] >= FLASH_SECONDS:
            return ""
        alert = self._flash[0]
        return f"{alert.kind}: {alert.text}"

    def hear(self, frame: Frame, now: float) -> bool:
        """Take a frame at a moment of the trader's clock and tell what is new in it; return whether the bell rings."""
        found = [*self._watch.alerts(frame), *(Alert("price", text) for text in self._prices.reached(frame))]
        if not found:
            return False
        at = frame.line.now if frame.line is not None else frame.view.event_time
        newest = tuple(ToldAlert(at, alert, self._silence(alert, at)) for alert in found)
        for told in newest:
            self._note(f"alert, {told.in_words}", at)
            _LOGGER.info("%s", told.in_words)
        self.told = (*self.told, *newest)[-_KEPT:]
        return self._tell([told.alert for told in newest if not told.silenced], now)

    def _silence(self, alert: Alert, at: int | None) -> str:
        """Return why an alert is not told aloud; empty where it is."""
        if self.muted:
            return "muted"
        options = self._options
        is_quiet = at is not None and alert.kind in options.quiet_kinds and options.quiet.covers(at)
        return "quiet hours" if is_quiet else ""

    def _tell(self, alerts: list[Alert], now: float) -> bool:
        options = self._options
        for alert in alerts:
            if alert.kind in options.flash:
                self._flash = alert, now
            if alert.kind in options.notify:
                self._run(alert.kind, alert.text)
        return any(alert.kind in options.bell for alert in alerts)
