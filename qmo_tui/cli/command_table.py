"""Every command of `qmo` by name, with its line in the help and examples: one table for help, completion and manual.

Nothing is imported for it: a command's module is imported when the command is used.
"""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

GROUPS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Cockpit": {
            "demo": "Open the cockpit on a simulated gold market.",
            "replay": "Open the cockpit on a recording, or run it without a screen.",
            "serve": "Serve the market to other programs on this machine, read-only.",
            "watch": "Open a second, read-only screen on a market that is served.",
        },
        "Live market": {
            "check": "Check key, connection, access, contract, clock, disk, terminal.",
            "record": "Record the live market to disk, without a screen.",
            "news": "List the news calendar; add an .ics file to it.",
            "memory": "List the zones that outlive sessions; note a spread over a roll.",
        },
        "What was traded": {
            "journal": "List what was traded, and why; note and tag it.",
            "report": "Report on sessions: trades, R, rules kept, the feed.",
            "calibrate": "Hold scores against what came of them on recordings.",
        },
        "Recordings": {
            "simulate": "Write a simulated session as a recording, with its truth.",
            "evaluate": "Score the detectors against the truth of a simulated session.",
            "convert": "Derive market by price, trades or bars from market by order.",
            "gateway": "Serve recordings as a Databento live gateway on this machine.",
        },
        "Program": {
            "config": "Show the settings and where each comes from.",
            "bench": "Measure this machine against the numbers the program promises.",
            "man": "Print the manual page.",
        },
    }
)
"""The commands under their headings; the module `qmo_tui.cli.<name>` holds each."""

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    dict(chain.from_iterable(group.items() for group in GROUPS.values()))
)
"""Every command with its line in the help."""

EXAMPLES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        "": (
            ("qmo", "the cockpit, live; without a key, what else there is"),
            ("qmo demo", "the cockpit on a simulated market"),
            ("qmo --record", "the live market to disk"),
            ("qmo --plain", "the live market as lines of plain text, without a screen"),
            ("qmo --show-completion", "completion for bash, zsh or fish"),
        ),
        "demo": (
            ("qmo demo", ""),
            ("qmo demo --seed 7 --speed 20", "another market, twenty times as fast"),
            ("qmo demo --plain", "as lines of plain text, without a screen"),
        ),
        "replay": (
            ("qmo replay gold.dbn.zst --speed 60", "an hour in a minute"),
            ("qmo replay gold.dbn.zst --from 2026-11-03T14:30:00Z", "from the open on"),
            ("qmo replay gold.dbn.zst --headless --events log.jsonl --json", "no screen: event log and summary"),
        ),
        "serve": (
            ("qmo serve --demo --port 0 --json", "the simulated market, on any free port"),
            ("qmo serve --replay gold.dbn.zst", "a recording"),
        ),
        "watch": (("qmo watch", ""), ("qmo watch --port 8471", "what is served there")),
        "check": (("qmo check", ""), ("qmo check --json", "one object for scripts")),
        "record": (
            ("qmo record --for 8h", "a session"),
            ("qmo record --symbol GCZ6 --schema mbp-10 --out recordings", "one contract, ten levels"),
        ),
        "news": (("qmo news list", "what is ahead"), ("qmo news import calendar.ics", "")),
        "memory": (("qmo memory", ""), ("qmo memory --spread GCZ6 GCG7 12.3", "over a roll")),
        "journal": (
            ("qmo journal", "trades on paper"),
            ("qmo journal prompts --session last", "what was proposed in the last session"),
            ("qmo journal trades --outcome lost --csv lost.csv", ""),
        ),
        "report": (("qmo report last", ""), ("qmo report last --account demo --html report.html", "as one page")),
        "calibrate": (("qmo calibrate recordings", "every recording in a folder"),),
        "simulate": (
            ("qmo simulate --out gold.dbn.zst --minutes 30", ""),
            ("qmo simulate --out gold.dbn.zst --truth gold.jsonl --seed 7", "with what is true of it"),
        ),
        "evaluate": (("qmo evaluate gold.dbn.zst --truth gold.jsonl", ""), ("qmo evaluate --seeds 101-103", "")),
        "convert": (("qmo convert gold.dbn.zst --schema mbp-10 --out levels.dbn.zst", "ten levels a side"),),
        "gateway": (
            ("qmo gateway gold.dbn.zst --port 13000 --restamp", "as if its market opened now"),
            ("qmo gateway gold.dbn.zst --fault cut:after=5000", "a line that breaks"),
        ),
        "config": (
            ("qmo config init", "a settings file of your own"),
            ("qmo config init --keys", "a file for keys of your own"),
            ("qmo config show", "every setting and where it comes from"),
            ("qmo config keys", "every key, and what clashes"),
            ("qmo config path --json", "every folder the program uses"),
        ),
        "bench": (("qmo bench --rounds 4", ""),),
        "man": (("qmo man > qmo.1", ""),),
    }
)
"""Of each command, and of `qmo` alone (the empty name), lines to be typed and what they do where that is not plain."""

_WIDTH: Final = 76
"""Columns that examples may take: the help indents them by two, and a terminal has eighty."""


def examples_in_help(name: str) -> str:
    """Return the examples of a command as its help shows them, each on a line that is not wrapped."""
    rows = EXAMPLES.get(name, ())
    width = max((len(line) for line, what in rows if what), default=0)
    lines = [f"  {line:{width}}  {what}".rstrip() for line, what in rows]
    if max(map(len, lines), default=0) > _WIDTH:
        lines = [part for line, what in rows for part in (f"  {line}", *((f"      {what}",) if what else ()))]
    return "\n".join(["\b", "Examples:", *lines]) if lines else ""
