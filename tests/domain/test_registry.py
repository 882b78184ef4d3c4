"""What a noun says of itself without being loaded is what it has."""

from __future__ import annotations

import importlib
from typing import Annotated, get_origin, get_type_hints

import pytest

from gitcoord import dataclass
from gitcoord.domain import NOUNS, kinds, registry
from gitcoord.domain.command import Argument, Command, Option, Rest
from gitcoord.domain.reaction import OCCASIONS
from gitcoord.interfaces.cli.commands import OWN, SHAPED
from gitcoord.interfaces.registry import answer_of, model_of
from gitcoord.ledger.event import STATEMENTS

SPEAKING = [noun for noun, has in NOUNS.items() if has.commands]


@pytest.mark.parametrize("noun", SPEAKING)
def test_the_commands_of_a_noun_are_those_that_are_listed(noun: str) -> None:
    """The line in NOUNS has the first words, the folder's summaries have the names, and no more."""
    names = list(registry.commands(noun))
    words = {name.partition(" ")[0] for name in names}
    assert words == set(NOUNS[noun].commands.split())
    listed = registry.summaries(noun)
    assert set(listed) == set(names) | words, "a word that several commands begin with is explained, too"
    for name, summary in listed.items():
        assert summary.text.endswith(".")
        assert (len(summary.examples) >= 2) == (name in names)


@pytest.mark.parametrize("noun", SPEAKING)
def test_a_module_of_commands_has_no_others_than_the_summaries_say(noun: str) -> None:
    """Each command of a module is listed with that module: none is left out, none stands in two."""
    for module in {summary.module for summary in registry.summaries(noun).values()}:
        known = importlib.import_module(f"{registry.package(noun)}.{module}").COMMANDS
        names = [command.name for command in known]
        assert len(set(names)) == len(names)
        assert {registry.summaries(noun)[name].module for name in names} == {module}


@pytest.mark.parametrize(
    "command", [one for noun in SPEAKING for one in registry.commands(noun).values()], ids=lambda one: one.name
)
def test_a_command_says_what_each_field_of_its_request_is(command: Command) -> None:
    """Every field is an argument or an option with a help text; what it answers is a record."""
    assert command.request.__doc__
    hints = get_type_hints(command.request, include_extras=True)
    for field in dataclass.fields(command.request):
        assert get_origin(hints[field.name]) is Annotated, field.name
        about = hints[field.name].__metadata__[0]
        assert isinstance(about, Argument | Option | Rest)
        assert about.help.endswith(".")
    assert dataclass.is_dataclass(answer_of(command))


def test_only_what_is_for_a_terminal_stands_outside_of_the_nouns() -> None:
    """Every command that programs could ask is a `Command` of a noun; the terminal shapes no answers but the board."""
    assert set(OWN) == {"watch", "commit", "demo", "hook", "completion", "mcp", "serve", "help"}
    assert set(SHAPED) == {"status"}


def test_programs_are_not_offered_how_a_terminal_shows_an_answer() -> None:
    """The board has options for pages; its request has no fields of them for a program."""
    command = registry.commands("board")["status"]
    assert {field.name for field in dataclass.fields(command.request)} >= {"of", "short", "watching", "markdown"}
    assert set(model_of(command).model_fields) == {"of", "role", "type"}


@pytest.mark.parametrize("noun", [noun for noun, has in NOUNS.items() if has.kinds])
def test_the_kinds_of_a_noun_are_those_that_are_listed(noun: str) -> None:
    """The line in NOUNS names each kind of the noun; what is no statement can be folded."""
    found = importlib.import_module(f"gitcoord.domain.{noun}.kinds").KINDS
    assert {kind.name for kind in found} == set(NOUNS[noun].kinds.split())
    assert all((kind.apply is None) == (kind.name in STATEMENTS) for kind in found)


@pytest.mark.parametrize("noun", [noun for noun, has in NOUNS.items() if "together" in has.also.split()])
def test_what_sessions_do_together_is_shown_by_a_command(noun: str) -> None:
    """The board names it where there is more than it shows."""
    assert registry.showing(noun) in registry.summaries(noun)


@pytest.mark.parametrize("noun", [noun for noun, has in NOUNS.items() if has.reacts])
def test_the_kinds_that_a_noun_reacts_to_are_those_that_are_listed(noun: str) -> None:
    """The line in NOUNS names each kind once, and there is such a kind."""
    found = importlib.import_module(f"gitcoord.domain.{noun}.reactions").REACTIONS
    assert [reaction.kind for reaction in found] == NOUNS[noun].reacts.split()
    assert {reaction.kind for reaction in found} <= {*kinds.NAMES, *OCCASIONS}


def test_no_two_nouns_have_a_kind_or_a_command_of_one_name() -> None:
    """A name leads to one noun."""
    for said in ([has.kinds for has in NOUNS.values()], [has.commands for has in NOUNS.values()]):
        names = [name for text in said for name in text.split()]
        assert len(set(names)) == len(names)
    assert set(kinds.KINDS) == set(kinds.NAMES) - STATEMENTS
