"""The market's loop: the next thing due or the next arrival, whichever comes first."""

from typing import Final

from feeds.simulator.actors import act
from feeds.simulator.compiled import compiled, signed
from feeds.simulator.diary import cross_out
from feeds.simulator.flow import arrive, end_patience, excite, lose_patience, plan_arrival, react, wander
from feeds.simulator.layout import (
    DONE,
    DUE_ORDER,
    DUE_REACTION,
    DUE_STOP,
    FULL,
    PRINTS,
    RECORDS,
    REQUESTS,
    TRUTHS,
    Market,
)
from feeds.simulator.matching import withdraw_stop

_EVENT_RECORDS: Final = 3 * PRINTS
"""Most records that one matching event can have."""
_EVENT_TRUTHS: Final = 2 * PRINTS + 256
_STEP_REQUESTS: Final = 4_096
"""Most requests that come out of one arrival or appointment; a cluster of stops is the largest."""


@compiled
def run(market: Market, until: int) -> int:
    """Let the market go on up to a time (exclusive); return `DONE`, or `FULL` where its output must be taken first.

    Where it stops makes no difference to what happens.
    """
    now = market.now[0]
    while True:
        if now.records > RECORDS - _EVENT_RECORDS or now.truths > TRUTHS - _EVENT_TRUTHS:
            return FULL
        if now.noting and now.requests > REQUESTS - _STEP_REQUESTS:
            return FULL
        time = signed(now.next_arrival)
        is_due = now.dues > 0 and market.dues[0].time < time
        if is_due:
            time = signed(market.dues[0].time)
        if time >= until:
            return DONE
        now.clock = max(signed(now.clock), time)
        volume = signed(now.volume)
        if is_due:
            _keep_appointment(market)
        else:
            wander(market)
            arrive(market)
            excite(market)
        has_traded = now.volume != volume
        if has_traded:
            react(market)
        if has_traded or not is_due:
            plan_arrival(market)


@compiled
def _keep_appointment(market: Market) -> None:
    due = market.dues[0]
    time, what, slot, wanted = signed(due.time), signed(due.what), signed(due.slot), due.id
    cross_out(market)
    if what in (DUE_ORDER, DUE_REACTION):
        order = market.orders[slot]
        if order.id != wanted or order.due != time:
            return
        if what == DUE_ORDER:
            end_patience(market, slot)
        else:
            lose_patience(market, slot)
    elif what == DUE_STOP:
        if market.stops[slot].id == wanted:
            withdraw_stop(market, slot)
    elif signed(wanted) == market.actors[slot].plan:
        act(market, slot)
