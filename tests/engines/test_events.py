"""The lines of the event log: their keys, in the order the log promises, and the digest over them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engines.events import HASHED_KINDS, Bar, Digest, Event, Feed, Iceberg, Session, Stops, Summary, encode
from engines.pipeline import Pipeline, run
from feeds.records import Batch, Schema
from tests.engines.flow.test_bars import ALL_BARS, GOLD
from tests.engines.real_data import ES, read_records
from tests.market import session

PROMISED: dict[type[Event], str] = {
    Session: "source provenance dataset symbol instrument_id schema tick multiplier version settings_digest",
    Bar: "interval open high low close volume buy sell none trades delta cvd",
    Iceberg: "id tier order_id side price display filled refreshes state score",
    Stops: "side orders volume from to",
    Feed: "state source reason",
    Summary: "records events trades volume buy_volume sell_volume none_volume resting_orders best_bid best_ask "
    "unknown_orders crossed_events icebergs counts digest wall_s records_per_s peak_rss_mb",
}


def _lines(events: list[Event], kind: type[Event]) -> list[dict[str, Any]]:
    return [json.loads(encode(event)) for event in events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    pipeline = Pipeline(GOLD, ALL_BARS)
    said = run(pipeline, [Batch(Schema.MBO, session(5, 3_000, auction=True).array)])
    return [*said, pipeline.summary(), Feed(ts=1, state="LIVE", source="x", reason="y", at=2)]


@pytest.mark.parametrize("kind", [Bar, Iceberg, Stops, Feed, Summary])
def test_every_line_has_the_promised_keys(events: list[Event], kind: type[Event]) -> None:
    lines = _lines(events, kind)
    assert lines
    for line in lines:
        assert list(line)[:2] == ["kind", "ts"]
        assert line["kind"] == kind.__name__.lower()
        assert isinstance(line["ts"], int)
        named = [key for key in line if key in PROMISED[kind].split()]
        assert sorted(named) == sorted(PROMISED[kind].split())


@pytest.mark.parametrize("kind", [Session, Bar, Iceberg, Stops, Feed])
def test_the_promised_keys_stand_in_their_order(kind: type[Event]) -> None:
    names = [field.encode_name for field in msgspec.structs.fields(kind)]
    promised = PROMISED[kind].split()
    assert [name for name in names if name in promised] == promised


def test_one_line_an_event() -> None:
    line = encode(Feed(ts=5, state="a\nb", source="", reason="ü", at=0))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"kind": "feed", "ts": 5, "state": "a\nb", "source": "", "reason": "ü", "at": 0}


def test_prices_are_numbers_on_the_tick(events: list[Event]) -> None:
    for line in _lines(events, Bar):
        for name in ("open", "high", "low", "close"):
            assert line[name] == round(line[name], 1)
        assert line["low"] <= min(line["open"], line["close"]) <= max(line["open"], line["close"]) <= line["high"]
        assert line["buy"] + line["sell"] + line["none"] == line["volume"]
        assert line["delta"] == line["buy"] - line["sell"]


def test_sides_are_passive_for_icebergs_and_aggressive_for_stops(events: list[Event]) -> None:
    assert {line["side"] for line in _lines(events, Iceberg)} == {"bid", "ask"}
    assert {line["side"] for line in _lines(events, Stops)} == {"buy", "sell"}


def test_an_iceberg_says_one_thing_an_event_but_for_its_detection_and_its_end(events: list[Event]) -> None:
    said: dict[tuple[str, str], int] = {}
    for line in _lines(events, Iceberg):
        said[line["id"], line["state"]] = said.get((line["id"], line["state"]), 0) + 1
    assert all(count == 1 for (_, state), count in said.items() if state != "traded")


# --- the digest ---------------------------------------------------------------------------------------------------


def _digest(events: list[Event]) -> str:
    digest = Digest()
    for event in events:
        digest.add(event, encode(event))
    return digest.hexdigest()


def test_the_digest_covers_what_is_computed_from_records_and_nothing_else(events: list[Event]) -> None:
    computed = [event for event in events if event.__struct_config__.tag in HASHED_KINDS]
    assert 0 < len(computed) < len(events)
    assert _digest(events) == _digest(computed)
    for place in (0, len(computed) // 2, len(computed) - 1):
        assert _digest(computed[:place] + computed[place + 1 :]) != _digest(computed)
        later = msgspec.structs.replace(computed[place], ts=computed[place].ts + 1)
        assert _digest([*computed[:place], later, *computed[place + 1 :]]) != _digest(computed)


def test_the_order_of_lines_matters(events: list[Event]) -> None:
    computed = [event for event in events if event.__struct_config__.tag in HASHED_KINDS]
    assert _digest(computed[::-1]) != _digest(computed)


def test_the_real_log(data: Path) -> None:
    pipeline = Pipeline(ES)
    said = run(pipeline, [Batch(Schema.MBO, read_records(data, "esh4-20231225.mbo.dbn.zst"))])
    counts = {kind: len(_lines(said, kind)) for kind in (Bar, Iceberg, Stops)}
    assert counts[Stops] == 45
    assert counts[Bar] == 60 + 12 + 4 + 1 + 1
    stops = _lines(said, Stops)
    assert sum(line["orders"] for line in stops) == 100
    summary = json.loads(encode(pipeline.summary()))
    assert (summary["volume"], summary["buy_volume"] + summary["sell_volume"] + summary["none_volume"]) == (
        9_892,
        9_892,
    )
    assert (summary["best_bid"], summary["best_ask"]) == (4_810.0, 4_810.25)
    synthetic = {"ids": 141, "refreshes": 310, "lots": 401, "said": 0, "estimate": 0.056, "estimate_n": 560}
    assert summary["icebergs"] == {"native": {"ids": 13, "refreshes": 83, "lots": 491}, "synthetic": synthetic}
    assert (summary["resting_orders"], summary["unknown_orders"], summary["crossed_events"]) == (11_217, 0, 0)
    assert (summary["fifo_checks"], summary["fifo_violations"]) == (2_900, 0)
