"""The documentation: its commands run, its links lead somewhere, and it names everything that there is to name.

In README.md and docs/*.md a block marked `sh` is run, from top to bottom, in one fresh repository for each document;
a line that ends in `# exits N` has to end with that status, every other one with 0. A block directly under an HTML
comment is run by what the comment names. A block marked `console` shows a transcript: it is not run, but the
`git coord` commands and options in it have to exist.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from support.programs import started

import gitcoord
from gitcoord.dataclass import fields, is_dataclass
from gitcoord.domain import records, registry
from gitcoord.domain.board import brief
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import check, release
from gitcoord.domain.commit import commit, sharing
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.message import record as message
from gitcoord.domain.session import resume
from gitcoord.errors import CoordError
from gitcoord.interfaces.cli.commands import ALIASES, WORDS, names, noun_of
from gitcoord.interfaces.registry import answer_of
from gitcoord.interfaces.schemas import types_of
from gitcoord.ledger.event import STATEMENTS

with warnings.catch_warnings():
    # typer 0.25 imports from click what click 9 will not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from gitcoord.interfaces.cli.parser import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:click", "ignore::DeprecationWarning:typer")

ROOT = Path(__file__).parents[1]
PACKAGE = Path(gitcoord.__file__).parent
README = ROOT / "README.md"
MAN = ROOT / "docs" / "git-coord.1"
DOCS = [README, *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in DOCS]

STAGED_BEFORE = {"README.md": "src/auth/login.py"}
"""What somebody has changed and staged already when a document begins."""

ANSWERS = (
    records.Holding, records.Conflict, records.Granted, records.Unfresh, check.InCommit,
    claim.Answer, commit.Committed, sharing.Left,
    brief.Short, release.Given, release.Released,
    resume.Resumed, message.Attached,
)  # fmt: skip
"""The records that commands answer with; their fields are fields of the JSON. Those of the nouns say so themselves."""


def answers() -> Iterator[type]:
    """Every record that a command answers with, those within others included."""
    yield from ANSWERS
    nouns = dict.fromkeys(noun for word in WORDS if (noun := noun_of(word)))
    left = [answer_of(command) for noun in nouns for command in registry.commands(noun).values()]
    seen: set[type] = set()
    while left:
        record = left.pop()
        if is_dataclass(record) and record not in seen:
            seen.add(record)
            hints = types_of(record).values()
            left += [inner for hint in hints for inner in (hint, *get_args(hint)) if isinstance(inner, type)]
            yield record


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its first line's number in the file, its lines, the HTML comment above it."""

    language: str
    first: int
    lines: list[str]
    comment: str


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a Markdown file."""
    fence, block, above = "", None, ""
    for number_, line in enumerate(path.read_text().splitlines(), 1):
        opened = re.match(r"^(`{3,})(\w*)\s*$", line)
        if block is None and opened:
            comment = re.match(r"^<!-- (.*) -->$", above)
            fence = opened[1]
            block = Block(opened[2], number_ + 1, [], comment[1] if comment else "")
        elif block is not None and line == fence:
            yield block
            block = None
        elif block is not None:
            block.lines.append(line)
        above = line
    assert block is None, f"{path} has a block that is not closed"


def script(path: Path) -> str:
    """The `sh` blocks of a document as one shell script that stops at the first line with another status than said."""
    text = ['expect() { [ "$1" = "$2" ] || { echo "$3 ended with $1, not $2" >&2; exit 1; }; }']
    for block in blocks(path):
        if block.language != "sh" or block.comment:
            continue
        joined = ""
        for at, line in enumerate(block.lines, block.first):
            joined += line
            if line.endswith("\\"):
                joined += "\n"
                continue
            if joined.strip() and not joined.lstrip().startswith("#"):
                status = re.search(r"# exits (\d+)$", joined)
                text += [joined, f"expect $? {status[1] if status else 0} {shlex.quote(f'{path.name}:{at}: {line}')}"]
            joined = ""
    return "\n".join(text) + "\n"


def prepared(repo: Repo, name: str) -> Repo:
    """The repository in which a document's commands make sense."""
    for path in ("src/auth/login.py", "src/auth/session.py", "src/menu.py", "tests/auth/test_login.py", "CHANGES.md"):
        repo.write(path)
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "more")
    if name == "README.md":  # whoever reads it has a remote
        repo.git("init", "-q", "--bare", f"{repo.top}.git")
        repo.git("remote", "add", "origin", f"{repo.top}.git")
        repo.git("push", "-q", "-u", "origin", "HEAD")
    if name in STAGED_BEFORE:
        repo.write(STAGED_BEFORE[name], "changed\n")
        repo.git("add", STAGED_BEFORE[name])
    return repo


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_a_document_do_what_it_says(name: str, bare_repo: Repo) -> None:
    """Every command that a document shows to be typed works, in the order in which it stands there."""
    repo = prepared(bare_repo, name)
    ran = started(repo.top, repo.env, "bash", "-c", script(ROOT / name), check=False, limit=600)
    assert ran.status == 0, ran.out + ran.err
    if name == "docs/reference.md":
        _knows_what_is_left_behind(repo, (ROOT / name).read_text())


def _knows_what_is_left_behind(repo: Repo, text: str) -> None:
    """Every file in the coord directory, every directory of the state and every ref is in the reference."""
    coord = {path.name for path in (repo.top / ".git" / "coord").iterdir()}
    state = set(repo.git("ls-tree", "--name-only", "refs/coord/ledger").split())
    assert {"lock", "journal", "roster"} <= coord
    assert {"meta.json", "sessions", "claims"} <= state
    refs = {ref for ref in repo.git("for-each-ref", "--format=%(refname)").split() if "coord" in ref}
    named = [re.sub(r"<[^>]+>", "\0", word) for word in re.findall(r"`([^`\n]+)`", text)]
    known = "|".join(re.escape(word.removesuffix("/")).replace("\0", "[^/]+") for word in named)
    whole = {f"{name}/" if name in ("sessions", "claims") else name for name in coord | state} | refs
    unknown = {name for name in whole if not re.fullmatch(f"(?:{known})/?", name) and f"`{name}" not in text}
    assert not unknown


@pytest.mark.parametrize(
    ("lines", "works"),
    [
        ("true", True),
        ("false", False),
        ("false # exits 1", True),
        ("true # exits 1", False),
        ("git coord no-such-command", False),
        ("false\ntrue", False),
        ("name=word\ntest $name = \\\n  word", True),
    ],
)
def test_a_document_with_a_wrong_command_is_found_out(lines: str, works: bool, tmp_path: Path, bare_repo: Repo) -> None:
    """The test above fails for a command that does not end as the document says."""
    document = tmp_path / "document.md"
    not_run = "```console\n$ false\n```\n\n<!-- demo -->\n```sh\nfalse\n```\n"
    document.write_text(f"Text\n\n```sh\n{lines}\n```\n\n{not_run}")
    assert (bare_repo.run("bash", "-c", script(document), check=False).status == 0) is works


def typed() -> Iterator[tuple[str, list[str]]]:
    """Every `git coord` command line in the blocks of all documents: where it stands, and its words."""
    for path in DOCS:
        for block in blocks(path):
            if block.language not in ("sh", "console"):
                continue
            for at, line in enumerate(block.lines, block.first):
                command = re.sub(r"^\w*[$#] ", "", line)
                if block.language == "console" and command == line:
                    continue  # what was printed
                for piece in re.split(r"&&|\||\$\(|;", command):
                    found = re.match(r"\s*(?:\w+=\S+\s+)*git coord\b(.*)", piece)
                    if found:
                        yield f"{path.name}:{at}", shlex.split(found[1].rstrip(") &"), comments=True)


@pytest.mark.slow
def test_the_commands_in_transcripts_exist() -> None:
    """No document shows a command or an option that the program does not have."""
    wrong, seen = [], 0
    for where, words in typed():
        while words[:1] and words[0] in ("-C", "--session", "--json", "-q"):
            words = words[2 if words[0] in ("-C", "--session") else 1 :]
        if not words or words[0] in ("-h", "--version"):
            continue
        name = ALIASES.get(words[0], words[0])
        seen += 1
        command = find(words[:2]) if words[1:] and noun_of(name) else None
        command = command or find(words[:1])
        if command is None:
            wrong.append(f"{where}: {words[0]}")
            continue
        if name == "commit":
            continue  # hands git's own options on
        known = {"-h", "--help"}.union(*(param.opts for param in command.params))
        words = words[: words.index("--")] if "--" in words else words  # behind it nothing is an option of ours
        wrong += [f"{where}: {word}" for word in words if word.startswith("-") and word.partition("=")[0] not in known]
    assert seen > 20
    assert not wrong


def slugs(text: str) -> set[str]:
    """The names under which a code host lets one link to the headings of a text."""
    found: set[str] = set()
    for line in re.sub(r"(?ms)^```.*?^```$", "", text).splitlines():
        heading = re.match(r"^#+ (.*)$", line)
        if heading:
            slug = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            found.add(slug if slug not in found else f"{slug}-1")
    return found


@pytest.mark.parametrize("name", [*NAMES, "CHANGELOG.md"])
def test_relative_links_lead_somewhere(name: str) -> None:
    """A link to a file of ours names one that is there, and a heading that it has."""
    path = ROOT / name
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?ms)^```.*?^```$", "", path.read_text())):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and anchor not in slugs(there.read_text())):
            dead.append(target)
    assert not dead


def reference() -> str:
    """The text of docs/reference.md."""
    return (ROOT / "docs" / "reference.md").read_text()


def section(name: str) -> str:
    """What the reference says of a command."""
    found = re.search(rf"(?ms)^### `{name}`.*?(?=^##)", reference())
    assert found, f"docs/reference.md has no section on {name}"
    return found[0]


def test_what_is_decided_where_is_there() -> None:
    """Each module that contributing.md says decides something is there, and has what it is said to have."""
    table = (ROOT / "docs" / "contributing.md").read_text().partition("Where is it decided")[2].partition("\n\n- ")[0]
    named = re.findall(r"(?:`(\w+)` (?:in|of) )?`([\w/]+/\w+\.py)`", table)
    assert len(named) > 20
    for name, path in named:
        assert re.search(rf"^\s*(def |class )?{name}\b", (PACKAGE / path).read_text(), re.MULTILINE), (name, path)


@pytest.mark.parametrize("name", names())
def test_the_reference_describes_a_command(name: str) -> None:
    """Every command of the program has a section in the reference; `tests.reference` holds its options."""
    assert f"    git coord {name}" in section(name)


@pytest.mark.parametrize("record", list(dict.fromkeys(answers())), ids=lambda record: record.__name__)
def test_the_reference_names_the_fields_of_an_answer(record: type) -> None:
    """Every field of every record that a command answers with is in the reference."""
    text = reference()
    names = [item.name for item in fields(record) if item.name != "own"]  # the fields of its kind
    assert not [name for name in names if f"`{name}`" not in text]


def source() -> str:
    """The whole of the program's source, and its hooks."""
    files = [*sorted(PACKAGE.rglob("*.py")), *sorted((ROOT / "hooks").iterdir())]
    return "\n".join(path.read_text() for path in files if path.is_file())


def test_configuration_keys_are_documented() -> None:
    """Every key `coord.*` that the code reads is in the reference and in the man page."""
    keys = {key.lower() for key in re.findall(r"(?<![\w.])coord\.([a-zA-Z]+)(?![\w./])", source())}
    assert {"guard", "store", "fsync"} <= keys
    for path in (ROOT / "docs" / "reference.md", MAN):
        documented = {key.lower() for key in re.findall(r"\bcoord\.([a-zA-Z]+)", path.read_text())}
        assert not keys - documented, path.name


def test_the_words_that_programs_read_are_documented() -> None:
    """Reasons, verdicts, kinds of events and trailers are in the reference, each as code."""

    def every(error: type[CoordError]) -> Iterator[type[CoordError]]:
        yield error
        for inner in error.__subclasses__():
            yield from every(inner)

    code = source()
    words = {error.reason for error in every(CoordError)}
    words |= set(re.findall(r'Verdict\(\s*"([a-z_-]+)"', code))
    words |= set(re.findall(r'"(unregistered|registered)"', code))
    words |= set(KINDS) | STATEMENTS
    words |= set(re.findall(r"Coord-[A-Z][a-z]+", code))
    text = reference()
    assert not {word for word in words if f"`{word}`" not in text and f"`{word}:" not in text}


def test_what_the_board_points_out_is_documented() -> None:
    """Every type of finding stands in the table of the command that shows it."""
    types = set(re.findall(r'\bfinding\(\s*"([a-z-]+)"', source()))
    assert {"expiring", "unanswered"} <= types
    text = section("status")
    assert not {name for name in types if f"`{name}`" not in text}


def man_text() -> str:
    """The source of the man page with its escapes undone."""
    return MAN.read_text().replace("\\-", "-").replace("\\(aq", "'").replace("\\&", "")


def test_the_man_page_has_every_command() -> None:
    """Nobody has to look elsewhere for a command or an alias; `tests.reference` holds the options."""
    text = man_text()
    missing = [name for name in (*names(), *ALIASES) if not re.search(rf"(?m)^\.(B|BR) .*\b{name}\b", text)]
    assert not missing


def test_the_man_page_has_the_sections_that_readers_look_for() -> None:
    """The usual sections are there, in the usual order."""
    wanted = [
        "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "SCOPES", "OPTIONS", "ENVIRONMENT", "CONFIGURATION",
        "EXIT STATUS", "FILES", "EXAMPLES", "SEE ALSO",
    ]  # fmt: skip
    assert re.findall(r'(?m)^\.SH "?([A-Z ]+)"?$', MAN.read_text()) == wanted


@pytest.mark.parametrize(
    "renderer",
    [
        ["groff", "-man", "-ww", "-z", "-Tutf8"],
        ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"],
        ["mandoc", "-Tlint", "-Wwarning"],
    ],
    ids=lambda words: words[0],
)
def test_the_man_page_renders_without_warnings(renderer: list[str], env: dict[str, str]) -> None:
    """What renders man pages here has nothing to complain about."""
    if shutil.which(renderer[0]) is None:
        pytest.skip(f"{renderer[0]} is not installed")
    ran = subprocess.run([*renderer, str(MAN)], capture_output=True, text=True, env=env, check=False)
    said = ran.stderr + (ran.stdout if renderer[0] == "mandoc" else "")
    assert (ran.returncode, said) == (0, "")
