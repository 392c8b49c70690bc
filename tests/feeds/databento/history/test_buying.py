"""The unmodified client against a counterpart of the Historical API: cost first, a limit, and nothing paid twice."""

import asyncio
import gc
import logging
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feeds.databento.history import Available, Contract, History, HistoryOptions
from feeds.databento.history_api import ApiOptions
from feeds.databento.history_cache import Request
from feeds.databento.history_errors import BrokenAnswer, EndsEarlier, RequestRefused, TooDear, moment_in
from feeds.databento.key import ApiKey
from feeds.errors import CannotConnect, KeyRefused, NotEntitled, SourceError, UnknownSymbol
from feeds.recording import Recording
from feeds.records import Schema
from tests.counterparts.databento_history import (
    CONTINUOUS,
    CONTRACT,
    DOLLARS_PER_BYTE,
    INSTRUMENT,
    DatabentoHistory,
    Error,
    Fault,
    beyond,
)
from tests.feeds.databento.history.conftest import DAY, END, HOUR, KEY, NOW, SECOND, asking

MINUTES = Request(Schema.OHLCV_1M, CONTRACT, END - 2 * HOUR, END - HOUR)


async def bought(history: History, *requests: Request) -> tuple[Path, ...]:
    return (await history.fetch(await history.quote(requests))).files


async def test_the_cost_is_known_before_anything_is_bought(history: History, databento: DatabentoHistory) -> None:
    quote = await history.quote([MINUTES])

    assert quote.records == 60
    assert quote.size == 60 * 56
    assert quote.dollars == pytest.approx(60 * 56 * DOLLARS_PER_BYTE)
    assert databento.calls("timeseries.get_range") == []


async def test_what_was_bought_plays(history: History, databento: DatabentoHistory) -> None:
    files = await bought(history, MINUTES)

    batches = list(Recording(files).batches())
    assert (
        b"".join(batch.records.tobytes() for batch in batches)
        == databento.stock[Schema.OHLCV_1M][
            (databento.stock[Schema.OHLCV_1M]["ts_event"] >= MINUTES.start)
            & (databento.stock[Schema.OHLCV_1M]["ts_event"] < MINUTES.end)
        ].tobytes()
    )
    assert Recording(files).contents().symbols == {INSTRUMENT: CONTRACT}


async def test_nothing_is_paid_for_twice(history: History, databento: DatabentoHistory) -> None:
    first = await bought(history, MINUTES)
    again = await history.quote([MINUTES])
    later = MINUTES.cut(MINUTES.start + HOUR // 2, MINUTES.end + HOUR // 2)
    files = await bought(history, later)

    assert (again.dollars, again.cached) == (0, first)
    assert len(files) == 2
    sold = databento.calls("timeseries.get_range")
    assert [(int(form["start"]), int(form["end"])) for form in sold] == [
        (MINUTES.start, MINUTES.end),
        (MINUTES.end, later.end),
    ]


async def test_above_the_limit_nothing_is_bought(databento: DatabentoHistory, tmp_path: Path) -> None:
    history = asking(databento, tmp_path, cost_limit=0.0001)
    quote = await history.quote([MINUTES])

    with pytest.raises(
        TooDear, match=r"60 records would cost \$0\.0007, above the limit of \$0\.0001: raise history"
    ) as error:
        await history.fetch(quote)

    assert "history.cost_limit" in str(error.value)
    assert databento.calls("timeseries.get_range") == []


async def test_the_limit_is_on_the_sum(databento: DatabentoHistory, tmp_path: Path) -> None:
    hours = Request(Schema.MBO, CONTRACT, MINUTES.start, MINUTES.end)
    history = asking(databento, tmp_path, cost_limit=0.001)
    quote = await history.quote([MINUTES, hours])
    assert max(price.dollars for price in quote.prices) < 0.001 < quote.dollars

    with pytest.raises(TooDear):
        await history.fetch(quote)


@pytest.mark.parametrize("call", ["metadata.get_cost", "metadata.get_record_count", "metadata.get_billable_size"])
@pytest.mark.parametrize("fault", [Fault.GARBAGE, Error(422)], ids=["garbage", "refused"])
async def test_without_an_estimate_there_is_no_quote(
    history: History, databento: DatabentoHistory, call: str, fault: Fault | Error
) -> None:
    databento.faults[call] = [fault]

    with pytest.raises((BrokenAnswer, RequestRefused)):
        await history.quote([MINUTES])


async def test_what_a_symbol_stands_for(history: History) -> None:
    for symbol in (CONTINUOUS, CONTRACT, str(INSTRUMENT)):
        assert await history.resolve(symbol, END - 1) == Contract(symbol, CONTRACT, INSTRUMENT)


async def test_a_symbol_that_stands_for_nothing_is_unknown(history: History) -> None:
    with pytest.raises(UnknownSymbol, match=r"GLBX\.MDP3 has no XY\.v\.0 on 2026-11-17"):
        await history.resolve("XY.v.0", END - 1)


async def test_what_the_account_may_have(history: History) -> None:
    available = await history.available()

    assert available["mbo"] == available[""] == Available(1_275_782_400 * SECOND, END)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (Error(401), KeyRefused, "does not accept the API key"),
        (Error(402, "payment", "Pay first."), NotEntitled, "Pay first."),
        (Error(403, "forbidden", "No subscription."), NotEntitled, "No subscription."),
        (Error(422, "data_schema", "No such schema."), RequestRefused, "No such schema."),
        (Error(400), RequestRefused, "HTTP 400"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Error) else "",
)
async def test_each_refusal_is_of_its_kind_and_asked_once(
    history: History, databento: DatabentoHistory, error: Error, kind: type[SourceError], words: str
) -> None:
    databento.faults["metadata.get_cost"] = [error]

    with pytest.raises(SourceError, match=words) as caught:
        await history.quote([MINUTES])

    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert len(databento.calls("metadata.get_cost")) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 503, 504])
async def test_busy_is_asked_again(history: History, databento: DatabentoHistory, status: int) -> None:
    databento.faults["metadata.get_cost"] = [Error(status)] * 3
    databento.faults["timeseries.get_range"] = [Error(status)] * 3

    assert len(await bought(history, MINUTES)) == 1
    assert len(databento.calls("metadata.get_cost")) == 4


async def test_busy_for_too_long_is_said(history: History, databento: DatabentoHistory) -> None:
    databento.faults["metadata.get_cost"] = [Error(429)] * 9

    with pytest.raises(CannotConnect, match=r"HTTP 429\), 4 times in a row"):
        await history.quote([MINUTES])

    assert len(databento.calls("metadata.get_cost")) == 4


async def test_the_server_may_say_how_long_to_wait(databento: DatabentoHistory, tmp_path: Path) -> None:
    history = asking(databento, tmp_path, api=ApiOptions(databento.url, first_backoff=0.0, longest_backoff=0.3))
    databento.faults["metadata.get_cost"] = [Error(429, headers={"Retry-After": "60"})]
    await history.available()
    begun = time.monotonic()

    await history.quote([MINUTES])

    assert 0.3 <= time.monotonic() - begun < 20.0


async def test_a_wrong_key_is_told_as_such(databento: DatabentoHistory, tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="check DATABENTO_API_KEY"):
        await asking(databento, tmp_path, key="db-" + "x" * 29).available()


async def test_no_server_is_told_as_such(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        api = ApiOptions(f"http://127.0.0.1:{taken.getsockname()[1]}")

        with pytest.raises(CannotConnect, match="cannot be reached"):
            await History(HistoryOptions(tmp_path, api=api), ApiKey(KEY)).available()


async def test_silence_is_told_as_such(databento: DatabentoHistory, tmp_path: Path) -> None:
    databento.faults["metadata.get_dataset_range"] = [Fault.HANG]
    history = asking(databento, tmp_path, api=ApiOptions(databento.url, answer_seconds=0.2))

    with pytest.raises(CannotConnect, match="did not answer in time"):
        await history.available()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.CUT, "broke off before their end"),
        (Fault.STALL, "broke off before their end"),
        (Fault.HALF, "cannot be read"),
        (Fault.GARBAGE, "cannot be read"),
    ],
    ids=str,
)
async def test_data_that_break_off_are_not_kept_and_not_bought_again_unasked(
    history: History, databento: DatabentoHistory, fault: Fault, words: str
) -> None:
    databento.faults["timeseries.get_range"] = [fault]
    quote = await history.quote([MINUTES])

    with pytest.raises(BrokenAnswer, match=words):
        await history.fetch(quote)

    assert len(databento.calls("timeseries.get_range")) == 1
    assert [path for path in history.options.cache_folder.rglob("*") if path.is_file()] == []
    assert len(await bought(history, MINUTES)) == 1
    gc.collect()  # the client leaves its file open, which nobody is to be warned of later


async def test_a_download_given_up_ends_at_once(databento: DatabentoHistory, tmp_path: Path) -> None:
    history = asking(databento, tmp_path, api=ApiOptions(databento.url))
    databento.faults["timeseries.get_range"] = [Fault.HANG]
    quote = await history.quote([MINUTES])
    begun = time.monotonic()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(history.fetch(quote), 0.1)

    assert time.monotonic() - begun < 20.0
    gc.collect()
    assert [path for path in history.options.cache_folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "call",
    [
        "metadata.get_dataset_range",
        "symbology.resolve",
        "metadata.get_cost",
        "timeseries.get_range",
    ],
)
async def test_the_key_is_in_no_message_and_no_log(
    history: History, databento: DatabentoHistory, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    databento.faults[call] = [Fault.ECHO]

    with pytest.raises(RequestRefused, match=r"You sent Basic \*\*\*, that is \*\*\*\.") as caught:
        plan = await history.warm_up(CONTINUOUS, NOW)
        await history.fetch(plan.quote)

    told = [str(caught.value), repr(caught.value), repr(history), caplog.text, str(history.options)]
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert not [text for text in told if KEY in text or KEY[3:] in text]


@pytest.mark.parametrize(
    "address", ["http://hist.databento.com", "http://10.0.0.1:80", "hist.databento.com", "ftp://x"]
)
def test_the_key_goes_unencrypted_to_this_machine_only(address: str) -> None:
    with pytest.raises(ValueError, match=r"use https|is not an address"):
        ApiOptions(address)


def test_importing_it_does_not_load_the_client() -> None:
    code = "import sys, feeds.databento.history; print([n for n in ('databento', 'pandas') if n in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("data after 2026-11-17T14:30:30.000000000Z.", END // SECOND),
        ("available up to '2026-11-17 14:30:30+00:00'.", END // SECOND),
        ("available up to '2026-11-17 09:30:30-05:00'.", END // SECOND),
        ("ends 2026-11-17.", 1_794_873_600),
    ],
)
def test_a_moment_is_read_out_of_a_message(text: str, seconds: int) -> None:
    assert moment_in(text) == seconds * SECOND


async def test_a_request_that_reaches_past_the_licence_is_cut_short_and_said(
    history: History, databento: DatabentoHistory
) -> None:
    quote = await history.quote([MINUTES.cut(END - HOUR, NOW // (60 * SECOND) * 60 * SECOND)])

    whole_minute = END - END % (60 * SECOND)
    assert [price.request.end for price in quote.prices] == [whole_minute]
    assert quote.notes == (
        "ohlcv-1m of GCZ6, 2026-11-17 13:30 UTC to 2026-11-18 14:30 UTC ends 2026-11-17 14:30 UTC: "
        "later needs a live licence",
    )
    assert len((await history.fetch(quote)).files) == 1


async def test_a_request_wholly_past_the_licence_is_left_out_and_said(history: History) -> None:
    quote = await history.quote([MINUTES.cut(END + HOUR, END + 2 * HOUR)])

    assert quote.prices == ()
    assert len(quote.notes) == 1


async def test_the_licence_may_show_only_when_buying(history: History, databento: DatabentoHistory) -> None:
    quote = await history.quote([MINUTES])
    databento.end = MINUTES.end - HOUR // 2

    fetched = await history.fetch(quote)

    assert len(fetched.notes) == 1
    assert [int(form["end"]) for form in databento.calls("timeseries.get_range")] == [
        MINUTES.end,
        databento.end - databento.end % (60 * SECOND),
    ]


async def test_where_the_message_names_no_moment_the_range_of_the_account_does(
    history: History, databento: DatabentoHistory
) -> None:
    databento.faults["metadata.get_cost"] = [Error(403, "license_not_found_unauthorized", "A licence is required.")]

    quote = await history.quote([MINUTES.cut(END - HOUR, END + HOUR)])

    assert [price.request.end for price in quote.prices] == [END - END % (60 * SECOND)]


async def test_a_licence_message_that_changes_nothing_is_an_error(
    history: History, databento: DatabentoHistory
) -> None:
    databento.faults["metadata.get_cost"] = [beyond(NOW + DAY)]

    with pytest.raises(NotEntitled, match="live data license") as caught:
        await history.quote([MINUTES])

    assert not isinstance(caught.value, EndsEarlier)
