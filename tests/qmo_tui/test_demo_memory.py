"""The demo's memory does not grow with the market it has played: it has no end."""

from qmo_tui.bench.demo import measure_demo


def test_the_demo_takes_no_more_memory_after_three_hours_of_market_than_after_one() -> None:
    peak, growth, objects_before, objects = measure_demo(hours=3)
    assert peak.met
    assert growth.met
    assert growth.value < 5.0
    assert objects.met
    per_hour = (objects.value - objects_before.value) / 2
    assert per_hour < 4_000  # lists of a day that fill up; what a second or a record left behind would be many more
