"""The manual page and the examples: made from the tables that the program obeys, so that neither can be wrong."""

import shlex
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from qmo_tui.cli import app, command_of
from qmo_tui.cli.command_table import COMMANDS, EXAMPLES, GROUPS
from qmo_tui.cli.man import EXIT_CODES, VARIABLES, manual
from qmo_tui.exit_codes import ExitCode
from qmo_tui.settings import RESERVED_VARIABLES
from tests.qmo_tui.command import qmo

EVERY_EXAMPLE = [line for rows in EXAMPLES.values() for line, _ in rows]


def typeset() -> str:
    """Return the page as groff prints it, having checked that it complains about nothing."""
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed here")
    run = subprocess.run(
        [groff, "-man", "-Tascii", "-ww", "-rLL=400n", "-P-cbou"],
        input=manual(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stderr == ""
    return run.stdout


def test_groff_sets_the_page_without_a_complaint_and_every_command_is_in_it() -> None:
    lines = [line.strip() for line in typeset().splitlines()]
    for name in COMMANDS:
        assert any(line.startswith(f"qmo {name}") for line in lines), name
    assert any(line.startswith("qmo journal trades [OPTIONS]") for line in lines)
    for heading in ("NAME", "SYNOPSIS", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS"):
        assert heading in lines


def test_mandoc_finds_nothing_wrong() -> None:
    mandoc = shutil.which("mandoc")
    if mandoc is None:
        pytest.skip("mandoc is not installed here")
    run = subprocess.run(
        [mandoc, "-T", "lint", "-W", "warning"], input=manual(), capture_output=True, text=True, check=False, timeout=60
    )
    # A page made from the program has no day of its own.
    assert [line for line in run.stdout.splitlines() if "missing date" not in line] == []


def test_every_option_of_every_command_stands_in_the_page() -> None:
    page = typeset()
    for name in COMMANDS:
        for option in options_of(command_of(name)):
            assert option in page, f"{name} {option}"


def options_of(command: object) -> Iterator[str]:
    for parameter in getattr(command, "params", ()):
        yield from (option for option in parameter.opts if option.startswith("--"))
    for word in getattr(command, "commands", {}).values():
        yield from options_of(word)


def test_the_page_knows_every_exit_code_and_every_variable() -> None:
    assert set(EXIT_CODES) == set(ExitCode)
    assert set(VARIABLES) >= RESERVED_VARIABLES


def test_the_command_prints_the_page() -> None:
    assert qmo("man").stdout == manual()


def test_every_command_stands_under_one_heading_and_has_an_example() -> None:
    named = [name for group in GROUPS.values() for name in group]
    assert len(named) == len(set(named))
    assert set(EXAMPLES) == {"", *named}


@pytest.mark.parametrize("line", EVERY_EXAMPLE)
def test_every_example_can_be_typed(line: str) -> None:
    # What follows a redirection is the shell's.
    words = shlex.split(line.partition(" > ")[0])
    assert words[0] == "qmo"
    name = next((word for word in words[1:2] if not word.startswith("-")), "")
    command: Any = command_of(name) if name else typer.main.get_command(app)
    if words[1:] == ["--show-completion"]:
        return  # it answers while it is read
    with command.make_context(name, words[2 if name else 1 :]) as context:
        rest = [*context._protected_args, *context.args]
        if rest:
            with command.commands[rest[0]].make_context(rest[0], rest[1:], parent=context):
                pass


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_the_examples_within_eighty_columns(name: str) -> None:
    command = command_of(name)
    with command.make_context(name, [], resilient_parsing=True) as context:
        told = command.get_help(context)
    assert max(map(len, told.splitlines())) <= 80
    for line, _ in EXAMPLES[name]:
        assert f"    {line}" in told
