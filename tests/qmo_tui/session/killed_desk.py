"""Kills a desk that trades at random moments, many times; run by `test_kills.py` in an interpreter of its own.

It forks, which a test's own process with its threads must not. Each desk goes on where the one before was killed, in
the journal and in the market. Prints one line of JSON a kill: what the journal holds, what the next desk went on with.
"""

import json
import os
import signal
import sys
import traceback
from dataclasses import asdict, dataclass
from random import Random

import msgspec

from engines.execution.commands import Arm, ClosePosition, Confirm
from engines.trading_events import Fill, Position, Risk
from engines.trading_view import TradingView
from qmo_tui.journal.reading import reading
from qmo_tui.paths import journal_file
from qmo_tui.settings import Settings
from tests.qmo_tui.session.traded_market import TradedMarket, market

MINUTES = 240
LOOSE = msgspec.structs.replace(
    Settings(),
    risk=msgspec.structs.replace(
        Settings().risk,
        session_loss=100.0,
        session_losses=100,
        session_trades=100,
        day_loss=100.0,
        day_reduce=100.0,
        day_trades=100,
        losses_in_a_row=100,
        week_reduce=100.0,
        week_loss=100.0,
        cooldown_minutes=0.0,
    ),
)


def trade_on(played: int, seed: int, told: int) -> None:
    """Go on from a place of the market: enter, wait, leave, and tell after every step how far the market has come."""
    traded = TradedMarket(1, "paper", LOOSE, minutes=MINUTES, played=played)
    random, (held, orders) = Random(seed), _held(traded.view)
    os.write(told, f"resumed {held} {orders}\n".encode())
    traded.play(130.0)  # what a minute's range is must be known before a stop can be placed
    while True:
        view = traded.view
        if view.position is None and not view.orders:
            traded.enter(random.choice(["buy", "sell"]), random.randrange(3), random.choice(["market", "limit"]))
        elif view.position is not None and random.random() < 0.3:
            traded.press(ClosePosition("x"))
            traded.press(Arm("a", "sell" if view.position.side == "buy" else "buy"))
            traded.press(Confirm("y", traded.view.armed or ""))
        traded.play(random.choice([0.5, 1.0, 3.0]))
        os.write(told, f"played {traded.played}\n".encode())


def _held(view: TradingView) -> tuple[int, int]:
    """Return the lots held, negative if short, and the lots that the stop covers."""
    position = view.position
    stops = sum(order.quantity - order.filled for order in view.orders if order.role == "stop")
    if position is None:
        return 0, stops
    return position.quantity if position.side == "buy" else -position.quantity, stops


@dataclass(frozen=True)
class Kept:
    """What the journal holds: lots held by fills, trades opened, cents made, and what the ladder counted of both.

    The fees of a position that is still open are in `made`; the ladder learns of them with its next price.
    """

    held: int
    opened: int
    closed: int
    made: int
    counted: int
    banked: int

    @classmethod
    def read(cls) -> "Kept":
        with reading(journal_file("paper")) as journal:
            lines = [line for one in journal.sessions("paper") for line in journal.events(one.id)]
        fills = [line for line in lines if isinstance(line, Fill)]
        closed = [line for line in lines if isinstance(line, Position) and line.state == "closed"]
        newest = {line.id: line for line in lines if isinstance(line, Position)}
        still = [line for line in newest.values() if line.state != "closed"]
        risk = [line for line in lines if isinstance(line, Risk)]
        return cls(
            held=sum(fill.quantity if fill.side == "buy" else -fill.quantity for fill in fills),
            opened=sum(isinstance(line, Position) and line.state == "opened" for line in lines),
            closed=sum(round(line.realised * 100) for line in closed),
            made=sum(round(line.realised * 100) for line in (*closed, *still)),
            counted=risk[-1].trades if risk else 0,
            banked=round(risk[-1].realised * 100) if risk else 0,
        )


def main(kills: int) -> None:
    random, played = Random(7), 0
    market(1, MINUTES)
    for number in range(kills):
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(readable)
            try:
                trade_on(played, number, writable)
            except BaseException:  # noqa: BLE001 - whatever it is, the parent must not run on twice
                traceback.print_exc()
                os._exit(1)
        os.close(writable)
        resumed, steps = "", random.randrange(2, 14)
        with os.fdopen(readable) as lines:
            for line in lines:
                what, *numbers = line.split()
                if what == "resumed":
                    resumed = " ".join(numbers)
                else:
                    played = int(numbers[0])
                    steps -= 1
                if steps == 0:
                    break
            delay = random.random() * 0.03
            signal.setitimer(signal.ITIMER_REAL, delay)
            signal.sigwait({signal.SIGALRM})
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                sys.exit("the desk ended before it was killed")
            rest = [line.split() for line in lines.read().splitlines() if line.startswith("played") and line.count(" ")]
        played = int(rest[-1][1]) if rest else played
        sys.stdout.write(json.dumps({"resumed": resumed, **asdict(Kept.read())}) + "\n")


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    main(int(sys.argv[1]))
