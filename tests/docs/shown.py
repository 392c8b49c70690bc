"""What commands of the documentation need to run: stand-ins for capitals, what is made shorter or not run, and why."""

import re
from types import MappingProxyType
from typing import Final

KEY: Final = "db-ThisKeyBelongsToNobodyAtAll99"

STAND_INS: Final = MappingProxyType(
    {
        r"\bFILE\.\.\.": "FILE",
        r"\bSESSION\b": "last",
        r"db-\.\.\.": KEY,
        r"db-0{29}": KEY,
        r"=<samples>|=FOLDER\b": "=samples",
    }
)
"""What a page leaves to its reader, and what is put there. FILE, IN and the like are files of that name."""

SHORTENED: Final = (
    (r"--minutes (480|600|1200|1380)\b", "--minutes 1", "whole days of market, whose figures the page tells"),
    (
        r"(grep -c (true|'\"kind\":\"phase\"' day.jsonl))$",
        r"\1 || true",
        "one minute arms nothing, which grep tells by its code",
    ),
    (
        r"--seeds (\d+)-\d+(?: --minutes \d+)?",
        r"--seeds \1 --minutes 1",
        "ten sessions of half an hour; one of a minute shows that it runs",
    ),
    (r"qmo evaluate --minutes 30$", "qmo evaluate --seeds 1 --minutes 1", "the page's table names the seeds"),
    (
        r"qmo simulate --minutes 120 --json",
        "qmo simulate --out fast.dbn --minutes 1 --json",
        "the page's text names no file",
    ),
    (r"--port [1-9]\d*", "--port 0", "somebody else may have that port"),
    (r"(qmo serve((?! --port).)*)$", r"\1 --port 0", "somebody else may have the port of the settings"),
    (r"for d in 01 [\d ]+; do", "for d in 01; do", "fourteen days"),
)
"""What a command is changed to before it is run, and why."""

NOT_RUN: Final = MappingProxyType(
    {
        r"\.ci/run": "it is what runs these tests",
        r"(QMO_DATA=\S+ )?make \w+.*": "shown by `make --dry-run`: its lines are commands that are run elsewhere",
        r"(\.venv/bin/)?pytest .*": "the suite runs those tests; here they are looked up",
        r"(chrt -r 1 )?python -m (qmo_tui|tests)\.\S+.*": "it measures for minutes; here its module is looked up",
        r"chrt -r 1": "the priority that other commands are given",
        r"(chrt -r 1 )?qmo bench.*": "it measures for minutes and wants the machine for itself",
        r"qmo simulate .* --plots docs/pictures": "a test of its own runs it and compares the pictures",
        r"(\.venv/bin/)?(pipx|uvx) .*": "they ask package registries",
        r"qmo demo --seed 7 --speed 20": "tests/qmo_tui/cockpit/test_on_a_terminal.py trades in it",
        r"qmo watch": "tests/qmo_tui/cli/test_watch.py opens it beside what is served",
        r"source \.venv/bin/activate": "it changes the shell it is typed in; here its script is looked up",
        r"time .*": "it measures a library that is not used at run time",
    }
)
"""Commands that are checked otherwise than by running them, and why."""


def as_run(text: str) -> str:
    """Return a command with its capitals filled in and its hours cut to minutes."""
    for pattern, instead in STAND_INS.items():
        text = re.sub(pattern, instead, text)
    for pattern, instead, _ in SHORTENED:
        text = re.sub(pattern, instead, text)
    return text


def why_not_run(text: str) -> str | None:
    """Return why a command is not run, None where it is."""
    return next((why for pattern, why in NOT_RUN.items() if re.fullmatch(pattern, text, re.DOTALL)), None)
