"""`qmo man`: the manual page, made from the same tables as the help."""

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import typer

from feeds.databento.key import KEY_VARIABLE
from qmo_tui import __version__
from qmo_tui.cli.command_table import EXAMPLES, GROUPS
from qmo_tui.exit_codes import ExitCode

_WITHOUT_HELP: Final = "--help"
VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        KEY_VARIABLE: "The Databento key. It is read from here and from nowhere else, and never written.",
        "QMO_HOME": "One folder for all files of the program, in place of the platform's folders.",
        "QMO_TABLE_NAME": (
            "A setting by its table and name, such as QMO_COCKPIT_THEME=dark; it goes before your settings file. "
            "`qmo config show` lists all of them."
        ),
        "QMO_DATABENTO_GATEWAY": "host:port of a live gateway that stands in for Databento's.",
        "QMO_DATABENTO_HISTORICAL_URL": "Address of a server that stands in for Databento's history.",
        "QMO_YAHOO_URL": "Address of a server that stands in for Yahoo.",
        "QMO_DATA": "Folder of recorded samples, for `qmo bench` and tests.",
        "QMO_SERVE_TOKEN": "The token of `qmo serve`; without it each start makes one.",
        "NO_COLOR": "Set to anything: no colours.",
    }
)
"""What the program reads from the environment."""
FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "~/.config/qmo/config.toml": "Your settings; `qmo config init` writes one.",
        "~/.config/qmo/keymap.toml": "Your keys.",
        "~/.config/qmo/news.csv": "Your news calendar.",
        "~/.local/share/qmo/recordings/": "Recordings.",
        "~/.local/share/qmo/journal.db": "What was traded on paper.",
        "~/.local/state/qmo/logs/qmo.log": "The log.",
        "~/.local/state/qmo/crashes/": "A file of each crash.",
    }
)
"""Files by their usual places on Linux; `qmo config path --json` says where they are."""
EXIT_CODES: Final[Mapping[ExitCode, str]] = MappingProxyType(
    {
        ExitCode.DONE: "Done, or the reader of the output went away.",
        ExitCode.UNEXPECTED: "A defect; the error line names the file that tells of it.",
        ExitCode.USAGE: "The command line or a setting is wrong, or a cockpit was asked for without a terminal.",
        ExitCode.CONNECTION: "A server could not be reached or did not accept the key.",
        ExitCode.UNREADABLE: "The data cannot be read, or is of a kind that is not supported.",
        ExitCode.NOT_ENTITLED: "The account does not include the data that was asked for.",
        ExitCode.INTERRUPTED: "Interrupted by Ctrl-C.",
    }
)


def man() -> None:
    """Print the manual page; read it with `qmo man | man -l -`."""
    typer.echo(manual(), nl=False)


def manual() -> str:
    """Return the manual page in roff, with the macros of man(7)."""
    return "\n".join(
        (
            f'.TH QMO 1 "" "qmo {_escaped(__version__)}" "QMO cockpit"',
            *_section("NAME", r"qmo \- a terminal cockpit for gold\-futures traders"),
            *_section("SYNOPSIS", r"\fBqmo\fR [\fIOPTIONS\fR] [\fICOMMAND\fR [\fIARGUMENTS\fR]]"),
            *_description(),
            *_commands(),
            *_section("ENVIRONMENT", *_terms(VARIABLES)),
            *_section("FILES", *_terms(FILES)),
            *_section("EXIT STATUS", *_terms({str(int(code)): text for code, text in EXIT_CODES.items()})),
            "",
        )
    )


def _description() -> Iterator[str]:
    from qmo_tui.cli import app

    program = typer.main.get_command(app)
    yield from _section("DESCRIPTION", _escaped(inspect.cleandoc(program.help or "")))
    yield from _section("OPTIONS", *_parameters(program, "qmo"))
    yield from _section("EXAMPLES", *_examples(""))


def _commands() -> Iterator[str]:
    from qmo_tui.cli import command_of

    for heading, group in GROUPS.items():
        yield from _section(heading.upper())
        for name in group:
            yield from _command(command_of(name), f"qmo {name}")
            yield from _examples(name)


def _command(command: Any, path: str) -> Iterator[str]:
    """Yield a command with its parameters, and those of the words that may follow it."""
    with command.make_context(path, [], resilient_parsing=True) as context:
        usage = " ".join((path, *command.collect_usage_pieces(context)))
        yield f".SS {_escaped(usage)}"
        yield _escaped(inspect.cleandoc(command.help or ""))
        yield from _parameters(command, path)
        words = [command.get_command(context, name) for name in getattr(command, "commands", ())]
    for word in words:
        yield from _command(word, f"{path} {word.name}")


def _parameters(command: Any, path: str) -> Iterator[str]:
    with command.make_context(path, [], resilient_parsing=True) as context:
        records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    yield from _terms({names: text for names, text in filter(None, records) if names != _WITHOUT_HELP})


def _examples(name: str) -> Iterator[str]:
    for line, what in EXAMPLES.get(name, ()):
        yield from (".PP", f".B {_escaped(line)}")
        if what:
            yield from (".br", _escaped(what))


def _section(heading: str, *lines: str) -> Iterator[str]:
    yield f".SH {heading}"
    yield from lines


def _terms(terms: Mapping[str, str]) -> Iterator[str]:
    for term, text in terms.items():
        yield from (".TP", f".B {_escaped(term)}", _escaped(text))


def _escaped(text: str) -> str:
    """Return text as roff prints it: nothing in it is a request, and a hyphen can be copied."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain
