"""The sign that tells practice from a market of this moment; it is reversed, so that it shows without colours, too."""

from typing import Final

from feeds.records import Provenance
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.spans import Row, Span

_INKS: Final = {
    Provenance.LIVE: "ink on live_badge bold",
    Provenance.REPLAY: "replay_badge bold reverse",
    Provenance.DEMO: "demo_badge bold reverse",
    Provenance.CONTEXT: "ink on context_badge bold",
}
PRACTICE: Final = frozenset({Provenance.REPLAY, Provenance.DEMO})
"""Markets in which nothing but practice is traded."""


def provenance_sign(provenance: Provenance) -> Span:
    """Return where a market comes from, in its own colours."""
    return f" {provenance.value.upper()} ", _INKS[provenance]


def practice_sign(frame: Frame) -> Row:
    """Return the sign of practice; nothing where the market is of this moment."""
    provenance = frame.view.provenance
    return (provenance_sign(provenance),) if provenance in PRACTICE else ()
