"""The page of keys in the documentation."""

from pathlib import Path

from qmo_tui.cockpit.actions import docs

PAGE = Path(__file__).resolve().parents[3] / "docs" / "keys.md"


def test_the_page_of_keys_is_the_table_of_actions() -> None:
    assert PAGE.read_text().endswith(docs())
