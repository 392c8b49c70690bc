"""Which times move the clock: one rule for orders, levels and trades."""

from engines.book.layout import CLOCK_JUMP_NS, CLOCK_TRUST_NS, LATEST_TIME
from engines.compiled import inlined


@inlined
def is_trusted(time: int, received: int, clock: int) -> bool:
    """Whether an event time may move the clock.

    Both times are the wire's, widened with a sign, so that an undefined one is negative. With a capture time, the event
    time must not be later than it by more than a second; without one, it must not leap far ahead of the clock.
    """
    if not 0 <= time < LATEST_TIME:
        return False
    if received >= 0:
        return time - received <= CLOCK_TRUST_NS
    return clock == 0 or time - clock <= CLOCK_JUMP_NS
