"""The kept price alerts: by contract and by where its market comes from, shared by programs, never in the way."""

from pathlib import Path

import pytest

from qmo_tui.paths import price_alerts_file
from qmo_tui.price_alert_file import PriceAlertFile


def test_prices_are_kept_by_contract(home: Path) -> None:
    PriceAlertFile(price_alerts_file()).write("live GCZ6", [2655.5, 2650.1])
    PriceAlertFile(price_alerts_file()).write("demo GCZ6", [4210.0])
    assert PriceAlertFile(price_alerts_file()).read("live GCZ6") == [2650.1, 2655.5]
    assert PriceAlertFile(price_alerts_file()).read("demo GCZ6") == [4210.0]
    assert PriceAlertFile(price_alerts_file()).read("replay GCZ6") == []
    assert [path.name for path in home.iterdir()] == ["price-alerts.json"]


def test_a_contract_without_prices_leaves_the_file(home: Path) -> None:
    file = PriceAlertFile(price_alerts_file())
    file.write("live GCZ6", [2650.1])
    file.write("live GCZ6", [])
    assert (home / "price-alerts.json").read_text() == "{}\n"


def test_the_contract_that_was_changed_longest_ago_goes(tmp_path: Path) -> None:
    file = PriceAlertFile(tmp_path / "alerts.json")
    for number in range(60):
        file.write(f"live {number}", [1.0])
    assert (file.read("live 9"), file.read("live 10")) == ([], [1.0])


def test_a_broken_file_is_kept_aside_and_a_new_one_begins(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_text('{"live GCZ6": "up"}')
    file = PriceAlertFile(path)
    assert file.read("live GCZ6") == []
    file.write("live GCZ6", [2650.1])
    assert file.read("live GCZ6") == [2650.1]
    assert len(list(tmp_path.glob("alerts.json.broken-*"))) == 1


def test_a_folder_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        PriceAlertFile(tmp_path / "file" / "alerts.json").write("live GCZ6", [1.0])
