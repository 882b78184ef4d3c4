"""`git coord completion`: what a shell needs to complete commands and options, made from the commands themselves.

The shells ask the program for nothing: a completion that starts Python at each key press is felt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import click

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Argument
from gitcoord.errors.usage import NotOneOf
from gitcoord.interfaces.cli.commands import ALIASES, WORDS, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.interfaces.cli.invocation import Invocation


SHELLS = "bash zsh fish"


class Option(NamedTuple):
    """An option: its spellings, what it takes ('' where it takes nothing), and what it is for."""

    names: tuple[str, ...]
    value: str
    help: str


class Command(NamedTuple):
    """A command under all of its names, with its options; `inner` are the commands that begin with its word."""

    names: tuple[str, ...]
    summary: str
    options: tuple[Option, ...]
    inner: tuple[Command, ...] = ()

    @property
    def words(self) -> list[str]:
        """What may stand behind its word: the second words of the commands that begin with it."""
        return [command.names[0].partition(" ")[2] for command in self.inner]


@dataclass(frozen=True, slots=True)
class Request:
    """Print the completion of commands and options for a shell."""

    shell: Annotated[str, Argument(SHELLS.replace(" ", "|"), "The shell.")]


def run(this: Invocation, request: Request) -> None:
    """Print the completion of commands and options for a shell."""
    shell = request.shell
    scripts = {"bash": _bash, "zsh": _zsh, "fish": _fish}
    if shell not in scripts:
        raise NotOneOf(shell, "a shell that is completed", scripts)
    lines = list(scripts[shell](list(commands()), common()))
    this.answer({"shell": shell, "script": "".join(f"{line}\n" for line in lines)}, lines)


def commands() -> Iterator[Command]:
    """Every command, as the parser knows it."""
    from gitcoord.interfaces.cli.parser import load

    known = listed()
    for name in WORDS:
        aliases = (alias for alias, meant in ALIASES.items() if meant == name)
        loaded = load(name)
        inner = loaded.commands if isinstance(loaded, click.Group) else {}
        yield Command(
            (name, *aliases),
            known[name].summary,
            tuple(options(loaded.params)),
            tuple(
                Command((f"{name} {word}",), known[f"{name} {word}"].summary, tuple(options(command.params)))
                for word, command in inner.items()
            ),
        )


def _all(known: Iterable[Command]) -> Iterator[Command]:
    """All commands, also those that begin with the word of another."""
    for command in known:
        yield command
        yield from command.inner


def common() -> tuple[Option, ...]:
    """The options that may stand before a command."""
    from gitcoord.interfaces.cli.parser import common_options

    return (*options(common_options()), Option(("--version",), "", "Print the version."))


def options(params: Iterable[click.Parameter]) -> Iterator[Option]:
    """The options among these parameters, and the one for help."""
    for param in params:
        if isinstance(param, click.Option) and not param.hidden:
            value = "" if param.is_flag or param.count else param.metavar or param.type.name.upper()
            yield Option((*param.opts, *param.secondary_opts), value, param.help or "")
    yield Option(("-h", "--help"), "", "Explain the command.")


def _names(options: Iterable[Option], *, valued: bool = False) -> list[str]:
    """The spellings of options; of those only that take a value, where that is asked."""
    return [name for option in options if option.value or not valued for name in option.names]


# --- bash: git's own completion calls `_git_coord` for `git coord`, and tells in its variables where that stands

_BASH = """
# Completes the last of the words behind the program's name.
__git_coord_complete() {
    local current=${!#} command= word skip= names= inner= valued='COMMON_VALUED'
    for word in "${@:1:$#-1}"; do
        case " $valued " in
        *" $word "*) [ -n "$skip" ] && skip= || skip=1; continue ;;
        esac
        if [ -n "$skip" ]; then
            skip=
        elif [ -z "$command" ] && [ "${word#-}" = "$word" ]; then
            command=$word
            __git_coord_options "$command"
        elif [ -n "$inner" ] && [ "${word#-}" = "$word" ]; then
            command="$command $word"
            __git_coord_options "$command"
        fi
    done
    COMPREPLY=()
    [ -z "$skip" ] || return 0
    case $command:$current in
    :-*) names='COMMON_NAMES' ;;
    :* | help:[!-]* | help:) names='COMMAND_NAMES' ;;
    completion:[!-]* | completion:) names='SHELLS' ;;
    *:-*) ;;
    *) names=$inner ;;
    esac
    COMPREPLY=($(compgen -W "$names" -- "$current"))
}

_git_coord() {
    local at=${__git_cmd_idx:-1}
    __git_coord_complete "${words[@]:at+1:cword-at}"
    [ ${#COMPREPLY[@]} -gt 0 ] || compopt -o bashdefault -o default 2>/dev/null
}

__git_coord_itself() {
    __git_coord_complete "${COMP_WORDS[@]:1:COMP_CWORD}"
}

complete -o bashdefault -o default -F __git_coord_itself git-coord"""


def _bash(known: list[Command], before: tuple[Option, ...]) -> Iterator[str]:
    yield "# Completion of git coord for bash, also where it is typed as git-coord."
    yield "# The options of a command, those of them that take a value, and the words that make other commands of it."
    yield "__git_coord_options() {"
    yield "    names= inner="
    yield "    case $1 in"
    for command in _all(known):
        valued = " ".join(_names(command.options, valued=True))
        spelled = " | ".join(f"'{name}'" if " " in name else name for name in command.names)
        inner = f" inner='{' '.join(command.words)}'" if command.inner else ""
        yield f"    {spelled}) names='{' '.join(_names(command.options))}' valued='{valued}'{inner} ;;"
    yield "    esac"
    yield "}"
    text = _BASH.replace("COMMON_NAMES", " ".join(_names(before)))
    text = text.replace("SHELLS", SHELLS).replace("COMMON_VALUED", " ".join(_names(before, valued=True)))
    yield text.replace("COMMAND_NAMES", " ".join(name for command in known for name in command.names))


# --- zsh: its own completion of git calls `_git-coord`, as the shell does for the program git-coord


def _zsh(known: list[Command], before: tuple[Option, ...]) -> Iterator[str]:
    help_options = next(command.options for command in known if command.names[0] == "help")
    yield "#compdef git-coord"
    yield "#description coordinate parallel sessions"
    yield ""
    yield "_git-coord() {"
    yield "    local curcontext=$curcontext state line"
    yield "    typeset -A opt_args"
    yield "    local -a commands=("
    yield from (f"        {_zsh_word(f'{name}:{command.summary}')}" for command in known for name in command.names)
    yield "    )"
    yield f"    _arguments -C {' '.join(map(_zsh_spec, before))} '1: :->command' '*:: :->argument'"
    yield "    case $state in"
    yield "    command) _describe -t commands 'git coord command' commands ;;"
    yield "    argument)"
    yield "        case $line[1] in"
    yield f"        help) _arguments {' '.join(map(_zsh_spec, help_options))} '*:command:->named' ;;"
    yield f"        completion) _values shell {SHELLS} ;;"
    for command in known:
        specs = " ".join(map(_zsh_spec, command.options))
        if command.inner:
            yield from _zsh_inner(command, specs)
        elif command.names[0] not in ("help", "completion"):
            yield f"        {'|'.join(command.names)}) _arguments {specs} '*: :_files' ;;"
    yield "        esac ;;"
    yield "    esac"
    yield "    [ \"$state\" != named ] || _describe -t commands 'git coord command' commands"
    yield "}"
    yield ""
    yield "# As a file of $fpath it is the function itself; read with source or eval it is only defined."
    yield 'if [ "$funcstack[1]" = _git-coord ]; then'
    yield '    _git-coord "$@"'
    yield "else"
    yield "    compdef _git-coord git-coord"
    yield "fi"


def _zsh_inner(command: Command, specs: str) -> Iterator[str]:
    """What stands behind a word with which several commands begin."""
    yield f"        {command.names[0]})"
    yield f"            _arguments -C {specs} '1: :->inner' '*:: :->behind'"
    yield "            case $state in"
    said = (_zsh_word(f"{word}:{one.summary}") for word, one in zip(command.words, command.inner, strict=True))
    yield f"            inner) commands=({' '.join(said)}); _describe -t commands command commands ;;"
    yield "            behind)"
    yield "                case $line[1] in"
    for word, one in zip(command.words, command.inner, strict=True):
        yield f"                {word}) _arguments {' '.join(map(_zsh_spec, one.options))} '*: :_files' ;;"
    yield "                esac ;;"
    yield "            esac ;;"


def _zsh_word(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_spec(option: Option) -> str:
    """An option as `_arguments` takes it: several spellings exclude each other."""
    said = option.help.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
    value = f":{option.value.replace(':', ' ')}:_files" if option.value else ""
    about = _zsh_word(f"[{said}]{value}")
    if len(option.names) == 1:
        return f"{option.names[0]}{about}"
    return f"'({' '.join(option.names)})'{{{','.join(option.names)}}}{about}"


# --- fish: the same lines for `git coord` and for `git-coord`

_FISH = """
# The words behind the program's name; fails where git runs another command.
function __git_coord_words
    set -l words (commandline -opc)
    if not string match -q '*git-coord' -- $words[1]
        while set -q words[2]; and test "$words[1]" != coord
            set -e words[1]
        end
        test "$words[1]" = coord; or return 1
    end
    set -e words[1]
    string join -- \\n $words
    return 0
end

# True where one of these commands is being typed; without any, where the command itself is.
function __git_coord_is
    set -l words (__git_coord_words); or return 1
    set -l skip
    set -l command
    for word in $words
        if set -q skip[1]
            set -e skip
        else if contains -- $word COMMON_VALUED
            set skip 1
        else if not string match -q -- '-*' $word
            set command (string join ' ' -- $command $word)
            contains -- $word GROUPS; and test "$command" = $word; and continue
            contains -- $command $argv
            return
        end
    end
    if set -q command[1]
        contains -- $command $argv
        return
    end
    not set -q argv[1]
end
"""


def _fish(known: list[Command], before: tuple[Option, ...]) -> Iterator[str]:
    yield "# Completion of git coord for fish, also where it is typed as git-coord."
    groups = " ".join(command.names[0] for command in known if command.inner)
    text = _FISH.replace("COMMON_VALUED", " ".join(_names(before, valued=True)))
    yield text.replace("GROUPS", groups).strip("\n")
    yield ""
    yield "for program in git git-coord"
    for option in before:
        yield f"    complete -c $program -n __git_coord_is{_fish_option(option)}"
    for command in known:
        for name in command.names:
            yield f"    complete -c $program -n __git_coord_is -f -a {name} -d {_fish_word(command.summary)}"
    for command in known:
        for word, one in zip(command.words, command.inner, strict=True):
            is_it = f"-n '__git_coord_is {command.names[0]}'"
            yield f"    complete -c $program {is_it} -f -a {word} -d {_fish_word(one.summary)}"
    for command in _all(known):
        names = " ".join(f'"{name}"' if " " in name else name for name in command.names)
        for option in command.options:
            yield f"    complete -c $program -n '__git_coord_is {names}'{_fish_option(option)}"
    names = " ".join(name for command in known for name in command.names)
    yield f"    complete -c $program -n '__git_coord_is help' -f -a '{names}'"
    yield f"    complete -c $program -n '__git_coord_is completion' -f -a '{SHELLS}'"
    yield "end"


def _fish_option(option: Option) -> str:
    spelled = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
    return f"{spelled}{' -r' if option.value else ''} -d {_fish_word(option.help)}"


def _fish_word(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
