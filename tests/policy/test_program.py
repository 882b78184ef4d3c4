"""How a command line names its program."""

from __future__ import annotations

import pytest

from gitcoord.policy import program


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("-bash", ""),
        ("bash -i -l", ""),
        ("/bin/bash --init-file /usr/share/code/shellIntegration-bash.sh", ""),
        ("bash --rcfile /x/jediterm-bash.in -i", ""),
        ("bash -o vi +O extglob", ""),
        ("/usr/bin/zsh-5.9 -il", ""),
        ("fish -C prompt", ""),
        ("bash -c", program.TEXT),
        ("bash -euxc true", program.TEXT),
        ("bash -o pipefail -ec true", program.TEXT),
        ("sh -s -- argument", program.TEXT),
        ("fish --command=ls", program.TEXT),
        ("bash -C script", "script"),
        ("bash -e -- script", "script"),
        ("bash --norc script -c", "script"),
        ("python3 -m gitcoord.interfaces", "gitcoord.interfaces"),
        ("python3 -c pass", program.TEXT),
        ("python3 -", program.TEXT),
        ("node -- script.js", "script.js"),
        ("make all", ""),
        ("wish8.6 /usr/lib/git-core/git-gui -- x", "/usr/lib/git-core/git-gui"),
        ("ruby -w -I lib /usr/bin/rake", "/usr/bin/rake"),
        ("perl -MJSON -ne print", program.TEXT),
        ("ruby -Ihelpers -", program.TEXT),
    ],
)
def test_script(line: str, script: str) -> None:
    """What an interpreter runs is found however its options are written: nothing, text, or a script."""
    assert program.script(line.split()) == script


@pytest.mark.parametrize(
    ("name", "argv", "expected"),
    [
        ("claude.exe", ["/opt/claude-code/bin/claude.exe", "-p"], "claude"),
        ("2.1.332", ["claude bg-spare", "--bg-spare"], "claude"),
        ("npm run build", ["npm run build"], "npm"),
        ("node", ["node", "/usr/bin/gemini.js"], "gemini"),
        ("MainThread", ["/opt/copilot/copilot"], "MainThread"),
    ],
)
def test_names(name: str, argv: list[str], expected: str) -> None:
    """A process goes by the kernel's name, its program's, its script's, and the first word of a title it wrote."""
    assert expected in program.names(name, argv)
