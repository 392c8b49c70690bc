"""What the ladder adds up: lots between the touch and a price, and lots at a price in the running bar."""

from collections.abc import Mapping, Sequence

from engines.view import LadderRow, MarketView


def depths(view: MarketView, shown: Sequence[LadderRow]) -> Mapping[int, int]:
    """Return the lots from the touch to each price, at it included, by tick, of bids and of asks.

    Known where every price between is in sight and known; in an auction there is no touch to count from.
    """
    found: dict[int, int] = {}
    if not shown or view.best_bid is None or view.best_ask is None or view.best_bid >= view.best_ask:
        return found
    if shown[-1].tick <= view.best_bid <= shown[0].tick:
        bids = [(row.tick, row.bid) for row in shown if row.tick <= view.best_bid]
        found |= _added_up(bids)
    if shown[-1].tick <= view.best_ask <= shown[0].tick:
        asks = [(row.tick, row.ask) for row in reversed(shown) if row.tick >= view.best_ask]
        found |= _added_up(asks)
    return found


def _added_up(levels: Sequence[tuple[int, int | None]]) -> dict[int, int]:
    sums, total = {}, 0
    for tick, size in levels:
        if size is None:
            break
        total += size
        sums[tick] = total
    return sums


def lots_of_bar(view: MarketView) -> Mapping[int, tuple[int, int]] | None:
    """Return lots (sold, bought) by tick of the newest bar; None where its footprint is not known."""
    if not view.bars or not view.footprints or view.footprints[-1].start != view.bars[-1].start:
        return None
    return {row.tick: (row.sell, row.buy) for row in view.footprints[-1].rows}
