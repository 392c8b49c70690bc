"""Whether the colours of a theme can be read and told apart, by everybody.

What is painted on what is said here once; a test holds the inks of the whole cockpit against these tables.
A theme of the terminal's own sixteen colours cannot be measured, since every terminal has its own: there only the same
colour twice is a fault.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from qmo_tui.cockpit.colour_sight import SIGHTS, contrast, distance
from qmo_tui.cockpit.themes import TERMINALS_OWN, Palette

Pair: TypeAlias = tuple[str, str]
Fault: TypeAlias = str

_WORDS: Final = ("text", "muted", "bid", "ask", "key", "warn", "alarm")
_SIGNS: Final = (
    "alarm",
    "ask",
    "bid",
    "context_badge",
    "demo_badge",
    "key",
    "live_badge",
    "muted",
    "replay_badge",
    "warn",
)
_BADGES: Final = ("live_badge", "replay_badge", "demo_badge", "context_badge")


class Need(NamedTuple):
    """What pairs of colours must have, and what it is measured in."""

    least: float
    pairs: tuple[Pair, ...]


READ: Final = Need(
    4.5,
    (
        *((ink, ground) for ink in _WORDS for ground in ("ground", "panel")),
        *(("ink", sign) for sign in _SIGNS),
        ("bid_over", "bid_bar"),
        ("ask_over", "ask_bar"),
        ("replay_badge", "ground"),
        ("text", "bid_tint"),
        ("text", "ask_tint"),
    ),
)
"""Letters and digits on their grounds: contrast of WCAG 2.2, success criterion 1.4.3 (AA)."""
SEEN: Final = Need(3.0, (("bid_volume", "ground"), ("ask_volume", "ground")))
"""Bars and marks on their grounds: contrast of WCAG 2.2, success criterion 1.4.11."""
QUIET: Final = Need(1.5, (("faint", "ground"), ("faint", "panel")))
"""Rules, grids and dots, which WCAG exempts as decoration: still visible."""
SIGNS_APART: Final = Need(
    20.0,
    (
        ("bid", "ask"),
        *((sign, "text") for sign in ("bid", "ask", "warn", "alarm", "muted")),
        *(("alarm", other) for other in ("warn", "bid", "ask", "live_badge", "replay_badge")),
        *(("warn", other) for other in ("bid", "ask", "live_badge")),
        *((badge, other) for place, badge in enumerate(_BADGES) for other in _BADGES[place + 1 :]),
    ),
)
"""Signs that mean different things: distance in CIELAB for every sight. Twice the 10 up to which a difference "is
perceptible at a glance" and colours above "are more similar than opposite"
(http://zschuessler.github.io/DeltaE/learn); red and green that deutans mix up are at 13 (#22c55e, #ef4444)."""
AREAS_APART: Final = Need(
    10.0,
    (
        ("bid_bar", "ask_bar"),
        ("bid_volume", "ask_volume"),
        ("bid_tint", "ask_tint"),
        ("bid_bar", "ground"),
        ("ask_bar", "ground"),
        *(("key", other) for other in ("text", "bid", "ask")),
    ),
)
"""Grounds and accents, whose place or shape says the same: distance seen at a glance (as above)."""
TINTS_APART: Final = Need(5.0, (("bid_tint", "ground"), ("ask_tint", "ground"), ("panel", "ground")))
"""Tints that only hold together what stands on them: twice the just noticeable 2.3."""


def faults(palette: Palette) -> tuple[Fault, ...]:
    """Return what is wrong with the colours of a theme, each in a few words; the worst kind first."""
    if palette.ansi:
        return tuple(_same_colours(palette))
    colours = palette.colours
    found: list[Fault] = []
    for need in (READ, SEEN, QUIET):
        for one, other in need.pairs:
            if (measured := contrast(colours[one], colours[other])) < need.least:
                found.append(f"{one} on {other}: contrast {measured:.2f}, needs {need.least:g}")
    for need in (SIGNS_APART, AREAS_APART, TINTS_APART):
        for one, other in need.pairs:
            seen = {sight: distance(colours[one], colours[other], sight) for sight in SIGHTS}
            sight, measured = min(seen.items(), key=lambda item: item[1])
            if measured < need.least:
                eye = "" if sight == "usual" else f" to {sight} eyes"
                found.append(f"{one} and {other}: {measured:.0f} apart{eye}, need {need.least:g}")
    return tuple(found)


def warning(palette: Palette) -> str:
    """Return what is wrong with a theme in one line; empty where nothing is."""
    found = faults(palette)
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0]}{more}: `qmo config themes {palette.name}` lists it"


def _same_colours(palette: Palette) -> Iterator[Fault]:
    for one, other in READ.pairs:
        if palette.colours[one] == palette.colours[other] != TERMINALS_OWN:
            yield f"{one} on {other}: the same colour"
    for one, other in SIGNS_APART.pairs:
        if palette.colours[one] == palette.colours[other]:
            yield f"{one} and {other}: the same colour"
    for one, other in READ.pairs:
        if one == "ink" and palette.colours[other] == TERMINALS_OWN:
            yield f"ink on {other}: the terminal's own colour may be any"
