"""The five pillars: who says what, how strongly and since when; the score they make, and what it is worth.

A score is a model's score and is never called a probability; what such scores came to on recorded sessions stands
beside it, with its interval and its base rate. Waiting is no side.
"""

from datetime import tzinfo
from typing import Final

from engines.events import AggressorSide, Pillar
from engines.mentor_view import Calibration, MentorView
from engines.view import MarketView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.blocks import merged
from qmo_tui.cockpit.painting.gates import closed_gates, gate_in_short
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, Span, fitted, most_important, printable, ruled, stacked

PILLARS_HEIGHT: Final = 12
"""Rows of the pane where it tells everything."""
NO_READING: Final = "no reading yet"
ARROWS: Final[dict[AggressorSide, str]] = {"buy": "▲", "sell": "▼"}
INKS: Final[dict[AggressorSide, str]] = {"buy": "bid", "sell": "ask"}
_TIMES: Final = frozenset({"Astro", "Cycle"})
"""Pillars that tell a time and never a side."""
_BAR: Final = 8
_WORD: Final = 9
_AGE: Final = 4
_TEXT_FROM: Final = 16
"""Cells beside a pillar from which its first reason is told there."""


def pillars_subject(frame: Frame) -> object:
    """Return what of a frame the pillars show; ages count whole seconds."""
    return frame.view.mentor, (frame.view.event_time or 0) // times.SECOND, frame.zone


def paint_pillars(frame: Frame, width: int, height: int) -> Rows:
    """Paint side, score and gates, the five pillars, coverage and calibration; in few rows the side and the pillars."""
    if height <= 0:
        return ()
    mentor, zone = frame.view.mentor, frame.zone
    if mentor is None:
        return stacked(
            [ruled([(" pillars", "muted")], width), fitted([(f" {NO_READING}", "muted")], width)], width, height
        )
    pillars = [pillar_row(place, pillar, frame.view, width) for place, pillar in enumerate(mentor.pillars, 1)]
    side = fitted(side_row(mentor, zone), width)
    if height < PILLARS_HEIGHT:
        return stacked([side, *pillars, _foot(mentor, zone, width)], width, height)
    rows = [
        ruled([(f" pillars {times.clock_minutes(mentor.ts, zone)}", "muted")], width),
        side,
        _score_bar(mentor, width),
        fitted([(" ", "text"), *gate_in_short(mentor.gates, zone)], width),
        *pillars,
        fitted([(" coverage ", "muted"), (_percent(mentor.coverage), "text"), (" of the weight", "muted")], width),
        *(fitted([(" ", "text"), *row], width) for row in _calibration(mentor.calibration)),
    ]
    return stacked(rows, width, height)


def pillar_row(place: int, pillar: Pillar, view: MarketView, width: int, *, with_reason: bool = True) -> Row:
    """Return number, name, bar, strength, word and freshness, and its first reason where that has room.

    Of a pillar that cannot be read it is why not.
    """
    head: Span = (f" {place} {pillar.name:<5} ", "text" if pillar.available else "muted")
    if not pillar.available:
        why = f" unavailable: {printable(pillar.note)}" if pillar.note else " unavailable"
        return fitted([head, (UNKNOWN, "muted"), (why, "muted")], width)
    word, ink = _word(pillar)
    filled = max(0, min(_BAR, round(_BAR * pillar.strength)))
    spans: list[Span] = [
        head,
        ("━" * filled, ink.split()[0]),
        ("─" * (_BAR - filled), "faint"),
        (f" {pillar.strength:.2f} ", "text" if pillar.strength else "muted"),
        (f"{word:<{_WORD}}", ink),
        (_freshness(pillar, view).rjust(_AGE), "muted"),
    ]
    beside = width - sum(len(text) for text, _ in spans) - 2
    if with_reason and beside >= _TEXT_FROM:
        spans.append((f"  {numbers.minus_signs(printable(_first_reason(pillar)))}", "muted"))
    return fitted(spans, width)


def side_row(mentor: MentorView, zone: tzinfo) -> Row:
    """Return the side and its score, whether it is armed, and since when; an armed one may be blocked by a gate."""
    since = "" if mentor.since is None else times.clock_minutes(mentor.since, zone)
    beside = f" since {since}" if since else ""
    if not mentor.armed:
        told: Row = ((f"not armed{beside}", "muted"),)
    elif closed_gates(mentor.gates):
        told = (("blocked", "warn bold"), (f", armed {since}".rstrip(), "text"))
    else:
        told = (("armed", "key bold"), (beside, "text"))
    return (*side_and_score(mentor), ("  ", "text"), *told)


def side_and_score(mentor: MentorView) -> Row:
    """Return ` ▲ buy 0.78`, emphasised once it is armed; without a side that there is none, and no number."""
    if mentor.side is None or mentor.confidence is None:
        return (" no side", "text bold"), (f" {UNKNOWN}", "muted")
    ink = f"{INKS[mentor.side]} bold" if mentor.armed else INKS[mentor.side]
    return ((f" {ARROWS[mentor.side]} {mentor.side} {mentor.confidence:.2f}", ink),)


def calibration_in_short(calibration: Calibration | None) -> str:
    """Return what such scores came to, in a few words; without a score the base rate alone."""
    if calibration is None:
        return "not calibrated (0)"
    if calibration.probability is not None:
        return f"p {calibration.probability:.2f} ({_interval(calibration)})"
    if calibration.base_rate is not None:
        return f"base {calibration.base_rate:.2f} (n {calibration.n})"
    return f"p {UNKNOWN} (n {calibration.n})" if calibration.note else f"not calibrated ({calibration.n})"


def coverage_in_short(mentor: MentorView) -> Row:
    """Return the weight of the pillars that can be read."""
    return ("cov ", "muted"), (_percent(mentor.coverage), "text")


def _word(pillar: Pillar) -> Span:
    if pillar.direction is not None:
        return f"{ARROWS[pillar.direction]} {pillar.direction}", f"{INKS[pillar.direction]} bold"
    if not pillar.strength:
        return "  quiet", "muted"
    return ("• timing", "key") if pillar.name in _TIMES else ("  no side", "text")


def _freshness(pillar: Pillar, view: MarketView) -> str:
    if pillar.ts is None or view.event_time is None:
        return UNKNOWN
    return numbers.short_age(view.event_time - pillar.ts)


def _first_reason(pillar: Pillar) -> str:
    if pillar.note:
        return pillar.note
    return f"{pillar.reasons[0].name}: {pillar.reasons[0].text}" if pillar.reasons else ""


def _score_bar(mentor: MentorView, width: int) -> Row:
    """Draw the score of its side on a line from 0 to 1, and where on it the mentor arms."""
    label, arms = " score ", f" arms {mentor.threshold:.2f}"
    cells = max(0, width - len(label) - len(arms) - 1)
    mark = min(cells - 1, int(mentor.threshold * cells))
    has_side = mentor.side is not None and mentor.confidence is not None
    filled = round(cells * mentor.confidence) if has_side and mentor.confidence is not None else 0
    ink = INKS[mentor.side] if mentor.side is not None else "faint"
    line: list[Span] = [
        ("┃", "text") if x == mark else ("━", ink) if x < filled else ("─", "faint") for x in range(cells)
    ]
    return fitted([(label, "muted"), *merged(line), (arms, "muted")], width)


def _foot(mentor: MentorView, zone: tzinfo, width: int) -> Row:
    """Return the gate that is closed, then coverage and calibration as far as they fit."""
    is_closed = bool(closed_gates(mentor.gates))
    parts: list[tuple[int, Row]] = [
        (0 if is_closed else 3, gate_in_short(mentor.gates, zone)),
        (1, coverage_in_short(mentor)),
        (2, ((calibration_in_short(mentor.calibration), "muted"),)),
    ]
    return fitted([(" ", "text"), *most_important(parts, width - 1)], width) if width > 1 else fitted((), width)


def _calibration(calibration: Calibration | None) -> tuple[Row, Row]:
    """Return what such scores came to on recorded sessions, in two rows; a note stands before the dates."""
    if calibration is None or calibration.probability is None:
        note = "" if calibration is None else printable(calibration.note)
        return ((calibration_in_short(calibration), "muted"),), ((note, "muted"),)
    told = f"p {calibration.probability:.2f} (80 % in {_interval(calibration)})"
    dates = f"{calibration.first}–{calibration.last}"
    base = UNKNOWN if calibration.base_rate is None else f"{calibration.base_rate:.2f}"
    noted = f"{printable(calibration.note)}  {dates}".strip()
    return ((told, "text"), (f" n {calibration.n}", "muted")), ((f"base {base}  {noted}", "muted"),)


def _interval(calibration: Calibration) -> str:
    if calibration.low is None or calibration.high is None:
        return UNKNOWN
    return f"{calibration.low:.2f}–{calibration.high:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
