"""Databento's Historical API: what an account may have, what it costs, and the data as DBN in zstd.

It holds records of one contract, `GCZ6` (id 4916), which `GC.v.0` stands for, and sells them by the gigabyte.
"""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto

import numpy as np
import zstandard
from aiohttp import web

from feeds.dbn import Interval, Mapping, Metadata, SType
from feeds.records import Records, Schema
from tests.counterparts.server import Counterpart, cut, hang

CONTRACT = "GCZ6"
CONTINUOUS = "GC.v.0"
INSTRUMENT = 4_916
DOLLARS_PER_BYTE = 2e-7


class Fault(Enum):
    """What a request can come to, besides an error."""

    HANG = auto()
    CUT = auto()
    HALF = auto()
    STALL = auto()
    GARBAGE = auto()
    ECHO = auto()


@dataclass
class Error:
    """An error as Databento tells one."""

    status: int
    case: str = "some_case"
    message: str = "Some words."
    headers: dict[str, str] = field(default_factory=dict)


class DatabentoHistory(Counterpart):
    """The counterpart of the Historical API.

    Attributes:
        stock: Records by schema.
        end: Where the account's history ends, ns; a request beyond it is refused as Databento does.
        told_end: Where the range that it tells ends, if that is another moment.
        faults: By call (`metadata.get_cost`): what its next requests come to, in order.
        asked: (call, form) of every request, in order.
    """

    def __init__(self, key: str, stock: dict[Schema, Records], end: int) -> None:
        super().__init__()
        self.stock = stock
        self.end = end
        self.told_end = end
        self.faults: defaultdict[str, list[Fault | Error]] = defaultdict(list)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._authorization = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        self._key = key

    def calls(self, name: str) -> list[dict[str, str]]:
        """Return the forms of all requests of one call."""
        return [form for call, form in self.asked if call == name]

    def application(self) -> web.Application:
        application = web.Application()
        calls: dict[str, Callable[[web.Request, dict[str, str]], Awaitable[web.StreamResponse]]] = {
            "metadata.get_dataset_range": self._range,
            "metadata.get_cost": self._cost,
            "metadata.get_record_count": self._count,
            "metadata.get_billable_size": self._size,
            "symbology.resolve": self._resolve,
            "timeseries.get_range": self._data,
        }
        for name, answer in calls.items():
            application.router.add_route("*", f"/v0/{name}", self._checked(name, answer))
        return application

    def _checked(
        self, name: str, answer: Callable[[web.Request, dict[str, str]], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return a handler that looks at the key and at the faults first."""

        async def handle(request: web.Request) -> web.StreamResponse:
            form = {key: str(value) for key, value in (await request.post()).items()} or dict(request.query)
            self.asked.append((name, form))
            if request.headers.get("Authorization") != self._authorization:
                return told(Error(401, "auth_authentication_failed", "Authentication failed."))
            fault = self.faults[name].pop(0) if self.faults[name] else None
            if isinstance(fault, Error):
                return told(fault)
            if fault is Fault.HANG:
                await hang()
            if fault is Fault.ECHO:
                return told(Error(400, "echo", f"You sent {request.headers['Authorization']}, that is {self._key}."))
            if name != "timeseries.get_range" and fault is not None:
                cut(request) if fault is Fault.CUT else None
                return web.Response(text="{]", content_type="application/json")
            schema = form.get("schema")
            if schema and nanoseconds(form["end"]) > self.end:
                return told(beyond(self.end))
            if fault is not None:
                return await self._faulty(request, form, fault)
            return await answer(request, form)

        return handle

    async def _range(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        reach = {"start": "2010-06-06T00:00:00.000000000Z", "end": iso(self.told_end)}
        return web.json_response(reach | {"schema": {schema.value: reach for schema in self.stock}})

    async def _cost(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        return web.json_response(self._asked_for(form).nbytes * DOLLARS_PER_BYTE)

    async def _count(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        return web.json_response(len(self._asked_for(form)))

    async def _size(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        return web.json_response(self._asked_for(form).nbytes)

    async def _resolve(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        known = {
            ("continuous", CONTINUOUS): str(INSTRUMENT),
            ("raw_symbol", CONTRACT): str(INSTRUMENT),
            ("instrument_id", str(INSTRUMENT)): CONTRACT,
        }
        symbol = form["symbols"]
        meaning = known.get((form["stype_in"], symbol))
        interval = {"d0": form["start_date"], "d1": form["end_date"], "s": meaning}
        return web.json_response(
            {
                "result": {symbol: [interval]} if meaning else {},
                "symbols": [symbol],
                "stype_in": form["stype_in"],
                "stype_out": form["stype_out"],
                "start_date": form["start_date"],
                "end_date": form["end_date"],
                "partial": [],
                "not_found": [] if meaning else [symbol],
                "message": "OK" if meaning else "Not found",
                "status": 0 if meaning else 2,
            }
        )

    async def _data(self, request: web.Request, form: dict[str, str]) -> web.StreamResponse:
        return web.Response(body=self._body(form), content_type="application/octet-stream")

    async def _faulty(self, request: web.Request, form: dict[str, str], fault: Fault) -> web.StreamResponse:
        whole = self._body(form)
        if fault is Fault.GARBAGE:
            return web.Response(body=b"This is no DBN at all, not by any means.")
        if fault is Fault.HALF:
            return web.Response(body=whole[: len(whole) // 2])
        answer = web.StreamResponse(headers={"Content-Length": str(len(whole))})
        await answer.prepare(request)
        await answer.write(whole[: len(whole) // 2])
        if fault is Fault.STALL:
            await hang()
        await asyncio.sleep(0)
        cut(request)
        return answer

    def _asked_for(self, form: dict[str, str]) -> Records:
        if form["symbols"] not in {CONTRACT, CONTINUOUS}:
            return self.stock[Schema(form["schema"])][:0]
        records = self.stock[Schema(form["schema"])]
        start, end = np.uint64(nanoseconds(form["start"])), np.uint64(nanoseconds(form["end"]))
        return records[(records["ts_event"] >= start) & (records["ts_event"] < end)]

    def _body(self, form: dict[str, str]) -> bytes:
        start, end = nanoseconds(form["start"]), nanoseconds(form["end"])
        days = Interval(_date(start), _date(end) + 1, str(INSTRUMENT))
        header = Metadata(
            dataset=form["dataset"],
            schema=Schema(form["schema"]),
            start=start,
            end=end,
            stype_in=SType.CONTINUOUS if form["stype_in"] == "continuous" else SType.RAW_SYMBOL,
            symbols=(form["symbols"],),
            mappings=(Mapping(form["symbols"], (days,)),),
        )
        return zstandard.compress(header.encode() + self._asked_for(form).tobytes())


def told(error: Error) -> web.Response:
    detail = {"case": error.case, "message": error.message, "docs": "https://databento.com/docs", "payload": {}}
    return web.json_response({"detail": detail}, status=error.status, headers=error.headers)


def beyond(end: int) -> Error:
    """Return what is said to an account without a live licence that asks for the newest day."""
    words = f"A live data license is required to access GLBX.MDP3 data after {iso(end)}."
    return Error(403, "license_not_found_unauthorized", words)


def nanoseconds(text: str) -> int:
    """Return a time as the client writes it: ns since 1970, or ISO."""
    if text.isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * 1_000_000_000


def iso(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%S}.{moment % 1_000_000_000:09}Z"


def _date(moment: int) -> int:
    return int(f"{datetime.fromtimestamp(moment // 1_000_000_000, UTC):%Y%m%d}")
