"""A study as a table for people and as one object for scripts. What is unknown is `--`, or null."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from qmo_tui.aligned import aligned
from qmo_tui.evaluation.holding.holding import HoldRate, Outcome
from qmo_tui.evaluation.holding.study import Study

_SECOND_NS: Final = 1_000_000_000
_RATES: Final = ("zones", "said", "decided", "held", "compared", "hold rate", "controls", "difference (95 %)")
_WORDS: Final = {True: "held", False: "broken", None: "undecided"}


def table(study: Study, width: int | None = None) -> str:
    """Return one line a kind of zone, with a line of headings, in so many columns where that is not None."""
    return aligned([_RATES, *(_rate_cells(rate) for rate in study.rates)], width=width)


def _rate_cells(rate: HoldRate) -> tuple[str, ...]:
    interval = "" if rate.interval is None else f" ({rate.interval[0]:+.2f} to {rate.interval[1]:+.2f})"
    difference = "--" if rate.difference is None else f"{rate.difference:+.2f}{interval}"
    counts = (rate.said, rate.decided, rate.held, rate.compared)
    return (rate.kind, *(f"{count:,}" for count in counts), _share(rate.rate), _share(rate.control_rate), difference)


def _share(share: float | None) -> str:
    return "--" if share is None else f"{share:.2f}"


def listing(study: Study) -> str:
    """Return one line a zone: when and where it was said, and what became of it; times are UTC."""
    headings = ("said", "zone", "side", "low", "high", "target", "outcome", "controls", "hold rate")
    return aligned([headings, *(_outcome_cells(study, outcome) for outcome in study.outcomes)])


def _outcome_cells(study: Study, outcome: Outcome) -> tuple[str, ...]:
    place, price = outcome.place, study.instrument.price
    moment = datetime.fromtimestamp(place.ts // _SECOND_NS, UTC)
    return (
        f"{moment:%Y-%m-%d %H:%M:%S}",
        place.id,
        place.side,
        f"{price(place.low):g}",
        f"{price(place.high):g}",
        f"{outcome.target}",
        _WORDS[outcome.held],
        f"{outcome.controls}",
        _share(outcome.control_rate),
    )


def as_object(study: Study) -> dict[str, Any]:
    """Return everything as one object for JSON."""
    price = study.instrument.price
    return {
        "schema": study.schema,
        "records": study.records,
        "rates": [msgspec.to_builtins(rate) | {"difference": rate.difference} for rate in study.rates],
        "zones": [
            msgspec.to_builtins(outcome.place)
            | {
                "low": price(outcome.place.low),
                "high": price(outcome.place.high),
                "target": outcome.target,
                "held": outcome.held,
                "controls": outcome.controls,
                "control_rate": outcome.control_rate,
            }
            for outcome in study.outcomes
        ],
        "notes": study.notes,
    }
