"""The read-only server."""

from typing import Annotated

from msgspec import Meta

from qmo_tui.setting_tables.kinds import Table


class Server(Table, frozen=True, kw_only=True):
    """Where the server listens on this machine, and what it bears."""

    port: Annotated[int, Meta(ge=0, le=65_535, description="a port from 1 to 65535, or 0 for any free one")] = 8_470
    requests_per_second: Annotated[int, Meta(ge=1, le=10_000, description="a whole number from 1 to 10000")] = 100
    streams: Annotated[int, Meta(ge=1, le=1_000, description="a whole number from 1 to 1000")] = 128
    kept_megabytes: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of megabytes from 1 to 1000")] = 8
    screens: Annotated[int, Meta(ge=0, le=32, description="a whole number from 0 to 32")] = 4
    idle_minutes: Annotated[float, Meta(ge=0, le=10_080, description="minutes from 0 to 10080, 0 for never")] = 240.0
    stall_seconds: Annotated[float, Meta(ge=0.1, le=300, description="seconds from 0.1 to 300")] = 10.0
    heartbeat_seconds: Annotated[float, Meta(ge=0.1, le=300, description="seconds from 0.1 to 300")] = 15.0
