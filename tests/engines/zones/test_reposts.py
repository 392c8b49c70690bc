"""The pass over re-posted orders equals a plain reading of the same records, however they are cut."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.book import Book
from engines.book.layout import HIDDEN, HIDDEN_EXECUTED
from engines.zones.reposts import Reposts, SyntheticSettings
from engines.zones.reposts_layout import REPOST
from feeds.records import Records
from tests.engines.book.extremes import stream
from tests.engines.real_data import ES, read_records
from tests.feeds.simulator.sessions import TICK as SIMULATED_TICK
from tests.feeds.simulator.sessions import order_flow, simulated
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.market.strategies import damaged_streams, streams
from tests.oracle import rows
from tests.oracle.reposts import PlainReposts

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
WHAT = ("earlier", "detected", "traded", "executed", "cancelled", "expired")
EVERY = SyntheticSettings(window=20_000_000, reposts=1, least=0.0)
"""Says all chains, of one re-post too."""
Told = tuple[list[tuple[Any, ...]], list[dict[str, int]], dict[str, int]]
"""Steps, tallies, totals."""


def _told(array: Records, instrument_id: int, tick: int, wanted: SyntheticSettings, cuts: Sequence[int] = ()) -> Told:
    """Run book and pass over a stream that is cut at the given places."""
    book, reposts = Book(instrument_id, tick), Reposts(instrument_id, tick, wanted)
    told, first = [], 0
    for start, end in pairwise([0, *sorted(cuts), len(array)]):
        position = 0
        for output in book.process(array[start:end]):
            stretch = array[start + position : start + output.position]
            for found in reposts.process(stretch, first, output.hiddens):
                told += [dict(zip(REPOST.names or (), row, strict=True)) for row in found.tolist()]
            first += len(stretch)
            position = output.position
    names = reposts.tallies.dtype.names or ()
    tallies = [dict(zip(names, row, strict=True)) for row in reposts.tallies.tolist()]
    totals = {name: int(reposts.now[name]) for name in ("ids", "reposts", "lots")}
    assert int(reposts.now["event"]) == int(book.now["event"])
    assert int(reposts.now["clock"]) == int(book.now["clock"])
    return sorted(_step(row) for row in told), tallies, totals


def _step(row: dict[str, Any]) -> tuple[Any, ...]:
    fields = ("index", "number", "clock", "event", "price", "size", "reposts", "filled")
    return (
        *(row[name] for name in fields),
        WHAT[row["what"]],
        chr(row["side"]),
        row["taken_index"],
        row["posted_index"],
    )


def _told_plainly(array: Records, instrument_id: int, tick: int, wanted: SyntheticSettings) -> Told:
    book = Book(instrument_id, tick)
    hiddens = np.concatenate([np.zeros(0, HIDDEN), *(output.hiddens.copy() for output in book.process(array))])
    executed = hiddens[hiddens["what"] == HIDDEN_EXECUTED][["index", "order_id"]].tolist()
    plain = PlainReposts(instrument_id, tick, window=wanted.window, reposts=wanted.reposts, least=wanted.least)
    plain.feed(rows(array), executed)
    steps = [
        (
            *(step.index, step.number, step.ts, step.event, step.price, step.size, step.reposts, step.filled),
            *(step.what, step.side, *step.links[-1]),
        )
        for step in plain.steps
    ]
    names = ("near", "near_same", "far", "far_same", "first", "first_same", "taken")
    tallies = [{name: tally[name] for name in names} for tally in plain.tallies]
    return sorted(steps), tallies, {name: plain.totals[name] for name in ("ids", "reposts", "lots")}


def _assert_equal(array: Records, tick: int = TICK, wanted: SyntheticSettings = EVERY) -> Told:
    told = _told(array, FIRST_INSTRUMENT, tick, wanted)
    assert told == _told_plainly(array, FIRST_INSTRUMENT, tick, wanted)
    return told


# --- the real session and simulated ones ------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [EVERY, SyntheticSettings(least=0.0), SyntheticSettings()], ids=["all", "2", "said"])
def test_the_real_session(data: Path, wanted: SyntheticSettings) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    told = _told(array, ES.instrument_id, ES.tick, wanted)
    assert told == _told_plainly(array, ES.instrument_id, ES.tick, wanted)
    assert told[2]["ids"] > 100


def test_the_real_session_says_nothing_that_chance_explains(data: Path) -> None:
    """Its re-posts are of one lot, like most of what anybody adds."""
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    steps, tallies, totals = _told(array, ES.instrument_id, ES.tick, SyntheticSettings())
    assert not steps
    assert totals == {"ids": 141, "reposts": 310, "lots": 401}
    one_lot = tallies[0]
    assert (one_lot["near_same"], one_lot["near"], one_lot["far_same"], one_lot["far"]) == (545, 664, 714, 910)


@pytest.mark.parametrize("wanted", [EVERY, SyntheticSettings()], ids=["all", "said"])
def test_a_simulated_session(wanted: SyntheticSettings) -> None:
    array = order_flow(simulated(3, 4.0)[0])[:60_000]
    instrument_id = int(array["instrument_id"][0])
    told = _told(array, instrument_id, SIMULATED_TICK, wanted)
    assert told == _told_plainly(array, instrument_id, SIMULATED_TICK, wanted)
    assert told[2]["ids"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_the_real_session_in_any_batches(data: Path, seed: int) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    random = Random(seed)
    cuts = [random.randrange(len(array)) for _ in range(10 ** (1 + seed))]
    whole = _told(array, ES.instrument_id, ES.tick, SyntheticSettings(least=0.0))
    assert _told(array, ES.instrument_id, ES.tick, SyntheticSettings(least=0.0), cuts) == whole


# --- any stream -------------------------------------------------------------------------------------------------------


@FINDING
@given(streams(most_events=200))
def test_any_stream(made: Any) -> None:
    _assert_equal(made.array)


@FINDING
@given(damaged_streams(most_events=120))
def test_any_damaged_stream(array: Records) -> None:
    _assert_equal(array)


@FINDING
@given(st.data())
def test_any_damaged_stream_in_any_batches(data: st.DataObject) -> None:
    array = data.draw(damaged_streams(most_events=100))
    cuts = data.draw(st.lists(st.integers(0, len(array)), max_size=40))
    assert _told(array, FIRST_INSTRUMENT, TICK, EVERY, cuts) == _told(array, FIRST_INSTRUMENT, TICK, EVERY)


def test_generated_streams_hold_chains() -> None:
    """Else the tests above would hold nothing to the rule."""
    steps, tallies, totals = _assert_equal(session(5, 4_000, pace=1_000_000).array)
    assert totals["ids"] > 5
    assert {step[8] for step in steps} >= {"detected", "executed"}
    assert tallies[0]["near"] > 0


def test_more_than_its_arrays_first_hold() -> None:
    """So many bids, filled one lot each in one event, and posted anew: clips, tranches, chains and rows grow."""
    count = 2_200
    steps, _, totals = _assert_equal(_filled_and_posted_anew(count))
    assert totals == {"ids": count, "reposts": count, "lots": count}
    assert len(steps) == count


def _filled_and_posted_anew(count: int) -> Records:
    entered = stream(count)
    filled = stream(2 * count, action=np.repeat(np.frombuffer(b"FC", np.uint8), count), flags=0)
    filled["order_id"] = np.tile(entered["order_id"], 2)
    filled["flags"][-1] = 128
    again = stream(count, order_id=np.arange(count + 1, 2 * count + 1))
    whole = np.concatenate([entered, filled, again])
    whole["ts_event"] = whole["ts_recv"] = stream(len(whole))["ts_event"]
    return whole
