"""`git coord commit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import checkout
from gitcoord.domain.commit import commit
from gitcoord.domain.wording import few, quoted
from gitcoord.errors.cli import NotInCommit, SpelledOut
from gitcoord.errors.commit import NotCommitted, NothingOfYours
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.commit.commit import Committed
    from gitcoord.domain.commit.sharing import Left
    from gitcoord.interfaces.cli.invocation import Invocation

SETTINGS = {"ignore_unknown_options": True, "allow_extra_args": True}
"""What is not declared here goes to git as it is. Declared is what takes a value, so that `-m -q` is a message."""

NONE: list[str] = []

_REFUSED = {
    "--all": "stage what is yours with git add; -a would take the unstaged work of everybody here",
    "--include": "stage what is yours with git add",
    "--only": "stage what is yours with git add",
    "--patch": "stage what is yours with: git add -p",
    "--interactive": "stage what is yours with: git add -i",
    "--pathspec-from-file": "stage what is yours with: git add --pathspec-from-file",
    "--pathspec-file-nul": "stage what is yours with: git add --pathspec-from-file",
}
_SHORT = {"a": "--all", "i": "--include", "o": "--only", "p": "--patch"}
# Their values are attached, so nobody can tell them from a row of other short options.
_SPELLED = {"S": "--gpg-sign", "u": "--untracked-files"}
_SHOWN = 10


def _value(*names: str, metavar: str, note: str) -> typer.models.OptionInfo:
    return typer.Option(*names, metavar=metavar, help=f"{note} (git commit)")  # type: ignore[no-any-return]


def run(
    context: typer.Context,
    message: Annotated[list[str], _value("-m", "--message", metavar="TEXT", note="The message.")] = NONE,
    file: Annotated[str | None, _value("-F", "--file", metavar="FILE", note="Message from a file.")] = None,
    template: Annotated[str | None, _value("-t", "--template", metavar="FILE", note="Message template.")] = None,
    reedit: Annotated[
        str | None, _value("-c", "--reedit-message", metavar="COMMIT", note="Message of a commit, edited.")
    ] = None,
    reuse: Annotated[
        str | None, _value("--reuse-message", metavar="COMMIT", note="Message of a commit; -C is a directory here.")
    ] = None,
    fixup: Annotated[str | None, _value("--fixup", metavar="COMMIT", note="For rebase --autosquash.")] = None,
    squash: Annotated[str | None, _value("--squash", metavar="COMMIT", note="For rebase --autosquash.")] = None,
    author: Annotated[str | None, _value("--author", metavar="AUTHOR", note="Author of the commit.")] = None,
    date: Annotated[str | None, _value("--date", metavar="DATE", note="Date of the commit.")] = None,
    trailer: Annotated[list[str], _value("--trailer", metavar="TRAILER", note="A trailer to add.")] = NONE,
    cleanup: Annotated[str | None, _value("--cleanup", metavar="MODE", note="How the message is tidied.")] = None,
) -> None:
    """Commit what this session staged of its own and what nobody claims; leave the rest of a shared index alone.

    Options are those of git commit. With paths, of what nobody claims only these.
    """
    this: Invocation = context.obj
    words = [word for word in context.args if word.startswith("-") and len(word) > 1]
    paths = [word for word in context.args if word not in words]
    valued = {
        "--file": file,
        "--template": template,
        "--reedit-message": reedit,
        "--reuse-message": reuse,
        "--fixup": fixup,
        "--squash": squash,
        "--author": author,
        "--date": date,
        "--cleanup": cleanup,
    }
    _check(words)
    options = [f"--message={one}" for one in message] + [f"--trailer={one}" for one in trailer]
    options += [f"{name}={value}" for name, value in valued.items() if value is not None]
    options += words
    if this.quiet:
        options.append("--quiet")
    amend = "--amend" in context.args
    request = commit.Request(
        tuple(options),
        checkout.parse(this.call.workspace, paths),
        amend=amend,
        may_be_empty=amend or "--allow-empty" in context.args or (fixup or "").startswith("reword:"),
        attended=bool(reedit) or _attended(words, given=bool(message or file or reuse or fixup)),
        stdout=2 if this.json else 1,
    )
    commit.check_place(this.call.place)
    record = commit.commit(this.call.workspace, this.call.me(), request)
    _answer(this, record)


def _check(words: list[str]) -> None:
    """Refuse what would commit more than what is staged. Raises `Usage`."""
    for word in words:
        if word.startswith("--"):
            # Git takes any abbreviation that is clear to it.
            typed = word.partition("=")[0]
            for name, hint in _REFUSED.items():
                if len(typed) > 2 and name.startswith(typed):
                    raise NotInCommit(name, hint)
        elif word.startswith("-") and len(word) > 1:
            for letter in word[1:]:
                if letter in _SHORT:
                    raise NotInCommit(f"-{letter}", _REFUSED[_SHORT[letter]])
                if letter in _SPELLED:
                    raise SpelledOut(letter, _SPELLED[letter])


def _attended(words: list[str], *, given: bool) -> bool:
    """Whether an editor will run. `given`: the message is on the command line."""
    short = "".join(word[1:] for word in words if not word.startswith("--"))
    return "--edit" in words or "e" in short or not (given or "--no-edit" in words)


def _answer(this: Invocation, record: Committed) -> None:
    left = list(_left(record.left))
    if record.commit:
        if record.unsynced:
            this.call.warnings.append(
                f"the index still has {quoted(record.unsynced)} from before a hook changed it: run git add again"
            )
        this.answer(record, [] if this.quiet else [*_made(record), *left])
    elif record.reason == "git":
        raise NotCommitted(record.git_status, answer=record)
    elif record.reason == "empty":
        raise NothingOfYours(left, of_role=all(item.why == "forbidden" for item in record.left), answer=record)
    else:  # a dry run: git has said it all
        this.answer(record, [] if this.quiet else left)


def _made(record: Committed) -> list[str]:
    paths = few([printable(path) for path in record.paths], _SHOWN)
    return [f"committed {record.commit[:10]}: {paths}" if paths else f"committed {record.commit[:10]}"]


def _left(items: list[Left]) -> list[str]:
    """Who holds what was left, a line each."""
    lines = []
    for session, name, why, role in dict.fromkeys((item.session, item.name, item.why, item.role) for item in items):
        paths = [printable(item.path) for item in items if (item.session, item.why) == (session, why)]
        who = f"{printable(name)} ({session})"
        fact = {
            "held": f"claimed by {who}",
            "forbidden": f"the role {printable(role)} may not commit it",
            "unclaimed": "not claimed, and the rules require a claim",
            "touched": f"touched by {who}; name it to commit it",
            "unnamed": "not named",
        }[why]
        lines.append(f"left {few(paths, _SHOWN)}: {fact}")
    return lines
