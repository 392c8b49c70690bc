"""What importing a room costs, asked of a fresh interpreter."""

import json
import subprocess
import sys

import pytest

_PROBE = """
import importlib, json, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"{name}."):
        importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(*lines: str, walk: bool = False) -> set[str]:
    """Return the top-level names that a fresh interpreter has loaded after importing these modules.

    With `walk`, all modules inside them are imported too.
    """
    source = _PROBE if walk else _PROBE.replace('getattr(package, "__path__", [])', "[]")
    run = subprocess.run(
        [sys.executable, "-c", source, *lines], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(run.stdout))


HEAVY = {"textual", "rich", "numba", "numpy", "databento", "pandas", "pydantic", "asyncio", "matplotlib"}


def test_command_line_loads_nothing_heavy() -> None:
    loaded = loaded_by("qmo_tui.cli")
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_settings_load_nothing_heavy() -> None:
    loaded = loaded_by("qmo_tui.settings", "qmo_tui.paths", "qmo_tui.errors", "qmo_tui.log", "qmo_tui.cli.config")
    assert "msgspec" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("room", ["feeds", "engines"])
def test_rooms_below_the_screen_load_no_screen(room: str) -> None:
    loaded = loaded_by(room, walk=True)
    assert "numpy" in loaded
    assert loaded & {"textual", "rich", "qmo_tui", "typer"} == set()


def test_a_session_loads_neither_compiler_nor_database_before_its_first_frame() -> None:
    loaded = loaded_by("qmo_tui.cli.live", "qmo_tui.session.live", "qmo_tui.session.replay", "qmo_tui.session.memory")
    assert "numpy" in loaded
    assert loaded & {"numba", "sqlite3"} == set()


def test_a_screen_on_another_process_needs_no_engine() -> None:
    loaded = loaded_by("qmo_tui.cli.browser_screen", "qmo_tui.remote.session", "qmo_tui.cockpit.app")
    assert "aiohttp" in loaded
    assert loaded & {"numba", "sqlite3", "databento", "pandas"} == set()


def test_commands_load_no_screen_until_they_run() -> None:
    loaded = loaded_by("qmo_tui.cli", walk=True)
    assert loaded & {"textual", "rich", "matplotlib"} == set()
