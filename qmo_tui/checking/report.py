"""A check as text for people, 80 columns wide, and as one object for scripts. What is unknown is `--`, or null."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from math import isnan
from textwrap import wrap
from types import MappingProxyType
from typing import Any, Final

from feeds.databento.key import KEY_VARIABLE
from feeds.instrument import Instrument
from feeds.records import PRICE_SCALE
from qmo_tui.checking.asking import Answer, Entitlement
from qmo_tui.checking.checking import GIVES, Report
from qmo_tui.checking.clock import ClockSkew
from qmo_tui.checking.disk import Disk
from qmo_tui.checking.logs import Logs
from qmo_tui.checking.samples import Sample
from qmo_tui.checking.terminal import Terminal
from qmo_tui.errors import one_line

WIDTH: Final = 80
UNKNOWN: Final = "--"
_LABEL: Final = 12
_SCHEMA: Final = 8
_ACCESS: Final = 9
_SECOND_NS: Final = 1_000_000_000
_GIGABYTE: Final = 1_000_000_000
_LITTLE_SPACE: Final = 1.0
"""Gigabytes; a trading day of gold by order takes a tenth of that."""
_LARGE_SKEW: Final = 1.0
_BEHIND: Final = -0.05
"""Seconds. A record cannot arrive before it was captured; half a tenth is left to how clocks are kept."""
_COLOURS: Final[Mapping[str | None, str]] = MappingProxyType(
    {"truecolor": "16.7 million colours", "256": "256 colours", "standard": "16 colours", None: "no colours"}
)
_SMALLEST: Final = (80, 24)
_UNFINISHED_NAMED: Final = 3
_CRASHES_NAMED: Final = 3


def text(report: Report, zone: tzinfo) -> str:
    """Return the report, one finding below the other; days and hours are the zone's.

    Where no gateway was reached only this machine is told of.
    """
    lines = [*(_at_the_gateway(report, zone) if report.answers else ()), *_on_this_machine(report)]
    return "".join(f"{line}\n" for line in lines)


def _at_the_gateway(report: Report, zone: tzinfo) -> tuple[str, ...]:
    return (
        *_finding("key", f"{KEY_VARIABLE} is set and well formed"),
        *_finding("connection", _connection(report)),
        *_finding("contract", _contract(report)),
        "",
        *_table(report.answers),
        "",
        *_finding("used", _used(report)),
        *_samples(report, zone),
        *_finding("clock", _clock(report.clock)),
    )


def _on_this_machine(report: Report) -> tuple[str, ...]:
    return (
        *_finding("disk", *_disk(report.disk)),
        *_finding("terminal", *_terminal(report.terminal)),
        *_finding("log", *_log(report.logs)),
        *_finding("crashes", *_crashes(report.logs)),
    )


def _finding(label: str, *texts: str) -> Iterator[str]:
    """Yield a labelled finding, each of its texts beginning on a line of its own."""
    wrapped = [line for one in texts for line in _wrapped(one, WIDTH - _LABEL)]
    for number, line in enumerate(wrapped):
        yield f"{'' if number else label:{_LABEL}}{line}"


def _wrapped(told: str, width: int) -> list[str]:
    return wrap(one_line(told), width, break_on_hyphens=False) or [UNKNOWN]


def _connection(report: Report) -> str:
    if report.seconds is None:
        return f"{report.place} answers, but lets nobody in"
    return f"{report.place} takes the key, {report.seconds * 1_000:.0f} ms to connect"


def _contract(report: Report) -> str:
    contract = report.contract
    if contract is None:
        return f"{UNKNOWN} nothing was said of what {report.symbol} stands for"
    is_itself = contract.symbol.casefold() == report.symbol.casefold()
    name = contract.symbol if is_itself else f"{report.symbol} stands for {contract.symbol}"
    return f"{name}: tick {contract.tick_size:g}, worth {_money(contract)} a lot, by {_origin(contract)}"


def _money(contract: Instrument) -> str:
    return UNKNOWN if isnan(contract.multiplier) else f"{contract.tick_value:g}"


def _origin(contract: Instrument) -> str:
    return "its definition record" if contract.source == "definition" else "the settings: no definition record came"


def _table(answers: tuple[Answer, ...]) -> Iterator[str]:
    yield f"{'schema':{_SCHEMA}}{'access':{_ACCESS}}what it gives"
    for answer in answers:
        first = f"{answer.schema:{_SCHEMA}}{answer.entitlement:{_ACCESS}}"
        cells = _wrapped(GIVES[answer.schema], WIDTH - len(first))
        if answer.entitlement is not Entitlement.YES:
            cells += _wrapped(f"({answer.why})", WIDTH - len(first))
        yield f"{first}{cells[0]}"
        for cell in cells[1:]:
            yield f"{'':{len(first)}}{cell}"


def _used(report: Report) -> str:
    if report.rung is None:
        return f"nothing: no live schema is left from {report.best} down"
    return report.shortfall or f"{report.rung.schema}: {report.rung.gives}"


def _samples(report: Report, zone: tzinfo) -> Iterator[str]:
    shown = report.shown
    if shown is not None:
        return _finding("samples", *(f"{shown.schema} {_sample(one, report.contract)}" for one in shown.samples))
    if report.contract is None:
        return _finding("samples", f"{UNKNOWN} none without a contract")
    if report.opens is None:
        return _finding("samples", f"{UNKNOWN} no record came: a quiet market, or a holiday")
    moment = datetime.fromtimestamp(report.opens // _SECOND_NS, UTC).astimezone(zone)
    return _finding("samples", f"{UNKNOWN} waiting for the market, which opens {moment:%a %Y-%m-%d %H:%M %Z}")


def _sample(sample: Sample, contract: Instrument | None) -> str:
    seconds, rest = divmod(sample.ts_event, _SECOND_NS)
    size = UNKNOWN if sample.size is None else f"{sample.size:,}"
    told = f"{sample.action or 'end'} {sample.side or UNKNOWN} {size} @ {_price(sample, contract)}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1_000:06} UTC: {told}"


def _price(sample: Sample, contract: Instrument | None) -> str:
    if sample.price is None:
        return UNKNOWN
    exact = Decimal(sample.price).scaleb(-9)
    return f"{exact.normalize():f}" if contract is None else f"{exact:.{contract.decimals}f}"


def _clock(clock: ClockSkew) -> str:
    if clock.seconds is None:
        return f"{UNKNOWN} {clock.why}"
    told = f"{clock.seconds:+.3f} s against the newest records, their way here included"
    if clock.seconds < _BEHIND:
        return f"{told}: this machine's clock is behind, set it"
    if clock.seconds > _LARGE_SKEW:
        return f"{told}: this machine's clock is ahead, or its line is slow"
    return told


def _disk(disk: Disk) -> Iterator[str]:
    free = UNKNOWN if disk.free_bytes is None else f"{disk.free_bytes / _GIGABYTE:,.1f} GB"
    little = disk.free_bytes is not None and disk.free_bytes < _LITTLE_SPACE * _GIGABYTE
    yield f"{free} free for {disk.folder}{': make room' if little else ''}"
    if disk.why:
        yield f"nothing can be recorded there: {disk.why}"
    if disk.unfinished:
        names = ", ".join(path.name for path in disk.unfinished[:_UNFINISHED_NAMED])
        more = len(disk.unfinished) - _UNFINISHED_NAMED
        others = f" and {more} more" if more > 0 else ""
        yield f"unfinished, still written or finished by the next recording: {names}{others}"


def _terminal(terminal: Terminal) -> Iterator[str]:
    if not terminal.is_one:
        yield f"{UNKNOWN} not seen from here: input, output or errors lead elsewhere"
        return
    size = UNKNOWN if terminal.size is None else "{}x{}".format(*terminal.size)
    colours = "no colours (NO_COLOR is set)" if terminal.no_colour else _COLOURS[terminal.colours]
    yield f"{size}, {colours}, {'UTF-8' if terminal.utf8 else 'not UTF-8: set a UTF-8 locale'}, {_where(terminal)}"
    if terminal.size is not None and (terminal.size[0] < _SMALLEST[0] or terminal.size[1] < _SMALLEST[1]):
        yield "too small: the cockpit needs {}x{}".format(*_SMALLEST)
    yield {
        True: "shows whole frames (synchronized output)",
        False: "has no synchronized output: fast markets may tear",
        None: f"{UNKNOWN} did not say whether it shows whole frames (synchronized output)",
    }[terminal.synchronized]


def _where(terminal: Terminal) -> str:
    parts = [f"TERM={terminal.kind}" if terminal.kind else "no TERM"]
    parts += [f"in {terminal.multiplexer}"] if terminal.multiplexer else []
    parts += ["over ssh"] if terminal.remote else []
    return ", ".join(parts)


def _log(logs: Logs) -> Iterator[str]:
    size = "nothing yet" if logs.size is None else f"{logs.size / 1_000:,.1f} kB"
    yield f"{size} in {logs.path}"
    if logs.why:
        yield f"nothing can be written there: {logs.why}"


def _crashes(logs: Logs) -> Iterator[str]:
    if not logs.crashes:
        yield "none"
        return
    newest = logs.crashes[:_CRASHES_NAMED]
    yield f"{len(logs.crashes)} in {newest[0].path.parent}, the newest:"
    for crash in newest:
        yield f"{crash.path.name}: {crash.error or UNKNOWN}"


def as_object(report: Report) -> dict[str, Any]:
    """Return everything as one object for JSON; times are ns UTC, prices numbers."""
    trouble = report.trouble
    return {
        "ok": trouble is None,
        "exit_code": 0 if trouble is None else int(trouble.exit_code),
        "error": None if trouble is None else one_line(trouble.text),
        "key": {"variable": KEY_VARIABLE, "present": report.has_key, "well_formed": report.key_is_well_formed},
        "connection": {
            "gateway": report.place or None,
            "connected": report.seconds is not None,
            "seconds": report.seconds,
        },
        "symbol": report.symbol,
        "contract": None if report.contract is None else _contract_as_object(report.contract),
        "schema": report.best,
        "schemas": [
            {
                "schema": answer.schema,
                "access": answer.entitlement,
                "why": answer.why or None,
                "gives": GIVES[answer.schema],
            }
            for answer in report.answers
        ],
        "used": None if report.rung is None else report.rung.schema,
        "shortfall": report.shortfall or None,
        "samples": _samples_as_objects(report),
        "market_opens": report.opens,
        "clock": {"seconds": report.clock.seconds, "why": report.clock.why or None},
        "disk": {
            "folder": str(report.disk.folder),
            "free_bytes": report.disk.free_bytes,
            "writable": not report.disk.why,
            "why": report.disk.why or None,
            "unfinished": [str(path) for path in report.disk.unfinished],
        },
        "terminal": _terminal_as_object(report.terminal),
        "log": {"path": str(report.logs.path), "bytes": report.logs.size, "why": report.logs.why or None},
        "crashes": [{"path": str(crash.path), "error": crash.error or None} for crash in report.logs.crashes],
    }


def _contract_as_object(contract: Instrument) -> dict[str, Any]:
    return {
        "symbol": contract.symbol,
        "instrument_id": contract.instrument_id,
        "tick": contract.tick_size,
        "multiplier": None if isnan(contract.multiplier) else contract.multiplier,
        "source": contract.source,
    }


def _samples_as_objects(report: Report) -> list[dict[str, Any]]:
    shown = report.shown
    return [
        {
            "schema": shown.schema,
            "ts": sample.ts_event,
            "action": sample.action or None,
            "side": sample.side,
            "size": sample.size,
            "price": None if sample.price is None else sample.price / PRICE_SCALE,
        }
        for sample in (() if shown is None else shown.samples)
        if shown is not None
    ]


def _terminal_as_object(terminal: Terminal) -> dict[str, Any]:
    return {
        "is_one": terminal.is_one,
        "columns": None if terminal.size is None else terminal.size[0],
        "rows": None if terminal.size is None else terminal.size[1],
        "term": terminal.kind or None,
        "colours": terminal.colours,
        "no_color": terminal.no_colour,
        "utf8": terminal.utf8,
        "ssh": terminal.remote,
        "multiplexer": terminal.multiplexer or None,
        "synchronized_output": terminal.synchronized,
    }
