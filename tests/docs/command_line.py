"""The command line as it is: every command of `qmo` with its options, read from the program."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

from qmo_tui.cli import app


@cache
def commands_of_qmo() -> dict[str, Any]:
    """Return every command by its words (`config show`), `qmo` itself by none."""
    root = typer.main.get_command(app)
    return dict(_below("", root))


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield words, command
    for name in getattr(command, "commands", {}):
        _, found, _ = command.resolve_command(typer.Context(command), [name])
        yield from _below(f"{words} {name}".strip(), found)


def lacks_a_value(words: list[str]) -> bool:
    """Tell whether a command ends with an option that wants a value: a sentence names it so."""
    command = commands_of_qmo().get(words[1] if len(words) > 1 else "")
    wanting = {name for one in getattr(command, "params", ()) if not getattr(one, "is_flag", True) for name in one.opts}
    return words[-1] in wanting


def options_of(words: str) -> list[str]:
    """Return the names of a command's options, `--help` among them, those of commands below it too."""
    found = [
        name
        for path, command in commands_of_qmo().items()
        if path == words or path.startswith(f"{words} ")
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("-")
    ]
    return [*found, "--help"]
