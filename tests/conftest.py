"""What every test stands on: the real data, and user files that are nobody's."""

import os
from pathlib import Path

import pytest

from tests.kernels import compile_for_all, copy_for

_WORKER = os.environ.get("PYTEST_XDIST_WORKER")
_REPOSITORY = Path(__file__).resolve().parent.parent
if _WORKER is not None and "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = str(copy_for(_WORKER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Compile before there are workers, which would each compile the same."""
    if "NUMBA_CACHE_DIR" not in os.environ:
        compile_for_all()


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
