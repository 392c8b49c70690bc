"""Neither memory nor objects of the demo grow with the market it has played: it has no end."""

from qmo_tui.bench.demo import measure_demo


def test_the_demo_takes_no_more_memory_after_four_hours_of_market_than_after_one() -> None:
    figures = {figure.name: figure for figure in measure_demo(hours=4)}
    assert all(figure.met is not False for figure in figures.values())
    assert figures["its growth after the first hour"].value < 5.0
    # More zones are remembered in the third hour. What each second, record or footprint left behind shows in blocks.
    assert figures["objects more in the end"].value < 4.5
    assert figures["blocks more in the end"].value < 1.8
