"""The market's loop: the next thing due or the next arrival, whichever comes first."""

from typing import Final

from feeds.simulator.actors import act
from feeds.simulator.compiled import compiled, signed
from feeds.simulator.diary import cross_out
from feeds.simulator.flow import arrive, excite, lose_patience, plan_arrival, wander
from feeds.simulator.layout import (
    DONE,
    DUE_ORDER,
    DUE_STOP,
    FULL,
    PRINTS,
    RECORDS,
    TRUTHS,
    Market,
)
from feeds.simulator.queues import release_stop

_EVENT_RECORDS: Final = 3 * PRINTS
"""Most records that one matching event can have."""
_EVENT_TRUTHS: Final = 2 * PRINTS + 256


@compiled
def run(market: Market, until: int) -> int:
    """Let the market go on up to a time (exclusive); return `DONE`, or `FULL` where its output must be taken first.

    Where it stops makes no difference to what happens.
    """
    now = market.now[0]
    while True:
        if now.records > RECORDS - _EVENT_RECORDS or now.truths > TRUTHS - _EVENT_TRUTHS:
            return FULL
        time = signed(now.next_arrival)
        is_due = now.dues > 0 and market.dues[0].time < time
        if is_due:
            time = signed(market.dues[0].time)
        if time >= until:
            return DONE
        now.clock = max(signed(now.clock), time)
        if is_due:
            _keep_appointment(market)
            continue
        wander(market)
        excite(market)
        arrive(market)
        plan_arrival(market)


@compiled
def _keep_appointment(market: Market) -> None:
    due = market.dues[0]
    what, slot, wanted = signed(due.what), signed(due.slot), due.id
    cross_out(market)
    if what == DUE_ORDER:
        if market.orders[slot].id == wanted:
            lose_patience(market, slot)
    elif what == DUE_STOP:
        if market.stops[slot].id == wanted:
            release_stop(market, slot)
    elif signed(wanted) == market.actors[slot].plan:
        act(market, slot)
