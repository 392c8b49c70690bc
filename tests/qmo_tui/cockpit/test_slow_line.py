"""A line that carries 25 kB a second where a busy market wants 75: the cockpit stays usable and says why it slowed."""

import os
from pathlib import Path

from qmo_tui.bench.terminal import terminal

PATIENCE_SECONDS = 120.0
RATE = 25_000


def test_over_a_slow_line_the_cockpit_says_so_and_still_answers(data: Path) -> None:
    session = data / "esh4-20231225.mbo.dbn.zst"
    with terminal(session, 300, rate=RATE, QMO_HOME=os.environ["QMO_HOME"]) as seen:
        assert seen.watch(PATIENCE_SECONDS, lambda: seen.shows(b"fps, slow terminal"))
        for word in (b"CVD", b"volume", b"delta"):
            seen.press(b"d")
            assert seen.watch(PATIENCE_SECONDS, lambda word=word: seen.shows(word))  # type: ignore[misc]
            # What was on its way before the key is little, so the answer is soon there.
            assert len(seen.text) < 4 * RATE
        seen.quit()
