"""What the transport keys do to a replay, and what they answer."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from feeds.replay import Step
from qmo_tui.cockpit.desk import Desk, Transport
from qmo_tui.cockpit.moments import MomentError, parse_moment
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.times import SECOND
from qmo_tui.session.landmarks import Landmark, Sought

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, None)
"""Times real time, slowest first; None is as fast as possible."""
MINUTE: Final = 60 * SECOND
HEARD: Final = SECOND
"""After so long what happened at an exchange has come here and been said."""
TWICE_SECONDS: Final = 5.0
"""Within which a second press counts as meant."""

Answer = str | None
"""What to tell the trader; None where the screen shows the effect by itself."""
LIVE: Final = "this is the market of this moment: it cannot be paused or sought"
WATCHED: Final = "read-only screen: the replay is paused and sought where it is served"
GOING_BACK: Final = (
    "a position or an order is open: going back closes it at the last price, and the journal says so; once more to go"
)
ARMED: Final = "a prompt is armed: disarm it before the market runs on unseen"
NOTHING_YET: Final = "nothing has been played yet"


class NoTransportError(Exception):
    """A key of the replay was pressed where none runs."""


class TransportKeys:
    """The transport under the trader's fingers.

    A jump that has not arrived yet counts from its target, so that pressing a key three times goes three minutes.

    Attributes:
        absent: What every key answers where there is no transport.
        loop_from: Where a loop will begin whose end is not set yet; None otherwise.
    """

    def __init__(
        self,
        desk: Desk,
        clock: Callable[[], float],
        *,
        is_in_market: Callable[[], bool],
        is_armed: Callable[[], bool],
    ) -> None:
        """Take the desk; without a transport every key answers that the present cannot be played.

        Args:
            desk: Has the transport, and seeks what comes next.
            clock: Seconds of the trader's clock.
            is_in_market: Whether a position or an own order is open, which going back would lose.
            is_armed: Whether a prompt is armed, which the trader is to see.
        """
        self.absent = LIVE if desk.playback is None else WATCHED
        self.loop_from: int | None = None
        self._desk = desk
        self._clock = clock
        self._is_in_market = is_in_market
        self._is_armed = is_armed
        self._jump: tuple[int | None, int] | None = None
        self._asked_back: float | None = None

    @property
    def _transport(self) -> Transport:
        if self._desk.transport is None:
            raise NoTransportError
        return self._desk.transport

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
            "seek_zone": lambda: self._seek_next("zone"),
            "seek_prompt": lambda: self._seek_next("prompt"),
            "seek_alert": lambda: self._seek_next("alert"),
            "back_mark": self._to_last_mark,
            "back_minute": lambda: self._jump_by(-MINUTE),
            "ahead_minute": lambda: self._jump_by(MINUTE),
            "back_ten": lambda: self._jump_by(-10 * MINUTE),
            "ahead_ten": lambda: self._jump_by(10 * MINUTE),
            "go_to_start": self._to_start,
            "go_to_end": self._to_end,
            "loop": self._loop,
        }

    def seek(self, ts: int) -> Answer:
        """Go to an event time, no further than the recording; a way back that would close a trade asks first.

        Nothing is played unseen while a prompt is armed: what was seen of it would not be the market that it meets.

        Raises:
            NoTransportError: The present is shown.
        """
        start, end = self._transport.start, self._transport.end
        if end is not None:
            ts = min(ts, end)
        if start is not None:
            ts = max(ts, start)
        if self._is_back(ts) and self._is_in_market() and not self._is_asked_twice():
            return GOING_BACK
        if not self._is_back(ts) and self._is_armed():
            return ARMED
        answer = self._leave_loop(ts)
        self._jump = (self._transport.position, ts)
        self._transport.seek(ts)
        return answer

    def go_to(self, text: str, zone: tzinfo) -> Answer:
        """Go to a time as the trader types it.

        Raises:
            MomentError: Why not, in a sentence.
        """
        transport = self._desk.transport
        if transport is None:
            raise MomentError(self.absent)
        now = transport.position or transport.start
        if now is None:
            raise MomentError("the recording is still being opened: ask again in a moment")
        answer = self.seek(parse_moment(text, now=now, start=transport.start, end=transport.end, zone=zone))
        if answer in {GOING_BACK, ARMED}:
            raise MomentError(answer)
        return answer

    def seek_mark(self, mark: Landmark) -> Answer:
        """Go to where a mark has just been said."""
        return self._answering(lambda: self.seek(mark.ts + HEARD) or mark.text)()

    def seek_place(self, place: float) -> Answer:
        """Go to a place on the position bar, 0 to 1."""
        return self._answering(lambda: self._to_place(place))()

    def set_speed(self, speed: float | None) -> Answer:
        """Play at a multiple of real time, or as fast as possible (None)."""

        def change() -> Answer:
            self._transport.set_speed(speed)
            return f"speed {numbers.speed(speed)}"

        return self._answering(change)()

    def _to_place(self, place: float) -> Answer:
        transport = self._transport
        end = transport.furthest if transport.endless else transport.end
        if transport.start is None or end is None:
            return None
        return self.seek(transport.start + round(place * (end - transport.start)))

    def _is_back(self, ts: int) -> bool:
        """Whether a time lies before what the screen shows, or will show once it has arrived."""
        position = self._transport.position
        return position is not None and ts < position

    def _is_asked_twice(self) -> bool:
        now, asked = self._clock(), self._asked_back
        is_meant = asked is not None and now - asked <= TWICE_SECONDS
        self._asked_back = None if is_meant else now
        return is_meant

    def _leave_loop(self, ts: int) -> Answer:
        """End a loop that a jump leaves."""
        loop = self._transport.loop
        if loop is None or loop[0] <= ts <= loop[1]:
            return None
        self._transport.repeat(None)
        return "the loop is off: this lies outside of it"

    def _pause(self) -> Answer:
        if self._transport.finished:
            return "end of the recording: Home goes to its start"
        if self._transport.paused and not self._transport.searching:
            self._transport.resume()
        else:
            self._transport.pause()
        return None

    def _change_speed(self, direction: int) -> Answer:
        return self.set_speed(next_speed(self._transport.speed, direction))

    def _step(self, unit: Step) -> Answer:
        if self._transport.finished:
            return "end of the recording: there is no further step"
        if unit is Step.MINUTE and self._is_armed():
            return ARMED
        self._transport.step(unit)
        return None

    def _seek_next(self, wanted: Sought) -> Answer:
        if self._transport.finished:
            return f"end of the recording: there is no further {wanted}"
        if self._is_armed():
            return ARMED
        if self._transport.searching == wanted:
            self._transport.pause()
            return f"no longer looking for the next {wanted}"
        self._desk.seek_next(wanted)
        return None

    def _to_last_mark(self) -> Answer:
        """Go back to the newest mark that lies before what is shown."""
        base = self._playing_at()
        if base is None:
            return NOTHING_YET
        marks = () if self._desk.playback is None else self._desk.playback.marks
        before = [mark for mark in marks if mark.ts + HEARD < base]
        if not before:
            return "there is no mark before this"
        return self.seek_mark(before[-1])

    def _loop(self) -> Answer:
        """Set where a loop begins, then where it ends, then let it be."""
        now = self._playing_at()
        if self._transport.loop is not None:
            self._transport.repeat(None)
            return "the loop is off"
        if now is None:
            return NOTHING_YET
        begin, self.loop_from = self.loop_from, None
        if begin is None:
            self.loop_from = now
            return "the loop begins here; the same key sets its end"
        if abs(now - begin) < SECOND:
            return "a loop takes a second at least: none is set"
        self._transport.repeat((min(begin, now), max(begin, now)))
        return "looping; the same key ends it"

    def _jump_by(self, nanoseconds: int) -> Answer:
        base = self._playing_at()
        if base is None:
            return NOTHING_YET
        return self.seek(base + nanoseconds)

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
        return self.seek(self._transport.start)

    def _to_end(self) -> Answer:
        if self._transport.end is None:
            return "the end of the recording is not known: it has to be played there"
        return self.seek(self._transport.end)

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
