"""The account as the settings tell it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from engines.book.layout import MINUTE_NS
from engines.execution.capital.limits import RiskSettings
from engines.execution.money import Product
from engines.execution.paper.settings import PaperSettings
from feeds.instrument import Instrument, InstrumentError
from qmo_tui.session.account import paper_settings, products_of, risk_settings
from qmo_tui.settings import Settings, SettingsError, load, settings_digest

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
MICRO = Instrument("MGCZ6", 2, 100_000_000, 10.0)


def test_the_packaged_limits_are_the_ladders_own() -> None:
    assert risk_settings(Settings()) == RiskSettings()


def test_the_packaged_paper_broker_is_the_engines_own(tmp_path: Path) -> None:
    assert paper_settings(Settings()) == PaperSettings()
    file = tmp_path / "config.toml"
    file.write_text("[paper]\nlatency_ms = 1.5\nextra_ticks = 3\n")
    assert paper_settings(load(environment={}, user_file=file).settings) == PaperSettings(1_500_000, 3)


def test_percent_and_minutes_become_millionths_and_nanoseconds(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        "[account]\nequity = 12345.67\n[risk]\nper_trade = 0.25\nday_loss = 1.5\ncooldown_minutes = 0.5\n"
        'day_limit = "trailing"\ncounting = "realised"\n'
    )
    limits = risk_settings(load(environment={}, user_file=file).settings)
    assert (limits.equity_cents, limits.per_trade, limits.day_loss) == (1_234_567, 2_500, 15_000)
    assert (limits.cooldown, limits.is_trailing, limits.counts_open) == (MINUTE_NS // 2, True, False)


@pytest.mark.parametrize(
    "line", ["per_trade = 1.01", "per_trade = 0", "day_limit = 'none'", "session_losses = 0", "reduced_size = 101"]
)
def test_a_limit_that_protects_nothing_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[risk]\n{line}\n")
    with pytest.raises(SettingsError, match="risk"):
        load(environment={}, user_file=file)


def test_an_account_in_another_currency_is_refused(tmp_path: Path) -> None:
    """Its equity would be taken for dollars."""
    file = tmp_path / "config.toml"
    file.write_text('[account]\ncurrency = "EUR"\n')
    with pytest.raises(SettingsError, match="nothing is converted"):
        load(environment={}, user_file=file)


def test_gold_is_followed_by_micro_gold_which_is_a_tenth_of_it() -> None:
    gold, micro = products_of(GOLD, Settings())
    assert gold == Product("GC", tick_cents=1_000, fee_cents=250, margin_cents=2_500_000)
    assert micro == Product("MGC", tick_cents=100, fee_cents=100, margin_cents=250_000)


def test_micro_gold_alone_is_micro_gold_alone() -> None:
    assert [product.root for product in products_of(MICRO, Settings())] == ["MGC"]


def test_what_a_tick_is_worth_comes_from_the_instrument() -> None:
    copper = Instrument("HGZ6", 3, 500_000, 25_000.0)
    assert products_of(copper, Settings()) == (Product("HG", tick_cents=1_250),)
    unknown = msgspec.structs.replace(Settings(), instruments={})
    assert products_of(GOLD, unknown) == (Product("GC", tick_cents=1_000),)


@pytest.mark.parametrize("multiplier", [float("nan"), 0.01, 100.05])
def test_a_tick_of_no_whole_cents_is_not_traded(multiplier: float) -> None:
    with pytest.raises(InstrumentError, match="no whole number of cents"):
        products_of(replace(GOLD, multiplier=multiplier), Settings())


def test_fees_and_margins_do_not_change_which_events_are_reported() -> None:
    gold = msgspec.structs.replace(Settings().instruments["GC"], fee=9.99, margin=1.0)
    dearer = msgspec.structs.replace(Settings(), instruments={**Settings().instruments, "GC": gold})
    assert settings_digest(dearer) == settings_digest(Settings())


def test_a_product_needs_no_fee_and_no_margin(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[instruments.HG]\ntick = 0.0005\nmultiplier = 25000.0\n")
    copper = load(environment={}, user_file=file).settings.instruments["HG"]
    assert (copper.fee, copper.margin) == (0.0, 0.0)
