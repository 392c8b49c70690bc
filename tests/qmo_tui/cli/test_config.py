"""`qmo config` through the installed command."""

import json
import os
import tomllib
from pathlib import Path

from qmo_tui.cli.config import starter
from qmo_tui.cockpit.actions import ACTIONS
from qmo_tui.cockpit.keymap import load_keymap
from qmo_tui.exit_codes import ExitCode
from qmo_tui.paths import packaged_config_file
from qmo_tui.settings import Settings, load, settings_digest, values
from tests.qmo_tui.command import error_line, qmo


def test_show_prints_every_setting_with_its_origin(home: Path) -> None:
    home.mkdir()
    user_file = home / "config.toml"
    user_file.write_text("[cockpit]\ntheme = 'dark'\n", encoding="utf-8")

    run = qmo("config", "show", environment=os.environ | {"QMO_REPLAY_SPEED": "2"})

    assert (run.returncode, run.stderr) == (ExitCode.DONE, "")
    lines = dict(line.split(" = ", maxsplit=1) for line in run.stdout.splitlines())
    assert list(lines) == [key for key, _ in values(Settings())]
    assert [part.strip() for part in lines["cockpit.theme"].split("#")] == ['"dark"', f"user file {user_file}"]
    assert [part.strip() for part in lines["replay.speed"].split("#")] == ["2.0", "environment QMO_REPLAY_SPEED"]
    assert lines["log.level"].endswith(f"packaged file {packaged_config_file()}")
    assert set(tomllib.loads(run.stdout)) == set(Settings.__struct_fields__)


def test_show_as_json_names_value_origin_and_digest() -> None:
    run = qmo("config", "show", "--json", environment=os.environ | {"QMO_BARS_LOG": "1s,1m"})
    document = json.loads(run.stdout)
    assert document["settings"]["bars.log"] == {
        "value": ["1s", "1m"],
        "origin": "environment",
        "where": "QMO_BARS_LOG",
    }
    assert list(document["settings"]) == [key for key, _ in values(Settings())]
    assert document["digest"] == settings_digest(load(environment={"QMO_BARS_LOG": "1s,1m"}).settings)


def test_show_never_shows_a_key() -> None:
    for arguments in (["show"], ["show", "--json"], ["path", "--json"]):
        run = qmo("config", *arguments, environment=os.environ | {"DATABENTO_API_KEY": "db-s3cret"})
        assert run.returncode == ExitCode.DONE
        assert "s3cret" not in run.stdout + run.stderr


def test_path_names_the_users_file_whether_or_not_it_exists(home: Path) -> None:
    assert qmo("config", "path").stdout == f"{home / 'config.toml'}\n"
    folders = json.loads(qmo("config", "path", "--json").stdout)
    assert folders == {
        "user_file": str(home / "config.toml"),
        "packaged_file": str(packaged_config_file()),
        "keymap": str(home / "keymap.toml"),
        "themes": str(home / "themes"),
        "news": str(home / "news.csv"),
        "data": str(home),
        "state": str(home),
        "log": str(home / "logs" / "qmo.log"),
        "crashes": str(home / "crashes"),
    }
    assert not (home / "config.toml").exists()


def test_init_writes_a_file_that_changes_nothing_until_edited(home: Path) -> None:
    run = qmo("config", "init")
    user_file = home / "config.toml"
    assert (run.stdout, run.stderr, run.returncode) == (f"{user_file}\n", "", ExitCode.DONE)

    loaded = load(environment={}, user_file=user_file)
    assert loaded.settings == Settings()
    assert {str(origin) for origin in loaded.origins.values()} == {f"packaged file {packaged_config_file()}"}


def test_a_file_of_ones_own_does_not_call_itself_the_packaged_one() -> None:
    heading, _, _ = starter(packaged_config_file().read_text(encoding="utf-8")).partition("\n\n")
    assert "write your own file" not in heading
    assert "3. this file\n#   4. the default" in heading
    assert all(line.startswith("# ") for line in heading.splitlines())


def _below_the_heading(file: str) -> list[str]:
    return file.partition("\n\n")[2].splitlines()


def test_starter_says_every_setting() -> None:
    packaged = packaged_config_file().read_text(encoding="utf-8")
    lines = _below_the_heading(starter(packaged))
    originals = _below_the_heading(packaged)
    settings = [number for number, line in enumerate(originals) if " = " in line and not line.startswith("#")]
    assert [lines[number] for number in settings] == [f"# {originals[number]}" for number in settings]
    assert len(settings) == len(list(values(Settings())))


def test_init_writes_a_keymap_that_changes_nothing_until_edited_and_holds_every_key(home: Path) -> None:
    run = qmo("config", "init", "--keys")
    assert (run.stdout, run.returncode) == (f"{home / 'keymap.toml'}\n", ExitCode.DONE)
    assert load_keymap(home / "keymap.toml") == {}
    lines = (home / "keymap.toml").read_text(encoding="utf-8").splitlines()
    written = "\n".join(line.removeprefix("# ") for line in lines if " = " in line)
    (home / "keymap.toml").write_text(written, encoding="utf-8")
    assert load_keymap(home / "keymap.toml") == {action.name: action.keys for action in ACTIONS}
    refused = qmo("config", "init", "--keys")
    assert refused.returncode == ExitCode.USAGE
    assert "replace it with `qmo config init --keys --force`" in error_line(refused)


def test_init_refuses_to_overwrite_unless_forced(home: Path) -> None:
    home.mkdir()
    user_file = home / "config.toml"
    user_file.write_text("[log]\nlevel = 'debug'\n", encoding="utf-8")

    refused = qmo("config", "init")
    assert refused.returncode == ExitCode.USAGE
    assert error_line(refused) == f"{user_file} exists: edit it, or replace it with `qmo config init --force`"
    assert user_file.read_text(encoding="utf-8") == "[log]\nlevel = 'debug'\n"

    assert qmo("config", "init", "--force").returncode == ExitCode.DONE
    assert tomllib.loads(user_file.read_text(encoding="utf-8")).get("log") == {}


def test_init_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    run = qmo("config", "init", environment=os.environ | {"QMO_HOME": str(blocked)})
    assert run.returncode == ExitCode.USAGE
    assert error_line(run) == f"{blocked}: the folder cannot be made: File exists"


def test_wrong_setting_is_one_line_and_a_usage_error(home: Path) -> None:
    home.mkdir()
    user_file = home / "config.toml"
    user_file.write_text("[replay]\nsped = 1\n", encoding="utf-8")
    run = qmo("config", "show")
    assert run.returncode == ExitCode.USAGE
    assert error_line(run) == f"{user_file}: unknown key 'replay.sped'; did you mean 'replay.speed'?"


def test_path_and_help_work_while_the_settings_are_wrong(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[[[", encoding="utf-8")
    assert qmo("config", "path").returncode == ExitCode.DONE
    assert qmo("config", "show", "--help").returncode == ExitCode.DONE


def test_themes_are_listed_with_what_is_wrong_with_them(home: Path) -> None:
    (home / "themes").mkdir(parents=True)
    (home / "themes" / "grey.toml").write_text("[colours]\nbid = '#777777'\nask = '#777777'\n", encoding="utf-8")
    (home / "themes" / "torn.toml").write_text("[colours\n", encoding="utf-8")
    listed = json.loads(qmo("config", "themes", "--json").stdout)
    assert list(listed) == ["colour-blind", "dark", "light", "ansi", "grey", "torn"]
    assert listed["dark"] == {"where": "packaged", "usable": True, "faults": []}
    assert "bid and ask: 0 apart, need 20" in listed["grey"]["faults"]
    assert listed["grey"]["usable"]
    assert not listed["torn"]["usable"]
    assert "themes/torn.toml: not valid TOML" in listed["torn"]["faults"][0]
    lines = qmo("config", "themes").stdout.splitlines()
    assert lines[4].split() == ["grey", str(home / "themes" / "grey.toml")]
    assert lines[5].strip().startswith("- bid on ground: contrast")
    own = qmo("config", "themes", "grey").stdout
    assert own.startswith("# bid on ground: contrast")
    assert tomllib.loads(own)["colours"]["bid"] == "#777777"
    wrong = qmo("config", "themes", "tron")
    assert (wrong.returncode, error_line(wrong)) == (ExitCode.USAGE, "no theme 'tron'; did you mean 'torn'?")


def test_keys_are_listed_with_those_of_your_own(home: Path) -> None:
    home.mkdir()
    (home / "keymap.toml").write_text('pause = ["f6", "space"]\n', encoding="utf-8")
    run = qmo("config", "keys")
    lines = run.stdout.splitlines()
    assert (run.returncode, run.stderr) == (ExitCode.DONE, "")
    assert len(lines) == len(ACTIONS)
    assert any(line.startswith("F6 Space") and line.endswith("# keymap.toml") for line in lines)
    listed = json.loads(qmo("config", "keys", "--json").stdout)
    assert listed["faults"] == []
    assert {"action": "pause", "group": "Replay", "title": "pause, play on", "keys": ["F6", "Space"], "own": True} in (
        listed["keys"]
    )


def test_all_clashes_are_told_at_once_before_the_cockpit_opens(home: Path) -> None:
    home.mkdir()
    (home / "keymap.toml").write_text('pasue = "u"\npause = "c"\nquit = "y"\n', encoding="utf-8")
    run = qmo("config", "keys")
    assert run.returncode == ExitCode.USAGE
    assert run.stderr.splitlines() == [
        "qmo: keymap.toml: unknown action 'pasue', did you mean 'pause'?",
        "qmo: keymap.toml: quit cannot use 'y': it is reserved for trading; choose another",
        "qmo: keymap.toml: 'c' is bound to both pause and centre: give pause another key, or centre one of its own",
    ]
    scripted = qmo("config", "keys", "--json")
    assert scripted.returncode == ExitCode.USAGE
    assert [f"qmo: {fault}" for fault in json.loads(scripted.stdout)["faults"]] == run.stderr.splitlines()
