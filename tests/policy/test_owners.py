"""CODEOWNERS against what GitHub documents, and the rules `owner` of the ledger."""

from __future__ import annotations

import pytest

from gitcoord.policy.owners import MOST, PLACES, codeowners, owner

DOCUMENTED = """
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/apps/github/own @doctocat
"""

OWNERS = (
    ("a.py", "@global-owner1 @global-owner2"),
    ("deep/er/a.py", "@global-owner1 @global-owner2"),
    ("a.js", "@js-owner"),
    ("src/a.js", "@js-owner"),
    ("src/A.JS", "@global-owner1 @global-owner2"),
    ("a.go", "docs@example.com"),
    ("x/a.txt", "@octo-org/octocats"),
    ("build/logs/a", "@octocat"),  # **/logs stands behind /build/logs/
    ("build/logs/x/y", "@octocat"),
    ("src/docs/a.md", "@global-owner1 @global-owner2"),  # a slash in the middle begins at the root
    ("docs/getting-started.md", "@doctocat"),
    ("src/apps/x/y", "@octocat"),
    ("scripts/x", "@doctocat @octocat"),
    ("deeply/nested/logs/a", "@octocat"),
    ("logs", "@octocat"),
    ("apps/a", "@octocat"),
    ("apps/github", ""),
    ("apps/github/a", ""),
    ("apps/github/own/a", "@doctocat"),
)


def _mapped(text: str) -> dict[str, str]:
    return {word: word for word in text.split() if "@" in word}


@pytest.mark.parametrize(("path", "expected"), OWNERS)
def test_the_documented_example(path: str, expected: str) -> None:
    """The last line that matches says who owns a path; one without owners takes them away."""
    found = codeowners(DOCUMENTED, _mapped(DOCUMENTED)).owner(path)
    assert " ".join(found.owners) == expected
    assert not found.unknown
    assert found.is_free == (not expected)


MATCHES = (
    ("docs/*", "docs/a.md", True),
    ("docs/*", "docs/build-app/troubleshooting.md", False),
    ("docs/*", "x/docs/a.md", False),
    ("docs/**", "docs/build-app/troubleshooting.md", True),
    ("/docs", "docs/a/b", True),
    ("docs", "x/docs/a", True),
    ("docs", "x/docs", True),
    ("docs", "x/docs2", False),
    ("apps/", "apps", False),  # a directory, and no file of that name
    ("apps/", "x/apps/a", True),
    ("*", "a/b/c", True),
    ("/*", "a", True),
    ("/*", "a/b", False),
    ("*.py", "x.py/readme", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b/c", True),
    ("a**/b", "ax/b", True),
    ("a**/b", "ax/y/b", False),
    ("src/?.c", "src/a.c", True),
    ("src/?.c", "src/ab.c", False),
    ("path\\ with\\ spaces/", "path with spaces/a", True),
    ("Src/", "src/a", False),
    ("/", "a", False),
)


@pytest.mark.parametrize(("pattern", "path", "expected"), MATCHES)
def test_what_a_pattern_matches(pattern: str, path: str, expected: bool) -> None:
    """As .gitignore has it, apart from what is documented otherwise."""
    found = codeowners(f"{pattern} @ann", {"@ann": "ann"}).owner(path)
    assert (found.owners == ("ann",)) == expected


@pytest.mark.parametrize(
    "line", ["!docs/ @ann", "src/[ab].py @ann", "\\#file @ann", "src/ ann", "src/ @org/team/more", "src/ @@maintainer"]
)
def test_an_invalid_line_is_skipped_and_named(line: str) -> None:
    """What GitHub does not take leaves the lines around it as they are."""
    table = codeowners(f"* @bob\n{line}\n", {"@bob": "bob", "@ann": "ann"})
    assert len(table.problems) == 1
    assert "line 2" in table.problems[0]
    assert [table.owner(path).owners for path in ("src/a.py", "docs/x", "#file")] == [("bob",)] * 3
    assert not table.refusal


@pytest.mark.parametrize("line", ["[Documentation]", "^[Documentation]", "[Two words][2] @ann", "[Docs] @ann"])
def test_sections_of_gitlab_are_refused(line: str) -> None:
    """With sections another rule decides: nothing of the file is believed."""
    table = codeowners(f"* @bob\n{line}\ndocs/ @ann\n", {"@bob": "bob"})
    assert "section" in table.refusal
    assert "line 2" in table.refusal
    assert table.owner("a").is_free


def test_a_file_that_is_too_large_is_refused() -> None:
    """GitHub does not load it, so its owners count for nothing."""
    assert codeowners("# x\n" * (MOST // 4 + 1)).refusal


def test_a_name_that_nobody_mapped_is_unknown() -> None:
    """It is said, and makes nobody an owner, nor the path free; case does not matter in names."""
    found = codeowners("* @org/Web @ann", {"@ANN": "ann"}).owner("a")
    assert (found.owners, found.unknown) == (("ann",), ("@org/Web",))
    alone = codeowners("* @org/web").owner("a")
    assert not alone.is_free
    assert not alone.is_borne_by("web-1", "@org/web", "web", ["web"])


def test_the_rules_of_the_ledger_come_first_and_the_last_one_wins() -> None:
    """CODEOWNERS is asked of paths that no rule is about; a rule without an owner frees a path."""
    table = codeowners("* @bob", {"@bob": "bob"})
    rules = [("src/**", "role:reviewer"), ("src/a/**", "team:web"), ("src/a/free", "")]
    assert owner("src/x", rules, table).owners == ("role:reviewer",)
    assert owner("src/a/x", rules, table).owners == ("team:web",)
    assert owner("src/a/free", rules, table).is_free
    assert owner("docs/x", rules, table).owners == ("bob",)
    assert owner("docs/x", rules).is_free


def test_who_is_an_owner() -> None:
    """An id, a name, a role or a team; a name that looks like a role is none."""
    rules = [("a", "ann"), ("b", "role:reviewer"), ("c", "team:web")]
    ann, rob, team = "ann", "reviewer", ["web"]
    assert owner("a", rules).is_borne_by("s-1", ann, "", [])
    assert owner("a", [("a", "s-1")]).is_borne_by("s-1", "x", "", [])
    assert owner("b", rules).is_borne_by("s-1", "x", rob, [])
    assert owner("c", rules).is_borne_by("s-1", "x", "", team)
    assert not owner("b", rules).is_borne_by("s-1", rob, "", ["reviewer"])
    assert not owner("c", rules).is_borne_by("s-1", "web", "web", [])
    assert not owner("b", [("b", "role:")]).is_borne_by("s-1", "x", "", [])


def test_where_the_file_stands() -> None:
    """The first that the branch has counts."""
    assert PLACES == (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
