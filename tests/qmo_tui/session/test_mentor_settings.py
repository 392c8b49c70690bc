"""The settings of the mentor reach the engines, in their units, and mean the same where nothing is set."""

from engines.mentor.confidence import ConfidenceSettings
from engines.mentor.gates import GateSettings
from engines.mentor.mentor import MentorSettings
from engines.mentor.pillars import Weights
from engines.mentor.volatility import VolatilitySettings
from engines.timing.astro.windows import AstroSettings
from qmo_tui.session.contract import pipeline_settings
from qmo_tui.setting_tables.engines import BodyWeights, Mentor, PillarWeights
from qmo_tui.settings import Settings


def test_the_defaults_of_the_settings_are_those_of_the_engines() -> None:
    assert pipeline_settings(Settings()).mentor == MentorSettings()


def test_every_setting_is_handed_on() -> None:
    chosen = Mentor(
        least_lean=0.3,
        arm=0.8,
        disarm=0.6,
        coverage=0.5,
        dwell_seconds=120,
        lapse_seconds=240,
        stale_seconds=2.5,
        extreme=4.0,
        calm=1.5,
        weights=PillarWeights(qmo=0.1, imo=0.2, gann=0.3, astro=0.4, cycle=0.5),
        astro=BodyWeights(moon=0.1, mercury=0.2, venus=0.3, sun=0.4, mars=0.5, jupiter=0.6, saturn=0.9),
    )
    assert pipeline_settings(Settings(mentor=chosen)).mentor == MentorSettings(
        weights=Weights(0.1, 0.2, 0.3, 0.4, 0.5),
        confidence=ConfidenceSettings(0.3, 0.8, 0.6, 0.5, 120 * 1_000_000_000, 240 * 1_000_000_000),
        gates=GateSettings(stale=2_500_000_000),
        volatility=VolatilitySettings(extreme=4.0, calm=1.5),
        astro=AstroSettings(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9),
    )
