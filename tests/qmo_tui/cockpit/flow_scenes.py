"""Order flow written down by hand: readings, footprints of bars, and what was stacked and pulled at each price."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from engines.view import (
    BarRow,
    Divergence,
    FlowWindow,
    Footprint,
    FootprintRow,
    LadderRow,
    MarketView,
    OrderFlow,
    Stack,
    ViewRequest,
)
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, market, path_at, size_at

DIVERGENCE = Divergence("sell", START + 57 * SECOND, CENTRE + 9, START - 543 * SECOND, CENTRE + 7)
"""A new high at 4812.25 that cumulative delta did not follow."""


def reading(best_bid: int = CENTRE, divergence: Divergence | None = None) -> OrderFlow:
    """Return buyers who came in the last ten seconds against sellers of the last five minutes."""
    return OrderFlow(
        windows=(
            FlowWindow(10, buy=162, sell=42, none=0, ofi=88, z=2.4, bias="buy"),
            FlowWindow(60, buy=240, sell=251, none=3, ofi=-15, z=-0.3, bias=None),
            FlowWindow(300, buy=902, sell=2_104, none=9, ofi=None, z=None, bias=None),
        ),
        cvd=-1_033,
        queue_imbalance=0.62,
        microprice=best_bid + 0.62,
        divergence=divergence,
    )


def footprint_of(bar: BarRow) -> Footprint:
    """Return lots at each price of a bar; buyers outweigh at every third price, sellers at every fourth."""
    stacks = (Stack("buy", bar.low, bar.low + 2),) if bar.high - bar.low >= 4 else ()
    rows = []
    for tick in range(bar.high, bar.low - 1, -1):
        buy, sell = size_at(tick, bar.start // SECOND % 89), size_at(tick, 7)
        rows.append(
            FootprintRow(
                tick,
                buy,
                sell,
                0,
                buy_imbalance=tick % 3 == 0 or bool(stacks and tick <= bar.low + 2),
                sell_imbalance=tick % 4 == 1,
            )
        )
    return Footprint(bar.start, tuple(rows), stacks, unfinished_high=bar.high % 2 == 0, unfinished_low=False)


def footprints_of(bars: Sequence[BarRow]) -> tuple[Footprint, ...]:
    """Return the footprints of bars."""
    return tuple(footprint_of(bar) for bar in bars)


def with_changes(rows: Sequence[LadderRow]) -> tuple[LadderRow, ...]:
    """Return ladder rows that tell what was stacked and pulled lately near the touch."""
    return tuple(
        msgspec.structs.replace(
            row,
            bid_stacked=_changed(row.bid, row.tick, 4),
            bid_pulled=_changed(row.bid, row.tick, 5),
            ask_stacked=_changed(row.ask, row.tick, 6),
            ask_pulled=_changed(row.ask, row.tick, 7),
        )
        for row in rows
    )


def _changed(resting: int | None, tick: int, salt: int) -> int | None:
    if resting is None:
        return None
    return size_at(tick, salt) % 37 if resting and tick % 5 else 0


def flowing_market(step: int = 0, request: ViewRequest | None = None) -> MarketView:
    """Return the scripted market with everything that is told of its order flow."""
    request = request or ViewRequest(ladder_rows=21, prints=30, bars=60, flow=True)
    view = market(step, request)
    bars = tuple(
        msgspec.structs.replace(
            bar,
            low_delta=min(0, (bar.buy or 0) - (bar.sell or 0)) - 9,
            high_delta=max(0, (bar.buy or 0) - (bar.sell or 0)) + 4,
            ofi=((bar.buy or 0) - (bar.sell or 0)) // 2,
        )
        for bar in view.bars
    )
    return replace(
        view,
        bars=bars,
        ladder=with_changes(view.ladder),
        flow=reading(path_at(step)) if request.flow else None,
        footprints=footprints_of(bars[-request.footprints :]) if request.footprints else (),
    )
