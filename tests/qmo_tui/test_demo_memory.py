"""The demo's memory does not grow with the market it has played: it has no end."""

from qmo_tui.bench.demo import measure_demo


def test_the_demo_takes_no_more_memory_after_three_hours_of_market_than_after_one() -> None:
    peak, growth = measure_demo(hours=3)
    assert peak.met
    assert growth.met
    assert growth.value < 5.0
