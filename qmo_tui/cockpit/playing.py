"""What the transport keys do to a replay, and what they answer."""

from collections.abc import Callable
from typing import Final

from feeds.replay import Step
from qmo_tui.cockpit.desk import Transport
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.times import SECOND

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, None)
"""Times real time, slowest first; None is as fast as possible."""
MINUTE: Final = 60 * SECOND

Answer = str | None
"""What to tell the trader; None where the screen shows the effect by itself."""
LIVE: Final = "this is the market of this moment: it cannot be paused or sought"
WATCHED: Final = "read-only screen: the replay is paused and sought where it is served"


class NoTransportError(Exception):
    """A key of the replay was pressed where none runs."""


class TransportKeys:
    """The transport under the trader's fingers.

    A jump that has not arrived yet counts from its target, so that pressing a key three times goes three minutes.

    Attributes:
        absent: What every key answers where there is no transport.
    """

    def __init__(self, transport: Transport | None, absent: str = LIVE) -> None:
        self.absent = absent
        self._replay = transport
        self._jump: tuple[int | None, int] | None = None

    @property
    def _transport(self) -> Transport:
        if self._replay is None:
            raise NoTransportError
        return self._replay

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each action of the replay does."""
        return {name: self._answering(command) for name, command in self._commands().items()}

    def _commands(self) -> dict[str, Callable[[], Answer]]:
        return {
            "pause": self._pause,
            "faster": lambda: self._change_speed(+1),
            "slower": lambda: self._change_speed(-1),
            "step_event": lambda: self._step(Step.EVENT),
            "step_second": lambda: self._step(Step.SECOND),
            "step_minute": lambda: self._step(Step.MINUTE),
            "back_minute": lambda: self._jump_by(-MINUTE),
            "ahead_minute": lambda: self._jump_by(MINUTE),
            "back_ten": lambda: self._jump_by(-10 * MINUTE),
            "ahead_ten": lambda: self._jump_by(10 * MINUTE),
            "go_to_start": self._to_start,
            "go_to_end": self._to_end,
        }

    def seek(self, ts: int) -> None:
        """Go to an event time, no further than the recording."""
        start, end = self._transport.start, self._transport.end
        if end is not None:
            ts = min(ts, end)
        if start is not None:
            ts = max(ts, start)
        self._jump = (self._transport.position, ts)
        self._transport.seek(ts)

    def _pause(self) -> Answer:
        if self._transport.finished:
            return "end of the recording: Home goes to its start"
        if self._transport.paused:
            self._transport.resume()
        else:
            self._transport.pause()
        return None

    def _change_speed(self, direction: int) -> Answer:
        speed = next_speed(self._transport.speed, direction)
        self._transport.set_speed(speed)
        return f"speed {numbers.speed(speed)}"

    def _step(self, unit: Step) -> Answer:
        if self._transport.finished:
            return "end of the recording: there is no further step"
        self._transport.step(unit)
        return None

    def _jump_by(self, nanoseconds: int) -> Answer:
        base = self._playing_at()
        if base is None:
            return "nothing has been played yet"
        self.seek(base + nanoseconds)
        return None

    def _playing_at(self) -> int | None:
        """Return the time a jump counts from: where the last one goes until it has arrived."""
        now = self._transport.position
        if self._jump is None:
            return now
        position_then, target = self._jump
        return target if now is None or now == position_then else now

    def _to_start(self) -> Answer:
        if self._transport.start is None:
            return "the start of the recording is not known yet"
        self.seek(self._transport.start)
        return None

    def _to_end(self) -> Answer:
        if self._transport.end is None:
            return "the end of the recording is not known: it has to be played there"
        self.seek(self._transport.end)
        return None

    def _answering(self, command: Callable[[], Answer]) -> Callable[[], Answer]:
        """Let a command of the transport answer where there is none."""

        def answer() -> Answer:
            try:
                return command()
            except NoTransportError:
                return self.absent

        return answer


def next_speed(speed: float | None, direction: int) -> float | None:
    """Return the next speed up (1) or down (-1) the ladder; a speed between two rungs goes to the nearer one."""
    if speed is None:
        return SPEEDS[-2] if direction < 0 else None
    rungs = [rung for rung in SPEEDS if rung is not None]
    if direction > 0:
        return next((rung for rung in rungs if rung > speed), None)
    return next((rung for rung in reversed(rungs) if rung < speed), rungs[0])
