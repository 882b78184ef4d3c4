"""`status --markdown`: a file that reads well, whatever others call themselves and say."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitcoord.domain import markdown
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from conftest import Repo

HOSTILE = [
    "a | b || c",
    "\\| \\\\| \\",
    "`code` ``more`` `",
    "<script>alert(1)</script> <!-- </details> </table> -->",
    "<img src=x onerror=alert(1)> &lt; &#124; &amp;",
    "[link](https://evil.example) ![image](https://evil.example/x.png) [ref][1]",
    "https://evil.example www.evil.example mailto:a@evil.example <https://evil.example>",
    "@everybody #123 org/repo#7 user@example.com",
    "one\ntwo\r\nthree\u2028four\n| x | y |\n|---|---|\n# heading",
    "\x1b[2J\x00\u202ereversed\u2066",
    "**bold** _it_ ~~gone~~ $math$ - + 1. # > ---",
    "  ",
    "- [ ] task",
    "```",
]


class Cells(HTMLParser):
    """The rows of all tables of a page, each cell as the text that a reader sees; and every tag of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.tags: set[str] = set()
        self._cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A table, a row or a cell begins."""
        self.tags.add(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        """A cell ends."""
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        """Text, in a cell or not."""
        if self._cell:
            self.tables[-1][-1][-1] += data


def rendered(text: str) -> Cells:
    """A Markdown text as a code host shows it: with tables, strikethrough and raw HTML."""
    page = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    assert isinstance(page, str)
    return Cells(page)


def shown(said: str) -> str:
    """How a hostile text has to look to a reader."""
    return printable(said).strip()


def seen(cell: str) -> str:
    """A cell without what keeps a code host from making links of it."""
    return cell.replace("\u2060", "").strip()


def one_table_each(text: str) -> None:
    """Within a table every line has the same number of bars that are not escaped."""
    counts: list[int] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            counts.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(counts)) <= 1, counts
            counts = []


def invaded(repo: Repo, evil: str) -> tuple[str, str]:
    """A repository in which another session is called so, and says it everywhere; and one of ours."""
    alice, bob = repo.start("alice"), "evil-00000001"
    workspace = repo.workspace()
    said = dict.fromkeys(("name", "role", "branch", "worktree", "work", "host", "user"), evil)
    workspace.ledger.record(SessionId(bob), Draft("register", "start", {"clone": workspace.clone, **said}))
    plain = evil.replace("\0", "")  # no argument can hold it
    wanted = {"scopes": [{"file": "src/a.py"}], "branch": evil, "head": ""}
    workspace.ledger.record(SessionId(bob), Draft("claim", "claim src/a.py", wanted, plain))
    workspace.ledger.store.close()
    repo.here("beat", "--target", plain, "--next", plain, "--phase", plain, "--", plain, session=bob, check=True)
    repo.here("send", "--ack", "--", "alice", plain.replace("\n", " ").strip() or "-", session=bob, check=True)
    return alice, bob


@pytest.mark.slow
@pytest.mark.parametrize("evil", HOSTILE)
def test_whatever_others_say_stays_in_its_cell(evil: str, repo: Repo) -> None:
    """Every table keeps its columns and rows; no tag, link or image comes from what others wrote."""
    alice, _ = invaded(repo, evil)
    text = repo.here("status", "--markdown", session=alice, check=True).out
    one_table_each(text)
    page = rendered(text)
    assert page.tags <= {"h1", "h2", "p", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "strong"}
    assert [len(table) for table in page.tables] == [len(attention(repo, alice)) + 1, 3, 2, 2]
    assert all(len(row) == len(table[0]) for table in page.tables for row in table)
    rows = {seen(row[0]): row for row in page.tables[1]}
    assert seen(rows[shown(evil)][4]) == shown(evil)
    assert seen(page.tables[2][1][3]) == shown(evil.replace("\0", ""))
    assert not re.search(r"@\w|#\d|://|www\.", text.replace("&#8288;", "\u2060"))


def attention(repo: Repo, session: str) -> list[dict[str, Any]]:
    """What the board says that needs attention."""
    found = repo.here("status", "--json", session=session).json["attention"]
    assert isinstance(found, list)
    return found


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("|\\`<>&[]()!*_~@#:/$\n\r\t"), max_size=40))
def test_any_text_reads_as_it_is(said: str) -> None:
    """As a cell, any text whatever is shown as `printable` shows it, and the row has as many cells as before."""
    text = "\n".join(markdown.table(("A", "B", "C"), [("x", markdown.text(said), "y")]))
    one_table_each(text)
    ((_, row),) = rendered(text).tables
    assert [row[0], row[2]] == ["x", "y"]
    plain = printable(said).replace("\u2060", "")
    assert " ".join(seen(row[1]).split()) == " ".join(plain.split())


def test_the_file_has_headings_and_everything_of_the_board(repo: Repo) -> None:
    """Who I am, what needs attention, sessions with children indented, claims of all, messages."""
    alice = repo.start("alice")
    repo.start("kid", "--parent", alice)
    repo.here("claim", "src/a.py", "--ttl", "5m", "-m", "the parser", session=alice, check=True)
    text = repo.here("status", "--markdown", session=alice, check=True).out
    headings = re.findall(r"(?m)^#+ (.*)$", text)
    assert headings == ["Who works here", "Needs you (1)", "Sessions (2)", "Claims (1)"]
    assert f"Seen by alice ({alice}), active, until " in text
    page = rendered(text)
    assert re.match(r"your claim on src/a.py ends in [45] min", page.tables[0][1][0])
    assert page.tables[1][0] == ["Session", "Status", "Seen", "Role", "Branch", "Claims", "Doing"]
    assert [row[0] for row in page.tables[1][1:]] == ["alice (me)", "\u2003kid"]
    assert (page.tables[2][1][0], page.tables[2][1][3]) == ("src/a.py", "the parser")


def test_all_rows_are_there_also_of_a_long_board(repo: Repo) -> None:
    """Unlike the board on a terminal, the file leaves nothing out."""
    alice = repo.start("alice")
    repo.here("claim", *[f"src/{number}.py" for number in range(40)], session=alice, check=True)
    text = repo.here("status", "--markdown", session=alice, check=True).out
    assert all(f"| src/{number}.py |" in text for number in range(40))
    assert "more" not in text


def test_a_file_is_replaced_whole(repo: Repo) -> None:
    """With -o it is written beside and renamed: a reader that has it open keeps the old one, and nothing is left."""
    alice = repo.start("alice")
    file = repo.top / "BOARD.md"
    file.write_text("old\n")
    with file.open() as reader:
        ran = repo.here("status", "--markdown", "-o", "BOARD.md", session=alice, check=True)
        assert reader.read() == "old\n"
    assert ran.out == "written to BOARD.md\n"
    assert file.read_text().startswith("# Who works here\n")
    assert not [path for path in repo.top.iterdir() if path.name.startswith(".BOARD")]


def test_a_place_that_cannot_be_written_is_a_usage_error(repo: Repo) -> None:
    """A missing directory, or a directory of that name, leaves nothing behind."""
    (repo.top / "taken").mkdir()
    before = sorted(repo.top.iterdir())
    for name in ("no/such/place.md", "taken"):
        ran = repo.here("status", "--markdown", "-o", name)
        assert (ran.status, ran.out) == (2, "")
        assert f"cannot write {name}" in ran.err
    assert sorted(repo.top.iterdir()) == before


def test_o_needs_markdown_and_views_exclude_each_other(repo: Repo) -> None:
    """What makes no sense together is refused."""
    for words in (["-o", "x.md"], ["--short", "-o", "x"], ["--short", "--markdown"], ["--watch", "--short"]):
        assert repo.here("status", *words).status == 2
    assert not (repo.top / "x.md").exists()


def test_with_json_the_file_is_written_and_the_answer_is_the_record(repo: Repo) -> None:
    """Programs get the board itself, whatever is written besides."""
    alice = repo.start("alice")
    ran = repo.here("status", "--markdown", "-o", "b.md", "--json", session=alice, check=True)
    assert ran.json["me"]["id"] == alice
    assert (repo.top / "b.md").exists()
