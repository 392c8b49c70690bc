"""One recording for all tests of the server."""

from pathlib import Path

import pytest

from tests.qmo_tui.server.seats import write_market


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_market(tmp_path_factory.mktemp("served") / "market.mbo.dbn.zst")
