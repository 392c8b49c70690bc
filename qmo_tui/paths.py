"""Where the user's files are: the platform's folders, or all of them under `QMO_HOME` where that is set.

Nothing here creates a folder; whoever writes a file does.
"""

import os
from pathlib import Path
from typing import Final

import platformdirs

HOME_VARIABLE: Final = "QMO_HOME"
_APPLICATION: Final = "qmo"


def config_folder() -> Path:
    """Return the folder of settings, keymap and themes."""
    return _home() or platformdirs.user_config_path(_APPLICATION, appauthor=False)


def data_folder() -> Path:
    """Return the folder of recordings, journal and memory."""
    return _home() or platformdirs.user_data_path(_APPLICATION, appauthor=False)


def state_folder() -> Path:
    """Return the folder of logs and crash files."""
    return _home() or platformdirs.user_state_path(_APPLICATION, appauthor=False)


def user_config_file() -> Path:
    """Return the path of the user's own settings, whether or not the file exists."""
    return config_folder() / "config.toml"


def keymap_file() -> Path:
    """Return the path of the user's own keys, whether or not the file exists."""
    return config_folder() / "keymap.toml"


def themes_folder() -> Path:
    """Return the folder of the user's own themes, whether or not it exists."""
    return config_folder() / "themes"


def layouts_file() -> Path:
    """Return the path of the user's own layouts, whether or not the file exists."""
    return config_folder() / "layouts.toml"


def last_layout_file() -> Path:
    """Return the path of what keeps which layout was used last, whether or not the file exists."""
    return state_folder() / "last-layout"


def news_file() -> Path:
    """Return the path of the user's news calendar, whether or not the file exists."""
    return config_folder() / "news.csv"


def recordings_folder() -> Path:
    """Return the folder of recordings, whether or not it exists."""
    return data_folder() / "recordings"


def memory_file() -> Path:
    """Return the path of the iceberg memory, whether or not the file exists."""
    return data_folder() / "memory.db"


def journal_file(account: str) -> Path:
    """Return the path of an account's journal, whether or not the file exists: practice is kept apart from `paper`."""
    return data_folder() / ("journal.db" if account == "paper" else "journal-practice.db")


def capital_files(account: str) -> tuple[Path, Path]:
    """Return the paths of both copies of an account's capital ladder, whether or not they exist."""
    return data_folder() / f"capital-{account}.json", state_folder() / f"capital-{account}.copy.json"


def calibration_folder() -> Path:
    """Return the folder of calibrations, whether or not it exists."""
    return data_folder() / "calibration"


def cache_folder() -> Path:
    """Return the folder of what can be fetched again: bought history, cookies."""
    return data_folder() / "cache"


def history_folder() -> Path:
    """Return the folder of bought history, whether or not it exists."""
    return cache_folder() / "history"


def pictures_folder() -> Path:
    """Return the folder of saved pictures of the screen, whether or not it exists."""
    return data_folder() / "pictures"


def packaged_config_file() -> Path:
    """Return the path of the `config.toml` that holds every default.

    An installed package carries it inside `qmo_tui`; in a source tree it stands at the top.
    """
    package = Path(__file__).parent
    installed = package / "config.toml"
    return installed if installed.is_file() else package.parent / "config.toml"


def serving_file(port: int) -> Path:
    """Return the path of what a running server leaves word of, whether or not the file exists."""
    return state_folder() / "serving" / f"{port}.json"


def log_file() -> Path:
    """Return the path of the log, whether or not the file exists."""
    return state_folder() / "logs" / "qmo.log"


def crashes_folder() -> Path:
    """Return the folder of crash files, whether or not it exists."""
    return state_folder() / "crashes"


def price_alerts_file() -> Path:
    """Return the path of the kept price alerts, whether or not the file exists."""
    return state_folder() / "price-alerts.json"


def _home() -> Path | None:
    """Return the folder that `QMO_HOME` names, absolute, or None where it is unset or empty."""
    named = os.environ.get(HOME_VARIABLE)
    return Path(named).expanduser().absolute() if named else None
