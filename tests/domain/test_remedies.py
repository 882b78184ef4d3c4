"""Hints name commands that there are, and nothing below the interfaces spells one."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gitcoord
from gitcoord.domain import NOUNS
from gitcoord.domain import registry as nouns
from gitcoord.errors import Usage
from gitcoord.errors.remedy import TO_FILL_IN, Remedy, join, quote, step, typed
from gitcoord.interfaces import registry
from gitcoord.interfaces.cli.commands import OWN, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.command import Command

PACKAGE = Path(gitcoord.__file__).parent

SPELLED = {
    "errors/remedy.py": "the one place that knows how a command is typed",
    "domain/agent/instructions.py": "a page for agents that type commands",
    "domain/agent/permissions.py": "what an agent's configuration allows to be typed",
    "domain/agent/parts.py": "what our entries in an agent's configuration are found by",
    "domain/agent/programs/codex.py": "what an agent's configuration allows to be typed",
    "domain/agent/programs/opencode.py": "what an agent's configuration allows to be typed, and its plugin's head",
    "domain/agent/programs/gemini.py": "what an agent's configuration allows to be typed",
    "domain/agent/programs/cursor.py": "what is told of an agent's own list of what may be typed",
    "domain/agent/programs/copilot.py": "what is told of an agent's own list of what may be typed",
    "domain/agent/programs/claude_code.py": "what an agent's configuration allows to be typed",
    "domain/agent/tomltext.py": "the comment by which our table in an agent's configuration is found",
    "domain/agent/commands.py": "whether the program can be typed in a login shell",
}
"""Modules below the interfaces that spell commands, each with its reason."""

TYPED = {
    "errors/cli.py": "what is wrong with a line that was typed",
    "domain/commit/commit.py": "an entry of git's reflog",
    "domain/context/digest.py": "a page that says how it was written",
    "domain/window/digest.py": "a page for agents that type commands",
    "domain/message/waking.py": "a line that is typed into a terminal",
    "setup/installation/shims.py": "what a hook says where gitcoord is gone",
    "sync/remotes.py": "what init says in one line with its variants",
}
"""Modules below the interfaces that say a command as it is typed, each with its reason."""

COMMON = {"--session": True, "--json": False, "-q": False, "-C": True}
"""Options of every command; whether a word follows."""


def _below() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = str(path.relative_to(PACKAGE))
        if not name.startswith(("interfaces/", "hook/")):
            yield name, ast.parse(path.read_text())


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """All strings of a module but its docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_nothing_below_the_interfaces_spells_a_command() -> None:
    """A hint is a `Remedy`, and names its commands without the program: an interface may say them in its own way."""
    spelled = {name for name, tree in _below() for _, text in _texts(tree) if "git coord" in text}
    assert spelled == set(SPELLED)


def test_answers_say_a_command_by_its_step() -> None:
    """What an answer says is a `Remedy`, whose steps each interface says in its own way; stored texts are not."""
    users = {
        name
        for name, tree in _below()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "typed"
        and any(isinstance(part, ast.ImportFrom) and part.module == "gitcoord.errors.remedy" for part in ast.walk(tree))
    }
    assert users == set(TYPED)


def _steps() -> Iterator[tuple[str, str]]:
    """The steps that stand in the code, with a word in the place of each value."""
    for name, tree in _below():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            where = f"{name}:{node.lineno}"
            examples = [_text(word.value) for word in node.keywords if word.arg == "example"]
            yield from ((where, text) for text in examples if text)
            if not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "Remedy":
                yield from ((where, text) for text in map(_text, node.args[1:]) if text)
            if node.func.id in ("step", "typed") and (text := _text(node.args[0])):
                yield where, " ".join([text, *(shlex.quote(_text(arg) or "WORD") for arg in node.args[1:])])


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "WORD" for part in node.values)
    return ""


@pytest.fixture(scope="module")
def known() -> dict[str, Command]:
    """All commands of nouns, those that run a program, too."""
    return {
        name: command for noun, has in NOUNS.items() if has.commands for name, command in nouns.commands(noun).items()
    }


def test_every_step_of_a_remedy_is_a_command_that_takes_these_words(known: dict[str, Command]) -> None:
    """Each is found in the registry, and its words make a request; or it is one that is only for a terminal."""
    wrong = []
    steps = list(_steps())
    assert len(steps) > 150
    for where, text in steps:
        words = shlex.split(text)
        if words[0] in OWN or words[0] not in WORDS:
            wrong += [] if words[0] in OWN else [f"{where}: {text}"]
            continue
        try:
            found = registry.of_step(" ".join(map(shlex.quote, _own(words))), known)
        except Usage as error:
            wrong.append(f"{where}: {text}: {error.message}")
        else:
            if found is None and text not in WORDS:
                wrong.append(f"{where}: {text}")
    assert not wrong


def _own(words: list[str]) -> list[str]:
    """Words without the options that every command has."""
    left, own = list(words), []
    while left:
        word = left.pop(0)
        if word in COMMON:
            del left[: COMMON[word]]
        else:
            own.append(word)
    return own


def test_a_remedy_is_shown_as_it_is_typed_and_keeps_its_steps() -> None:
    """Each `{}` is a command; steps that are not shown are kept; several hints make one."""
    hint = Remedy("see: {}; {}", "claims", step("release", "a b"), "start")
    assert hint == "see: git coord claims; git coord release 'a b'"
    assert hint.steps == ("claims", "release 'a b'", "start")
    both = join("; ", "stop", hint, Remedy("{}", "end"))
    assert both == "stop; see: git coord claims; git coord release 'a b'; git coord end"
    assert both.steps == (*hint.steps, "end")
    assert typed("inbox") == "git coord inbox"


@pytest.mark.parametrize("word", ["", "it's", "$HOME", "a b", "\x1b[31m", "\u202egpj", "caf\u00e9", "\\x", "\udcff"])
def test_a_word_is_quoted_so_that_a_shell_gives_it_back_and_a_terminal_shows_it(word: str) -> None:
    """Words of others stand in hints that people copy."""
    shown = quote(word)
    assert shown.isprintable()
    out = subprocess.run(
        ["bash", "-c", f"printf %s {shown}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    assert out.stdout == word.encode("utf-8", "surrogateescape")


def test_a_step_becomes_the_fields_of_a_request(known: dict[str, Command]) -> None:
    """Options by their names, the others by their place, a flag is true; `--` ends the options."""
    found = registry.of_step("claim --shared --wait 30m -- src/a 'b c'", known)
    assert found is not None
    assert found[1] == {"shared": True, "wait": "30m", "scopes": ["src/a", "b c"]}
    assert registry.of_step("demo", known) is None
    with pytest.raises(Usage):
        registry.of_step("claim --nothing", known)


def test_a_remedy_is_a_command_only_where_nothing_has_to_be_filled_in() -> None:
    """A program runs it as it is; the sentence around it, and what wants a word of the reader's, is the hint's."""
    assert Remedy("wait for it: {}", step("claim", "src/README.md", "--wait", "30m")).command == (
        "git coord claim src/README.md --wait 30m"
    )
    assert (
        Remedy("say who: {}; or see: {}", "rules owner GLOB NAME|role:R|nobody", "rules").command == "git coord rules"
    )
    assert Remedy("start another: {}", "start NAME").command == ""
    assert Remedy("delete the file").command == ""


def test_every_word_to_fill_in_is_known() -> None:
    """A word in capitals in a step of the code is such a word, unless it is a letter or a value stands there."""
    capitals = {word for _, text in _steps() for word in re.findall(r"[A-Z]{2,}", text)}
    assert capitals - {"WORD", "WORDWORD", "HEAD"} == TO_FILL_IN
