"""The tutorial is true: its commands say what it shows."""

from __future__ import annotations

from pathlib import Path

from .play import general, play, stage

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"


def test_the_tutorial_shows_what_is_said(tmp_path: Path, env: dict[str, str]) -> None:
    """Every command of the tutorial says what stands below it; an id that it shows means the same everywhere."""
    commands = 0
    with stage(tmp_path, env) as scene:
        for typed, written, said in play(TUTORIAL.read_text(), scene):
            assert general(said) == general(scene.here(written)), f"after {typed}"
            commands += 1
    assert commands > 40


WRONG = """
```sh
mkdir alice bob
mkfifo pipe
```

```console
alice$ echo 0123456789abcdef; echo aaaaaaaa
aaaabbbb
ccccdddd
alice$ echo aaaaaaaa
aaaabbbb
alice$ echo until 10:30
until 11:15
alice$ true
something
alice$ echo one
two
```

<!-- alice waits -->
```console
alice$ echo first; read -t 60 line < ../pipe; echo second
first
```

```console
bob$ echo x > ../pipe
```

<!-- alice goes on -->
```console
third
```
"""


def test_a_tutorial_that_is_wrong_is_found_out(tmp_path: Path, env: dict[str, str]) -> None:
    """Other words, an id in another's place, a command that says nothing where something is written: each is seen."""
    with stage(tmp_path, env) as scene:
        right = [general(said) == general(scene.here(written)) for _, written, said in play(WRONG, scene)]
    assert right == [True, False, True, False, False, True, True, False]
