from feeds.records import Schema
from feeds.supervisor.staleness import Staleness

HALT = range(1_000, 1_100)
LIMITS = {Schema.MBO: 20.0, Schema.TRADES: 300.0}


def watching(expected: Schema | None = Schema.MBO) -> Staleness:
    """Trading always, but for seconds 1000 to 1099."""
    staleness = Staleness(LIMITS, lambda moment: moment not in HALT)
    staleness.begin(0.0, expected)
    return staleness


def test_a_schema_that_stops_is_silent_after_its_own_limit() -> None:
    one = watching()
    one.note(Schema.MBO, 5.0)
    one.note(Schema.TRADES, 5.0)
    assert one.silent(25.0, 25) == ()
    assert one.silent(25.1, 25) == (Schema.MBO,)
    assert one.silent(306.0, 306) == (Schema.MBO, Schema.TRADES)


def test_one_record_ends_the_silence() -> None:
    one = watching()
    assert one.silent(30.0, 30) == (Schema.MBO,)
    one.note(Schema.MBO, 30.0)
    assert one.silent(30.0, 30) == ()


def test_a_schema_that_is_expected_is_missed_though_it_never_came() -> None:
    assert watching().silent(21.0, 21) == (Schema.MBO,)
    assert watching(expected=None).silent(21.0, 21) == ()


def test_silence_in_the_halt_does_not_count_and_begins_anew_after_it() -> None:
    one = watching()
    one.note(Schema.MBO, 995.0)
    assert all(one.silent(now, now) == () for now in range(996, 1_119))
    assert one.silent(1_120.0, 1_120) == (Schema.MBO,)


def test_a_new_connection_begins_anew() -> None:
    one = watching()
    one.note(Schema.TRADES, 1.0)
    one.begin(400.0, Schema.MBO)
    assert one.silent(410.0, 410) == ()


def test_a_schema_without_a_limit_may_be_silent() -> None:
    one = watching(expected=None)
    one.note(Schema.DEFINITION, 0.0)
    assert one.silent(100_000.0, 100_000) == ()
