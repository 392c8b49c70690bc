"""The trader's own themes: files that are read, or told in one line."""

from pathlib import Path

import pytest

from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.theme_files import ThemeError, as_file, palettes_of, read_themes, require_known, trouble_with
from qmo_tui.cockpit.themes import COLOURS, PALETTES
from tests.qmo_tui.cockpit.running import seat


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "themes"
    made.mkdir()
    return made


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_file_names_what_differs_from_its_base(folder: Path) -> None:
    write(folder, "mint", 'base = "dark"\n[colours]\nbid = "#7EE2B8"\n')
    palettes = palettes_of(read_themes(folder))
    assert list(palettes) == [*PALETTES, "mint"]
    assert palettes["mint"].colours == {**PALETTES["dark"].colours, "bid": "#7ee2b8"}
    assert palettes["mint"].name == "mint"


def test_a_file_may_stand_on_another_file(folder: Path) -> None:
    write(folder, "a", 'base = "b"\n[colours]\nask = "#ff0000"\n')
    write(folder, "b", 'base = "light"\n[colours]\nbid = "#0000ff"\nground = "#ffffff"\n')
    a = palettes_of(read_themes(folder))["a"]
    assert (a.colours["bid"], a.colours["ask"], a.colours["text"], a.dark) == ("#0000ff", "#ff0000", "#1d242b", False)


def test_a_theme_of_the_terminals_own_colours(folder: Path) -> None:
    write(folder, "sixteen", 'base = "ansi"\n[colours]\nbid = "bright_blue"\n')
    sixteen = palettes_of(read_themes(folder))["sixteen"]
    assert sixteen.ansi
    assert sixteen.colours["bid"] == "bright_blue"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('bse = "dark"\n', "unknown key 'bse'; did you mean 'base'?"),
        ('base = "drak"\n', "base: no theme 'drak'; did you mean 'dark'?"),
        ("base = 5\n", "base: no theme 5; there are: colour-blind, dark, light, ansi, mine"),
        ('base = "mine"\n', "it is its own base: mine -> mine"),
        ("colours = 5\n", "colours is a table: write them under [colours]"),
        ('[colours]\nbidd = "#123456"\n', "unknown colour 'bidd'; did you mean 'bid'?"),
        ('[colours]\nbid = "#12345"\n', "bid: '#12345' is not a colour: write it as #1c232a"),
        ("[colours]\nbid = 5\n", "bid: 5 is not a colour: write it as #1c232a"),
        (
            'base = "ansi"\n[colours]\nbid = "cyen"\n',
            "bid: 'cyen' is none of the terminal's sixteen; did you mean 'cyan'?",
        ),
        (
            'base = "ansi"\n[colours]\nbid = ["cyan"]\n',
            "bid: ['cyan'] is none of the terminal's sixteen; did you mean 'cyan'?",
        ),
        ("[colours\n", "not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 9)"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what_to_do(folder: Path, text: str, told: str) -> None:
    write(folder, "mine", text)
    (found,) = read_themes(folder)
    assert (found.palette, found.trouble) == (None, f"themes/mine.toml: {told}")
    assert list(palettes_of([found])) == list(PALETTES)


def test_a_packaged_theme_keeps_its_name(folder: Path) -> None:
    write(folder, "dark", "")
    assert (
        read_themes(folder)[0].trouble
        == "themes/dark.toml: 'dark' is a theme of the program: give the file another name"
    )


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "mine.toml").write_bytes(b"\xff\xfe")
    assert read_themes(folder)[0].trouble == "themes/mine.toml: is not UTF-8 text: save it as such"


@pytest.mark.parametrize(
    "text", [f"base = {'[' * 5_000}{']' * 5_000}", f"base{'.a' * 5_000} = 1"], ids=["list", "table"]
)
def test_a_file_that_is_nested_without_end(folder: Path, text: str) -> None:
    write(folder, "mine", f"{text}\n")
    assert read_themes(folder)[0].trouble == "themes/mine.toml: a value in it is nested too deep: mend it"


def test_no_folder_no_themes(tmp_path: Path) -> None:
    assert read_themes(tmp_path / "none") == ()


def test_what_is_told_at_the_start_is_one_line_about_the_wanted_theme_first(folder: Path) -> None:
    write(folder, "a", "x = 1\n")
    write(folder, "b", "y = 1\n")
    files = read_themes(folder)
    assert trouble_with(files, "b").startswith("themes/b.toml: unknown key 'y'")
    assert trouble_with(files, "b").endswith("; colour-blind stays; 1 more: `qmo config themes`")
    assert "stays" not in trouble_with(files[:1], "dark")
    assert trouble_with((), "dark") == ""


def test_a_setting_that_names_no_theme_is_refused(folder: Path) -> None:
    require_known("light", ())
    with pytest.raises(ThemeError, match=r"cockpit\.theme: no theme 'drak'; did you mean 'dark'"):
        require_known("drak", (), setting="cockpit.theme")


@pytest.mark.parametrize("name", PALETTES)
def test_a_theme_written_as_a_file_names_every_colour_and_is_the_same_theme(folder: Path, name: str) -> None:
    write(folder, "copy", as_file(PALETTES[name]))
    copy = palettes_of(read_themes(folder))["copy"]
    assert copy.colours == PALETTES[name].colours
    assert (copy.dark, copy.ansi) == (PALETTES[name].dark, PALETTES[name].ansi)
    assert all(f"\n{colour} = " in as_file(PALETTES[name]) for colour in COLOURS)


async def test_the_key_reaches_own_themes_and_warns_of_what_cannot_be_seen(folder: Path) -> None:
    write(folder, "grey", 'base = "light"\n[colours]\nbid = "#777777"\nask = "#777777"\n')
    options = CockpitOptions(theme="ansi", palettes=palettes_of(read_themes(folder)), greeting="themes/x.toml: broken")
    async with seat(options=options) as trader:
        assert "themes/x.toml: broken" in trader.text("notice")
        await trader.press("t")
        assert trader.app.theme == "grey"
        assert "theme grey; bid on ground: contrast 4.29, needs 4.5 and" in trader.text("notice")
        await trader.press("t")
        assert trader.app.theme == "colour-blind"


async def test_a_theme_that_cannot_be_used_leaves_the_default_one() -> None:
    async with seat(options=CockpitOptions(theme="broken")) as trader:
        assert trader.app.theme == "colour-blind"
