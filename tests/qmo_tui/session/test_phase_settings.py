"""The settings of phase and footprint reach the engines, in their units, and mean the same where nothing is set."""

from engines.mentor.footprint import FootprintSettings
from engines.mentor.phase_features import PhaseSettings
from qmo_tui.session.contract import pipeline_settings
from qmo_tui.setting_tables.engines import Imo, Phase
from qmo_tui.settings import Settings

MINUTE = 60_000_000_000


def test_the_defaults_of_the_settings_are_those_of_the_engines() -> None:
    engines = pipeline_settings(Settings())
    assert engines.phase == PhaseSettings()
    assert engines.imo == FootprintSettings()


def test_every_setting_of_the_phase_is_handed_on() -> None:
    chosen = Phase(
        bars=30,
        hysteresis=3,
        trending=0.5,
        resting=0.2,
        flat=1.0,
        push=1.5,
        wing=3,
        value_bars=12,
        usual_days=7,
        stale_minutes=20,
    )
    assert pipeline_settings(Settings(phase=chosen)).phase == PhaseSettings(
        30, 3, 0.5, 0.2, 1.0, 1.5, 3, 12, 7, 20 * MINUTE
    )


def test_every_setting_of_the_footprint_is_handed_on() -> None:
    chosen = Imo(
        near=0.5,
        near_ticks=15,
        beyond_ticks=2,
        resting_minutes=10,
        sweep_minutes=7.5,
        memory_hours=2,
        flow_minutes=5,
        flow_full=2,
        least=0.1,
        resting=0.4,
        sweep=0.3,
        memory=0.15,
        flow=0.1,
        agreement=0.05,
    )
    assert pipeline_settings(Settings(imo=chosen)).imo == FootprintSettings(
        0.5, 15, 2, 10 * MINUTE, 15 * MINUTE // 2, 120 * MINUTE, 5, 2, 0.1, 0.4, 0.3, 0.15, 0.1, 0.05
    )
