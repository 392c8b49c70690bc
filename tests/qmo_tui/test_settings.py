"""Settings: where values come from, and how wrong ones are refused."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from qmo_tui.exit_codes import ExitCode
from qmo_tui.paths import packaged_config_file
from qmo_tui.settings import (
    RESERVED_VARIABLES,
    Layer,
    Origin,
    Settings,
    SettingsError,
    load,
    plain,
    settings_digest,
    values,
)


@pytest.fixture
def user_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "user.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


Write = Callable[[str], Path]


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found


def refusal(environment: dict[str, str] | None = None, user_file: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environment=environment or {}, user_file=user_file)
    assert caught.value.exit_code is ExitCode.USAGE
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_packaged_file_and_structs_agree_key_by_key() -> None:
    with packaged_config_file().open("rb") as file:
        packaged = flat(tomllib.load(file))

    defaults = {key: plain(value) for key, value in values(Settings())}

    assert packaged == {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}


def test_every_setting_in_the_packaged_file_is_explained_above_it() -> None:
    lines = packaged_config_file().read_text(encoding="utf-8").splitlines()
    settings = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(settings) == len(list(values(Settings())))
    assert [lines[number] for number in settings if not lines[number - 1].startswith("# ")] == []


def test_every_setting_names_its_packaged_origin() -> None:
    loaded = load(environment={})
    packaged = Origin(Layer.PACKAGED_FILE, str(packaged_config_file()))
    assert dict(loaded.origins) == {key: packaged for key, _ in values(loaded.settings)}


def test_without_any_file_defaults_hold(tmp_path: Path) -> None:
    nowhere = tmp_path / "absent.toml"
    loaded = load(environment={}, user_file=nowhere, packaged_file=nowhere)
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {Origin(Layer.DEFAULT)}


@pytest.mark.parametrize(
    ("packaged", "user", "variable", "flag", "expected", "layer"),
    [
        (None, None, None, None, 1.0, Layer.DEFAULT),
        (2.0, None, None, None, 2.0, Layer.PACKAGED_FILE),
        (2.0, 3.0, None, None, 3.0, Layer.USER_FILE),
        (2.0, 3.0, "4.0", None, 4.0, Layer.ENVIRONMENT),
        (2.0, 3.0, "4.0", 5.0, 5.0, Layer.FLAG),
        (2.0, None, None, 0.0, 0.0, Layer.FLAG),
    ],
)
def test_the_stronger_layer_wins(
    packaged: float | None,
    user: float | None,
    variable: str | None,
    flag: float | None,
    expected: float,
    layer: Layer,
    tmp_path: Path,
) -> None:
    def file(name: str, speed: float | None) -> Path:
        path = tmp_path / name
        path.write_text("" if speed is None else f"[replay]\nspeed = {speed}\n", encoding="utf-8")
        return path

    loaded = load(
        {"replay.speed": flag},
        environment={} if variable is None else {"QMO_REPLAY_SPEED": variable},
        user_file=file("user.toml", user),
        packaged_file=file("packaged.toml", packaged),
    )

    assert loaded.settings.replay.speed == expected
    assert loaded.origins["replay.speed"].layer is layer


def test_origin_names_flag_variable_and_file(user_file: Write) -> None:
    path = user_file("[log]\nlevel = 'debug'\n")
    loaded = load({"replay.batch": 777}, environment={"QMO_COCKPIT_THEME": "ansi"}, user_file=path)
    assert str(loaded.origins["replay.batch"]) == "flag --batch"
    assert str(loaded.origins["cockpit.theme"]) == "environment QMO_COCKPIT_THEME"
    assert str(loaded.origins["log.level"]) == f"user file {path}"


def test_user_file_changes_one_key_of_a_table_and_leaves_the_others(user_file: Write) -> None:
    settings = load(environment={}, user_file=user_file("[instruments.GC]\ntick = 0.05\n")).settings
    assert settings.instruments["GC"].tick == 0.05
    assert settings.instruments["GC"].multiplier == 100.0
    assert settings.instruments["SI"] == Settings().instruments["SI"]


def test_environment_reaches_nested_keys_lists_and_time_zones() -> None:
    environment = {
        "QMO_COCKPIT_LADDER_RECENTRE_MARGIN": "4",
        "QMO_BARS_LOG": "1s, 1h",
        "QMO_COCKPIT_TIME_ZONE": "Europe/Zurich",
        "QMO_INSTRUMENTS_MGC_TICK": "0.2",
        "QMO_LOG_LEVEL": "",
    }
    settings = load(environment=environment).settings
    assert settings.cockpit.ladder.recentre_margin == 4
    assert settings.bars.log == ("1s", "1h")
    assert settings.cockpit.time_zone == ZoneInfo("Europe/Zurich")
    assert settings.instruments["MGC"].tick == 0.2
    assert settings.log.level == "info"


def test_a_product_that_no_file_names_can_be_added(user_file: Write) -> None:
    path = user_file("[instruments.HG]\ntick = 0.0005\nmultiplier = 25000\n")
    assert load(environment={}, user_file=path).settings.instruments["HG"].wire_tick == 500_000

    environment = {"QMO_INSTRUMENTS_6E_TICK": "0.00005", "QMO_INSTRUMENTS_6E_MULTIPLIER": "125000"}
    loaded = load(environment=environment)
    assert loaded.settings.instruments["6E"].wire_tick == 50_000
    assert str(loaded.origins["instruments.6E.tick"]) == "environment QMO_INSTRUMENTS_6E_TICK"


def test_every_key_has_a_variable_of_its_own() -> None:
    names = ["QMO_" + key.replace(".", "_").upper() for key, _ in values(Settings())]
    assert len(set(names)) == len(names)
    assert not set(names) & RESERVED_VARIABLES


def test_variables_that_are_not_settings_are_left_alone() -> None:
    assert load(environment=dict.fromkeys(RESERVED_VARIABLES, "x") | {"HOME": "x"}).settings == Settings()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[replay]\nsped = 1\n", "unknown key 'replay.sped'; did you mean 'replay.speed'?"),
        ("[replai]\nspeed = 1\n", "unknown key 'replai'; did you mean 'replay'?"),
        ("[cockpit.laddr]\n", "unknown key 'cockpit.laddr'; did you mean 'cockpit.ladder'?"),
        ("frames_per_second = 5\n", "did you mean 'cockpit.frames_per_second'?"),
        ("[instruments.GC]\ntik = 1\n", "unknown key 'instruments.GC.tik'; did you mean 'instruments.GC.tick'?"),
        ("[instruments.gc]\ntick = 1\n", "instruments.gc: a product is one to six capital letters"),
        ("zzz = 1\n", "unknown key 'zzz'; `qmo config show` lists all settings"),
        ("replay = 5\n", "replay is a table: write its settings under [replay]"),
        ("[instruments.HG]\ntick = 0.0005\n", "instruments.HG needs tick and multiplier; multiplier is missing"),
        ("[replay]\nspeed = 'fast'\n", "replay.speed: 'fast' is not a number from 0 (as fast as possible) to 10000"),
        ("[replay]\nspeed = -1\n", "replay.speed: -1 is not a number from 0"),
        ("[replay]\nspeed = nan\n", "replay.speed: nan is not a number from 0"),
        ("[replay]\nspeed = true\n", "replay.speed: True is not a number from 0"),
        ("[replay]\nbatch = 1.5\n", "replay.batch: 1.5 is not a whole number of records from 1 to 1048576"),
        ("[replay]\nbatch = 0\n", "replay.batch: 0 is not a whole number of records from 1 to 1048576"),
        ("[cockpit]\nframes_per_second = 21\n", "cockpit.frames_per_second: 21 is not a whole number from 1 to 20"),
        ("[cockpit]\ntheme = 5\n", '5 is not "colour-blind", "dark", "light", "ansi" or your own'),
        ("[cockpit]\ntime_zone = 'Mars'\n", "'Mars' is not the IANA name of a time zone"),
        ("[cockpit]\ntime_zone = 'America'\n", "'America' is not the IANA name of a time zone"),
        ("[cockpit]\ntime_zone = '/etc/passwd'\n", "'/etc/passwd' is not the IANA name of a time zone"),
        ("[cockpit]\ntime_zone = 5\n", "5 is not the IANA name of a time zone"),
        ("[bars]\nlog = ['2m']\n", "bars.log: ['2m'] is not a list of any of"),
        ("[bars]\nlog = '1m'\n", "bars.log: '1m' is not a list of any of"),
        ("[instruments.GC]\ntick = 0\n", "instruments.GC.tick: 0 is not a price step"),
        ("[instruments.GC]\nmultiplier = inf\n", "instruments.GC.multiplier: inf is not a number above 0"),
        ("[replay\n", "not valid TOML"),
    ],
)
def test_wrong_file_is_refused_in_one_line_that_names_file_and_key(text: str, expected: str, user_file: Write) -> None:
    path = user_file(text)
    message = refusal(user_file=path)
    assert message.startswith(f"{path}: ")
    assert expected in message


def test_file_that_is_nested_without_end_is_refused_in_one_line(user_file: Write) -> None:
    path = user_file(f"[replay]\nspeed = {'[' * 5_000}{']' * 5_000}\n")
    assert refusal(user_file=path) == f"{path}: cannot be read: a value in it is nested too deep"


def test_file_that_is_not_text_or_not_a_file_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert f"{binary}: not valid TOML" in refusal(user_file=binary)
    assert f"{tmp_path}: cannot be read" in refusal(user_file=tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("QMO_REPLAY_SPED", "1", "unknown environment variable QMO_REPLAY_SPED; did you mean 'QMO_REPLAY_SPEED'?"),
        ("QMO_HOMES", "/x", "unknown environment variable QMO_HOMES; did you mean 'QMO_HOME'?"),
        ("QMO_REPLAY_SPEED", "fast", "QMO_REPLAY_SPEED: 'fast' is not a number from 0"),
        ("QMO_BARS_LOG", "1m,7m", "QMO_BARS_LOG: ['1m', '7m'] is not a list of any of"),
        ("QMO_INSTRUMENTS_HG_TICK", "0.5", "QMO_INSTRUMENTS_HG_TICK: instruments.HG needs tick and multiplier"),
        ("QMO_INSTRUMENTS_hg_TICK", "0.5", "QMO_INSTRUMENTS_hg_TICK: a product is one to six capital letters"),
    ],
)
def test_wrong_variable_is_refused_in_one_line_that_names_it(variable: str, value: str, expected: str) -> None:
    assert expected in refusal({variable: value})


def test_value_of_an_unknown_variable_or_key_is_never_repeated(user_file: Write) -> None:
    assert "s3cret" not in refusal({"QMO_API_KEY": "s3cret"})
    assert "s3cret" not in refusal(user_file=user_file("databento_api_key = 's3cret'\n"))


def test_wrong_flag_is_refused_by_its_own_name() -> None:
    with pytest.raises(SettingsError, match=r"--speed: -1 is not a number from 0"):
        load({"replay.speed": -1}, environment={})


def test_digest_follows_the_settings_that_change_events_and_no_others() -> None:
    base = settings_digest(Settings())
    assert len(base) == 16
    assert int(base, 16) >= 0

    def digest(**environment: str) -> str:
        return settings_digest(load(environment=environment).settings)

    assert digest() == base
    assert digest(QMO_COCKPIT_THEME="dark", QMO_REPLAY_SPEED="0", QMO_REPLAY_BATCH="1", QMO_LOG_LEVEL="debug") == base
    assert digest(QMO_BARS_LOG="1s") != base
    assert digest(QMO_ICEBERGS_INFERRED_QUIET="60") != base
    assert digest(QMO_GANN_SQUARE_SCALE="10") != base
    assert digest(QMO_CYCLES_PIVOTS="3") != base
    assert digest(QMO_INSTRUMENTS_GC_TICK="0.2") != base


def test_digest_does_not_depend_on_the_order_in_which_products_were_written(user_file: Write) -> None:
    products = {
        "AA": "[instruments.AA]\ntick = 1\nmultiplier = 2\n",
        "BB": "[instruments.BB]\ntick = 3\nmultiplier = 4\n",
    }
    digests = {
        settings_digest(load(environment={}, user_file=user_file(text)).settings)
        for text in (products["AA"] + products["BB"], products["BB"] + products["AA"])
    }
    assert len(digests) == 1


def test_structs_refuse_what_they_do_not_know() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"replay": {"speeed": 1.0}}, Settings)
