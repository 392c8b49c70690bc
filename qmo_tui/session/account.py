"""The account as the settings tell it: limits of the capital ladder, and what a contract's lots are worth."""

from math import isfinite
from typing import Final

from msgspec.structs import asdict

from engines.book.layout import MINUTE_NS, SECOND_NS
from engines.execution.capital.limits import RiskSettings
from engines.execution.entry_settings import EntrySettings, TriggerSettings
from engines.execution.exits import ExitSettings
from engines.execution.keeping import KeepingSettings
from engines.execution.money import Product
from engines.execution.paper.settings import MILLISECOND_NS, PaperSettings
from engines.execution.trading import TradingSettings
from feeds.instrument import Instrument, InstrumentError, root_of
from qmo_tui.setting_tables.sources import Contract
from qmo_tui.setting_tables.trading import Entry
from qmo_tui.settings import Settings

_CENTS: Final = 100
_MILLIONTHS_A_PERCENT: Final = 10_000


def risk_settings(settings: Settings) -> RiskSettings:
    """Return the limits in the ladder's units: whole cents, parts per million, nanoseconds."""
    risk = settings.risk
    return RiskSettings(
        equity_cents=_cents(settings.account.equity),
        per_trade=_millionths(risk.per_trade),
        session_loss=_millionths(risk.session_loss),
        session_losses=risk.session_losses,
        day_loss=_millionths(risk.day_loss),
        day_reduce=_millionths(risk.day_reduce),
        week_reduce=_millionths(risk.week_reduce),
        week_loss=_millionths(risk.week_loss),
        session_trades=risk.session_trades,
        day_trades=risk.day_trades,
        losses_in_a_row=risk.losses_in_a_row,
        cooldown=round(risk.cooldown_minutes * MINUTE_NS),
        contracts=risk.contracts,
        reduced_percent=risk.reduced_size,
        warn_percent=risk.warn,
        is_trailing=risk.day_limit == "trailing",
        counts_open=risk.counting == "open",
    )


def trading_settings(settings: Settings) -> TradingSettings:
    """Return how orders and positions are kept."""
    exits = settings.exits
    return TradingSettings(
        entry=_entry_settings(settings.entry),
        keeping=KeepingSettings(
            exits=ExitSettings(
                break_even=exits.break_even,
                trail=exits.trail,
                trail_ticks=exits.trail_ticks,
                swing_wing=exits.swing_wing,
                longest=round(exits.longest_minutes * MINUTE_NS),
                before_close=round(exits.before_close_minutes * MINUTE_NS),
                evidence=exits.evidence,
                evidence_score=exits.evidence_score,
            ),
            entry_life=round(exits.entry_minutes * MINUTE_NS),
            flatten_at_lock=exits.flatten_at_lock,
        ),
    )


def paper_settings(settings: Settings) -> PaperSettings:
    """Return how the paper broker fills."""
    return PaperSettings(
        latency=round(settings.paper.latency_ms * MILLISECOND_NS), extra_ticks=settings.paper.extra_ticks
    )


def _entry_settings(entry: Entry) -> EntrySettings:
    """Return when prompts arise and how long they wait."""
    return EntrySettings(
        triggers=TriggerSettings(**asdict(entry.triggers)),
        order=entry.order,
        offset=entry.offset_ticks,
        fresh=round(entry.fresh_seconds * SECOND_NS),
        reach=entry.reach,
        stop_buffer=entry.stop_buffer_ticks,
        least_stop=entry.least_stop_ticks,
        least_stop_range=entry.least_stop,
        most_stop=entry.most_stop,
        default_stop=entry.default_stop,
        slip=entry.slip_ticks,
        target_offset=entry.target_offset_ticks,
        first_target=entry.first_target,
        first_share=entry.first_share,
        least_reward_risk=entry.least_reward_risk,
        life=round(entry.life_seconds * SECOND_NS),
        moved=entry.moved_ticks,
        moved_range=entry.moved,
        snooze=round(entry.snooze_seconds * SECOND_NS),
        quiet=round(entry.quiet_minutes * MINUTE_NS),
    )


def products_of(instrument: Instrument, settings: Settings) -> tuple[Product, ...]:
    """Return what may be traded where a contract is followed: its product, then its micro (`M` before the root).

    The micro stands in where one lot of the larger is too much; it has to be among the settings, with the same tick.

    Raises:
        InstrumentError: What a tick is worth is not known, or no whole number of cents.
    """
    root = root_of(instrument.symbol)
    known = settings.instruments.get(root)
    micro = settings.instruments.get(f"M{root}")
    products = [_product(root, instrument.tick_value, known)]
    if micro is not None and micro.wire_tick == instrument.tick:
        products.append(_product(f"M{root}", micro.tick * micro.multiplier, micro))
    return tuple(products)


def _product(root: str, tick_value: float, known: Contract | None) -> Product:
    cents = tick_value * _CENTS
    if not isfinite(cents) or round(cents) < 1 or abs(cents - round(cents)) > 1e-6:
        raise InstrumentError(
            f"{root}: a tick is worth {tick_value:g}, no whole number of cents, so it is not traded; check "
            f"tick and multiplier of [instruments.{root}]"
        )
    fee, margin = (known.fee, known.margin) if known is not None else (0.0, 0.0)
    return Product(root, round(cents), _cents(fee), _cents(margin))


def _cents(money: float) -> int:
    return round(money * _CENTS)


def _millionths(percent: float) -> int:
    return round(percent * _MILLIONTHS_A_PERCENT)
