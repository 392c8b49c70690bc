"""Prices, lots and rates as the trader reads them."""

import re
from functools import lru_cache

from feeds.instrument import Instrument
from qmo_tui.cockpit.painting.spans import UNKNOWN

_NEGATIVE = re.compile(r"(?<![\w.])-(?=\d)")
_UNITS = ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G"))


@lru_cache(maxsize=8192)
def price(instrument: Instrument | None, tick: int | None) -> str:
    """Return a price with all digits of its tick; ticks themselves while the contract is not known."""
    if tick is None:
        return UNKNOWN
    return str(tick) if instrument is None else instrument.price_text(tick)


def between_ticks(instrument: Instrument | None, ticks: float) -> str:
    """Return an average of prices, or a distance between them, with one digit more than a price."""
    if instrument is None:
        return f"{ticks:.1f}"
    return f"{ticks * instrument.tick_size:.{instrument.decimals + 1}f}"


def lots(value: int, width: int) -> str:
    """Return a count in at most `width` characters: `842`, `12.3k`, `12k`."""
    text = str(value)
    if len(text) <= width:
        return text
    for unit, letter in _UNITS:
        for text in (f"{value / unit:.1f}{letter}", f"{value / unit:.0f}{letter}"):
            if len(text) <= width and abs(value) < unit * 1_000:
                return text
    return "…"[:width]


def lots_or_blank(value: int | None, width: int) -> str:
    """Return a count, or nothing for zero: an empty level is an empty cell, one that is not known is a dot."""
    if value is None:
        return "·"[:width]
    return lots(value, width) if value else ""


def grouped(value: int | None) -> str:
    """Return a count with its thousands apart."""
    return UNKNOWN if value is None else f"{value:,}"


def minus_signs(text: str) -> str:
    """Return words of the log with the minus sign of the screen; dates, names and ids keep their hyphens."""
    return _NEGATIVE.sub("−", text)


def measured(value: float | None) -> str:
    """Return a reason's value: prices with all digits, what is less with two or three places; no negative zero."""
    if value is None:
        return UNKNOWN
    if abs(value) >= 1_000 or (value and value == int(value)):
        return minus_signs(f"{value:.8g}")
    return minus_signs(f"{value:.2f}" if abs(value) >= 1 else f"{round(value, 3) + 0.0:.3f}")


def signed(value: int | None) -> str:
    """Return a count with its sign; zero has none."""
    if value is None:
        return UNKNOWN
    return f"{value:+,}".replace("-", "−") if value else "0"


def dollars(cents: int | None, *, signed: bool = False) -> str:
    """Return money to the cent: `$312.40`, `−$120.00`; gains with their sign where `signed`."""
    if cents is None:
        return UNKNOWN
    sign = "−" if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def multiple_of_risk(r: float | None) -> str:
    """Return a result in units of what was risked: `+0.83R`; never a negative zero."""
    return UNKNOWN if r is None else f"{round(r, 2) + 0.0:+.2f}R".replace("-", "−")


def time_left(nanoseconds: int) -> str:
    """Return how long until something, rounded up: `42 s`, `4:32`, `3h05`; nothing is left of the past."""
    seconds = max(0, -(-nanoseconds // 1_000_000_000))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60}:{seconds % 60:02}"
    return f"{seconds // 3_600}h{seconds // 60 % 60:02}"


def signed_lots(value: int, width: int) -> str:
    """Return a count with its sign in at most `width` characters: `+842`, `−12k`; zero has no sign."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{lots(abs(value), width - len(sign))}"


def deviations(value: float | None) -> str:
    """Return a multiple of a standard deviation with its sign: `+1.4`, `−12`; zero has none."""
    if value is None:
        return UNKNOWN
    if abs(value) < 0.05:
        return "0.0"
    return (f"{value:+.1f}" if abs(value) < 9.95 else f"{value:+.0f}").replace("-", "−")


def speed(times: float | None) -> str:
    """Return a playing speed: `60x`, `0.25x`, `max`."""
    return "max" if times is None else f"{times:g}x"


def rate(per_second: float) -> str:
    """Return a rate of records."""
    return f"{per_second:,.0f} rec/s" if per_second < 1_000_000 else f"{per_second / 1e6:.1f}M rec/s"


def latency(nanoseconds: int) -> str:
    """Return a short time with three digits: `85 µs`, `1.2 ms`, `2.30 s`."""
    size = abs(nanoseconds)
    if size < 1_000_000:
        return f"{nanoseconds / 1e3:.0f} µs"
    if size < 10_000_000:
        return f"{nanoseconds / 1e6:.1f} ms"
    if size < 1_000_000_000:
        return f"{nanoseconds / 1e6:.0f} ms"
    return f"{nanoseconds / 1e9:.2f} s"


def age(nanoseconds: int) -> str:
    """Return how old something is: as `latency` below a minute, then `8:24` and `1:08:24`."""
    seconds = nanoseconds // 1_000_000_000
    if seconds < 60:
        return latency(nanoseconds)
    hours, minutes = seconds // 3_600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def short_age(nanoseconds: int | None) -> str:
    """Return how old something is in at most three characters, in its largest unit: `48s`, `3m`, `12h`, `3d`, `26w`."""
    if nanoseconds is None:
        return UNKNOWN
    seconds = max(0, nanoseconds // 1_000_000_000)
    for unit, letter, limit in ((1, "s", 60), (60, "m", 60), (3_600, "h", 48), (86_400, "d", 100)):
        if seconds < unit * limit:
            return f"{seconds // unit}{letter}"
    return f"{min(99, seconds // 604_800)}w"


def side_letter(side: str | None) -> str:
    """Return the aggressor's letter, `–` where there is none."""
    return {"buy": "B", "sell": "S"}.get(side or "", "–")
