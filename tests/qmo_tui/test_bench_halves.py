"""The halves of the pipeline are measured apart, each by its own work."""

from pathlib import Path

import pytest

from feeds.dbn import DbnWriter, Metadata
from qmo_tui.bench.halves import measure_halves
from qmo_tui.errors import QmoError


def test_both_halves_of_the_pipeline_take_time(data: Path) -> None:
    book, engines = measure_halves(data / "esh4-20231225.mbo.dbn.zst", passes=1)
    assert book > 0.0
    assert engines > 0.0


def test_what_holds_no_order_flow_cannot_be_measured(tmp_path: Path) -> None:
    empty = tmp_path / "empty.dbn"
    with DbnWriter(empty, Metadata(dataset="GLBX.MDP3")):
        pass
    with pytest.raises(QmoError, match="holds no order flow"):
        measure_halves(empty, passes=1)
