"""What a typed path means, from wherever one stands; and the paths that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo

NFC, NFD = "caf\u00e9", "cafe\u0301"


def two(repo: Repo) -> tuple[str, str]:
    """Two sessions."""
    ids = [repo.here("start", name, "--json", check=True).json["session"] for name in ("alice", "bob")]
    return ids[0], ids[1]


@pytest.mark.parametrize(
    ("mine", "theirs", "scope"),
    [
        (["a b/c d"], ["a b/"], "a b/c d"),
        (["new\nline"], ["new\nline"], "new\nline"),
        (["--", "-dash"], ["--", "-dash"], "-dash"),
        ([NFC], [NFD], NFC),
        ([NFD + "2"], [NFC + "2"], NFC + "2"),
        (["n" * 300], ["n" * 300], "n" * 300),
        (["deep/" + "m" * 300 + "/x"], ["deep/" + "m" * 300], "deep/" + "m" * 300 + "/x"),
        (["./pa:th"], [":(literal)pa:th"], "./pa:th"),
        (["to/../dots//here/"], ["dots/here"], "dots/here"),
        (["not/yet/there.py"], ["not/yet"], "not/yet/there.py"),
        (["link/inside.py"], ["real/inside.py"], "real/inside.py"),
        (["link"], ["./link"], "link"),
        (["odd[1]"], [":(literal)odd[1]"], "odd[1]"),
        (["quo'te\"s\\"], ["quo'te\"s\\"], "quo'te\"s\\"),
        (["by\udcffte"], ["by\udcffte"], "by\udcffte"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_path_is_one_however_it_is_typed(shared_repo: Repo, mine: list[str], theirs: list[str], scope: str) -> None:
    """Both spellings are the same claim: the second session is refused, in every form of the answer."""
    (shared_repo.top / "real").mkdir(exist_ok=True)
    if not (shared_repo.top / "link").is_symlink():
        (shared_repo.top / "link").symlink_to("real")
    (shared_repo.top / "odd[1]").touch()
    alice, bob = two(shared_repo)
    won = shared_repo.here("claim", "--json", *mine, session=alice, check=True).json
    assert [item["scope"].encode("utf-8", "backslashreplace") for item in won["claims"]] == [
        scope.encode("utf-8", "backslashreplace")
    ]
    refused = shared_repo.here("claim", "--json", *theirs, session=bob)
    assert (refused.status, refused.json["reason"]) == (1, "held")
    told = shared_repo.here("claim", *theirs, session=bob)
    assert told.status == 1
    assert told.err.count("\n") == 2
    assert shared_repo.here("claims", session=bob).status == 0
    assert shared_repo.here("release", *mine, session=alice).status == 0


def test_hint_of_a_refusal_is_a_command_that_works(repo: Repo) -> None:
    """What the hint says can be pasted into bash, whatever the path is called."""
    alice, bob = two(repo)
    for name in ("-dash", "a b", "new\nline", "quo'te", "back\\slash\ttab"):
        repo.here("claim", "--", name, session=alice, check=True)
        told = repo.here("claim", "--", name, session=bob).err
        command = told.rpartition("hint: ")[2].strip().replace("30m", "30s")
        repo.here("release", "--", name, session=alice, check=True)
        repo.run("bash", "-c", command, GIT_COORD_SESSION=bob)
        listed = repo.here("claims", "--mine", "--json", session=bob).json["claims"]
        assert [item["scope"] for item in listed] == [name]
        repo.here("release", "--all", session=bob, check=True)


@pytest.mark.parametrize(
    ("typed", "said", "hint"),
    [
        ("../x", "outside the repository", "paths must be below"),
        ("/etc/passwd", "outside the repository", "paths must be below"),
        (".git/config", "inside .git", "claim a name"),
        ("src/.GIT/x", "inside .git", "claim a name"),
        ("", "an empty scope", "a scope is a path"),
        ("open[", "not closed", ":(literal)open["),
        ("slot:", "nothing behind its colon", "./slot:"),
        ("slot:" + "x" * 300, "longer than 200 bytes", ""),
        (":(top)x", "unknown pathspec magic", ":(glob)"),
    ],
)
def test_path_that_cannot_be_claimed_is_a_usage_error(shared_repo: Repo, typed: str, said: str, hint: str) -> None:
    """Outside, in .git, or not a scope at all: refused in one line with what to type instead."""
    ran = shared_repo.here("claim", "--", typed)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert hint in ran.err


def test_relative_paths_and_hints_are_of_where_one_stands(repo: Repo) -> None:
    """In a subdirectory `x` and `.` are that directory's; what a hint says to type is right from there."""
    me = repo.start("alice")
    (repo.top / "deep/er").mkdir(parents=True)
    inner = ["-C", str(repo.top / "deep/er")]
    assert repo.here(*inner, "claim", "x", "../y", "--json", session=me).json["claims"][0]["scope"] == "deep/er/x"
    assert [item["scope"] for item in repo.here(*inner, "claims", "..", "--json").json["claims"]] == [
        "deep/er/x",
        "deep/y",
    ]
    repo.here(*inner, "claim", "..", session=me, check=True)
    refused = repo.here(*inner, "release", "x", session=me)
    assert (refused.status, "hint: git coord release ..\n" in refused.err) == (1, True)
    assert repo.here(*inner, "release", "..", session=me).status == 0


def test_submodule_is_claimed_whole_and_is_a_repository_of_its_own(repo: Repo) -> None:
    """A path inside is refused with the hint; the submodule's own path is fine; inside it nothing is set up."""
    other = repo.top.parent / "other"
    repo.git("init", "-q", str(other))
    repo.git("-C", str(other), "commit", "-q", "--allow-empty", "-m", "x")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "vendor/sub")
    me = repo.start("alice")
    inside = repo.here("claim", "vendor/sub/x", session=me)
    assert (inside.status, inside.out) == (2, "")
    assert "hint: claim the submodule `vendor/sub` itself, or run the command inside it" in inside.err
    assert repo.here("claim", "vendor/sub", session=me).status == 0
    assert repo.here("-C", str(repo.top / "vendor/sub"), "claim", "x", session=me).status == 3


def test_paths_that_differ_in_case_are_one_path(repo: Repo) -> None:
    """README and readme are one for claims, check, listing, audit and the guard; each stands as it was written."""
    alice, bob = two(repo)
    repo.write("README")
    repo.here("claim", "README", "SRC/*.PY", session=alice, check=True)
    told = repo.here("claim", "readme", session=bob)
    assert (told.status, "readme is held by alice" in told.err, "who claims README" in told.err) == (1, True, True)
    assert repo.here("check", "ReadMe", session=bob).status == 1
    assert [item["scope"] for item in repo.here("claims", "reaDME", "--json").json["claims"]] == ["README"]
    assert [one["subject"] for one in repo.here("log", "--path", "rEADME", "--json").json["events"]] == [
        "claim README, SRC/*.PY"
    ]
    assert repo.commit("readme", session=bob).status == 1
    assert repo.commit("src/a.py", session=bob).status == 1
    assert repo.here("claim", "readme", "--json", session=alice).json["claims"][0]["scope"] == "README"
    assert repo.here("release", "readme", session=alice).out == "released README\n"
    repo.git("config", "core.ignoreCase", "true")
    assert repo.here("claim", "DOCS/Guide.MD", "--json", session=bob).json["claims"][0]["scope"] == "docs/guide.md"


def test_globs_are_about_where_a_link_leads(repo: Repo) -> None:
    """A glob typed through a linked directory holds the files that git has; one into a submodule is refused."""
    alice, bob = two(repo)
    (repo.top / "alias").symlink_to("src")
    won = repo.here("claim", "alias/*.py", "--json", session=alice, check=True).json
    assert [item["scope"] for item in won["claims"]] == ["src/*.py"]
    assert repo.here("claim", "src/a.py", session=bob).status == 1
    (repo.top / "vendor").mkdir()
    repo.git("init", "-q", str(repo.top / "vendor/sub"))
    inside = repo.here("claim", "vendor/sub/*.c", session=bob)
    assert inside.status == 2
    assert "hint: claim the submodule `vendor/sub` itself, or run the command inside it" in inside.err


def test_bare_repository_with_worktrees_is_one_place(repo: Repo) -> None:
    """Worktrees of a bare repository share claims, hooks and ledger; the bare directory itself lists them."""
    bare = repo.top.parent / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.top), str(bare))
    center = type(repo)(bare, repo.env)
    center.git("config", "coord.fsync", "false")
    center.coord("init", check=True)
    one, two_ = center.worktree("one"), center.worktree("two")
    alice, bob = one.start("alice"), two_.start("bob")
    one.coord("claim", "src/a.py", session=alice, check=True)
    assert two_.coord("claim", "src", session=bob).status == 1
    assert [item["scope"] for item in center.here("claims", "--json").json["claims"]] == ["src/a.py"]
    refused = two_.commit("src/a.py", session=bob)
    assert (refused.status, "claimed by alice" in refused.err) == (1, True)
    assert two_.here("doctor").status == 0


def test_git_dir_in_the_environment_says_where_we_are(repo: Repo) -> None:
    """With GIT_DIR and GIT_WORK_TREE commands work from anywhere, on that repository."""
    me = repo.start("alice")
    env = repo.env | {"GIT_DIR": str(repo.top / ".git"), "GIT_WORK_TREE": str(repo.top), "GIT_COORD_SESSION": me}
    outside = type(repo)(repo.top.parent, env)
    claimed = outside.run("git", "coord", "claim", str(repo.top / "src/a.py"), "--json")
    assert [item["scope"] for item in claimed.json["claims"]] == ["src/a.py"]
    assert len(repo.here("claims", "--json").json["claims"]) == 1
