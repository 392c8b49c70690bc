"""What the shell offers, asked as shells ask: commands, options and the values that are known, without an engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qmo_tui.cli.command_table import COMMANDS
from qmo_tui.cli.completions import PACKAGED_THEMES
from qmo_tui.cockpit.themes import PALETTES
from tests.qmo_tui.command import QMO, qmo

_IN_BASH = """
eval "$(qmo --show-completion)"
for line in "$@"; do
    COMP_WORDS=($line); [[ $line == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
    _qmo_completion qmo
    echo "${COMPREPLY[*]}"
done
"""
_IN_ZSH = 'autoload -U compinit && compinit -u; eval "$(qmo --show-completion)"; print ${_comps[qmo]}'
_IN_FISH = "qmo --show-completion | source; complete -C 'qmo re'"


def in_shell(shell: str, script: str, *arguments: str, folder: Path) -> list[str]:
    """Run a script in a real shell that finds `qmo`, away from its start files; return the lines it prints."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed here")
    known = os.environ | {"PATH": f"{QMO.parent}:{os.environ['PATH']}", "HOME": str(folder)}
    quiet = {"bash": ["--noprofile", "--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    run = subprocess.run(
        [found, *quiet, "-c", script, shell, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env=known,
    )
    assert run.stderr == ""
    return run.stdout.splitlines()


def offered(words: str, folder: Path | None = None) -> list[str]:
    """Return what is offered behind these words, by the protocol of bash."""
    run = subprocess.run(
        [QMO],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env=os.environ
        | {"_QMO_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)},
    )
    assert run.stderr == ""
    return run.stdout.split()


def test_bash_completes_commands_options_and_values(tmp_path: Path) -> None:
    assert in_shell(
        "bash", _IN_BASH, "qmo re", "qmo record --symbol M", "qmo journal --account d", folder=tmp_path
    ) == [
        "replay record report",
        "MGC.v.0 MGC.c.0 MES.v.0 MES.c.0 MNQ.v.0 MNQ.c.0",
        "demo",
    ]


def test_zsh_takes_the_completion(tmp_path: Path) -> None:
    assert in_shell("zsh", _IN_ZSH, folder=tmp_path) == ["_qmo_completion"]


def test_fish_completes_commands(tmp_path: Path) -> None:
    assert {line.split("\t")[0] for line in in_shell("fish", _IN_FISH, folder=tmp_path)} == {
        "replay",
        "record",
        "report",
    }


def test_zsh_and_fish_are_told_what_a_command_does() -> None:
    for shell, told in (("zsh", '"report":"Report on sessions'), ("fish", "report\tReport on sessions")):
        known = {"_QMO_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "qmo rep"}
        run = qmo(environment=os.environ | known | {"_TYPER_COMPLETE_FISH_ACTION": "get-args"})
        assert told in run.stdout


def test_every_command_and_what_may_follow_it_is_offered() -> None:
    assert offered("qmo ") == list(COMMANDS)
    assert {"show", "path", "init"} <= set(offered("qmo config "))
    assert {"trades", "prompts", "note", "tag"} <= set(offered("qmo journal "))
    assert "--html" in offered("qmo report --")


def test_recordings_of_this_folder_and_of_the_program_are_offered(tmp_path: Path, home: Path) -> None:
    kept = home / "recordings" / "live" / "GLBX.MDP3-GC.v.0-20261103-143005.dbn.zst"
    kept.parent.mkdir(parents=True)
    for path in (kept, kept.with_name(f"{kept.name}.partial"), tmp_path / "gold.dbn", tmp_path / "notes.txt"):
        path.touch()
    assert offered("qmo replay ", tmp_path) == ["gold.dbn", str(kept)]
    assert offered("qmo replay go", tmp_path) == ["gold.dbn"]
    assert offered(f"qmo replay {home}/rec", tmp_path) == [str(kept)]
    assert offered("qmo replay some/", tmp_path) == []


def test_themes_of_the_program_and_of_the_trader_are_offered(home: Path) -> None:
    assert set(PACKAGED_THEMES) == set(PALETTES)
    (home / "themes").mkdir(parents=True)
    (home / "themes" / "desk.toml").touch()
    assert offered("qmo config themes d") == ["dark", "desk"]


def test_wrong_settings_offer_nothing_and_say_nothing(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("feed = 3\n")
    assert offered("qmo record --symbol ") == []


def test_completing_loads_no_engine_and_no_screen() -> None:
    code = (
        "import os, sys\n"
        "os.environ |= {'_QMO_COMPLETE': 'complete_bash', 'COMP_WORDS': 'qmo replay ', 'COMP_CWORD': '2'}\n"
        "sys.argv = ['qmo']\n"
        "from qmo_tui.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print({'numpy', 'numba', 'textual', 'rich', 'asyncio', 'databento'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert run.stdout.splitlines()[-1] == "set()"
