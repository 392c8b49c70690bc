"""`qmo config`: what the settings are, where each comes from, and where the user's file is."""

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from qmo_tui import paths
from qmo_tui.cli.completions import offer_themes
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.settings import load, plain, settings_digest, values

config = typer.Typer(
    name="config", help="Show the settings and where each comes from.", add_completion=False, rich_markup_mode=None
)

_STARTER_HEADING: Final = """\
# Your settings of the QMO cockpit. Every setting is here with its default, commented out: take the `# ` off a line and
# change its value. A setting is looked up in this order, and `qmo config show` says where each value came from:
#   1. a flag of the command                      qmo replay FILE --speed 5
#   2. an environment variable, QMO_ and the key  QMO_REPLAY_SPEED=5
#   3. this file
#   4. the default

"""

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@config.command()
def show(*, json: Json = False) -> None:
    """Print every setting, its value and where the value comes from."""
    loaded = load()
    rows = [(key, plain(value), loaded.origins[key]) for key, value in values(loaded.settings)]
    if json:
        settings = {key: {"value": value, "origin": origin.layer, "where": origin.where} for key, value, origin in rows}
        _print_json({"settings": settings, "digest": settings_digest(loaded.settings)})
        return
    lines = [(f"{key} = {msgspec.json.encode(value).decode()}", origin) for key, value, origin in rows]
    width = max(len(line) for line, _ in lines)
    for line, origin in lines:
        typer.echo(f"{line:{width}}  # {origin}")


@config.command()
def keys(*, json: Json = False) -> None:
    """Print every key, its action and which ones are your own; then all that is wrong with your keymap."""
    from qmo_tui.cockpit.actions import ACTIONS, keys_of, shown_key
    from qmo_tui.cockpit.keymap import KeymapError, examined_file

    file = paths.keymap_file()
    keymap, faults = examined_file(file)
    if json:
        told = [
            {
                "action": action.name,
                "group": action.group.value,
                "title": action.title,
                "keys": [shown_key(key) for key in keys_of(action, keymap)],
                "own": action.name in keymap,
            }
            for action in ACTIONS
        ]
        _print_json({"file": str(file), "keys": told, "faults": list(faults)})
        raise typer.Exit(ExitCode.USAGE if faults else ExitCode.DONE)
    for action in ACTIONS:
        shown = " ".join(shown_key(key) for key in keys_of(action, keymap))
        own = "  # keymap.toml" if action.name in keymap else ""
        typer.echo(f"{shown:18} {action.name:16} {action.title}{own}")
    if faults:
        raise KeymapError(*faults)


@config.command()
def path(*, json: Json = False) -> None:
    """Print where your settings file is. With --json, every folder the program uses."""
    if not json:
        typer.echo(paths.user_config_file())
        return
    _print_json(
        {
            "user_file": str(paths.user_config_file()),
            "packaged_file": str(paths.packaged_config_file()),
            "keymap": str(paths.keymap_file()),
            "themes": str(paths.themes_folder()),
            "news": str(paths.news_file()),
            "data": str(paths.data_folder()),
            "state": str(paths.state_folder()),
            "log": str(paths.log_file()),
            "crashes": str(paths.crashes_folder()),
        }
    )


@config.command()
def themes(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", autocompletion=offer_themes, help="Print this theme as a file, to begin one of your own."
        ),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """List the themes and what is wrong with each; your own are files in `themes/` beside your settings."""
    from qmo_tui.cockpit.theme_check import faults
    from qmo_tui.cockpit.theme_files import as_file, palettes_of, read_themes, require_known
    from qmo_tui.cockpit.themes import PALETTES

    files = read_themes(paths.themes_folder())
    palettes, broken = palettes_of(files), {file.name: file.trouble for file in files if file.palette is None}
    found = {name: list(faults(palette)) for name, palette in palettes.items()} | {
        name: [trouble] for name, trouble in broken.items()
    }
    if name is not None:
        require_known(name, files)
        if name in broken:
            raise QmoError(broken[name])
        typer.echo("".join(f"# {fault}\n" for fault in found[name]) + as_file(palettes[name]), nl=False)
        return
    where = {file.name: str(file.path) for file in files} | dict.fromkeys(PALETTES, "packaged")
    if json:
        _print_json({name: {"where": where[name], "usable": name in palettes, "faults": found[name]} for name in found})
        return
    width = max(map(len, found))
    for theme, wrong in found.items():
        typer.echo(f"{theme:{width}}  {where[theme]}")
        for fault in wrong:
            typer.echo(f"{'':{width}}  - {fault}")


@config.command()
def init(
    *,
    own_keys: Annotated[bool, typer.Option("--keys", help="Write keymap.toml instead, with every key.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")] = False,
) -> None:
    """Write a settings file of your own. Every setting is in it, commented out, with its default."""
    if own_keys:
        _write_starter(paths.keymap_file(), keymap_starter(), "qmo config init --keys --force", force=force)
        return
    settings = starter(paths.packaged_config_file().read_text(encoding="utf-8"))
    _write_starter(paths.user_config_file(), settings, "qmo config init --force", force=force)


def _write_starter(target: Path, text: str, again: str, *, force: bool) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QmoError(f"{target.parent}: the folder cannot be made: {error.strerror}") from None
    try:
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise QmoError(f"{target} exists: edit it, or replace it with `{again}`") from None
    except OSError as error:
        raise QmoError(f"{target}: cannot be written: {error.strerror}") from None
    typer.echo(target)


def keymap_starter() -> str:
    """Return a keymap with every action and its keys, commented out."""
    from qmo_tui.cockpit.actions import grouped

    lines = ["# Your keys: take the # off a line and name others. `qmo config keys` says what is wrong with them."]
    for group, actions in grouped().items():
        lines += ["", f"# {group}"]
        for action in actions:
            written = msgspec.json.encode(action.keys[0] if len(action.keys) == 1 else list(action.keys)).decode()
            lines.append(f"# {action.name} = {written}  # {action.title}")
    return "\n".join(lines) + "\n"


def starter(packaged: str) -> str:
    """Return the packaged settings with every value commented out, so that a later default is not held back.

    What stands above the first setting speaks of the packaged file; in its place stands what a file of one's own is.
    """
    _, _, settings = packaged.partition("\n\n")
    return _STARTER_HEADING + "".join(
        line if not line.strip() or line.startswith(("#", "[")) else f"# {line}"
        for line in settings.splitlines(keepends=True)
    )


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
