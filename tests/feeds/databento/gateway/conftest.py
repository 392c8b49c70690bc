"""A generated session as a recording, made once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from feeds.recording import Recording
from feeds.records import Records
from tests.market import write_session


@dataclass(frozen=True)
class Day:
    """A minute of a generated market: its file and its records."""

    path: Path
    records: Records

    @property
    def data(self) -> bytes:
        return self.records.tobytes()

    def recording(self, *others: Path) -> Recording:
        return Recording([self.path, *others])


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    path = tmp_path_factory.mktemp("gateway") / "day.mbo.dbn.zst"
    return Day(path, write_session(path, 5, minutes=0.5).array)
