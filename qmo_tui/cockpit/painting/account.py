"""Position and capital ladder: as one row or two across the screen, or as a pane with everything.

Money is the account's; what a practice account shows is called practice. A lock or a pause stands before all figures.
"""

import textwrap
from datetime import tzinfo
from typing import Final

from engines.events import AggressorSide
from engines.trading_events import FORBIDDING
from engines.trading_view import OrderMark, PositionMark, RiskMark, TradingView
from feeds.instrument import Instrument
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.locks import LOCKED_INK, STATE_INKS, lock_lines, state_text
from qmo_tui.cockpit.painting.pillars import ARROWS, INKS
from qmo_tui.cockpit.painting.provenance import PRACTICE
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, chosen, fitted, most_important, printable, ruled, stacked

ACCOUNT_HEIGHT: Final = 10
"""Rows of the pane where it tells everything."""
HELD: Final[dict[AggressorSide, str]] = {"buy": "long", "sell": "short"}
_BADGES: Final = {
    "paper": ("PAPER", "ink on key bold"),
    "demo": ("DEMO practice", "demo_badge bold reverse"),
    "replay": ("REPLAY practice", "replay_badge bold reverse"),
}
_NARROWEST: Final = 12
_DENSE: Final = 100
"""Width below which prices stand without their distances."""


def account_subject(frame: Frame) -> object:
    """Return what of a frame the account shows; what is left of a time counts whole seconds."""
    trading = frame.view.trading
    if trading is None:
        return frame.read_only
    told = trading.position, trading.orders, trading.risk, trading.trouble, trading.broker
    return told, frame.view.provenance, trading.now // times.SECOND, frame.view.instrument, frame.zone


def paint_account_rows(frame: Frame, width: int, height: int) -> Rows:
    """Paint position and capital on one row; on two, each on its own."""
    trading = frame.view.trading
    if trading is None:
        return stacked([fitted([(f" no account: {printable(frame.read_only)}", "muted")], width)], width, height)
    badge = (0, account_badge(frame, trading))
    position = _position_parts(trading, frame.view.instrument, width)
    capital = _capital_parts(trading, frame.zone)
    if height < 2:
        later = [(importance + 1, part) for importance, part in capital[1:]]
        state = _state_in_parts(trading, frame.zone) or capital[:1]
        return stacked([most_important([badge, *position, *state, *later], width)], width, height)
    capital[1:1] = _warning(trading)
    return stacked([most_important([badge, *position], width), most_important(capital, width)], width, height)


def paint_account(frame: Frame, width: int, height: int) -> Rows:
    """Paint the pane: title, position or working entry, then the capital ladder."""
    trading = frame.view.trading
    if trading is None:
        told = fitted([(f" none: {printable(frame.read_only)}", "muted")], width)
        return stacked([ruled([(" account", "muted")], width), told], width, height)
    title = ruled([(" account ", "muted"), *account_badge(frame, trading)], width)
    capital = _capital_rows(trading, frame.zone, width)
    position = _position_rows(trading, frame, width)
    return stacked([title, *position, *capital], width, height)


def account_badge(frame: Frame, trading: TradingView) -> Row:
    """Return whose money it is; practice says so, also before it has a capital ladder."""
    provenance = frame.view.provenance
    if trading.risk is not None:
        account = trading.risk.account
    else:
        account = provenance.value if provenance in PRACTICE else trading.broker
    word, ink = _BADGES.get(account, (account.upper(), "ink on live_badge bold"))
    return ((f" {printable(word)} ", ink),)


def profit_ink(cents: int | None) -> str:
    """Return the ink of money made or lost; the sign says it without colour."""
    return "muted" if cents is None else "bid bold" if cents > 0 else "ask bold" if cents < 0 else "text"


def position_in_words(position: PositionMark, instrument: Instrument | None) -> str:
    """Return `▲ long 2 MGC at 2650.15`; an average between prices has a digit more."""
    tick = round(position.entry)
    is_price = abs(position.entry - tick) < 1e-9
    at = numbers.price(instrument, tick) if is_price else numbers.between_ticks(instrument, position.entry)
    return f"{ARROWS[position.side]} {HELD[position.side]} {position.quantity} {position.product} at {at}"


def order_in_words(order: OrderMark, instrument: Instrument | None) -> str:
    """Return `buy 2 MGC limit 2650.1, 3 ahead`, or how far it is."""
    at = "" if order.tick is None else f" {numbers.price(instrument, order.tick)}"
    told = f"{order.side} {order.quantity - order.filled} {order.product} {order.kind}{at}"
    if order.state == "pending":
        return f"{told}, on its way"
    return told if order.ahead is None else f"{told}, {order.ahead} ahead"


def working_entries(trading: TradingView) -> list[OrderMark]:
    """Return the entry orders that have not ended."""
    return [order for order in trading.orders if order.role == "entry"]


def _made(position: PositionMark) -> int | None:
    return None if position.open_cents is None else position.open_cents + position.realised_cents


def _exits(position: PositionMark, instrument: Instrument | None, *, distance: bool = True) -> tuple[Row, Row]:
    """Return stop and targets; of the stop its distance from the entry in ticks, too, where there is room."""
    if position.stop is None:
        stop: Row = (("NO STOP", LOCKED_INK),)
    else:
        away = f" ({numbers.signed(round(position.stop - position.entry))})" if distance else ""
        stop = (("stop ", "muted"), (f"{numbers.price(instrument, position.stop)}{away}", "text bold"))
    told = " ".join(numbers.price(instrument, tick) for tick in position.targets)
    return stop, ((("to ", "muted"), (told, "text")) if told else ())


def _position_parts(trading: TradingView, instrument: Instrument | None, width: int) -> list[tuple[int, Row]]:
    position = trading.position
    entries = working_entries(trading)
    working: list[tuple[int, Row]] = [
        (1, ((f"working: {order_in_words(order, instrument)}", INKS[order.side]),)) for order in entries
    ]
    if position is None:
        return [(0, (("flat", "text"),)), *working]
    made = _made(position)
    stop, targets = _exits(position, instrument, distance=width >= _DENSE)
    parts: list[tuple[int, Row]] = [
        (0, ((position_in_words(position, instrument), f"{INKS[position.side]} bold"),)),
        (0, ((numbers.dollars(made, signed=True), profit_ink(made)),)),
        (2, ((numbers.multiple_of_risk(position.r), "text bold"),)),
        (1, stop),
        (3, targets),
        (4, ((_excursions(position), "muted"),)),
        *working,
    ]
    return [part for part in parts if part[1]]


def _excursions(position: PositionMark) -> str:
    return f"MFE {position.mfe_ticks} MAE {position.mae_ticks} ticks"


def _capital_parts(trading: TradingView, zone: tzinfo) -> list[tuple[int, Row]]:
    """Return the ladder's state first, then its figures."""
    risk = trading.risk
    if risk is None:
        return [(0, (("no capital ladder", "warn bold"),))]
    day = ("day ", "muted"), (numbers.dollars(risk.realised_cents, signed=True), profit_ink(risk.realised_cents))
    return [
        (0, _state(trading, risk, zone)),
        (1, (*day, (f" of {numbers.dollars(risk.day_limit_cents)}", "muted"))),
        (2, (("left ", "muted"), (numbers.dollars(risk.left_cents), "text"))),
        (3, ((f"trades {risk.trades}, {risk.trades_left} left", "text"),)),
        (4, (("next risks ", "muted"), (numbers.dollars(risk.per_trade_cents), "text"))),
        (5, (("session ", "muted"), (numbers.dollars(risk.session_cents, signed=True), "text"))),
        (5, (("week ", "muted"), (numbers.dollars(risk.week_cents, signed=True), "text"))),
        (6, ((f"losses in a row {risk.losses}", "text"),)),
    ]


def _state(trading: TradingView, risk: RiskMark, zone: tzinfo) -> Row:
    if trading.trouble:
        return ((" NO ORDERS ", LOCKED_INK),)
    told = state_text(risk, trading.now, zone)
    return ((f" {told} " if risk.state in FORBIDDING else f" {told}", STATE_INKS[risk.state]),)


def _state_in_parts(trading: TradingView, zone: tzinfo) -> list[tuple[int, Row]]:
    """Return a lock and its end, which the prompt row tells too, apart: a stop is left out for neither."""
    risk = trading.risk
    if trading.trouble or risk is None or risk.until is None or risk.state not in FORBIDDING:
        return []
    ink = STATE_INKS[risk.state]
    return [(0, ((f" {risk.state.upper()} ", ink),)), (3, ((f"until {times.clock(risk.until, zone)}", ink),))]


def _warning(trading: TradingView) -> list[tuple[int, Row]]:
    """Return why the ladder warns or reduces size; nothing while it does neither."""
    risk = trading.risk
    if risk is None or risk.state not in {"warn", "reduced"}:
        return []
    return [(2, ((printable(risk.reason), "warn"),))]


def _position_rows(trading: TradingView, frame: Frame, width: int) -> list[Row]:
    """Return four rows, whatever is held, so that the rows below stay where they are."""
    instrument, position = frame.view.instrument, trading.position
    entries = [
        fitted([(f" {order_in_words(order, instrument)}", INKS[order.side])], width)
        for order in working_entries(trading)
    ]
    if position is None:
        return list(stacked([fitted([(" flat", "text")], width), *entries], width, 4))
    made = _made(position)
    stop, targets = _exits(position, instrument)
    result: Row = (
        (" ", PLAIN),
        (numbers.dollars(made, signed=True), profit_ink(made)),
        ("  ", PLAIN),
        (numbers.multiple_of_risk(position.r), "text bold"),
    )
    last = entries[0] if entries else fitted([(f" {_excursions(position)}", "muted"), *_since(position, frame)], width)
    return [
        fitted([(f" {position_in_words(position, instrument)}", f"{INKS[position.side]} bold")], width),
        fitted([*result], width),
        fitted([(" ", PLAIN), *chosen([(0, stop), *([(1, targets)] if targets else [])], width - 1)], width),
        last,
    ]


def _since(position: PositionMark, frame: Frame) -> Row:
    return ((f" since {times.clock_minutes(position.since, frame.zone)}", "muted"),)


def _capital_rows(trading: TradingView, zone: tzinfo, width: int) -> list[Row]:
    """Return the ladder's rows; what locks it takes as many as its reason needs, before any figure."""
    risk = trading.risk
    lock = lock_lines(trading, zone)
    rows: list[Row] = []
    if lock is not None:
        (state, ink), (reason, _) = lock
        room = max(_NARROWEST, width - 1)
        words = [*textwrap.wrap(state.strip(), room), *textwrap.wrap(reason.strip(), room)]
        rows += [fitted([(f" {line}", ink)], width, ink) for line in words[:3]]
    elif risk is not None:
        why = "" if risk.state == "ok" else f" {printable(risk.reason)}"
        rows.append(fitted([*_state(trading, risk, zone), (why, "muted")], width))
    return [*rows, *(fitted([(" ", PLAIN), *chosen(pair, width - 1)], width) for pair in _figures(trading, zone))]


def _figures(trading: TradingView, zone: tzinfo) -> list[list[tuple[int, Row]]]:
    """Return the ladder's figures by rows: the day, what is left and what the next trade may risk, trades, the rest."""
    figures = _capital_parts(trading, zone)[1:]
    if not figures:
        return []
    day, left, trades, next_risk, session, week, losses = figures
    return [[day], [left, next_risk], [trades, losses], [session, week]]
