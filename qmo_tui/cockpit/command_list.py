"""The command list as it stands: what was typed, what fits it, what is selected."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from textual.fuzzy import FuzzySearch

from qmo_tui.cockpit.command_choice import CommandChoice, Offer
from qmo_tui.cockpit.offers import Provider
from qmo_tui.cockpit.playing import Answer

LONGEST_QUERY: Final = 32
"""Characters; with titles as short as they are, a search takes no noticeable time."""
_MOST: Final = 60
"""Offers that are kept of all that fit."""
_COMPARED: Final = 48
"""Characters of a title that what is typed is held against."""


class CommandList:
    """Finds what can be done by a part of its name.

    Attributes:
        choice: What it shows; None while it is closed.
    """

    def __init__(self, providers: Sequence[Provider]) -> None:
        """Take who offers; where two fit as well, the earlier one comes first."""
        self.choice: CommandChoice | None = None
        self._providers = providers
        self._fuzzy = FuzzySearch()

    def open(self) -> None:
        """Show everything."""
        self.search("")

    def close(self) -> None:
        """Show nothing any more."""
        self.choice = None

    def search(self, query: str) -> None:
        """Show what fits."""
        wanted = query.strip()[:LONGEST_QUERY]
        offers = (offer for provide in self._providers for offer in provide(wanted))
        rated = [(self._rate(wanted, offer), offer) for offer in offers]
        fitting = sorted((one for one in rated if one[0] > 0), key=lambda one: -one[0])
        self.choice = CommandChoice(query, tuple(offer for _, offer in fitting[:_MOST]))

    def move(self, step: int) -> None:
        """Select another one; below the last comes the first."""
        if self.choice is not None and self.choice.offers:
            selected = (self.choice.selected + step) % len(self.choice.offers)
            self.choice = replace(self.choice, selected=selected)

    def take(self) -> Answer:
        """Close the list and do what is selected, or say why that is refused."""
        choice, self.choice = self.choice, None
        if choice is None or not choice.offers:
            return None
        offer = choice.offers[choice.selected]
        if offer.refused:
            return f"{offer.title}: {offer.refused}{f' ({offer.key})' if offer.key else ''}"
        return offer.do()

    def _rate(self, wanted: str, offer: Offer) -> float:
        """Return how well an offer fits; what can be done comes before what is refused."""
        score = self._fuzzy.match(wanted, offer.title[:_COMPARED])[0] if wanted else 1.0
        return score * 0.5 if offer.refused else score
