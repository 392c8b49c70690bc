"""Which zones the trader looks at: a kind, a selected one, an opened one and how far it is scrolled."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engines.view import MarketView, ZoneKind
from qmo_tui.cockpit.frame import ZoneChoice
from qmo_tui.cockpit.painting.zones import KIND_WORDS, LETTERS, listed_zones
from qmo_tui.cockpit.playing import Answer

_KINDS: Final[tuple[ZoneKind | None, ...]] = tuple(KIND_WORDS)
_NONE: Final = "there is no zone to choose"


class ZoneKeys:
    """The table of zones under the trader's fingers; a zone stays selected while others come and go around it."""

    def __init__(self) -> None:
        self.choice = ZoneChoice()
        self._view: MarketView | None = None

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each action of the table does."""
        return {
            "zone_kind": self._next_kind,
            "next_zone": lambda: self._step(+1),
            "previous_zone": lambda: self._step(-1),
            "open_zone": self._open_or_close,
        }

    @property
    def is_open(self) -> bool:
        """Whether a zone is opened."""
        return self.choice.opened is not None

    def follow(self, view: MarketView) -> None:
        """Take the newest view, whose zones the next key chooses from."""
        self._view = view

    def open(self, zone: str) -> None:
        """Open a zone by its id, whatever kind is looked at."""
        self.choice = replace(self.choice, selected=zone, opened=zone, scrolled=0)

    def close(self) -> None:
        """Close the opened zone; it stays selected."""
        self.choice = replace(self.choice, opened=None, scrolled=0)

    def scroll(self, rows: int, room: int) -> None:
        """Scroll the opened zone down by some rows, no further than the `room` beyond its pane."""
        self.choice = replace(self.choice, scrolled=max(0, min(room, self.choice.scrolled + rows)))

    def _ids(self) -> list[str]:
        return [] if self._view is None else [mark.id for mark in listed_zones(self._view, self.choice.kind)]

    def _next_kind(self) -> Answer:
        kind = _KINDS[(_KINDS.index(self.choice.kind) + 1) % len(_KINDS)]
        self.choice = replace(self.choice, kind=kind)
        return f"zones: {KIND_WORDS[kind]}" + ("" if kind is None else f", marked {LETTERS[kind]}")

    def _step(self, direction: int) -> Answer:
        """Select the next zone; an opened one gives its place to it."""
        ids = self._ids()
        if not ids:
            return _NONE
        if self.choice.selected in ids:
            place = max(0, min(len(ids) - 1, ids.index(self.choice.selected) + direction))
        else:
            place = 0
        selected = ids[place]
        opened = selected if self.is_open else None
        self.choice = replace(self.choice, selected=selected, opened=opened, scrolled=0)
        return None

    def _open_or_close(self) -> Answer:
        """Open the selected zone, or the nearest where none is; a second time closes it."""
        if self.is_open:
            self.close()
            return None
        ids = self._ids()
        if not ids:
            return _NONE
        selected = self.choice.selected if self.choice.selected in ids else ids[0]
        self.open(selected)
        return None
