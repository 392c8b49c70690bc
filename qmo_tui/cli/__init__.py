"""The `qmo` command: how its commands are found, and what every one of them does when something goes wrong.

A command is a module here that is imported when the command is used, so that `qmo --help` costs no engine and no
screen. It exposes a function, or a `typer.Typer` of further commands, called like itself; what the function returns is
the exit code, None for success.
"""

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from feeds.databento.key import without_keys
from qmo_tui import __version__
from qmo_tui.cli.arguments import Serve, ServePort
from qmo_tui.cli.command_table import COMMANDS, GROUPS, examples_in_help
from qmo_tui.cli.plain import Plain
from qmo_tui.errors import QmoError, exit_code_of, lines_of, one_line
from qmo_tui.exit_codes import ExitCode

_PROGRAM: Final = "qmo"


class _CommandTable(TyperGroup):
    """A group that knows its commands by name and line, and imports one when it is called."""

    def __init__(self, **attributes: Any) -> None:
        attributes["commands"] = {name: TyperCommand(name=name, short_help=line) for name, line in COMMANDS.items()}
        super().__init__(**attributes | {"epilog": examples_in_help("")})

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the shape that typer calls
        """Write the commands under their headings."""
        width = max(map(len, COMMANDS))
        for heading, group in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:{width}}", line) for name, line in group.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that the arguments name, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else command_of(name), rest


def command_of(name: str) -> Any:
    """Return the command that the module of this name holds, with its examples."""
    command = getattr(importlib.import_module(f"{__name__}.{name}"), name)
    if isinstance(command, typer.Typer):
        group = typer.main.get_group(command)
        group.epilog = examples_in_help(name)
        return group
    holder = typer.Typer(add_completion=False, rich_markup_mode=None)
    holder.command(name, epilog=examples_in_help(name))(command)
    return typer.main.get_command(holder)


app: Final = typer.Typer(name=_PROGRAM, cls=_CommandTable, rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the shape that typer calls
    if wanted:
        typer.echo(f"{_PROGRAM} {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _qmo(
    context: typer.Context,
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Record the live market without a screen; `qmo record` does the same with options."
        ),
    ] = False,
    serve: Serve = False,
    port: ServePort = None,
    plain: Plain = False,
) -> int | None:
    """A terminal cockpit for gold-futures traders: order flow, order by order. Without a command it opens, live."""
    from qmo_tui.log import open_log

    open_log(_log_level())
    if context.invoked_subcommand is not None:
        if plain:
            raise QmoError(f"--plain goes behind the command: `qmo {context.invoked_subcommand} --plain`")
        if record:
            raise QmoError(f"--record goes without a command: `qmo --record`, not with `{context.invoked_subcommand}`")
        if serve or port is not None:
            raise QmoError(
                f"give --serve and --port behind the command: `qmo {context.invoked_subcommand} ... --serve`"
            )
        return None
    if record:
        if plain or serve or port is not None:
            raise QmoError("--record goes alone: what is only recorded has no screen, no lines and no server")
        from qmo_tui.cli.record import record as record_live

        return record_live()
    from qmo_tui.cli.first_run import greet, is_first_run
    from qmo_tui.cli.live import live

    return greet(plain=plain) if is_first_run() else live(port, serve=serve, plain=plain)


def _log_level() -> str:
    """Return the level that the settings ask for; where they are wrong, the command that needs them will say so."""
    from qmo_tui.settings import Settings, SettingsError, load

    try:
        return load().settings.log.level
    except SettingsError:
        return Settings().log.level


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    code = run(sys.argv[1:])
    if "qmo_tui.session.preparing" in sys.modules:
        from qmo_tui.session.preparing import is_preparing

        if is_preparing():
            _leave_at_once(code)
    sys.exit(code)


def _leave_at_once(code: int) -> None:
    """Leave without the interpreter's tidy end, which waits for a compiler that is at work or falls over it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; every error has been told in one line on stderr."""
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        return _stop_writing()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where a defect becomes a line and a log entry
        return _tell(error, arguments)
    return code


def _invoke(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name=_PROGRAM, standalone_mode=False)
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):
            raise leaving.__context__ from None
        raise
    return int(result or ExitCode.DONE)


def _tell(error: Exception, arguments: Sequence[str]) -> int:
    """Print the one line that a trader sees of an error, and return the exit code."""
    code: int | None = exit_code_of(error)
    if isinstance(error, typer.TyperException):
        return _say(f"{error.format_message()} (see `{_command_path(error)} --help`)", error.exit_code)
    if isinstance(error, typer.Abort):
        return ExitCode.INTERRUPTED
    if code is not None:
        return [_say(line, code) for line in lines_of(error)][-1]
    return _say(f"unexpected {type(error).__name__}: {error}; {_kept(error, arguments)}", ExitCode.UNEXPECTED)


def _kept(error: Exception, arguments: Sequence[str]) -> str:
    """Write down a defect; return where, in words for the error line."""
    from qmo_tui.crash_files import write_crash_file
    from qmo_tui.log import write_traceback

    in_log, file = write_traceback(error), write_crash_file(error, arguments)
    return in_log if file is None else f"details are in {file}"


def _command_path(error: typer.TyperException) -> str:
    """Return the words of the command whose usage was wrong; errors without a context belong to `qmo` itself."""
    context = getattr(error, "ctx", None)
    return _PROGRAM if context is None else str(context.command_path)


def _say(message: str, code: int) -> int:
    # A key may have been pasted anywhere, and a library's error may repeat it.
    print(f"{_PROGRAM}: {one_line(without_keys(message))}", file=sys.stderr)  # noqa: T201 - the error line
    return code


def _stop_writing() -> int:
    """End quietly when the reader of stdout has gone, as in `qmo config show | head`."""
    # Python flushes stdout once more at exit and would complain about the same pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.DONE
