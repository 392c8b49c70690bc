"""How far apart two colours are to an eye: contrast of light, and distance as people with each kind of sight see it.

Colours are `#rrggbb` in sRGB (IEC 61966-2-1).
"""

from functools import lru_cache
from typing import Final, Literal, TypeAlias

Sight: TypeAlias = Literal["usual", "deutan", "protan"]
"""Usual sight; without the medium cones (no green); without the long ones (no red)."""
Triple: TypeAlias = tuple[float, float, float]

_SEEN: Final[dict[Sight, tuple[Triple, Triple, Triple]]] = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
"""Linear sRGB as it is to linear sRGB as it is seen, at full severity.

G. Machado, M. Oliveira, L. Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency, IEEE
TVCG 15 (2009).
"""
_TO_XYZ: Final[tuple[Triple, Triple, Triple]] = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final[Triple] = (0.95047, 1.0, 1.08883)
"""D65."""
SIGHTS: Final = tuple(_SEEN)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: str, other: str, sight: Sight = "usual") -> float:
    """Return the distance of two colours in CIELAB (CIE 1976), as an eye of that sight sees them.

    A difference that is just noticeable is 2.3 (Mahy, Van Eycken, Oosterlinck, 1994).
    """
    first, second = _lab(one, sight), _lab(other, sight)
    return float(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5)


def _luminance(colour: str) -> float:
    return _times(_TO_XYZ, _linear(colour))[1]


@lru_cache(maxsize=1024)
def _lab(colour: str, sight: Sight) -> Triple:
    red, green, blue = _times(_SEEN[sight], _linear(colour))
    seen = min(1.0, max(0.0, red)), min(1.0, max(0.0, green)), min(1.0, max(0.0, blue))
    x, y, z = (_lab_share(part / white) for part, white in zip(_times(_TO_XYZ, seen), _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _lab_share(share: float) -> float:
    return share ** (1 / 3) if share > (6 / 29) ** 3 else share * (29 / 6) ** 2 / 3 + 4 / 29


def _linear(colour: str) -> Triple:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return _light(red), _light(green), _light(blue)


def _light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _times(matrix: tuple[Triple, Triple, Triple], colour: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in matrix)
    return first, second, third
