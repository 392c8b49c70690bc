"""A recording served as a Databento Live Subscription Gateway on the loopback, with faults on demand.

The unmodified `databento.Live` and our own live feed connect to it as to the real one:

    from feeds.databento.gateway import Cut, End, Gateway, Service, first
    from feeds.recording import Recording

    faults = [Cut(after=5_000, how=End.RST, missed=300, connections=first(1))]
    async with Gateway(Recording([path]), faults, Service(speed=60.0)) as gateway:
        ... connect to 127.0.0.1, gateway.port, or to gateway.address ("host:port") ...
        await gateway.until(lambda gateway: gateway.records_sent > 1_000)
        gateway.connections[0].subscriptions     # parsed, with all their symbols
        gateway.connections[0].ended             # None while it is open

It runs in the event loop where it is entered; a client that blocks (`databento.Live`) goes into a thread. Nothing but
the faults is ever wrong: `until` and the end of `async with` raise a defect of the gateway itself.

Without a `speed` everything is sent as fast as the client reads, and there is no clock: every session gets the
recording from its beginning, but after a fault that broke one off (`Cut`, `Stall`, `Garbage`, `Truncate`) the next goes
on there. With a speed there is one market, which runs on from the start of the first session. A market that has ended
is quiet, with heartbeats, unless `close_at_end` ends the sessions.

A session that begins before the market's opening gets what the recording begins with (definitions, its own snapshot)
as it is; one that begins later gets what comes from then on, a snapshot of the books as they stand where it asks for
one, and what came before where it asks for a `start`. See `faults.py` for what can go wrong.
"""

from feeds.databento.gateway.faults import (
    FAULTS,
    AgeOut,
    Cut,
    CutSnapshot,
    Deny,
    End,
    Fault,
    FaultError,
    ForgetSymbol,
    Garbage,
    Greet,
    HalfHeader,
    IgnoreAuthentication,
    LimitConnections,
    Refuse,
    RejectKey,
    Repeat,
    Revoke,
    Skip,
    Slow,
    Stall,
    Truncate,
    WarnSlowReader,
    When,
    first,
    parse_fault,
)
from feeds.databento.gateway.serving import Gateway
from feeds.databento.gateway.session import Connection, Service
from feeds.databento.gateway.wire import Authentication, Subscription

__all__ = [
    "FAULTS",
    "AgeOut",
    "Authentication",
    "Connection",
    "Cut",
    "CutSnapshot",
    "Deny",
    "End",
    "Fault",
    "FaultError",
    "ForgetSymbol",
    "Garbage",
    "Gateway",
    "Greet",
    "HalfHeader",
    "IgnoreAuthentication",
    "LimitConnections",
    "Refuse",
    "RejectKey",
    "Repeat",
    "Revoke",
    "Service",
    "Skip",
    "Slow",
    "Stall",
    "Subscription",
    "Truncate",
    "WarnSlowReader",
    "When",
    "first",
    "parse_fault",
]
