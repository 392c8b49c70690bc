"""Telling a session line by line: its events as they are said, large prints, remarks, and how it ended.

A line is provenance, market time and one sentence; no line ever changes, and nothing but text is written.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Final, Protocol

from engines.book.layout import SECOND_NS
from engines.events import Event, Session
from engines.view import MarketView, Print, ViewRequest
from qmo_tui.errors import one_line
from qmo_tui.plain.sentences import Sentences
from qmo_tui.session.playback import Playback

EVERY_SECONDS: Final = 0.25
"""How often prints and remarks are looked for."""
_PRINTS: Final = 4_096
"""Prints of any size looked at each time, all that engines keep; where more came, that is said."""
_NONE_IS_LARGE: Final = 1_000_000_000
"""Lots; while nobody knows what is large, nothing is."""
_NO_TIME: Final = "--:--:--"
_FIGURE: Final = re.compile(r"\d")


class Told(Protocol):
    """What is read of a running session."""

    @property
    def playback(self) -> Playback | None:
        """Where a replay stands; None where the present is told."""

    @property
    def error(self) -> str | None:
        """Why the feed ended, in one line; None while nothing is wrong."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as it stands, with what the request asks for."""


class PlainLines:
    """Hears the event log of a session and writes lines; a listener of `EventLog`.

    While a replay is on its way to a moment nothing is told of what it passes.
    """

    def __init__(self, write: Callable[[str], None], zone: tzinfo, sentences: Sentences, least: int) -> None:
        """Write lines by a function; prints from `least` lots on are told, 0 leaves that to what is large lately."""
        self._write = write
        self._zone = zone
        self._sentences = sentences
        self._least = least
        self._session: Told | None = None
        self._provenance = ""
        self._day = ""
        self._heard: list[tuple[int, str]] = []
        self._newest: tuple[int, int] | None = None
        self._notes: set[str] = set()
        self._error: str | None = None

    def hear(self, event: Event, line: bytes) -> None:  # noqa: ARG002 - the shape of a listener
        """Take an event, to be told with the next lines."""
        if isinstance(event, Session):
            self._provenance = event.provenance
        told = self._sentences.of(event)
        if told is not None and (isinstance(event, Session) or not self._hurries):
            self._heard.append((event.ts, told))

    def restart(self) -> None:
        """Hear that a replay went back."""
        self._heard = [(0, "the replay went back")]
        self._newest = None

    async def tell(self, session: Told, ended: Callable[[], bool]) -> None:
        """Write what a session says until it has ended."""
        self._session = session
        while not ended():
            self.turn()
            await asyncio.sleep(EVERY_SECONDS)
        self.turn()

    def turn(self) -> None:
        """Write what came since the last turn, in the order of market time."""
        if self._session is None:
            return
        self._tell_remarks(self._session)
        lines = [*self._heard, *self._prints(self._session)]
        self._heard = []
        for ts, text in sorted(lines, key=lambda line: line[0]):
            self._tell(ts, text)

    @property
    def _hurries(self) -> bool:
        playback = None if self._session is None else self._session.playback
        return playback is not None and playback.hurries

    def _prints(self, session: Told) -> list[tuple[int, str]]:
        """Return the large prints since the last look; those of an event that was seen are not told again."""
        view = session.view(ViewRequest(prints=_PRINTS, flow=not self._least))
        before, self._newest = self._newest, _newest(view.prints) or self._newest
        least = self._least or (None if view.flow is None else view.flow.big_print)
        self._sentences.least = least or _NONE_IS_LARGE
        if before is None or least is None or self._hurries:
            return []
        fresh = [one for one in view.prints if (one.ts, one.event) > before and one.size >= least]
        told = [(one.ts, self._sentences.of_print(one, view.instrument)) for one in fresh]
        oldest = view.prints[0] if view.prints else None
        if oldest is not None and (oldest.ts, oldest.event) > before:  # what was seen last is not kept any more
            told.append((oldest.ts, "more prints came than can be told"))
        return told

    def _tell_remarks(self, session: Told) -> None:
        for note in session.notes:
            # A remark that counts or tells a time changes all the while; it is told once.
            subject = _FIGURE.split(note, maxsplit=1)[0]
            if subject not in self._notes:
                self._notes.add(subject)
                self._tell(0, f"note: {note}")
        if session.error is not None and session.error != self._error:
            self._error = session.error
            self._tell(0, f"the feed has ended: {session.error}")

    def _tell(self, ts: int, text: str) -> None:
        if not ts:
            self._write(one_line(f"{self._provenance} {_NO_TIME} {text}".strip()))
            return
        moment = datetime.fromtimestamp(ts // SECOND_NS, UTC).astimezone(self._zone)
        day = f"{moment:%Y-%m-%d %Z}"
        if day != self._day:
            self._day = day
            self._write(one_line(f"{self._provenance} {moment:%H:%M:%S} date: {day}"))
        self._write(one_line(f"{self._provenance} {moment:%H:%M:%S} {text}"))


def _newest(prints: tuple[Print, ...]) -> tuple[int, int] | None:
    return max(((one.ts, one.event) for one in prints), default=None)
