"""Why a prompt can wait no longer: data, evidence, price, gates and score, in this order."""

from engines.events import Event, FairValueGap
from engines.execution.orders import Quote
from engines.execution.prompt import Waiting
from engines.execution.setup import SIGNS, Setup
from engines.execution.triggers.places import ended
from engines.mentor_view import MentorView
from feeds.instrument import Instrument


def why_void(prompt: Waiting, quote: Quote, mentor: MentorView | None, instrument: Instrument) -> str:
    """Return why a prompt is void now; empty while it is not."""
    return (
        quote.trouble or refuted(prompt.setup, quote, instrument) or _moved(prompt, quote) or _forbidden(prompt, mentor)
    )


def refuted(setup: Setup, quote: Quote, instrument: Instrument) -> str:
    """Return what traded beyond the evidence of a setup; empty for nothing."""
    if setup.invalidation is None or quote.last is None:
        return ""
    beyond = SIGNS[setup.side] * (setup.invalidation - quote.last)
    return f"{instrument.price_text(quote.last)} traded, beyond its evidence" if beyond >= 0 else ""


def ended_zone(event: Event) -> str | None:
    """Return the id of the zone that a line of the log ends; None where it ends none."""
    if isinstance(event, FairValueGap):
        return event.id if event.state == "filled" else None
    return ended(event)


def _moved(prompt: Waiting, quote: Quote) -> str:
    most = prompt.setup.may_move
    if most is None:
        return ""
    away = prompt.away(quote)
    if away is None:
        return "no quote to trade with"
    if away - prompt.distance > most:
        return f"the market moved {away - prompt.distance} ticks away"
    return f"the market moved {-away} ticks through the entry" if -away > most else ""


def _forbidden(prompt: Waiting, mentor: MentorView | None) -> str:
    """Return why the mentor no more allows a prompt; a manual one needs open gates, but no score."""
    if prompt.is_exit:
        return ""
    if mentor is None:
        return "" if prompt.is_manual else "the mentor reads nothing"
    closed = next((gate for gate in mentor.gates if not gate.is_open), None)
    if closed is not None:
        return f"{closed.name} gate closed: {closed.reason}"
    if prompt.is_manual:
        return ""
    if mentor.side != prompt.setup.side:
        return f"the mentor's side is {mentor.side or 'neither'}"
    return "" if mentor.armed else "the score is no more armed"
