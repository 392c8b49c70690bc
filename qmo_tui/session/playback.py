"""Where a replay stands: read from its transport once, so that one frame shows one moment."""

from dataclasses import dataclass
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Playback:
    """A transport at one moment; see `Playing` for the fields."""

    paused: bool = False
    speed: float | None = 1.0
    finished: bool = False
    seeking: bool = False
    position: int | None = None
    start: int | None = None
    end: int | None = None

    @classmethod
    def of(cls, transport: Playing) -> "Playback":
        """Read a transport."""
        return cls(
            paused=transport.paused,
            speed=transport.speed,
            finished=transport.finished,
            seeking=transport.seeking,
            position=transport.position,
            start=transport.start,
            end=transport.end,
        )
