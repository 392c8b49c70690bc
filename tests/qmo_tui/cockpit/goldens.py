"""Pictures as text files: what a painter gives is compared with what was looked at and kept."""

from pathlib import Path

from qmo_tui.cockpit.painting.spans import Rows, text_of

_FOLDER = Path(__file__).with_name("golden")


def text_picture(rows: Rows) -> str:
    """Return rows as lines; the blanks at their ends are dropped."""
    return "".join(f"{text_of(row).rstrip()}\n" for row in rows)


def assert_golden(name: str, picture: str) -> None:
    """Compare a picture with the kept one; a missing one is written, to be looked at and committed."""
    path = _FOLDER / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(picture, encoding="utf-8")
        raise AssertionError(f"{path} was missing and has been written: look at it, then commit it")
    assert picture == path.read_text(encoding="utf-8")
