"""The wheel: what it holds, and that `qmo` and `python -m qmo_tui` work from it alone, in an environment of its own."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import qmo_tui

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with what the environment has: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the commands of a fresh environment with the wheel in it; what it needs is lent by this environment."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=300)
    commands = environment / "bin"
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"),
            *("--python", commands / "python", wheel),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (libraries,) = environment.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched last, and the .pth files in it, such as our own, are not read.
    (libraries / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return commands


def run(*words: str | Path, folder: Path) -> str:
    """Run a command away from the repository; return its stdout, having checked that it complained about nothing."""
    known = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, cwd=folder, env=known)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_wheel_holds_the_program_its_settings_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"qmo_tui", "engines", "feeds"}
    assert {"qmo_tui/config.toml", "qmo_tui/cockpit/cockpit.tcss", "qmo_tui/py.typed"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", ".nbi", ".nbc")) or "/tests/" in name]


def test_the_program_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import qmo_tui; print(qmo_tui.__file__)", folder=tmp_path)
    assert Path(where).is_relative_to(installed.parent)
    assert run(installed / "qmo", "--version", folder=tmp_path) == f"qmo {qmo_tui.__version__}\n"
    assert run(installed / "python", "-m", "qmo_tui", "--version", folder=tmp_path) == f"qmo {qmo_tui.__version__}\n"
    assert run(installed / "qmo", "demo", "--help", folder=tmp_path).startswith("Usage: qmo demo ")


def test_the_settings_of_the_wheel_are_those_of_the_repository(installed: Path, tmp_path: Path) -> None:
    places = json.loads(run(installed / "qmo", "config", "path", "--json", folder=tmp_path))
    assert Path(places["packaged_file"]).is_relative_to(installed.parent)
    written = Path(run(installed / "qmo", "config", "init", folder=tmp_path).strip())
    assert "# theme =" in written.read_text()
    shown = run(installed / "qmo", "config", "show", folder=tmp_path)
    assert "packaged file" in shown
