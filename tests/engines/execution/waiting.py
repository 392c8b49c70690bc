"""Prompts at hand: setups around gold at 2650.0, quotes, a mentor, and an account that risks so much a trade."""

from dataclasses import dataclass, field, replace
from typing import Final

from engines.book.layout import SECOND_NS
from engines.events import AggressorSide, Event, Reason
from engines.execution.changes import Sizer
from engines.execution.entry_settings import EntrySettings
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.prompt import AcceptedPrompt
from engines.execution.prompts import Prompts
from engines.execution.setup import OPPOSITE, SIGNS, Goal, Ground, Setup
from engines.execution.sizing import Sized
from engines.mentor_view import Gate, MentorView
from engines.trading_events import Decision, Prompt
from tests.engines.execution.log import AT, NOON
from tests.engines.mentor.market import GOLD

GC: Final = Product("GC", tick_cents=1_000, fee_cents=250)
MGC: Final = Product("MGC", tick_cents=100, fee_cents=75)
SETTINGS: Final = EntrySettings(least_stop_range=0.0, moved_range=0.0)
WHY: Final = Reason("sweep", "prior day low swept by 4 ticks and reclaimed", 0.7, "sweep", NOON, "sweep-1")


def setup(side: AggressorSide = "buy", now: int = NOON) -> Setup:
    """Return a setup with a limit at 2650.0, a stop ten ticks behind, targets 15 and 25 ticks ahead."""
    sign = SIGNS[side]
    edges = sorted((AT - sign * 8, AT - sign))
    return Setup(
        side=side,
        trigger="sweep_reclaim",
        order="limit",
        entry=AT,
        stop=AT - sign * 10,
        goals=(Goal(AT + sign * 15, 0.5, "POC"), Goal(AT + sign * 25, 0.5, "VAH")),
        born=now,
        expires=now + SETTINGS.life,
        ground=Ground(*edges),
        invalidation=AT - sign * 9,
        why_void="a trade beyond its evidence",
        reasons=(WHY,),
        least_stop=5,
        may_move=3,
        zone="sweep-1",
        confidence=0.8,
    )


def quote(seconds: float = 0.0, ask: int = AT + 2, last: int | None = None, trouble: str = "") -> Quote:
    """Return the market so many seconds after noon: a tick wide, two ticks above the setup's entry unless said."""
    return Quote(NOON + round(seconds * SECOND_NS), ask - 1, ask, ask - 1 if last is None else last, trouble)


def mentor(
    side: AggressorSide | None = "buy", *, armed: bool = True, closed: str = "", score: float = 0.8
) -> MentorView:
    """Return a reading of the mentor; `closed` names a gate that is."""
    gates = tuple(Gate(name, is_open=name != closed, reason=f"{name} says so") for name in ("data", "news", "capital"))
    return MentorView(
        ts=NOON,
        phase=None,
        pillars=(),
        side=side,
        confidence=None if side is None else score,
        coverage=1.0,
        armed=armed,
        since=NOON if armed else None,
        gates=gates,
        sentences=(),
        may_prompt=armed and not closed and side is not None,
    )


def account(risk_cents: int = 40_000, most: int = 10, product: Product = GC, reason: str = "too small") -> Sizer:
    """Return the sizer of an account that risks so much a trade; a stop of ten ticks costs $115 a lot of GC."""

    def sizer(stop_ticks: int) -> Sized:
        lot = product.risk_cents(stop_ticks + SETTINGS.slip)
        lots = min(most, risk_cents // lot)
        return Sized(product, lots, lots * lot, "per-trade risk", "" if lots else reason)

    return sizer


@dataclass
class Desk:
    """A trader's desk: prompts with an account and a mentor, and all that was said."""

    prompts: Prompts = field(default_factory=lambda: Prompts(GOLD, SETTINGS))
    sizer: Sizer = field(default_factory=account)
    mentor: MentorView | None = field(default_factory=mentor)
    said: list[Event] = field(default_factory=list)

    def offered(self, what: Setup | None = None, now: Quote | None = None, key: str = "") -> "Desk":
        """Offer a setup."""
        what = what or setup()
        self.said += self.prompts.offer(what, self.sizer(what.stop_ticks or 0), now or quote(), key)
        return self

    def armed(self, side: AggressorSide = "buy", now: Quote | None = None) -> "Desk":
        """Press the key that arms a side."""
        self.said += self.prompts.arm(side, now or quote(1), "b" if side == "buy" else "s")
        return self

    def watched(self, now: Quote) -> "Desk":
        """Let the market go on."""
        self.said += self.prompts.watch(now, self.mentor, self.sizer)
        return self

    def confirmed(
        self, prompt: str = "prompt-1", now: Quote | None = None, *, seen: bool = True
    ) -> AcceptedPrompt | None:
        """Press the key that confirms."""
        accepted, said = self.prompts.accept(prompt, now or quote(2), self.mentor, self.sizer, seen=seen, key="y")
        self.said += said
        return accepted

    @property
    def last(self) -> Decision:
        """The newest line, a decision."""
        line = self.said[-1]
        assert isinstance(line, Decision)
        return line

    @property
    def born(self) -> list[Prompt]:
        """The prompts that arose."""
        return [line for line in self.said if isinstance(line, Prompt)]


def other(side: AggressorSide) -> Setup:
    """Return the setup of the other side, whose entry is as far behind its touch."""
    return replace(setup(OPPOSITE[side]), zone="sweep-2")
