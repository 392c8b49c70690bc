"""Databento's history of one contract: what it would cost, bought once, kept on disk, ready to be played.

Nothing is bought without a `Quote` that says what it costs, and nothing above the limit. What the cache has is neither
asked for nor paid for.
"""

import asyncio
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from feeds.databento.contract import stype_of
from feeds.databento.history_api import ApiOptions, HistoryApi, number
from feeds.databento.history_cache import SECOND_NS, HistoryCache, Request, in_words
from feeds.databento.history_errors import BrokenAnswer, EndsEarlier, TooDear, moment_in
from feeds.databento.key import ApiKey
from feeds.databento.pace import Backoff
from feeds.errors import NotEntitled, UnknownSymbol
from feeds.records import BAR_SECONDS, Schema

_DAY_SECONDS: Final = 86_400
_DAY_NS: Final = _DAY_SECONDS * SECOND_NS
_DEFINITION_DAYS: Final = 4
"""Days back in which a contract's definition is looked for; one comes every trading day, and weekends are long."""
_LATE_NS: Final = 3_600 * SECOND_NS
"""History that ends so long before now is worth a remark."""


@dataclass(frozen=True, slots=True)
class HistoryOptions:
    """What is bought, how much it may cost, and where it is kept.

    Attributes:
        cache_folder: Where bought data are kept.
        dataset: Databento dataset code.
        cost_limit: Most dollars that one fetch may cost.
        cost_setting: The setting that this limit comes from, for the message that it was too low.
        hour_days: Days of hourly bars that the engines are warmed up with.
        minute_days: Days of minute bars that they are warmed up with.
        flow: Schema in which the order flow of the running session is bought too, or None.
        api: Where the Historical API is, and how long it is waited for.
    """

    cache_folder: Path
    dataset: str = "GLBX.MDP3"
    cost_limit: float = 1.0
    cost_setting: str = "history.cost_limit"
    hour_days: int = 30
    minute_days: int = 5
    flow: Schema | None = None
    api: ApiOptions = field(default_factory=ApiOptions)


@dataclass(frozen=True, slots=True)
class Contract:
    """What a symbol stood for at a moment."""

    asked: str
    raw_symbol: str
    instrument_id: int


@dataclass(frozen=True, slots=True)
class Available:
    """The stretch of time for which the account may have a schema, ns UTC; `end` is excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Price:
    """What one request would cost.

    Attributes:
        dollars: With every discount of the account's plan.
        records: How many would come.
        size: Their bytes, uncompressed, which is what is paid for.
    """

    request: Request
    dollars: float
    records: int
    size: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What is in the cache already, and what the rest costs.

    Attributes:
        requests: What was asked for.
        cached: Files that are there already.
        prices: The parts that would have to be bought.
        notes: Remarks for the screen, a line each: broken files moved aside, requests cut short.
    """

    requests: tuple[Request, ...]
    cached: tuple[Path, ...] = ()
    prices: tuple[Price, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def dollars(self) -> float:
        """What all of it costs."""
        return sum(price.dollars for price in self.prices)

    @property
    def records(self) -> int:
        """Records that would come."""
        return sum(price.records for price in self.prices)

    @property
    def size(self) -> int:
        """Bytes that would be paid for."""
        return sum(price.size for price in self.prices)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was asked for, on disk: a `Recording` plays it.

    Attributes:
        files: Those that were cached and those bought now. A file may hold more than was asked for, before and after.
        notes: Remarks for the screen, a line each.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What the engines want to know before the first live record: give the quote to `History.fetch` to get it."""

    contract: Contract
    quote: Quote


class History:
    """The Historical API of one account, with a cache. Everything but `fetch` is free of charge."""

    def __init__(self, options: HistoryOptions, key: ApiKey, *, rng: random.Random | None = None) -> None:
        """Prepare to ask; nothing is imported or sent before the first question."""
        self.options = options
        chance = rng or random.Random()  # noqa: S311 - spreads waits, guards nothing
        waits = options.api
        self._api = HistoryApi(waits, key, lambda: Backoff(waits.first_backoff, waits.longest_backoff, chance))
        self._cache = HistoryCache(options.cache_folder, options.dataset)

    async def available(self) -> dict[str, Available]:
        """Return the stretch that the account may have of each schema, and of the whole dataset under an empty name.

        Raises:
            SourceError: There is no answer, for the reason it says.
        """
        dataset = self.options.dataset
        told = await self._api.ask(lambda client: client.metadata.get_dataset_range(dataset=dataset))
        try:
            ranges = {"": told} | told.get("schema", {})
            return {name: Available(_moment(one["start"]), _moment(one["end"])) for name, one in ranges.items()}
        except (AttributeError, KeyError, TypeError) as error:
            raise BrokenAnswer(f"Databento answers with no range of {dataset} ({type(error).__name__})") from None

    async def resolve(self, symbol: str, at: int) -> Contract:
        """Return what a continuous symbol (`GC.v.0`), raw symbol or instrument id stands for on the UTC day of `at`.

        Raises:
            UnknownSymbol: It stands for nothing then.
            SourceError: There is no answer, for the reason it says.
        """
        stype = stype_of(symbol)
        number_of = symbol if stype == "instrument_id" else await self._resolve(symbol, stype, "instrument_id", at)
        raw = symbol if stype == "raw_symbol" else await self._resolve(number_of, "instrument_id", "raw_symbol", at)
        if not number_of.isdecimal():
            raise BrokenAnswer(f"Databento answers with no instrument id of {symbol}")
        return Contract(symbol, raw, int(number_of))

    async def quote(self, requests: Iterable[Request]) -> Quote:
        """Look up what the cache has of some requests, and ask what the rest costs.

        A request that reaches past what the account may have is cut short, and a note says so.

        Raises:
            SourceError: The cost cannot be known, for the reason it says.
        """
        wanted = tuple(requests)
        cached: list[Path] = []
        prices: list[Price] = []
        notes: list[str] = []
        for request in wanted:
            cover = await asyncio.to_thread(self._cache.cover, request)
            cached.extend(file for file in cover.files if file not in cached)
            notes.extend(cover.notes)
            for part in cover.missing:
                price = await self._price_within(part, notes)
                if price is not None:
                    prices.append(price)
        return Quote(wanted, tuple(cached), tuple(prices), tuple(notes))

    async def fetch(self, quote: Quote) -> Fetched:
        """Buy what a quote lists.

        Raises:
            TooDear: It costs more than the limit; nothing was bought.
            SourceError: Something could not be had; what was bought before is in the cache.
        """
        options = self.options
        if quote.dollars > options.cost_limit:
            raise TooDear(
                f"{quote.records:,} records would cost {dollars_in_words(quote.dollars)}, above the limit of "
                f"{dollars_in_words(options.cost_limit)}: raise {options.cost_setting} to allow it"
            )
        files = list(quote.cached)
        notes: list[str] = []
        for price in quote.prices:
            request: Request | None = price.request
            while request is not None:
                try:
                    files.append(await self._buy(request))
                    break
                except EndsEarlier as error:
                    request = await self._shortened(request, error, notes)
        return Fetched(tuple(files), tuple(notes))

    async def warm_up(self, symbol: str, now: int, flow_since: int | None = None) -> WarmUp:
        """Plan what the engines want before the first live record, and ask what it costs.

        That is the contract's definition, hourly and minute bars of it alone (never of the contract before it), and,
        where `options.flow` names a schema, the order flow since `flow_since`, such as the start of the session.

        Args:
            symbol: What is traded: continuous, raw or an instrument id.
            now: Wall clock, ns UTC.
            flow_since: From where order flow is wanted, ns UTC; None for none.

        Raises:
            SourceError: Something of it cannot be known, for the reason it says.
        """
        available = await self.available()
        contract = await self.resolve(symbol, min(now, available[""].end - 1))
        requests, late = [], {}
        for schema, since in self._wanted(now, flow_since):
            reach = available.get(schema, available[""])
            request = _within(schema, contract.raw_symbol, since, now, reach)
            if request is not None:
                requests.append(request)
            if request is None or now - reach.end > _LATE_NS:
                late[schema] = reach.end
        quote = await self.quote(requests)
        return WarmUp(contract, replace(quote, notes=(*_late_in_words(late), *quote.notes)))

    def _wanted(self, now: int, flow_since: int | None) -> Iterable[tuple[Schema, int]]:
        """Yield (schema, from when), the definition first."""
        yield Schema.DEFINITION, now - now % _DAY_NS - _DEFINITION_DAYS * _DAY_NS
        yield Schema.OHLCV_1H, now - self.options.hour_days * _DAY_NS
        yield Schema.OHLCV_1M, now - self.options.minute_days * _DAY_NS
        if self.options.flow is not None and flow_since is not None:
            yield self.options.flow, flow_since

    async def _resolve(self, symbol: str, stype_in: str, stype_out: str, at: int) -> str:
        day = datetime.fromtimestamp(at // SECOND_NS, UTC).date()
        dataset = self.options.dataset
        told = await self._api.ask(
            lambda client: client.symbology.resolve(
                dataset=dataset,
                symbols=symbol,
                stype_in=stype_in,
                stype_out=stype_out,
                start_date=day.isoformat(),
                end_date=(day + timedelta(days=1)).isoformat(),
            )
        )
        try:
            names = [str(interval["s"]) for intervals in told["result"].values() for interval in intervals]
        except (AttributeError, KeyError, TypeError) as error:
            raise BrokenAnswer(f"Databento answers with no meaning of {symbol} ({type(error).__name__})") from None
        if not any(names):
            raise UnknownSymbol(f"{dataset} has no {symbol} on {day}: check the symbol")
        return names[0]

    async def _price_within(self, part: Request, notes: list[str]) -> Price | None:
        """Ask what a request costs, cut short to what the account may have; None where nothing is left of it."""
        request: Request | None = part
        while request is not None:
            try:
                return await self._price(request)
            except EndsEarlier as error:
                request = await self._shortened(request, error, notes)
        return None

    async def _price(self, request: Request) -> Price:
        asked = self._asked(request)
        dollars = await self._api.ask(lambda client: client.metadata.get_cost(**asked))
        records = await self._api.ask(lambda client: client.metadata.get_record_count(**asked))
        size = await self._api.ask(lambda client: client.metadata.get_billable_size(**asked))
        return Price(
            request,
            number(dollars, f"cost of {request}"),
            int(number(records, f"record count of {request}")),
            int(number(size, f"size of {request}")),
        )

    async def _buy(self, request: Request) -> Path:
        with self._cache.filling(request) as path:
            await self._api.download(path, self._asked(request))
        return self._cache.path_of(request)

    def _asked(self, request: Request) -> dict[str, Any]:
        """Return the arguments that all calls about a request take alike."""
        return {
            "dataset": self.options.dataset,
            "symbols": request.symbol,
            "stype_in": stype_of(request.symbol),
            "schema": str(request.schema),
            "start": request.start,
            "end": request.end,
        }

    async def _shortened(self, request: Request, error: EndsEarlier, notes: list[str]) -> Request | None:
        """Return the part of a request that the account may have, None where there is none; note what is left out.

        Raises:
            NotEntitled: It is not told where the account's data end, or the end that is told changes nothing.
        """
        end = error.end
        if end is None:
            available = await self.available()
            end = available.get(request.schema, available[""]).end
        end = _floor(end, request.schema)
        if end >= request.end:
            raise NotEntitled(str(error)) from None
        notes.append(f"{request} ends {in_words(end)}: later needs a live licence")
        return request.cut(request.start, end) if end > request.start else None


def dollars_in_words(dollars: float) -> str:
    """Return an amount for the screen, to the cent, and finer below a dollar, where data of one contract often are."""
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}"


def _within(schema: Schema, symbol: str, since: int, now: int, reach: Available) -> Request | None:
    """Return the request for what there is from `since` to `now`, in whole bars; None where there is nothing."""
    start, end = max(_floor(since, schema), _ceil(reach.start)), _floor(min(now, reach.end), schema)
    return Request(schema, symbol, start, end) if start < end else None


def _late_in_words(ends: Mapping[Schema, int]) -> Iterator[str]:
    """Say in one line of each moment which schemas end there."""
    for end in sorted(set(ends.values())):
        names = ", ".join(schema for schema, at in ends.items() if at == end)
        yield f"{names}: the account's history ends {in_words(end)}; later needs a live licence, or has yet to come"


def _floor(moment: int, schema: Schema) -> int:
    """Return the moment, or the start of the bar of the schema that it falls into; whole seconds."""
    unit = BAR_SECONDS.get(schema, 1) * SECOND_NS
    return moment - moment % unit


def _ceil(moment: int) -> int:
    return -(-moment // SECOND_NS) * SECOND_NS


def _moment(text: object) -> int:
    moment = moment_in(str(text))
    if moment is None:
        raise TypeError("not a time")
    return moment
