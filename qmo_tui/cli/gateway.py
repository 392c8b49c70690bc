"""`qmo gateway`: recordings served as a Databento live gateway on this machine, with faults on demand."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from qmo_tui.cli.arguments import speed_of
from qmo_tui.cli.completions import offer_recordings, offer_speeds
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from feeds.databento.gateway import Connection, Fault, Gateway, Service
    from feeds.recording import Recording

_VARIABLE: Final = "QMO_DATABENTO_GATEWAY"
_FASTEST: Final = 10_000.0
_MOST_PORTS: Final = 65_535


def gateway(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            autocompletion=offer_recordings,
            help="DBN files, plain or .zst, or folders; each serves its schemas.",
        ),
    ],
    *,
    port: Annotated[int, typer.Option(min=0, max=_MOST_PORTS, metavar="N", help="Port; 0 takes a free one.")] = 0,
    speed: Annotated[
        str, typer.Option(metavar="X", autocompletion=offer_speeds, help="Times real time, such as 0.1 or 60, or max.")
    ] = "1",
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="FAULT", help="What goes wrong, such as cut:after=5000,how=rst@1-2; may be repeated."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE", help="Variable or file that holds the only key to let in; by default any key is."
        ),
    ] = None,
    restamp: Annotated[bool, typer.Option("--restamp", help="Shift all times: the market opens now.")] = False,
    close_at_end: Annotated[
        bool, typer.Option("--close-at-end", help="End sessions with the recording; by default it goes quiet.")
    ] = False,
    heartbeat: Annotated[
        float | None, typer.Option(min=0.01, metavar="SECONDS", help="Idle time before a heartbeat, whoever asks.")
    ] = None,
    sessions: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Most sessions at a time; by default any number.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Say everything on stdout, one JSON line each.")] = False,
) -> int:
    """Serve recordings as a Databento live gateway on this machine, until interrupted."""
    from feeds.databento.gateway import Service

    service = Service(
        speed=_speed(speed),
        key=None if key is None else _key(key),
        restamp=restamp,
        close_at_end=close_at_end,
        heartbeat_seconds=heartbeat,
        most_sessions=sessions,
    )
    return _serve(_open(files), _faults(fault or []), service, port, _Voice(json=json))


class _Voice:
    """Says what happens: for people the address on stdout and the rest on stderr, for scripts all of it on stdout."""

    def __init__(self, *, json: bool) -> None:
        self._json = json

    def listening(self, recording: "Recording", gateway: "Gateway") -> None:
        """Say where it listens, what it serves, and what to set so that the cockpit connects there."""
        records = {str(schema): len(strip.records) for schema, strip in gateway.tape.strips.items()}
        symbols = [gateway.directory.names[number] for number in gateway.directory.counts]
        if self._json:
            host, _, port = gateway.address.rpartition(":")
            self._put(
                {
                    "kind": "listening",
                    "host": host,
                    "port": int(port),
                    "environment": {_VARIABLE: gateway.address},
                    "files": recording.source,
                    "dataset": recording.dataset,
                    "records": records,
                    "symbols": symbols,
                }
            )
            return
        served = ", ".join(f"{count:,} {schema}" for schema, count in records.items()) or "no records"
        sys.stdout.write(f"listening on {gateway.address}: {served}; {_VARIABLE}={gateway.address}\n")
        sys.stdout.flush()

    def happened(self, connection: "Connection", what: str, detail: str) -> None:
        """Say what a connection did, or had done to it."""
        if self._json:
            told = {"kind": what, "connection": connection.number, "detail": detail, "records": connection.records}
            self._put(told)
            return
        sent = f"; {connection.records:,} records sent" if what == "ended" else ""
        text = one_line(f"connection {connection.number} {what}{': ' if detail else ''}{detail}{sent}")
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - the log of a server

    def _put(self, told: dict[str, Any]) -> None:
        import msgspec

        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        sys.stdout.flush()


def _serve(recording: "Recording", faults: list["Fault"], service: "Service", port: int, voice: _Voice) -> int:
    import asyncio
    import signal

    from feeds.databento.gateway import Gateway

    async def run() -> int:
        gateway = Gateway(recording, faults, service, port=port, listener=voice.happened)
        for note in recording.notes:
            print(f"qmo: {one_line(note)}", file=sys.stderr)  # noqa: T201 - what is missing of the recording
        try:
            await gateway.start()
        except OSError as error:
            raise QmoError(f"--port {port}: {error.strerror}; name another, or 0 for a free one") from error
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[int] = loop.create_future()

        def end(code: int) -> None:
            if not ended.done():
                ended.set_result(code)

        loop.add_signal_handler(signal.SIGINT, end, ExitCode.INTERRUPTED)
        loop.add_signal_handler(signal.SIGTERM, end, ExitCode.DONE)
        voice.listening(recording, gateway)
        watching = asyncio.create_task(gateway.until(lambda _: ended.done()))
        ended.add_done_callback(lambda _: watching.cancel())
        try:
            await asyncio.wait({watching})
        finally:
            await gateway.close()
        gateway.raise_failure()
        return ended.result()

    return asyncio.run(run())


def _open(files: list[Path]) -> "Recording":
    from feeds.recording import Recording

    try:
        return Recording(files)
    except OSError as error:
        raise QmoError(f"{error.filename}: {error.strerror}", ExitCode.UNREADABLE) from error


def _speed(text: str) -> float | None:
    speed = speed_of(text) or None
    if speed is not None and not 0 < speed <= _FASTEST:
        raise QmoError(f"--speed {text}: give a number above 0 and up to {_FASTEST:.0f}, or max")
    return speed


def _key(where: str) -> str:
    """Return the key that a variable or a file holds; what was given is not said again, since it may be the key."""
    told = os.environ.get(where)
    if told is None:
        try:
            told = Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise QmoError("--key: give the name of a variable or of a file that holds the key, not the key") from None
    key = told.strip()
    if not key:
        raise QmoError("--key: that variable or file is empty")
    return key


def _faults(texts: list[str]) -> list["Fault"]:
    from feeds.databento.gateway import FaultError, parse_fault

    faults = []
    for text in texts:
        try:
            faults.append(parse_fault(text))
        except FaultError as error:
            raise QmoError(f"--fault {text}: {error}") from None
    return faults
