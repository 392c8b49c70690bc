"""Running the installed `qmo` as a trader's shell does."""

import signal
import subprocess
import sys
from pathlib import Path

QMO = Path(sys.executable).with_name("qmo")


def heed_interrupts() -> None:
    """Let a child be interrupted even where whoever runs the tests ignores interrupts, as a shell's background does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


PATIENCE_SECONDS = 300
"""A first run compiles the engines and the simulator, which a busy machine may take minutes for."""


def qmo(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end and return its output; `environment` replaces the inherited one."""
    return subprocess.run(
        [QMO, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env=environment
    )


def error_line(run: subprocess.CompletedProcess[str]) -> str:
    """Return what stderr says, having checked that it is one line and that stdout is empty."""
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("qmo: ")
    return lines[0].removeprefix("qmo: ")
