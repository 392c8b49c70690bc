from pathlib import Path

import pytest

from qmo_tui.bench.live import measure_live
from tests.engines.real_data import ES


def test_the_live_path_is_measured_through_a_gateway_in_another_process(data: Path, tmp_path: Path) -> None:
    sample = data / "esh4-20231225.mbo.dbn.zst"
    if not sample.exists():
        pytest.skip(f"needs recorded market data: no file {sample}")
    rate, cpu = measure_live(sample, tmp_path, ES, least_records=100_000)
    assert (rate.unit, cpu.unit) == ("M records/s", "us")
    assert rate.value > 0.01
    assert 0 < cpu.value < 100
