"""The prompt row: two rows that are always there, for the one trade that waits for a key, or for why none may.

Above stands what would be sent and what it risks, below how long it waits, why it arose, and the key to press in words.
A key that was refused says why on the lower row.
"""

from collections.abc import Mapping
from typing import Final

from engines.events import AggressorSide
from engines.trading_events import Trigger
from engines.trading_view import PositionMark, PromptMark, TradingView
from feeds.instrument import Instrument
from qmo_tui.cockpit.actions import ACTIONS, keys_of, shown_key
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.account import order_in_words, working_entries
from qmo_tui.cockpit.painting.gates import closed_gates, gate_in_short
from qmo_tui.cockpit.painting.locks import lock_lines
from qmo_tui.cockpit.painting.pillars import ARROWS, INKS
from qmo_tui.cockpit.painting.provenance import practice_sign
from qmo_tui.cockpit.painting.spans import (
    PLAIN,
    Row,
    Rows,
    Span,
    chosen,
    fitted,
    most_important,
    printable,
    stacked,
    text_of,
    width_of,
)

Keymap = Mapping[str, tuple[str, ...]]

TRIGGERS: Final[dict[Trigger, str]] = {
    "rejection": "rejection",
    "sweep_reclaim": "sweep and reclaim",
    "break_retest": "break and retest",
    "displacement": "displacement",
    "manual": "by hand",
    "exit": "exit",
}
_BAR: Final = 10
_HURRY: Final = 10 * times.SECOND
_ARM: Final[dict[AggressorSide, str]] = {"buy": "arm_buy", "sell": "arm_sell"}
_DENSE: Final = 100
"""Width below which the parts stand closer together."""
_WORDY: Final = 120
"""Width from which a part has its whole name."""


def prompt_subject(frame: Frame) -> object:
    """Return what of a frame the rows show; what is left of a time counts whole seconds."""
    trading = frame.view.trading
    if trading is None:
        return frame.read_only, frame.view.provenance
    held = trading.position and (trading.position.stop, trading.position.targets), working_entries(trading)
    said = trading.prompts, trading.armed, trading.risk, frame.refusal, trading.trouble
    gates = None if frame.view.mentor is None else frame.view.mentor.gates
    hands = frame.cursor, frame.read_only, frame.view.provenance
    return said, held, gates, trading.now // times.SECOND, frame.view.instrument, frame.zone, hands


def paint_prompt(frame: Frame, keymap: Keymap, width: int, height: int) -> Rows:
    """Paint the armed prompt, else the newest one, else what forbids any or that there is none.

    Where the market is practice, the row with the key begins with the sign of it.
    """
    sign = practice_sign(frame)
    above, below = _two_rows(frame, keymap, width, max(0, width - width_of(sign)))
    return stacked([above, fitted([*sign, *below], width)], width, height)


def _two_rows(frame: Frame, keymap: Keymap, width: int, rest: int) -> tuple[Row, Row]:
    """Return the upper row, and the lower one beside the sign of practice."""
    trading = frame.view.trading
    if trading is None:
        return fitted([(f" no orders: {printable(frame.read_only)}", "muted")], width), fitted([], rest)
    prompt = foremost_prompt(trading)
    if prompt is not None:
        return _prompt_rows(frame, trading, prompt, keymap, width, rest=rest)
    lock = lock_lines(trading, frame.zone)
    if lock is not None:
        state, reason = lock
        refusal = _refusal(frame)
        below = [*refusal[0][1], ("  ", reason[1]), reason] if refusal else [reason]
        return fitted([state], width, state[1]), fitted(below, rest, reason[1])
    above = [(0, ((" no prompt", "muted"),)), *_refusal(frame), *_gate(frame)]
    return most_important(above, width), _hints(frame, trading, keymap, rest)


def foremost_prompt(trading: TradingView) -> PromptMark | None:
    """Return the armed prompt, else the newest one; None without any."""
    armed = armed_prompt(trading)
    return armed if armed is not None else max(trading.prompts, key=lambda prompt: prompt.born, default=None)


def armed_prompt(trading: TradingView | None) -> PromptMark | None:
    """Return the prompt that the next key could send."""
    if trading is None or trading.armed is None:
        return None
    return next((prompt for prompt in trading.prompts if prompt.id == trading.armed), None)


def trade_in_words(prompt: PromptMark) -> str:
    """Return what would be sent: `BUY 2 MGC`, `SELL 2 MGC to close`."""
    return f"{prompt.side.upper()} {prompt.contracts} {prompt.product}" + (
        " to close" if prompt.trigger == "exit" else ""
    )


def key_of(name: str, keymap: Keymap) -> str:
    """Return the key of an action as the keyboard shows it."""
    return shown_key(keys_of(next(action for action in ACTIONS if action.name == name), keymap)[0])


def _prompt_rows(
    frame: Frame, trading: TradingView, prompt: PromptMark, keymap: Keymap, width: int, *, rest: int
) -> tuple[Row, Row]:
    is_armed = prompt.id == trading.armed
    gap = 1 if width < _DENSE else 2
    above = most_important(_order_parts(frame, prompt, width, is_armed=is_armed), width, gap)
    keys = _no_keys(frame) if frame.read_only else _keys(prompt, keymap, is_armed=is_armed)
    parts: list[tuple[int, Row]] = [
        (0, keys),
        *_refusal(frame),
        (1, _life(prompt, trading.now)),
        *_other_side(frame, trading, prompt, keymap),
        (2, ((_distance(prompt, width), "text"),)),
        (3, ((_cause(prompt, width), "text"),)),
    ]
    if not frame.read_only:
        parts.append((4, ((_other_keys(keymap, is_armed=is_armed), "muted"),)))
    if prompt.invalidation:
        parts.append((5, ((f"void: {printable(prompt.invalidation)}", "muted"),)))
    return above, most_important([part for part in parts if text_of(part[1])], rest, gap)


def _order_parts(frame: Frame, prompt: PromptMark, width: int, *, is_armed: bool) -> list[tuple[int, Row]]:
    """Return (importance, part) of what would be sent and what it risks."""
    instrument = frame.view.instrument
    ink = INKS[prompt.side]
    order = f" {ARROWS[prompt.side]} {trade_in_words(prompt)} {_order_in_words(prompt, instrument)} "
    head: Row = (
        ((" ARMED ", "ink on warn bold"), (order, f"ink on {ink} bold")) if is_armed else ((order, f"{ink} bold"),)
    )
    parts: list[tuple[int, Row]] = [(0, head)]
    if prompt.stop is not None:
        away = "" if width < _DENSE else f" ({numbers.signed(prompt.stop - prompt.entry)})"
        parts.append((1, (("stop ", "muted"), (f"{numbers.price(instrument, prompt.stop)}{away}", "text bold"))))
    if prompt.targets:
        told = " ".join(numbers.price(instrument, tick) for tick in prompt.targets)
        parts.append((2, (("to ", "muted"), (told, "text"))))
    if prompt.risk_cents is not None:
        label: tuple[Span, ...] = () if width < _DENSE else (("risks ", "muted"),)
        risk = numbers.dollars(prompt.risk_cents if label else -prompt.risk_cents)
        parts.append((1, (*label, (risk, "text bold"))))
    if prompt.reward_risk is not None:
        label = () if width < _WORDY else (("reward to risk ", "muted"),)
        told = f"{prompt.reward_risk:.1f}" if label else f"{prompt.reward_risk:+.1f}R"
        parts.append((3, (*label, (told, "text"))))
    if prompt.reasons:
        why = prompt.reasons[0]
        parts.append((4, ((f"{printable(why.name)}: {printable(numbers.minus_signs(why.text))}", "muted"),)))
    return parts


def _order_in_words(prompt: PromptMark, instrument: Instrument | None) -> str:
    """Return `limit 1923.8`, `market ~1923.8`; a stop that enters is told from the one that protects."""
    if prompt.trigger == "exit":
        return "at the market"
    kind = {"market": "market ~", "stop": "entry stop ", "limit": "limit "}[prompt.order]
    return f"{kind}{numbers.price(instrument, prompt.entry)}"


def _no_keys(frame: Frame) -> Row:
    """Return why no key sends what another screen could."""
    return ((f" {printable(frame.read_only)} ", "warn bold"),)


def _keys(prompt: PromptMark, keymap: Keymap, *, is_armed: bool) -> Row:
    if is_armed:
        return ((f" {key_of('confirm', keymap)} sends {trade_in_words(prompt)} ", "text reverse bold"),)
    return ((f" {key_of(_ARM[prompt.side], keymap)} arms", "key bold"),)


def _other_keys(keymap: Keymap, *, is_armed: bool) -> str:
    rejects = f"{key_of('reject', keymap)} rejects"
    return f"{rejects}  {key_of('dismiss', keymap)} disarms" if is_armed else rejects


def _life(prompt: PromptMark, now: int) -> Row:
    """Draw what is left of the prompt's time, with the figure beside it."""
    left = max(0, prompt.expires - now)
    filled = min(_BAR, -(-_BAR * left // max(1, prompt.expires - prompt.born)))
    ink = "warn" if left <= _HURRY else "text"
    return (("━" * filled, ink), ("─" * (_BAR - filled), "faint"), (f" {numbers.time_left(left)}", f"{ink} bold"))


def _cause(prompt: PromptMark, width: int) -> str:
    """Return what made it arise, and the mentor's score."""
    if prompt.confidence is None:
        return TRIGGERS[prompt.trigger]
    named = " " if width < _DENSE else ", confidence "
    return f"{TRIGGERS[prompt.trigger]}{named}{prompt.confidence:.2f}"


def _distance(prompt: PromptMark, width: int) -> str:
    if prompt.distance is None:
        return ""
    who = "" if width < _DENSE else "market "
    if prompt.distance == 0:
        return f"{who}at entry"
    farther, nearer = ("worse", "better") if prompt.order == "market" else ("away", "through")
    where = farther if prompt.distance > 0 else nearer
    return f"{who}{abs(prompt.distance)} {'tick' if abs(prompt.distance) == 1 else 'ticks'} {where}"


def _other_side(frame: Frame, trading: TradingView, shown: PromptMark, keymap: Keymap) -> list[tuple[int, Row]]:
    """Return that a prompt of the other side waits too."""
    others = [prompt for prompt in trading.prompts if prompt.id != shown.id]
    return [(2, _waiting(frame, prompt, keymap)) for prompt in others]


def _waiting(frame: Frame, prompt: PromptMark, keymap: Keymap) -> Row:
    at = numbers.price(frame.view.instrument, prompt.entry)
    told = f"also {trade_in_words(prompt)} {at}"
    if frame.read_only:
        return ((told, INKS[prompt.side]),)
    return (f"{told}: ", INKS[prompt.side]), (f"{key_of(_ARM[prompt.side], keymap)} arms", "key bold")


def _refusal(frame: Frame) -> list[tuple[int, Row]]:
    """Return why the last key was refused, or a prompt went away, while that is news."""
    return [(0, ((f" {printable(frame.refusal)} ", "warn reverse"),))] if frame.refusal else []


def _gate(frame: Frame) -> list[tuple[int, Row]]:
    """Return the gate that forbids prompts; nothing while all are open."""
    mentor = frame.view.mentor
    if mentor is None or not closed_gates(mentor.gates):
        return []
    return [(1, gate_in_short(mentor.gates, frame.zone))]


def _hints(frame: Frame, trading: TradingView, keymap: Keymap, width: int) -> Row:
    """Return the keys of what is held, of the order that works, else how a trade is begun by hand."""
    if frame.read_only:
        return fitted([*_no_keys(frame)], width)
    if trading.position is not None:
        return most_important(_keys_of_position(trading.position, frame.view.instrument, keymap), width)
    entries = working_entries(trading)
    if entries:
        told = order_in_words(entries[0], frame.view.instrument)
        return fitted([(f" {key_of('cancel_entry', keymap)} withdraws", "key"), (f" {told}", "text")], width)
    if frame.cursor is None:
        return fitted([(f" {key_of('price_cursor', keymap)} puts a cursor on the ladder", "muted")], width)
    buy, sell = key_of("manual_buy", keymap), key_of("manual_sell", keymap)
    price = numbers.price(frame.view.instrument, frame.cursor)
    parts: list[tuple[int, Row]] = [
        (0, ((f" cursor at {price}:", "text"),)),
        (1, ((f"{buy} prompts a buy there, {sell} a sell", "key"),)),
        (2, ((f"{key_of('price_alert', keymap)} an alert", "key"),)),
        (3, (("↑ ↓ move it", "muted"),)),
    ]
    return fitted([*chosen(parts, width), (" ", PLAIN)], width)


def _keys_of_position(position: PositionMark, instrument: Instrument | None, keymap: Keymap) -> list[tuple[int, Row]]:
    """Return (importance, part) of what keys change of a position, with the price that each one moves."""

    def moves(lower: str, higher: str, what: str, tick: int | None) -> Row:
        keys = f"{key_of(lower, keymap)} {key_of(higher, keymap)}"
        return (keys, "key"), (f" {what} {numbers.price(instrument, tick)}", "text")

    parts: list[tuple[int, Row]] = [(0, ((" ", PLAIN), *moves("stop_down", "stop_up", "stop", position.stop)))]
    if position.targets:
        parts.append((1, moves("target_down", "target_up", "target", position.targets[0])))
    return [
        *parts,
        (3, ((key_of("break_even", keymap), "key"), (" break-even", "text"))),
        (2, ((key_of("close_position", keymap), "key"), (" closes", "text"))),
    ]
