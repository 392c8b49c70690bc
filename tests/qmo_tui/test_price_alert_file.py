"""The kept price alerts: by contract and by where its market comes from, shared by programs, never in the way."""

from pathlib import Path

import pytest

from qmo_tui.paths import price_alerts_file
from qmo_tui.price_alert_file import PriceAlertFile
from qmo_tui.writer_lock import WriterLock


def test_prices_are_kept_by_contract(home: Path) -> None:
    PriceAlertFile(price_alerts_file()).change("live GCZ6", lambda _: [2655.5, 2650.1])
    PriceAlertFile(price_alerts_file()).change("demo GCZ6", lambda _: [4210.0])
    assert PriceAlertFile(price_alerts_file()).read("live GCZ6") == [2650.1, 2655.5]
    assert PriceAlertFile(price_alerts_file()).read("demo GCZ6") == [4210.0]
    assert PriceAlertFile(price_alerts_file()).read("replay GCZ6") == []
    assert {path.name for path in home.iterdir()} == {"price-alerts.json", "price-alerts.json.lock"}


def test_a_change_is_made_to_what_another_program_has_kept_since(tmp_path: Path) -> None:
    ours, others = (PriceAlertFile(tmp_path / "alerts.json") for _ in range(2))
    ours.change("live GCZ6", lambda _: [2650.1])
    assert others.change("live GCZ6", lambda prices: [*prices, 2640.0]) == [2640.0, 2650.1]
    assert ours.change("live GCZ6", lambda prices: [price for price in prices if price != 2650.1]) == [2640.0]


def test_while_another_program_changes_it_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    other = WriterLock(path)
    assert other.take()
    with pytest.raises(BlockingIOError, match="another qmo is changing them"):
        PriceAlertFile(path).change("live GCZ6", lambda _: [2650.1])
    other.release()
    assert PriceAlertFile(path).change("live GCZ6", lambda _: [2650.1]) == [2650.1]


def test_a_contract_without_prices_leaves_the_file(home: Path) -> None:
    file = PriceAlertFile(price_alerts_file())
    file.change("live GCZ6", lambda _: [2650.1])
    file.change("live GCZ6", lambda _: [])
    assert (home / "price-alerts.json").read_text() == "{}\n"


def test_the_contract_that_was_changed_longest_ago_goes(tmp_path: Path) -> None:
    file = PriceAlertFile(tmp_path / "alerts.json")
    for number in range(60):
        file.change(f"live {number}", lambda _: [1.0])
    assert (file.read("live 9"), file.read("live 10")) == ([], [1.0])


def test_a_broken_file_is_kept_aside_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_text('{"live GCZ6": "up"}')
    file = PriceAlertFile(path)
    assert file.read("live GCZ6") == []
    file.change("live GCZ6", lambda _: [2650.1])
    assert file.read("live GCZ6") == [2650.1]
    assert len(list(tmp_path.glob("alerts.json.broken-*"))) == 1


def test_a_folder_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        PriceAlertFile(tmp_path / "file" / "alerts.json").change("live GCZ6", lambda _: [1.0])
