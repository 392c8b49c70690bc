"""Names of saved pictures of the screen."""

from datetime import UTC

from engines.view import MarketView
from qmo_tui.cockpit.painting.times import moment


def picture_name(view: MarketView | None) -> str:
    """Return a file name that tells contract and event time (UTC): `qmo-ESH4-20231225T231003Z-41208.svg`."""
    if view is None or view.event_time is None:
        return "qmo.svg"
    symbol = view.instrument.symbol if view.instrument is not None else ""
    return f"qmo-{symbol or 'market'}-{moment(view.event_time, UTC):%Y%m%dT%H%M%SZ}-{view.sequence}.svg"
