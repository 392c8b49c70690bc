"""The paper broker: fills from the order flow that was, as an order of ours would have found it, never better.

What concerns an own order is read from the records before the book applies them (`matching_events`), against its place
in the queue (`places`). What takes from the book walks the orders that rest there (`liquidity`). `broker` does what a
trader asks for; `cover` keeps stop and targets of the open position.
"""
