"""The settings of order flow reach the engines, in their units, and mean the same where nothing is set."""

from typing import Any, Final

from engines.flow.settings import FlowSettings
from qmo_tui.session.contract import pipeline_settings
from qmo_tui.setting_tables.engines import Flow
from qmo_tui.settings import Settings

SAME_UNITS: Final[dict[str, Any]] = {
    "imbalance_ratio": 4.0,
    "imbalance_least": 2.5,
    "stacked": 5,
    "bias_enter": 3.0,
    "bias_leave": 0.5,
    "divergence_bars": 30,
    "divergence_shortfall": 0.75,
}


def test_the_defaults_of_the_settings_are_those_of_the_engines() -> None:
    assert pipeline_settings(Settings()).flow == FlowSettings()


def test_every_setting_is_handed_on() -> None:
    chosen = Flow(**SAME_UNITS, baseline_minutes=15, big_print_percent=5.0)
    assert pipeline_settings(Settings(flow=chosen)).flow == FlowSettings(
        **SAME_UNITS, baseline_half_life=15 * 60 * 1_000_000_000, big_print_share=0.05
    )
