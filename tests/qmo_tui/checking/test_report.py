"""A check as a trader reads it, within 80 columns, and as a script does."""

from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from feeds.databento.gateway import Deny, Fault, HalfHeader, RejectKey, Service
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.checking.checking import Report
from qmo_tui.checking.clock import ClockSkew
from qmo_tui.checking.disk import Disk
from qmo_tui.checking.logs import Crash, Logs
from qmo_tui.checking.report import as_object, text
from tests.feeds.streams import SECOND, START

from .checked import TERMINAL, checked
from .gold import CONTRACT, NUMBER, definition, gold

NEW_YORK = ZoneInfo("America/New_York")
DISK = Disk(Path("/home/trader/.local/share/qmo/recordings"), 41_200_000_000, "", ())
LOGS = Logs(Path("/home/trader/.local/state/qmo/logs/qmo.log"), 48_200, "", ())
RECORDING = "GLBX.MDP3-GC.v.0-20261103-14300{}.dbn.zst.partial"
SATURDAY = START + 4 * 86_400 * SECOND

WITHOUT_ORDERS = """\
key         DATABENTO_API_KEY is set and well formed
connection  127.0.0.1:13000 takes the key, 41 ms to connect
contract    GC.v.0 stands for GCG4: tick 0.1, worth 10 a lot, by its definition
            record

schema  access   what it gives
trades  yes      every trade: tape, bars, delta, profile
tbbo    yes      every trade with the best bid and ask that it met
mbp-1   yes      best bid and ask and every trade
mbp-10  yes      ten levels a side and every trade
mbo     no       every order: full depth, queues, icebergs and stops exactly
                 (Not authorized for mbo schema)

used        mbp-10 instead of mbo (Not authorized for mbo schema): no orders:
            icebergs are inferred, queues and stops unknown
samples     mbp-10 2024-01-02 10:00:00.000000 UTC: add bid 3 @ 2034.5
            mbp-10 2024-01-02 10:00:00.100000 UTC: add bid 3 @ 2034.5
            mbp-10 2024-01-02 10:00:00.200000 UTC: add bid 3 @ 2034.5
clock       +0.043 s against the newest records, their way here included
disk        41.2 GB free for /home/trader/.local/share/qmo/recordings
terminal    132x40, 16.7 million colours, UTF-8, TERM=xterm-256color
            shows whole frames (synchronized output)
log         48.2 kB in /home/trader/.local/state/qmo/logs/qmo.log
crashes     none
"""


def report_of(recording: Recording, *faults: Fault, **options: Any) -> Report:
    """Return the report of a check, on a machine that is the same everywhere."""
    report = checked(recording, faults, **options).report
    report.place, report.disk, report.clock, report.logs = "127.0.0.1:13000", DISK, ClockSkew(0.043), LOGS
    report.seconds = None if report.seconds is None else 0.0412
    return report


def lines(report: Report, label: str) -> list[str]:
    """Return the lines of one finding, without its label."""
    every = text(report, NEW_YORK).splitlines()
    first = next(number for number, line in enumerate(every) if line.startswith(label.ljust(12)))
    more = takewhile(lambda line: line.startswith(" " * 12), every[first + 1 :])
    return [line[12:] for line in (every[first], *more)]


def test_a_trader_reads_it_from_top_to_bottom(recording: Recording) -> None:
    assert text(report_of(recording, Deny(schema=Schema.MBO)), NEW_YORK) == WITHOUT_ORDERS


@pytest.mark.parametrize(
    "fault",
    [
        Deny(schema=Schema.DEFINITION),
        HalfHeader(connections=frozenset({2, 5})),
        RejectKey(text="A live data license is required to access GLBX.MDP3 " + "and much more is said of it " * 5),
    ],
    ids=["no definition", "two sessions fail", "no licence"],
)
def test_every_line_fits_eighty_columns(recording: Recording, fault: Fault) -> None:
    report = report_of(recording, fault)
    unfinished = tuple(DISK.folder / RECORDING.format(number) for number in range(5))
    report.disk = replace(DISK, why="no space left on device", unfinished=unfinished)
    told = text(report, NEW_YORK)
    assert max(map(len, told.splitlines())) <= 80
    assert all(line.isprintable() for line in told.splitlines())


def test_an_account_without_a_licence_reads_so(recording: Recording) -> None:
    report = report_of(recording, RejectKey(text="A live data license is required to access GLBX.MDP3"))
    assert lines(report, "connection") == ["127.0.0.1:13000 answers, but lets nobody in"]
    assert lines(report, "contract") == ["-- nothing was said of what GC.v.0 stands for"]
    assert lines(report, "used") == ["nothing: no live schema is left from mbo down"]
    assert lines(report, "samples") == ["-- none without a contract"]


def test_what_did_not_come_out_says_why(recording: Recording) -> None:
    told = text(report_of(recording, HalfHeader(connections=frozenset({2}))), NEW_YORK).splitlines()
    row = next(number for number, line in enumerate(told) if line.startswith("tbbo"))
    assert told[row] == "tbbo    unknown  every trade with the best bid and ask that it met"
    assert told[row + 1] == f"{'':17}(the gateway closed the connection, in the middle of a record)"


def test_a_closed_market_says_when_it_opens_where_the_trader_is(tmp_path: Path) -> None:
    report = report_of(gold(tmp_path, [], defined=definition()), clock=lambda: SATURDAY)
    assert lines(report, "samples") == ["-- waiting for the market, which opens Sun 2024-01-07 18:00 EST"]


def test_a_market_that_is_open_and_silent_says_so(tmp_path: Path) -> None:
    report = report_of(gold(tmp_path, [], defined=definition()))
    assert lines(report, "samples") == ["-- no record came: a quiet market, or a holiday"]


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        (ClockSkew(None, "no live record came to compare it with"), "-- no live record came to compare it with"),
        (ClockSkew(-2.5), "-2.500 s against the newest records, their way here included: this machine's clock is"),
        (ClockSkew(12.0), "+12.000 s against the newest records, their way here included: this machine's clock is"),
    ],
    ids=["unknown", "behind", "ahead"],
)
def test_a_clock_that_is_off_is_said_to_be(recording: Recording, clock: ClockSkew, told: str) -> None:
    report = report_of(recording)
    report.clock = clock
    assert " ".join(lines(report, "clock")).startswith(told)


def test_a_disk_without_room_and_with_unfinished_recordings_reads_so(recording: Recording) -> None:
    report = report_of(recording)
    unfinished = tuple(DISK.folder / RECORDING.format(number) for number in range(5))
    report.disk = replace(DISK, free_bytes=300_000_000, why="no space left on device", unfinished=unfinished)
    told = " ".join(lines(report, "disk"))
    assert told.startswith(
        "0.3 GB free for /home/trader/.local/share/qmo/recordings: make room nothing can be recorded"
    )
    assert told.endswith(f"{RECORDING.format(2)} and 2 more")


def test_a_small_bare_terminal_reads_so(recording: Recording) -> None:
    report = report_of(recording)
    report.terminal = replace(
        TERMINAL, size=(79, 24), no_colour=True, utf8=False, remote=True, multiplexer="tmux", synchronized=False
    )
    assert " ".join(lines(report, "terminal")) == (
        "79x24, no colours (NO_COLOR is set), not UTF-8: set a UTF-8 locale, TERM=xterm-256color, in tmux, over ssh "
        "too small: the cockpit needs 80x24 has no synchronized output: fast markets may tear"
    )
    report.terminal = replace(TERMINAL, is_one=False)
    assert lines(report, "terminal") == ["-- not seen from here: input, output or errors lead elsewhere"]


def test_crashes_and_a_log_that_cannot_be_written_read_so(recording: Recording) -> None:
    report = report_of(recording)
    crashes = tuple(Crash(Path(f"/state/crashes/crash-{number}.txt"), f"KeyError: {number}") for number in range(5))
    report.logs = replace(LOGS, size=None, why="/state: permission denied", crashes=crashes)
    assert " ".join(lines(report, "log")) == (
        f"nothing yet in {LOGS.path} nothing can be written there: /state: permission denied"
    )
    assert lines(report, "crashes") == [
        "5 in /state/crashes, the newest:",
        "crash-0.txt: KeyError: 0",
        "crash-1.txt: KeyError: 1",
        "crash-2.txt: KeyError: 2",
    ]


def test_a_script_reads_the_same(recording: Recording) -> None:
    report = report_of(recording, Deny(schema=Schema.MBO), service=Service(speed=1.0))
    told = msgspec.json.decode(msgspec.json.encode(as_object(report)))
    assert (told["ok"], told["exit_code"]) == (False, 5)
    assert told["error"].startswith("the account may not see mbo; mbp-10 will be used")
    assert told["key"] == {"variable": "DATABENTO_API_KEY", "present": True, "well_formed": True}
    assert told["connection"] == {"gateway": "127.0.0.1:13000", "connected": True, "seconds": 0.0412}
    assert told["contract"] == {
        "symbol": CONTRACT,
        "instrument_id": NUMBER,
        "tick": 0.1,
        "multiplier": 100.0,
        "source": "definition",
    }
    assert [(row["schema"], row["access"]) for row in told["schemas"]] == [
        ("trades", "yes"),
        ("tbbo", "yes"),
        ("mbp-1", "yes"),
        ("mbp-10", "yes"),
        ("mbo", "no"),
    ]
    assert told["schemas"][4]["why"] == "Not authorized for mbo schema"
    assert (told["schema"], told["used"]) == ("mbo", "mbp-10")
    assert told["samples"][0] == {
        "schema": "mbp-10",
        "ts": told["samples"][0]["ts"],
        "action": "add",
        "side": "bid",
        "size": 3,
        "price": 2034.5,
    }
    assert told["clock"] == {"seconds": 0.043, "why": None}
    assert told["terminal"]["columns"] == 132


def test_what_was_not_reached_is_null(recording: Recording) -> None:
    told = as_object(checked(recording, key="").report)
    assert (told["connection"]["gateway"], told["contract"], told["used"]) == (None, None, None)
    assert (told["schemas"], told["samples"]) == ([], [])
    assert told["exit_code"] == 3
