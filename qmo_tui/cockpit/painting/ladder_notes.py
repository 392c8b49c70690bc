"""What the ladder says about itself: where the market is when it is out of sight, and how far the book is trusted."""

from typing import Final

from engines.view import BookState, MarketPhase, MarketView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.spans import Row, fitted, most_important, width_of

BOOK_WARNINGS: Final = {
    BookState.EMPTY: "NO BOOK YET",
    BookState.BUILDING: "BOOK BUILDING: orders entered earlier are missing",
    BookState.SNAPSHOT: "SNAPSHOT: the book is being received",
    BookState.SUSPECT: "BOOK SUSPECT: the feed lost records",
    BookState.TOP_ONLY: "TOP ONLY: no depth in this schema",
    BookState.ABSENT: "NO BOOK in this schema",
}
PHASE_WARNINGS: Final = {
    MarketPhase.UNKNOWN: "NO TRADE YET: the book may be crossed",
    MarketPhase.AUCTION: "PRE-OPEN / AUCTION: the book may be crossed",
    MarketPhase.HALTED: "HALTED",
}


def market_tick(view: MarketView) -> int | None:
    """Return where the market is: between the best prices in continuous trading, else at the last trade."""
    bid, ask = view.best_bid, view.best_ask
    if view.phase is MarketPhase.CONTINUOUS and bid is not None and ask is not None:
        return (bid + ask) // 2
    if view.last is not None:
        return view.last
    if bid is not None and ask is not None:
        return (bid + ask) // 2
    return bid if bid is not None else ask


def ticks_out_of_sight(view: MarketView) -> int:
    """Return how far the market stands above (positive) or below (negative) the ladder's window."""
    market = market_tick(view)
    if market is None or not view.ladder:
        return 0
    top, bottom = view.ladder[0].tick, view.ladder[-1].tick
    if market > top:
        return market - top
    return market - bottom if market < bottom else 0


def header_note(view: MarketView, width: int) -> Row | None:
    """Return the row that stands in for the column titles while the market is above the window."""
    above = ticks_out_of_sight(view)
    return fitted([(_out_of_sight("▲", above, "above", view), "warn reverse")], width) if above > 0 else None


def below_note(frame: Frame, width: int) -> Row:
    """Return the row under the ladder: the most urgent thing to know about it."""
    view = frame.view
    below = -ticks_out_of_sight(view)
    if below > 0:
        return fitted([(_out_of_sight("▼", below, "below", view), "warn reverse")], width)
    warning = _warning(view)
    if warning:
        return fitted([(f" {warning}", "warn")], width)
    if frame.ladder_note is not None:
        return fitted([(f" {frame.ladder_note}", "muted")], width)
    return _totals(view, width)


def _warning(view: MarketView) -> str:
    """Return why the book is not to be read as usual; its phase means nothing where there is none."""
    phase = PHASE_WARNINGS.get(view.phase) if view.book not in {BookState.ABSENT, BookState.EMPTY} else None
    if view.phase is MarketPhase.UNKNOWN and view.last is not None:
        phase = None  # after a snapshot: it has traded, and the next trade will say the phase
    return " · ".join(text for text in (phase, BOOK_WARNINGS.get(view.book)) if text is not None)


def _out_of_sight(arrow: str, ticks: int, where: str, view: MarketView) -> str:
    price = numbers.price(view.instrument, market_tick(view))
    return f" {arrow} market {price}, {ticks} ticks {where} · c centres "


def _net_changes(view: MarketView) -> tuple[str, str]:
    """Return what was stacked less what was pulled over all prices, of bids and of asks, as words to append."""
    bids = [
        row.bid_stacked - row.bid_pulled
        for row in view.ladder
        if row.bid_stacked is not None and row.bid_pulled is not None
    ]
    asks = [
        row.ask_stacked - row.ask_pulled
        for row in view.ladder
        if row.ask_stacked is not None and row.ask_pulled is not None
    ]
    bid_change, ask_change = (f" {numbers.signed(sum(changes))}" if changes else "" for changes in (bids, asks))
    return bid_change, ask_change


def _totals(view: MarketView, width: int) -> Row:
    if not view.ladder:
        return fitted((), width)
    in_sight = _in_sight(view, _net_changes(view))
    if width_of(in_sight) > width:
        in_sight = _in_sight(view, ("", ""))
    if view.book is BookState.TEN_LEVELS:
        known: Row = (("depth: ten levels", "muted"),)
        return most_important([(0, in_sight), (1, known), (2, (("· beyond: unknown", "muted"),))], width)
    book: Row = ((f"book: {numbers.grouped(view.resting_orders)} orders", "muted"),)
    return most_important([(0, in_sight), (1, book)], width, gap=3)


def _in_sight(view: MarketView, changes: tuple[str, str]) -> Row:
    """Return the lots that rest at the prices shown, how they changed behind them."""
    bids, asks = sum(row.bid or 0 for row in view.ladder), sum(row.ask or 0 for row in view.ladder)
    return (
        (" in sight: ", "muted"),
        (f"{bids:,} bid{changes[0]}", "bid"),
        (" · ", "muted"),
        (f"{asks:,} ask{changes[1]}", "ask"),
    )
