"""Where a replay stands: read from its transport once, so that one frame shows one moment."""

from dataclasses import dataclass
from typing import Protocol

from qmo_tui.session.landmarks import Landmark


class Playing(Protocol):
    """What can be read of a transport. Times are event times in nanoseconds UTC."""

    @property
    def paused(self) -> bool:
        """Whether it waits for the trader."""

    @property
    def speed(self) -> float | None:
        """Times real time; None is as fast as possible."""

    @property
    def finished(self) -> bool:
        """The recording has been played to its end."""

    @property
    def seeking(self) -> bool:
        """Whether it is on its way to a moment it was sent to."""

    @property
    def position(self) -> int | None:
        """Time that playing has come to; the newest event may be older. None before the first."""

    @property
    def start(self) -> int | None:
        """First event time of the recording, None until it is known."""

    @property
    def end(self) -> int | None:
        """Last event time, None where the recording does not tell before it has been read."""

    @property
    def furthest(self) -> int | None:
        """The furthest that has been played, however often it went back; None before the first event."""

    @property
    def endless(self) -> bool:
        """Whether there is no end."""

    @property
    def searching(self) -> str:
        """What it plays towards, unseen; empty while it does not."""

    @property
    def halted(self) -> str:
        """Why it has paused by itself; empty once a control is turned."""

    @property
    def loop(self) -> tuple[int, int] | None:
        """Two event times between which it plays again and again; None while it does not."""


@dataclass(frozen=True, slots=True)
class Playback:
    """A transport at one moment; see `Playing` for the fields.

    Attributes:
        marks: What has been passed, by time.
    """

    paused: bool = False
    speed: float | None = 1.0
    finished: bool = False
    seeking: bool = False
    position: int | None = None
    start: int | None = None
    end: int | None = None
    furthest: int | None = None
    endless: bool = False
    searching: str = ""
    halted: str = ""
    loop: tuple[int, int] | None = None
    marks: tuple[Landmark, ...] = ()

    @classmethod
    def of(cls, transport: Playing, marks: tuple[Landmark, ...] = ()) -> "Playback":
        """Read a transport."""
        return cls(
            paused=transport.paused,
            speed=transport.speed,
            finished=transport.finished,
            seeking=transport.seeking,
            position=transport.position,
            start=transport.start,
            end=transport.end,
            furthest=transport.furthest,
            endless=transport.endless,
            searching=transport.searching,
            halted=transport.halted,
            loop=transport.loop,
            marks=marks,
        )

    @property
    def bar_end(self) -> int | None:
        """The time at the right end of the position bar: the end, or what has been played of a market without one."""
        return self.furthest if self.endless else self.end

    @property
    def hurries(self) -> bool:
        """Whether it plays unseen, on its way to a time or to what is sought."""
        return self.seeking or bool(self.searching)
