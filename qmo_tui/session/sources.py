"""The live source as the settings want it: Databento's order flow, Yahoo's price behind it, a recorder at the line."""

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engines.timing.calendar import is_open
from engines.timing.trading_day import day_of
from feeds.databento.connection import PUBLIC_PORT, GatewayOptions
from feeds.databento.history import History, HistoryOptions
from feeds.databento.history_api import ApiOptions
from feeds.databento.key import KEY_VARIABLE, ApiKey
from feeds.databento.live import DatabentoLive, LiveMemory, LiveOptions
from feeds.errors import KeyRefused
from feeds.instrument import Instrument, root_of
from feeds.recorder import RecorderSettings
from feeds.records import Schema
from feeds.states import LiveSource
from feeds.supervisor import Supervisor, SupervisorOptions
from qmo_tui.errors import QmoError
from qmo_tui.kept_recordings import recordings_of
from qmo_tui.paths import cache_folder, history_folder, memory_file
from qmo_tui.session.history_warm_up import HistoryWarmUp
from qmo_tui.session.tap import Tap
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from feeds.yahoo.source import YahooContext

GATEWAY_VARIABLE: Final = "QMO_DATABENTO_GATEWAY"
HISTORY_VARIABLE: Final = "QMO_DATABENTO_HISTORICAL_URL"
YAHOO_VARIABLE: Final = "QMO_YAHOO_URL"
WITHOUT_KEY: Final = (
    f"no Databento key: set the environment variable {KEY_VARIABLE}; without one there are `qmo demo`, "
    "`qmo replay FILE`, and a delayed price with QMO_FEED_SOURCE=yahoo"
)


class LiveFeed:
    """The one live source of a program, the tap at it, and what came before it.

    Attributes:
        source: What a session listens to.
        tap: Records what the order-flow source receives.
        warm_up: Fetches the bars before the session; None where there is no history.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        record: bool = False,
        tell: Callable[[str], None] = lambda _: None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Put the source together; nothing is connected yet.

        Raises:
            KeyRefused: There is no key, or it is not well formed.
            QmoError: An address in the environment is none.
        """
        self._settings = settings
        self._environment = environment
        self._memory = LiveMemory()
        self._primary: DatabentoLive | None = None
        feed = settings.feed
        self.tap = Tap(
            recordings_of(settings),
            feed.symbol,
            RecorderSettings(frame_seconds=settings.recording.frame_seconds),
            renew=self._renew,
            tell=tell,
            wanted=record,
        )
        self.source: LiveSource
        self.warm_up: HistoryWarmUp | None = None
        if feed.source == "yahoo":
            self.source = self._context()
            return
        self._key = key_of(environment)
        self._gateway = gateway_of(settings, environment)
        history = history_of(settings, self._key, environment)
        if history is not None:
            self.warm_up = HistoryWarmUp(history, tell=tell)
        self.source = Supervisor(
            self._order_flow,
            self._context if feed.context else None,
            SupervisorOptions(failover_seconds=feed.failover_seconds, stable_seconds=feed.stable_seconds),
            name=f"databento {feed.schema}",
            is_trading=is_open,
            rng=random.Random(),  # noqa: S311 - spreads attempts
        )

    def _order_flow(self) -> LiveSource:
        feed = self._settings.feed
        options = LiveOptions(
            symbol=feed.symbol, best=Schema(feed.schema), gateway=self._gateway, stable_seconds=feed.stable_seconds
        )
        self._primary = DatabentoLive(
            options,
            self._key,
            session_day=day_of,
            memory=self._memory,
            contract_of=self._contract_of,
            on_bytes=self.tap.take,
        )
        return self._primary

    def _context(self) -> "YahooContext":
        from feeds.yahoo.options import YahooOptions  # noqa: PLC0415 - a library of its own, seldom needed
        from feeds.yahoo.source import YahooContext  # noqa: PLC0415

        feed = self._settings.feed
        options = YahooOptions(
            cache_folder=cache_folder() / "yahoo",
            symbol=feed.context_symbol,
            base_url=self._environment.get(YAHOO_VARIABLE) or None,
        )
        contract = self._settings.instruments.get(root_of(feed.symbol))
        return YahooContext(options if contract is None else replace(options, tick=contract.wire_tick))

    def _contract_of(self, symbol: str) -> Instrument | None:
        """Know a contract by the settings of its product, where its definition record does not come."""
        contract = self._settings.instruments.get(root_of(symbol))
        if contract is None:
            return None
        feed = self._settings.feed
        return Instrument(symbol, 0, contract.wire_tick, contract.multiplier, feed.dataset, source="settings")

    def _renew(self, reason: str) -> bool:
        return self._primary is None or self._primary.renew(reason)


def memory_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file in which zones outlive a live session; None where they do not.

    A gateway that stands in for the public one serves what it likes, at any time: that is kept in a file of its own.
    """
    if not settings.memory.keep:
        return None
    usual = memory_file()
    return usual.with_name("memory-gateway.db") if environment.get(GATEWAY_VARIABLE) else usual


def key_of(environment: Mapping[str, str]) -> ApiKey:
    """Return the API key.

    Raises:
        KeyRefused: There is none, or it is not well formed; the message does not repeat it.
    """
    text = environment.get(KEY_VARIABLE, "")
    if not text.strip():
        raise KeyRefused(WITHOUT_KEY)
    return ApiKey(text)


def gateway_of(settings: Settings, environment: Mapping[str, str]) -> GatewayOptions:
    """Return where the gateway is: the public one, or the one that the environment names.

    Raises:
        QmoError: It names none.
    """
    named = environment.get(GATEWAY_VARIABLE, "")
    if not named:
        return GatewayOptions(dataset=settings.feed.dataset)
    host, _, port = named.rpartition(":")
    if not host:
        host, port = named, str(PUBLIC_PORT)
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise QmoError(f"{GATEWAY_VARIABLE}={named}: give host:port, such as 127.0.0.1:13000")
    return GatewayOptions(dataset=settings.feed.dataset, host=host, port=int(port))


def history_of(settings: Settings, key: ApiKey, environment: Mapping[str, str]) -> History | None:
    """Return Databento's history, or what stands in for it; None where a gateway stands in for its live feed alone.

    The key is then that gateway's, and nobody else is to see it.

    Raises:
        QmoError: The address in the environment is none.
    """
    address = environment.get(HISTORY_VARIABLE) or None
    if address is None and environment.get(GATEWAY_VARIABLE):
        return None
    try:
        api = ApiOptions(address)
    except ValueError as error:
        raise QmoError(f"{HISTORY_VARIABLE}: {error}") from None
    history = settings.history
    options = HistoryOptions(
        history_folder(),
        settings.feed.dataset,
        cost_limit=history.cost_limit,
        hour_days=history.hour_days,
        minute_days=history.minute_days,
        api=api,
    )
    return History(options, key)
