"""The program that docs/server.md shows follows the stream, as it stands there."""

import asyncio
import os
import sys
from pathlib import Path

from tests.qmo_tui.server.seats import PATIENCE_SECONDS, TOKEN, kind_of, reached, seat

PAGE = Path(__file__).parents[3] / "docs" / "server.md"


async def test_the_program_on_the_page_prints_every_line_and_ends_with_the_session(
    recording: Path, tmp_path: Path
) -> None:
    program = tmp_path / "follow.py"
    program.write_text(PAGE.read_text().split("```python\n")[1].split("```")[0])
    async with seat(recording, tmp_path) as sat:
        follower = await asyncio.create_subprocess_exec(
            sys.executable,
            program,
            str(sat.serving.port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"QMO_SERVE_TOKEN": TOKEN},
        )
        await reached(lambda: sat.serving.stream.clients, 1)
        await sat.played()
        sat.serving.stream.end("it was told to")
        printed, errors = await asyncio.wait_for(follower.communicate(), PATIENCE_SECONDS)
        assert (follower.returncode, errors) == (0, b"")
        assert [line.split()[0] for line in printed.decode().splitlines()] == [kind_of(line) for line in sat.lines()]
