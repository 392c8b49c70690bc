"""What is answered of the market: what the session's view shows, with prices on the tick and unknown as null."""

import asyncio
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.instrument import Instrument
from feeds.records import Provenance
from feeds.states import FeedState
from qmo_tui import __version__
from qmo_tui.server import answers, reading
from qmo_tui.server.newest import FRESH_SECONDS, Newest, glance_at
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback
from tests.qmo_tui.server.seats import Seat, seat

ALL = ViewRequest(zones=True, mentor=True, interval="1m", bars=answers.MOST_BARS)
GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)


async def test_the_market_is_what_the_view_shows(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path) as sat:
        await sat.played()
        await _market_is_as_viewed(sat)
        await _zones_are_as_viewed(sat)
        await _bars_are_as_viewed(sat)
        await _health_is_as_viewed(sat)
        await _wrong_questions_are_refused(sat)
        await _what_is_known_already_is_not_sent_again(sat)


async def _market_is_as_viewed(sat: Seat) -> None:
    view = sat.session.view(ALL)
    mentor, instrument = view.mentor, view.instrument
    assert mentor is not None
    assert instrument is not None
    status, told = await sat.get("/api/v1/market")
    assert status == HTTPStatus.OK
    assert (told["sequence"], told["event_time"], told["symbol"]) == (view.sequence, view.event_time, "GCZ6")
    for name, tick in {"price": view.last, "bid": view.best_bid, "ask": view.best_ask}.items():
        assert tick is not None
        assert told[name] == instrument.price(tick)
        assert round(told[name] / told["tick"]) == tick
    assert told["last"] == {"price": told["price"], "size": view.last_size, "side": view.last_side}
    assert (told["provenance"], told["feed"]["state"], told["trading"], told["book"]) == (
        "demo",
        "demo",
        "continuous",
        "valid",
    )
    assert told["age_seconds"] is None, "a recording has no age"
    assert told["playing"]["finished"] is True
    assert told["playing"]["speed"] is None
    assert (told["signal"], told["side"]) == ("wait", mentor.side)
    assert told["confidence"]["score"] == mentor.confidence
    assert told["confidence"]["coverage"] == mentor.coverage
    assert told["confidence"]["calibration"] is None, "nothing was calibrated"
    assert [pillar["name"] for pillar in told["pillars"]] == ["QMO", "IMO", "Gann", "Astro", "Cycle"]
    assert {gate["name"] for gate in told["gates"]} == {"data", "session", "news", "volatility", "capital"}
    live = [mark for mark in view.zones if mark.live]
    assert len(live) > 1
    assert len(told["zones"]) == min(20, len(live))
    assert told["zones"][0]["distance"] == min(zone["distance"] for zone in told["zones"])
    assert told["disclaimer"] == "Describes the market; no advice."
    status, asked = await sat.ask("POST", "/api/v1/market", json={"zones": 1})
    assert (status, asked["zones"]) == (HTTPStatus.OK, told["zones"][:1])
    assert (await sat.get("/api/v1/market?zones=0"))[1]["zones"] == []
    assert (await sat.ask("POST", "/api/v1/market"))[1] == told


async def _zones_are_as_viewed(sat: Seat) -> None:
    view = sat.session.view(ALL)
    told = (await sat.get("/api/v1/zones"))[1]
    assert {zone["id"] for zone in told["zones"]} == {mark.id for mark in view.zones}
    by_id = {mark.id: mark for mark in view.zones}
    for zone in told["zones"]:
        mark = by_id[zone["id"]]
        assert (zone["low"], zone["high"]) == (GOLD.price(mark.low), GOLD.price(mark.high))
        assert (zone["side"], zone["kind"], zone["live"], zone["score"]) == (
            mark.side,
            mark.kind,
            mark.live,
            mark.score,
        )
        assert [one["name"] for one in zone["evidence"]] == [one.name for one in mark.evidence]
    distances = [zone["distance"] for zone in told["zones"]]
    assert distances == sorted(distances)
    some = (await sat.get("/api/v1/zones?live=true&side=bid&count=2"))[1]["zones"]
    bids = [zone for zone in told["zones"] if zone["live"] and zone["side"] == "bid"]
    assert some == bids[:2] != []
    kinds = {zone["kind"] for zone in (await sat.get("/api/v1/zones?kind=iceberg"))[1]["zones"]}
    assert kinds == {"iceberg"}


async def _bars_are_as_viewed(sat: Seat) -> None:
    told = (await sat.get("/api/v1/bars?interval=1m&count=3"))[1]
    rows = sat.session.view(ALL).bars[-3:]
    assert [bar["start"] for bar in told["bars"]] == [row.start for row in rows]
    for bar, row in zip(told["bars"], rows, strict=True):
        assert bar["ts"] == row.start + 60 * 10**9
        assert [bar[name] for name in ("open", "high", "low", "close")] == [
            GOLD.price(tick) for tick in (row.open, row.high, row.low, row.close)
        ]
        assert row.buy is not None
        assert row.sell is not None
        assert (bar["volume"], bar["delta"], bar["cvd"]) == (row.volume, row.buy - row.sell, row.cvd)
    assert told["interval"] == "1m"
    assert (await sat.get("/api/v1/bars?interval=1h&count=1"))[1]["bars"][0]["complete"] is False


async def _health_is_as_viewed(sat: Seat) -> None:
    told = (await sat.get("/api/v1/health"))[1]
    assert (told["healthy"], told["version"], told["gaps"]) == (True, __version__, None)
    assert told["sequence"] == sat.session.view(ALL).sequence
    assert told["stream"]["next"] == len(sat.lines()) + 1
    assert (told["stream"]["clients"], told["stream"]["dropped"]) == (0, 0)
    assert told["lag_ms"] >= 0
    assert set(told["data"].values()) == {0}


async def _wrong_questions_are_refused(sat: Seat) -> None:
    for path, why in {
        "/api/v1/bars?interval=2m": "interval",
        "/api/v1/bars?count=0": "count",
        "/api/v1/bars?count=1001": "count",
        "/api/v1/bars?count=1.5": "count",
        "/api/v1/zones?side=buy": "side",
        "/api/v1/zones?live=perhaps": "live",
        "/api/v1/zones?zone=1": "unknown field `zone`",
        "/api/v1/market?zones=1&zones=2": "twice",
        "/api/v1/health?verbose=1": "unknown field `verbose`",
        "/api/v1/stream?kinds=rumour": "rumour",
        "/api/v1/stream?kinds=,": "no kind at all",
        "/api/v1/stream?after=-1": "after",
    }.items():
        status, told = await sat.get(path)
        assert status == HTTPStatus.BAD_REQUEST, path
        assert why in told["detail"], told
    for body in (b"{", b"[]", b'{"zones": "many"}', b'{"zones": 1, "buy": 1}', b"\xff\xfe", b"[" * 50_000, b"1e999"):
        status, told = await sat.ask("POST", "/api/v1/market", data=body)
        assert (status, told["status"]) == (HTTPStatus.BAD_REQUEST, 400), body[:20]
        assert told["detail"].count("\n") == 0


async def _what_is_known_already_is_not_sent_again(sat: Seat) -> None:
    for path in ("/api/v1/market", "/api/v1/zones", "/api/v1/bars"):
        async with sat.client.get(sat.serving.url + path) as answer:
            etag = answer.headers["ETag"]
        async with sat.client.get(sat.serving.url + path, headers={"If-None-Match": etag}) as answer:
            assert (answer.status, await answer.read()) == (HTTPStatus.NOT_MODIFIED, b"")
        async with sat.client.get(sat.serving.url + path, headers={"If-None-Match": 'W/"another"'}) as answer:
            assert answer.status == HTTPStatus.OK


async def test_the_document_promises_a_tag_of_those_answers_that_have_one(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        _, document = await sat.get("/api/v1/openapi.json")
        for path in ("/api/v1/market", "/api/v1/zones", "/api/v1/bars", "/api/v1/health"):
            promised = document["paths"][path]["get"]["responses"]
            async with sat.client.get(sat.serving.url + path) as answer:
                assert ("ETag" in answer.headers) == ("headers" in promised["200"]) == ("304" in promised), path


async def test_before_the_first_record_everything_unknown_is_null(recording: Path, tmp_path: Path) -> None:
    async with seat(recording, tmp_path, play=False) as sat:
        told = (await sat.get("/api/v1/market"))[1]
        assert told["sequence"] == 0
        unknown = (
            "symbol tick event_time age_seconds price bid bid_size ask ask_size last volume delta side confidence phase"
        )
        assert {name: told[name] for name in unknown.split()} == dict.fromkeys(unknown.split())
        assert (told["signal"], told["zones"], told["pillars"], told["gates"]) == ("wait", [], [], [])
        assert (await sat.get("/api/v1/zones"))[1]["zones"] == []
        assert (await sat.get("/api/v1/bars"))[1]["bars"] == []


class _Line:
    """A live session as far as the server reads one; its market stands still."""

    source = "databento mbo"
    records_per_second = 12.0
    notes = ("a note",)
    playback: Playback | None = None

    def __init__(self, line: Line, error: str | None = None) -> None:
        self.line = line
        self.error = error
        self.asked = 0

    def view(self, request: ViewRequest) -> MarketView:
        self.asked += 1
        return MarketView(
            sequence=1,
            instrument=GOLD,
            provenance=Provenance.LIVE,
            schema="mbo",
            event_time=5,
            receive_time=6,
            phase=MarketPhase.CONTINUOUS,
            book=BookState.VALID,
            last=20_000,
        )


@pytest.mark.parametrize(
    ("state", "error", "healthy"),
    [
        (FeedState.LIVE, None, True),
        (FeedState.STALE, None, False),
        (FeedState.RECONNECTING, None, False),
        (FeedState.CONTEXT, None, False),
        (FeedState.LIVE, "the key was refused", False),
    ],
    ids=str,
)
def test_the_line_of_a_live_session_is_told_with_its_age(state: FeedState, error: str | None, healthy: bool) -> None:
    line = Line(
        state, "databento mbo", "because", since=3, heard=10**9, now=3 * 10**9, interruptions=2, recording="REC"
    )
    glance = glance_at(_Line(line, error), ViewRequest())
    market = reading.market(glance, answers.MarketQuestion())
    assert (market.age_seconds, market.feed.state, market.feed.reason, market.feed.since) == (2.0, state, "because", 3)
    assert (market.playing, market.provenance, market.price) == (None, "live", 2_000.0)
    stand = answers.StreamStand(id="", first=1, next=1, clients=0, dropped=0)
    health = reading.health(glance, None, stand)
    assert (health.healthy, health.gaps, health.recording, health.lag_ms) == (healthy, 2, "REC", None)
    assert health.feed.error == error


def test_whoever_asks_often_gets_one_view_a_tenth_of_a_second() -> None:
    now = 0.0
    served = _Line(Line())
    newest = Newest(partial(glance_at, served), FRESH_SECONDS, lambda: now)
    first = newest.answer(ALL)
    assert all(newest.answer(ALL) is first for _ in range(1_000))
    assert served.asked == 1
    now = FRESH_SECONDS
    assert newest.answer(ALL) is not first
    for bars in range(50):
        newest.answer(ViewRequest(bars=bars))
    assert len(newest._made) <= 8


async def test_a_thousand_questions_do_not_hold_up_the_session(recording: Path, tmp_path: Path) -> None:
    """Asked without a pause while it plays, the session builds few views and plays to its end."""
    async with seat(recording, tmp_path, requests_per_second=10_000) as sat:
        asked = 0

        async def keep_asking() -> None:
            nonlocal asked
            while not sat.session.transport.finished:
                status, _ = await sat.get("/api/v1/market")
                assert status == HTTPStatus.OK
                asked += 1

        built: list[ViewRequest] = []
        look = sat.session.view

        def counted(request: ViewRequest) -> MarketView:
            built.append(request)
            return look(request)

        sat.session.view = counted  # type: ignore[method-assign]
        begun = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as asking:
            for _ in range(4):
                asking.create_task(keep_asking())
            await sat.played()
        seconds = asyncio.get_running_loop().time() - begun
        assert len(built) <= seconds / FRESH_SECONDS + 2
        assert asked > len(built)
