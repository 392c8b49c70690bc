"""What screens ask: bounded, paced by themselves, and harmless to the session whatever is sent."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing_view import PinnedRange
from engines.view import MarketView, ViewRequest
from qmo_tui.server.view_socket import answers_of, checked
from qmo_tui.session.glance import VIEW_PATH, encoded, glance_of
from tests.qmo_tui.cockpit.exchange_desk import BID, ExchangeDesk
from tests.qmo_tui.cockpit.scenes import ScriptedDesk
from tests.qmo_tui.remote.serving_desk import serving

REQUEST = ViewRequest(ladder_rows=20, bars=10)


@asynccontextmanager
async def asking(desk: ScriptedDesk) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with serving(desk) as address, aiohttp.ClientSession() as client:
        headers = {"Authorization": f"Bearer {address.token}"}
        async with client.ws_connect(f"http://127.0.0.1:{address.port}{VIEW_PATH}", headers=headers) as socket:
            yield socket


async def test_each_question_has_one_answer() -> None:
    desk = ScriptedDesk()
    async with asking(desk) as socket:
        for _ in range(3):
            await socket.send_bytes(encoded(REQUEST))
            answer = glance_of(await socket.receive_bytes())
            assert answer.view == desk.view(REQUEST)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xc1",
        b"\x93\x01\x02\x03",
        encoded(ViewRequest(ladder_rows=1_001)),
        encoded(ViewRequest(bars=-1)),
        encoded(ViewRequest(interval="2m")),
        encoded(ViewRequest(recent_seconds=1_001)),
        encoded(ViewRequest(profile_minutes=10**9)),
        encoded(ViewRequest(extent_since=-1)),
        encoded(ViewRequest(ladder_top=2**62, ladder_rows=5)),
        encoded(ViewRequest(pinned=PinnedRange(5, 5, 0, 0))),
        encoded(ViewRequest(pinned=PinnedRange(5, 6, -1, 0))),
        b"x" * 5_000,
        b"\x81\xa1x" + b"\x91" * 4_000 + b"\xc0",
    ],
    ids=[
        "nothing",
        "no code",
        "a list",
        "rows",
        "bars",
        "interval",
        "seconds",
        "minutes",
        "since",
        "price",
        "range",
        "time",
        "large",
        "deep",
    ],
)
async def test_what_is_no_request_ends_that_connection_and_asks_the_session_nothing(sent: bytes) -> None:
    desk = ScriptedDesk()
    async with asking(desk) as socket:
        await socket.send_bytes(sent)
        assert (await socket.receive(5)).type in {WSMsgType.CLOSE, WSMsgType.CLOSED}
        assert socket.close_code in {1003, 1009}
        assert desk.requests == []


class _Defective(ScriptedDesk):
    def view(self, request: ViewRequest) -> MarketView:
        raise ArithmeticError("a defect of these tests")


async def test_a_defect_cuts_the_connection_and_writes_no_other_answer_into_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with asking(_Defective()) as socket:
        await socket.send_bytes(encoded(REQUEST))
        assert (await socket.receive(5)).type is WSMsgType.CLOSED
        assert socket.close_code == WSCloseCode.ABNORMAL_CLOSURE
    assert "a defect of these tests" in caplog.text


SIZES = st.integers(0, 1_000)
FAR = st.integers(-(2**40), 2**40)
TIMES = st.integers(-1, 2**63)
ANY_REQUEST = st.builds(
    ViewRequest,
    ladder_top=st.none() | st.integers(BID - 2_000, BID + 2_000) | FAR,
    ladder_rows=SIZES,
    prints=SIZES,
    minimum_size=SIZES,
    interval=st.sampled_from(["1s", "1m", "5m", "15m", "1h"]),
    bars=SIZES,
    recent_seconds=SIZES | FAR,
    profile=st.booleans(),
    profile_of=st.sampled_from(["session", "visible", "recent", "composite"]),
    profile_minutes=SIZES | FAR,
    flow=st.booleans(),
    footprints=SIZES,
    zones=st.booleans(),
    opened=st.none()
    | st.text(max_size=20)
    | st.sampled_from(["pool-1", "iceberg-", "absorption-99999999999999999999"]),
    timing=st.booleans(),
    pinned=st.none() | st.builds(PinnedRange, FAR, FAR, TIMES, TIMES),
    mentor=st.booleans(),
    trading=st.booleans(),
    extent_since=st.none() | TIMES,
)


@pytest.fixture(scope="module")
def desk() -> ExchangeDesk:
    return ExchangeDesk()


@settings(max_examples=40, deadline=None)
@given(request=ANY_REQUEST)
def test_whatever_passes_can_be_answered(desk: ExchangeDesk, request: ViewRequest) -> None:
    try:
        checked(request)
    except ValueError:
        return
    ladder = glance_of(answers_of(desk).answer(request)).view.ladder
    assert len(ladder) == request.ladder_rows


async def test_text_is_no_request_either() -> None:
    async with asking(ScriptedDesk()) as socket:
        await socket.send_str("view")
        assert (await socket.receive(5)).type is WSMsgType.CLOSE


async def test_a_screen_that_asks_without_a_pause_is_answered_twenty_five_times_a_second() -> None:
    desk = ScriptedDesk()
    async with asking(desk) as socket:
        began = time.monotonic()
        for _ in range(10):
            await socket.send_bytes(encoded(REQUEST))
        for _ in range(10):
            await socket.receive_bytes()
        assert time.monotonic() - began >= 9 * 0.04


def test_screens_that_want_the_same_at_a_time_share_one_answer() -> None:
    desk, now = ScriptedDesk(), [0.0]
    answers = answers_of(desk, lambda: now[0])
    assert answers.answer(REQUEST) is answers.answer(REQUEST)
    assert len(desk.requests) == 1
    now[0] = 0.05
    answers.answer(REQUEST)
    answers.answer(ViewRequest(ladder_rows=21))
    assert len(desk.requests) == 3
