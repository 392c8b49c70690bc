"""Whatever the market, the mentor, the ladder and the keys do: the promises of prompts hold after every step."""

from dataclasses import replace
from typing import Final

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engines.events import AggressorSide, Event
from engines.execution.orders import Quote
from engines.execution.prompts import Prompts
from engines.execution.setup import SIGNS, Ground
from engines.trading_events import Decision, Prompt
from tests.engines.execution.log import AT, NOON
from tests.engines.execution.waiting import SETTINGS, account, mentor, setup
from tests.engines.mentor.market import GOLD

SIDES: Final = st.sampled_from(("buy", "sell"))
_ENDED: Final = frozenset({"accepted", "rejected", "expired", "voided", "snoozed"})


class AnyDesk(RuleBasedStateMachine):
    """A desk at which anything happens in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts = Prompts(GOLD, SETTINGS)
        self.now, self.ask, self.trouble = NOON, AT + 2, ""
        self.allowed = 40_000
        self.reading = mentor("buy")
        self.fate: dict[str, str] = {}
        self.arose: dict[str, Prompt] = {}
        self.armed_as: dict[str, object] = {}

    @property
    def quote(self) -> Quote:
        return Quote(self.now, self.ask - 1, self.ask, self.ask - 1, self.trouble)

    def heard(self, lines: list[Event]) -> None:
        """Keep what was said: each prompt ends once, and nothing is said of one that has ended."""
        for line in lines:
            if isinstance(line, Prompt):
                assert line.id not in self.arose
                self.arose[line.id] = line
            elif isinstance(line, Decision) and line.prompt and not line.refused:
                assert line.prompt in self.arose
                assert line.prompt not in self.fate, f"{line.prompt} is over: {self.fate[line.prompt]}"
                if line.action in _ENDED:
                    self.fate[line.prompt] = line.action

    @initialize()
    def begin(self) -> None:
        """Begin with a prompt."""
        self.offer("buy", 0)

    @rule(side=SIDES, away=st.integers(-40, 40))
    def offer(self, side: AggressorSide, away: int) -> None:
        """Offer a setup somewhere."""
        what = setup(side, self.now)
        moved = Ground(AT + away, AT + away + 4)
        sized = account(self.allowed)(what.stop_ticks or 0)
        self.heard(self.prompts.offer(replace(what, ground=moved), sized, self.quote))

    @rule(side=SIDES)
    def by_hand(self, side: AggressorSide) -> None:
        """Ask for an entry by hand."""
        what = replace(setup(side, self.now), trigger="manual")
        self.heard(self.prompts.offer(what, account(self.allowed)(what.stop_ticks or 0), self.quote, "m"))

    @rule(
        milliseconds=st.one_of(st.integers(1, 2_000), st.integers(30_000, 90_000)),
        ticks=st.sampled_from((0, 0, 0, 1, -1, 3, -4)),
    )
    def market(self, milliseconds: int, ticks: int) -> None:
        """Let time pass and price move."""
        self.now += milliseconds * 1_000_000
        self.ask += ticks
        self.heard(self.prompts.watch(self.quote, self.reading, account(self.allowed)))
        marks = self.prompts.marks(self.quote)
        assert all(mark.expires > self.now for mark in marks)
        assert not (marks and self.trouble)

    @rule(trouble=st.sampled_from(("", "", "stale 6.2 s", "halted")))
    def line(self, trouble: str) -> None:
        """Break or mend the line."""
        self.trouble = trouble

    @rule(side=st.sampled_from(("buy", "sell", None)), armed=st.booleans(), closed=st.sampled_from(("", "", "news")))
    def read(self, side: AggressorSide | None, armed: bool, closed: str) -> None:
        """Let the mentor read something else."""
        self.reading = mentor(side, armed=armed, closed=closed)

    @rule(cents=st.sampled_from((0, 12_000, 25_000, 40_000, 90_000)))
    def allow(self, cents: int) -> None:
        """Let the ladder allow something else."""
        self.allowed = cents

    @rule(side=SIDES)
    def arm(self, side: AggressorSide) -> None:
        """Press the key that arms a side."""
        self.heard(self.prompts.arm(side, self.quote, "b"))

    @rule(seen=st.booleans())
    def confirm(self, seen: bool) -> None:
        """Press the key that confirms."""
        before = self.prompts.armed
        name = "" if before is None else before.id
        sizer = account(self.allowed)
        accepted, lines = self.prompts.accept(name, self.quote, self.reading, sizer, seen=seen, key="y")
        self.heard(lines)
        assert (accepted is None) == (not any(_is_accepted(line) for line in lines))
        if accepted is None:
            return
        what = accepted.setup
        assert before is not None
        assert before.armed_at is not None
        assert seen
        assert not self.trouble
        assert self.now < what.expires
        assert all(gate.is_open for gate in self.reading.gates)
        assert what.trigger == "manual" or (self.reading.armed and self.reading.side == what.side)
        assert 0 < accepted.contracts <= sizer(what.stop_ticks or 0).contracts
        assert accepted.risk_cents is not None
        assert accepted.risk_cents <= self.allowed
        assert accepted.bracket is not None
        assert sum(target.quantity for target in accepted.bracket.targets) <= accepted.contracts
        assert SIGNS[what.side] * (what.entry - accepted.bracket.stop) >= what.least_stop

    @rule(do=st.sampled_from(("reject", "snooze", "disarm")))
    def put_away(self, do: str) -> None:
        """Press a key that puts a prompt away."""
        self.heard(getattr(self.prompts, do)(self.quote, key="n"))

    @rule(do=st.sampled_from(("resize", "nudge_stop", "nudge_target")), step=st.integers(-12, 12))
    def change(self, do: str, step: int) -> None:
        """Press a key that changes one."""
        sizer = () if do == "nudge_target" else (account(self.allowed),)
        self.heard(getattr(self.prompts, do)(step, self.quote, *sizer, key="u"))

    @invariant()
    def one_a_side_and_one_armed(self) -> None:
        """At most one prompt a side, at most one armed; marks say the same."""
        marks = self.prompts.marks(self.quote)
        assert len({mark.side for mark in marks}) == len(marks) <= 2
        assert sum(mark.armed_at is not None for mark in marks) <= 1
        waiting = set(self.arose) - set(self.fate)
        assert {mark.id for mark in marks} == waiting

    @invariant()
    def sizes_are_lots_with_a_stop_behind_them(self) -> None:
        """Every prompt has lots, a stop on the losing side and targets on the winning one, in their order."""
        for side in self.prompts.sides:
            prompt = self.prompts.on(side)
            assert prompt is not None
            assert prompt.contracts >= 1
            what, sign = prompt.setup, SIGNS[side]
            assert what.stop is not None
            assert sign * (what.entry - what.stop) >= what.least_stop
            ticks = [sign * goal.tick for goal in what.goals]
            assert ticks == sorted(set(ticks))
            assert all(tick > sign * what.entry for tick in ticks)


def _is_accepted(line: Event) -> bool:
    return isinstance(line, Decision) and line.action == "accepted" and not line.refused


AnyDesk.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyDesk = AnyDesk.TestCase
