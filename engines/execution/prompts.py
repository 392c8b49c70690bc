"""The life of prompts: at most one a side, at most one armed, and none is sent that is not armed, seen and in time.

| it ends | when |
|---|---|
| accepted | armed, and confirmed after the armed state was shown |
| rejected, snoozed | by key; a snoozed one comes back once if it is still valid |
| expired | its time is over |
| voided | data cannot be trusted, price moved away, its evidence was refuted, a gate closed, the score is not armed |
| | any more, the ladder allows no such size, a position was opened |

Every key gives a decision, refused ones too. While a prompt is armed nothing of it changes by itself: it stays as it is
or it is voided.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from engines.book.layout import SECOND_NS
from engines.events import AggressorSide, Event
from engines.execution.changes import Sizer, most_lots, resized, with_stop_moved, with_target_moved
from engines.execution.commands import RefusedError
from engines.execution.entry_settings import EntrySettings
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.prompt import AcceptedPrompt, Waiting
from engines.execution.setup import Ground, Setup
from engines.execution.sizing import Sized
from engines.execution.voiding import ended_zone, refuted, why_void
from engines.mentor_view import MentorView
from engines.trading_events import Decision, DecisionAction
from engines.trading_view import PromptMark
from feeds.instrument import Instrument

_NOTHING: Final = "no prompt"


@dataclass(frozen=True, slots=True)
class Ended:
    """A prompt that went without being sent.

    Attributes:
        action: `rejected`, `expired`, `voided` or `snoozed`.
    """

    prompt: Waiting
    action: DecisionAction


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Evidence that does not prompt before a moment."""

    side: AggressorSide
    ground: Ground
    until: int


@dataclass(frozen=True, slots=True)
class _Snoozed:
    prompt: Waiting
    until: int


class Prompts:
    """The prompts of one session; moments come with the quote."""

    def __init__(self, instrument: Instrument, settings: EntrySettings, *, counted: int = 0) -> None:
        """Start with none; `counted` were there before, so that ids go on."""
        self._instrument = instrument
        self._settings = settings
        self._count = counted
        self._waiting: dict[AggressorSide, Waiting] = {}
        self._snoozed: list[_Snoozed] = []
        self._quiet: list[_Quiet] = []
        self._ended: list[Ended] = []

    # ------------------------------------------------------------------------------------------------ what there is

    @property
    def sides(self) -> frozenset[AggressorSide]:
        """Sides that have a prompt."""
        return frozenset(self._waiting)

    @property
    def counted(self) -> int:
        """How many there have been."""
        return self._count

    @property
    def is_watching(self) -> bool:
        """Whether `watch` has anything to do: prompts wait, or snoozed ones may come back."""
        return bool(self._waiting or self._snoozed)

    @property
    def armed(self) -> Waiting | None:
        """The armed prompt."""
        return next((one for one in self._waiting.values() if one.armed_at is not None), None)

    def on(self, side: AggressorSide) -> Waiting | None:
        """Return the prompt of a side."""
        return self._waiting.get(side)

    def marks(self, quote: Quote) -> tuple[PromptMark, ...]:
        """Return them as the screen shows them, the armed one first, then the newest."""
        found = sorted(self._waiting.values(), key=lambda one: (one.armed_at is None, -one.number))
        return tuple(one.mark(quote) for one in found)

    def take_ended(self) -> list[Ended]:
        """Take out the prompts that went without being sent since the last call, for hindsight."""
        found, self._ended = self._ended, []
        return found

    # ------------------------------------------------------------------------------------------------ how they arise

    def offer(self, setup: Setup, sized: Sized, quote: Quote, key: str = "") -> list[Event]:
        """Take a setup; return its prompt, or why it is none.

        A setup that a key asked for takes the place of what waits on its side unless that is armed, and is refused
        aloud; one that arose by itself gives way in silence to what waits there, and to evidence that was rejected.
        """
        side, waits = setup.side, self._waiting.get(setup.side)
        if not key and (waits is not None or self._is_quiet(setup, quote.now)):
            return []
        if waits is not None and waits.armed_at is not None:
            return [self._refused(waits.id, "changed", f"the {side} prompt is armed", quote, key)]
        if quote.trouble:
            return [self._refused("", "changed", quote.trouble, quote, key)] if key else []
        if sized.contracts == 0:
            reason = f"{setup.trigger} {side}: {sized.reason}"
            return [Decision(ts=quote.now, prompt="", action="voided", reason=reason, key=key, refused=bool(key))]
        replaced = self._void(waits, f"a {setup.trigger} prompt took its place", quote) if waits is not None else []
        put = self._put(setup, sized.product, sized.contracts, sized.lot_cents, quote, is_manual=bool(key))
        return [*replaced, put]

    def offer_exit(self, setup: Setup, product: Product, contracts: int, quote: Quote, key: str = "") -> list[Event]:
        """Ask whether to leave a position; what waits on that side gives way, another exit that waits stays."""
        waits = self._waiting.get(setup.side)
        if waits is not None and waits.is_exit:
            return [self._refused(waits.id, "changed", "asked already", quote, key)] if key else []
        replaced = self._void(waits, "an exit is asked for", quote) if waits is not None else []
        return [*replaced, self._put(setup, product, contracts, None, quote, is_manual=True)]

    def _put(
        self, setup: Setup, product: Product, contracts: int, lot_risk: int | None, quote: Quote, *, is_manual: bool
    ) -> Event:
        self._count += 1
        prompt = Waiting(
            number=self._count,
            setup=setup,
            product=product,
            contracts=contracts,
            lot_risk_cents=lot_risk,
            slip=self._settings.slip,
            distance=0,
            is_manual=is_manual,
        )
        prompt = replace(prompt, distance=prompt.away(quote) or 0)
        self._waiting[setup.side] = prompt
        return prompt.event(self._instrument)

    def _is_quiet(self, setup: Setup, now: int) -> bool:
        ground = setup.ground
        return ground is not None and any(
            one.side == setup.side and one.until > now and one.ground.overlaps(ground) for one in self._quiet
        )

    # ---------------------------------------------------------------------------------------------- how they go away

    def hear(self, events: Iterable[Event], quote: Quote) -> list[Event]:
        """Take lines of the log: a prompt goes with the zone that it stands on."""
        gone = {ended_zone(event) for event in events} - {None}
        if not gone:
            return []
        self._snoozed = [one for one in self._snoozed if one.prompt.setup.zone not in gone]
        voided = [one for one in self._waiting.values() if one.setup.zone in gone]
        return [event for one in voided for event in self._void(one, f"{one.setup.zone} ended", quote)]

    def watch(self, quote: Quote, mentor: MentorView | None, sizer: Sizer) -> list[Event]:
        """Hold every prompt against the market, the mentor and the ladder; return what became of them."""
        said: list[Event] = []
        for prompt in list(self._waiting.values()):
            if quote.now >= prompt.setup.expires:
                said += self._end(prompt, "expired", "its time is over", quote)
                continue
            why = why_void(prompt, quote, mentor, self._instrument)
            if why:
                said += self._void(prompt, why, quote)
            elif not prompt.is_exit:
                said += self._hold_to_size(prompt, quote, sizer)
        return said + self._wake(quote, mentor, sizer)

    def void_entries(self, reason: str, quote: Quote) -> list[Event]:
        """Void every prompt for an entry, the snoozed ones too: a position was opened, or the ladder locked."""
        self._snoozed.clear()
        voided = [one for one in self._waiting.values() if not one.is_exit]
        return [event for one in voided for event in self._void(one, reason, quote)]

    def void_exits(self, reason: str, quote: Quote) -> list[Event]:
        """Void every prompt for an exit: the position is closed."""
        voided = [one for one in self._waiting.values() if one.is_exit]
        return [event for one in voided for event in self._void(one, reason, quote)]

    def _hold_to_size(self, prompt: Waiting, quote: Quote, sizer: Sizer) -> list[Event]:
        """Void what the ladder no longer allows; take an unarmed one down to what it does."""
        sized = sizer(prompt.setup.stop_ticks or 0)
        if sized.contracts == 0:
            return self._void(prompt, sized.reason, quote)
        most = most_lots(prompt, sized)
        if prompt.contracts <= most:
            return []
        if prompt.armed_at is not None or most == 0:
            return self._void(prompt, f"no more than {most} {prompt.product.root} allowed: {sized.capped_by}", quote)
        self._waiting[prompt.setup.side] = replace(prompt, contracts=most)
        reason = f"{prompt.contracts} to {most} {prompt.product.root}: {sized.capped_by}"
        return [Decision(ts=quote.now, prompt=prompt.id, action="changed", reason=reason)]

    def _wake(self, quote: Quote, mentor: MentorView | None, sizer: Sizer) -> list[Event]:
        """Bring back what was snoozed long enough and is still valid; drop what no more is."""
        said: list[Event] = []
        kept = []
        for snoozed in self._snoozed:
            prompt, setup = snoozed.prompt, snoozed.prompt.setup
            if refuted(setup, quote, self._instrument):
                continue
            if quote.now < snoozed.until:
                kept.append(snoozed)
                continue
            if setup.side in self._waiting or why_void(prompt, quote, mentor, self._instrument):
                continue
            life = setup.expires - setup.born
            again = replace(setup, born=quote.now, expires=quote.now + life)
            sized = sizer(setup.stop_ticks or 0)
            if sized.contracts:
                lots = min(prompt.contracts, sized.contracts) if sized.product == prompt.product else sized.contracts
                said.append(self._put(again, sized.product, lots, sized.lot_cents, quote, is_manual=prompt.is_manual))
        self._snoozed = kept
        return said

    def _void(self, prompt: Waiting, reason: str, quote: Quote) -> list[Event]:
        return self._end(prompt, "voided", reason, quote)

    def _end(self, prompt: Waiting, action: DecisionAction, reason: str, quote: Quote, key: str = "") -> list[Event]:
        del self._waiting[prompt.setup.side]
        if not prompt.is_exit and action != "accepted":
            self._ended.append(Ended(prompt, action))
        return [Decision(ts=quote.now, prompt=prompt.id, action=action, reason=reason, key=key)]

    # -------------------------------------------------------------------------------------------------- what keys do

    def arm(self, side: AggressorSide, quote: Quote, key: str = "") -> list[Event]:
        """Arm the prompt of a side; another that was armed is disarmed first and lends it nothing."""
        prompt = self._waiting.get(side)
        if prompt is None:
            return [self._refused("", "armed", f"no {side} prompt", quote, key)]
        if prompt.armed_at is not None:
            return [self._refused(prompt.id, "armed", "armed already", quote, key)]
        trouble = quote.trouble or ("its time is over" if quote.now >= prompt.setup.expires else "")
        if trouble:
            return [self._refused(prompt.id, "armed", trouble, quote, key)]
        other = self._put_back(f"the {side} prompt was armed", quote, key)
        self._waiting[side] = replace(prompt, armed_at=quote.now)
        return [*other, Decision(ts=quote.now, prompt=prompt.id, action="armed", reason="", key=key)]

    def disarm(self, quote: Quote, reason: str = "", key: str = "") -> list[Event]:
        """Put the armed prompt back; `reason` says what did it where it was no key."""
        said = self._put_back(reason or "by key", quote, key)
        return said or ([self._refused("", "disarmed", "nothing is armed", quote, key)] if key else [])

    def accept(
        self, prompt_id: str, quote: Quote, mentor: MentorView | None, sizer: Sizer, *, seen: bool, key: str = ""
    ) -> tuple[AcceptedPrompt | None, list[Event]]:
        """Confirm the armed prompt; return it as it is to be sent, or None with why it was refused.

        Args:
            prompt_id: The prompt that the trader saw armed.
            quote: The market now.
            mentor: Its reading now.
            sizer: What the ladder allows now.
            seen: Whether the key was read after the armed prompt had been shown as it stands.
            key: The key, for the journal.
        """
        said = self.watch(quote, mentor, sizer)
        prompt = self.armed
        if prompt is None or prompt.id != prompt_id:
            went = next((one.reason for one in said if isinstance(one, Decision) and one.prompt == prompt_id), "")
            why = went or ("nothing is armed" if prompt is None else f"{prompt.id} is armed, not {prompt_id or 'it'}")
            return None, [*said, self._refused(prompt_id, "accepted", why, quote, key)]
        if not seen:
            why = "held, or came before the armed prompt was shown"
            return None, [*said, self._refused(prompt_id, "accepted", why, quote, key)]
        self._keep_quiet(prompt, quote)
        return prompt.accepted(), [*said, *self._end(prompt, "accepted", "confirmed", quote, key)]

    def reject(self, quote: Quote, key: str = "") -> list[Event]:
        """Turn down the armed prompt, else the newest; its evidence is quiet for a while."""
        prompt = self._meant()
        if prompt is None:
            return [self._refused("", "rejected", _NOTHING, quote, key)]
        self._keep_quiet(prompt, quote)
        return self._end(prompt, "rejected", "by key", quote, key)

    def snooze(self, quote: Quote, key: str = "") -> list[Event]:
        """Put the armed prompt aside, else the newest; it comes back once if it is still valid."""
        prompt = self._meant()
        if prompt is None:
            return [self._refused("", "snoozed", _NOTHING, quote, key)]
        self._keep_quiet(prompt, quote)
        until = quote.now + self._settings.snooze
        if not prompt.is_exit:
            self._snoozed.append(_Snoozed(replace(prompt, armed_at=None), until))
        reason = f"for {self._settings.snooze // SECOND_NS} s"
        return self._end(prompt, "snoozed", reason, quote, key)

    def resize(self, step: int, quote: Quote, sizer: Sizer, key: str = "") -> list[Event]:
        """Change the lots of the armed prompt, else of the newest, within what the ladder allows."""
        return self._change(lambda prompt: resized(prompt, step, sizer), quote, key)

    def nudge_stop(self, step: int, quote: Quote, sizer: Sizer, key: str = "") -> list[Event]:
        """Move the stop by ticks, up in price where positive; fewer lots where it would risk more than is allowed."""
        return self._change(lambda prompt: with_stop_moved(prompt, step, sizer, self._instrument), quote, key)

    def nudge_target(self, step: int, quote: Quote, key: str = "") -> list[Event]:
        """Move the nearest target by ticks, up in price where positive; it stays beyond the entry, before the next."""
        return self._change(lambda prompt: with_target_moved(prompt, step, self._instrument), quote, key)

    def _change(self, change: Callable[[Waiting], tuple[Waiting, str]], quote: Quote, key: str) -> list[Event]:
        """Change the prompt that is meant; an armed one counts as armed anew, so that it must be seen again."""
        prompt = self._meant()
        if prompt is None:
            return [self._refused("", "changed", _NOTHING, quote, key)]
        try:
            changed, what = change(prompt)
        except RefusedError as why:
            return [self._refused(prompt.id, "changed", str(why), quote, key)]
        armed_at = None if prompt.armed_at is None else quote.now
        self._waiting[prompt.setup.side] = replace(changed, armed_at=armed_at)
        return [Decision(ts=quote.now, prompt=prompt.id, action="changed", reason=what, key=key)]

    def _put_back(self, reason: str, quote: Quote, key: str) -> list[Event]:
        prompt = self.armed
        if prompt is None:
            return []
        self._waiting[prompt.setup.side] = replace(prompt, armed_at=None)
        return [Decision(ts=quote.now, prompt=prompt.id, action="disarmed", reason=reason, key=key)]

    def _meant(self) -> Waiting | None:
        """Return the prompt that a key is about: the armed one, else the newest."""
        newest = max(self._waiting.values(), key=lambda one: one.number, default=None)
        return self.armed or newest

    def _keep_quiet(self, prompt: Waiting, quote: Quote) -> None:
        self._quiet = [one for one in self._quiet if one.until > quote.now]
        if prompt.setup.ground is not None:
            self._quiet.append(_Quiet(prompt.setup.side, prompt.setup.ground, quote.now + self._settings.quiet))

    @staticmethod
    def _refused(prompt_id: str, action: DecisionAction, reason: str, quote: Quote, key: str) -> Decision:
        return Decision(ts=quote.now, prompt=prompt_id, action=action, reason=reason, key=key, refused=True)
