"""The order in which events are said."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.agenda import LAST_OF_ITS_TIME, Agenda
from engines.events import Bar, Event, Feed, Stops, Window
from engines.pipeline import Pipeline
from feeds.records import F_LAST, Batch, Records, Schema
from tests.engines.book.extremes import stream
from tests.engines.flow.test_bars import ALL_BARS, GOLD
from tests.market.sessions import SECOND
from tests.market.strategies import damaged_streams


def _event(ts: int, name: str = "") -> Feed:
    return Feed(ts=ts, state=name, source="", reason="", at=0)


def _names(events: list[Event]) -> list[str]:
    return [event.state for event in events if isinstance(event, Feed)]


def test_events_are_said_by_time() -> None:
    agenda = Agenda()
    for ts in (5, 3, 4):
        agenda.add(_event(ts, str(ts)))
    assert _names(agenda.due(0)) == ["3", "4", "5"]
    assert agenda.due(0) == []


def test_of_one_time_what_stands_outside_events_comes_first_then_by_event_rank_and_finding() -> None:
    agenda = Agenda()
    agenda.add(_event(1, "second event"), 7, 0)
    agenda.add(_event(1, "iceberg"), 6, 2)
    agenda.add(_event(1, "stops"), 6, 1)
    agenda.add(_event(1, "another iceberg"), 6, 2)
    agenda.add(_event(1, "bar"))
    assert _names(agenda.due(8)) == ["bar", "stops", "iceberg", "another iceberg", "second event"]


def test_what_belongs_to_the_running_event_waits_and_holds_back_what_is_later() -> None:
    agenda = Agenda()
    agenda.add(_event(2, "found"), 7)
    agenda.add(_event(1, "earlier"))
    agenda.add(_event(3, "later"))
    assert _names(agenda.due(7)) == ["earlier"]
    assert _names(agenda.due(8)) == ["found", "later"]


def test_nothing_overtakes_what_is_not_yet_added() -> None:
    agenda = Agenda()
    for ts in (1, 2, 3):
        agenda.add(_event(ts, str(ts)))
    assert _names(agenda.due(0, before=2)) == ["1"]
    assert _names(agenda.due(0)) == ["2", "3"]


def test_what_comes_last_of_its_time_waits_until_the_clock_has_passed() -> None:
    agenda = Agenda()
    agenda.add(_event(1, "zone"), LAST_OF_ITS_TIME, 1)
    agenda.add(_event(1, "iceberg"), 6)
    assert _names(agenda.due(7, clock=1)) == ["iceberg"]
    agenda.add(_event(1, "zone of a kind before"), LAST_OF_ITS_TIME, 0)
    agenda.add(_event(1, "another iceberg"), 7)
    agenda.add(_event(2, "later"), 8)
    assert _names(agenda.due(9, clock=2)) == ["another iceberg", "zone of a kind before", "zone", "later"]


def test_at_the_end_everything_is_said() -> None:
    agenda = Agenda()
    agenda.add(_event(2, "running"), 99)
    agenda.add(_event(1, "bar"))
    assert _names(agenda.rest()) == ["bar", "running"]
    assert agenda.rest() == []


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(damaged_streams(most_events=80), st.integers(1, 60))
def test_lines_stand_in_event_time_order_whatever_comes_in(array: Records, size: int) -> None:
    pipeline = Pipeline(GOLD, ALL_BARS)
    said: list[Event] = []
    for start in range(0, len(array), size):
        said += pipeline.process(Batch(Schema.MBO, array[start : start + size]))
    said += pipeline.finish()
    assert [event.ts for event in said] == sorted(event.ts for event in said)


def test_a_bar_that_ends_inside_a_matching_event_waits_for_the_stops_that_fired_before() -> None:
    array = stream(3, action=list(b"TTN"), order_id=[100, 5, 0], flags=0)
    array["ts_event"][2] = array["ts_recv"][2] = array["ts_event"][1] + 5 * SECOND
    closing = array[2:].copy()
    closing["flags"] = F_LAST
    pipeline = Pipeline(GOLD, ALL_BARS)
    said = [pipeline.process(Batch(Schema.MBO, part)) for part in (array[:2], array[2:], closing)]
    assert [len(events) for events in said[:2]] == [0, 0]
    told = [event for event in said[2] if not isinstance(event, Window)]
    assert [type(event) for event in told] == [Stops, Bar]
    assert [event.ts for event in said[2]] == sorted(event.ts for event in said[2])
