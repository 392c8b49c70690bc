"""docs/commands.md, made of the command line itself and of its exit codes."""

import ast
import inspect
from typing import Any, Final

import typer

from qmo_tui import exit_codes
from qmo_tui.exit_codes import ExitCode
from tests.docs.command_line import commands_of_qmo

HEAD: Final = """\
# Commands

Made of the command line; a test holds the page to it. `qmo COMMAND --help` says the same where you are. A command
that scripts may read takes `--json`: one object on stdout, or one a line where the table says so. An error is one
line on stderr that says what, where and what to do.
"""

EXIT_HEAD: Final = "\n## Exit codes\n\nThe same for every command.\n\n| code | meaning |\n|--:|---|\n"


def commands_page() -> str:
    """Return the page."""
    parts = [HEAD]
    for words, command in commands_of_qmo().items():
        parts.append(_section(words, command))
    parts.append(EXIT_HEAD)
    parts.extend(f"| {code.value} | {_docstring(code)} |\n" for code in ExitCode)
    return "".join(parts)


def _section(words: str, command: Any) -> str:
    context = typer.Context(command)
    holds_others = bool(getattr(command, "commands", {}))
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    shown = [one.metavar or one.name.upper() for one in arguments] or (["COMMAND"] if holds_others and words else [])
    told = [f"\n## {' '.join(['qmo', *words.split(), *shown])}\n\n{_one_line(command.help or command.short_help)}\n"]
    if arguments or options:
        told.append("\n| option | what |\n|---|---|\n")
    told += [f"| `{name}` | {_one_line(one.help)} |\n" for name, one in zip(shown, arguments, strict=False)]
    told += [
        f"| `{names}` | {_one_line(text)} |\n" for names, text in (one.get_help_record(context) for one in options)
    ]
    return "".join(told)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _docstring(code: ExitCode) -> str:
    """Return the sentence below a member of the enumeration."""
    (holder,) = (one for one in ast.parse(inspect.getsource(exit_codes)).body if isinstance(one, ast.ClassDef))
    for member, sentence in zip(holder.body, holder.body[1:], strict=False):
        match member, sentence:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))) if (
                name == code.name
            ):
                return text
    raise AssertionError(code)
