"""How a length is divided among neighbours."""

from collections.abc import Sequence

from qmo_tui.cockpit.layouts.layout import Extent


def divided(total: int, extents: Sequence[Extent], least: Sequence[int], gap: int) -> tuple[int, ...] | None:
    """Return the cells of each of some neighbours with `gap` cells between them; None where they do not fit.

    Nothing falls below its `least`. What was asked for exactly or as a percentage shrinks, from the last one on, only
    where nothing else is left; what nobody may take goes to the last one.
    """
    room = total - gap * (len(extents) - 1)
    floors = [_floor(extent, low) for extent, low in zip(extents, least, strict=True)]
    if not extents or sum(least) > room:
        return None
    sizes = [_wanted(extent, floor, room) for extent, floor in zip(extents, floors, strict=True)]
    for place in reversed(range(len(sizes))):
        sizes[place] = max(least[place], sizes[place] - max(0, sum(sizes) - room))
    return tuple(_grown(sizes, extents, room))


def _floor(extent: Extent, least: int) -> int:
    return max(extent.least, least)


def _wanted(extent: Extent, floor: int, room: int) -> int:
    if extent.cells is not None:
        return max(floor, extent.cells)
    return floor if extent.percent is None else max(floor, room * extent.percent // 100)


def _grown(sizes: list[int], extents: Sequence[Extent], room: int) -> list[int]:
    """Give what is left to those that take a part of it, as evenly as their limits allow."""
    while (left := room - sum(sizes)) > 0:
        growing = [
            place
            for place, extent in enumerate(extents)
            if extent.cells is None and extent.percent is None and (extent.most is None or sizes[place] < extent.most)
        ]
        if not growing:
            sizes[-1] += left
            break
        smallest = min(sizes[place] for place in growing)
        lowest = [place for place in growing if sizes[place] == smallest]
        others = [sizes[place] for place in growing if sizes[place] > smallest]
        limits = [most - smallest for place in lowest if (most := extents[place].most) is not None]
        step = min([left // len(lowest), *limits, *([min(others) - smallest] if others else [])])
        for place in lowest if step else lowest[:left]:
            sizes[place] += step or 1
    return sizes
