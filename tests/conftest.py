"""What every test stands on: the real data, and user files that are nobody's."""

import os
from pathlib import Path

import pytest

# Each worker compiles kernels into a cache of its own: two processes that write one index can mix its entries up.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER")
_REPOSITORY = Path(__file__).resolve().parent.parent
if _WORKER is not None:
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_REPOSITORY / ".cache" / "numba" / _WORKER))


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of recorded market data, or skip the test and say what it needs."""
    named = os.environ.get("QMO_DATA")
    folder = Path(named) if named else _REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs recorded market data: no folder {folder} (set QMO_DATA to where it is)")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test user files of its own, and none of the settings or keys of whoever runs it."""
    for name in list(os.environ):
        if (name.startswith("QMO_") and name != "QMO_DATA") or name == "DATABENTO_API_KEY":
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("QMO_HOME", str(folder))
    return folder
