"""Why, under the trader's fingers: whether the reasons are open, and at which of them the marker stands."""

from dataclasses import replace
from typing import Final

from engines.view import MarketView
from qmo_tui.cockpit.frame import WhyChoice
from qmo_tui.cockpit.painting.why import reason_at, reason_places, zone_of
from qmo_tui.cockpit.playing import Answer

NO_ZONE: Final = "this reason names no zone that is kept"


class WhyKeys:
    """The reasons of the pillars; the marker stays at its place while readings change around it."""

    def __init__(self) -> None:
        self.choice = WhyChoice()
        self._view: MarketView | None = None

    @property
    def is_open(self) -> bool:
        """Whether the reasons are shown."""
        return self.choice.is_open

    def follow(self, view: MarketView) -> None:
        """Take the newest view; where the marker's reason is gone, it goes to the first one."""
        self._view = view
        if self.is_open and reason_at(view, self.choice.selected) is None:
            self.choice = replace(self.choice, selected=next(iter(reason_places(view)), None))

    def toggle(self) -> Answer:
        """Open the reasons, or close them."""
        self.choice = replace(self.choice, is_open=not self.is_open)
        if self._view is not None:
            self.follow(self._view)
        return None

    def close(self) -> None:
        """Close the reasons; the marker stays."""
        self.choice = replace(self.choice, is_open=False)

    def step(self, direction: int) -> Answer:
        """Go to the next reason, of this pillar or the next one."""
        places = [] if self._view is None else reason_places(self._view)
        if not places:
            return "no pillar gives a reason yet"
        selected = self.choice.selected
        place = places.index(selected) + direction if selected in places else 0
        self.choice = replace(self.choice, selected=places[max(0, min(len(places) - 1, place))])
        return None

    def zone(self) -> str | None:
        """Return the id of the zone that the selected reason names; None where it names none that is kept."""
        return None if self._view is None else zone_of(self._view, reason_at(self._view, self.choice.selected))
