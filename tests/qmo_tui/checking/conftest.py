"""Gold in every schema, made once."""

import pytest

from feeds.recording import Recording

from .gold import definition, gold


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return gold(tmp_path_factory.mktemp("gold"), defined=definition())
