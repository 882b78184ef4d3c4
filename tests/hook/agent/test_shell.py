"""Git commands in lines of shell, and which of them are dangerous where others work."""

from __future__ import annotations

import pytest

from gitcoord.hook.agent import danger
from gitcoord.hook.agent.shell import git_commands


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("git status", ["/r: status"]),
        ("cd x && git reset --hard", ["/r/x: reset --hard"]),
        ("git -C ../y -c a.b=c checkout main", ["/r/../y: checkout main"]),
        ("git --git-dir=/g --work-tree /w add .", ["/w: add ."]),
        ("FOO=1 BAR='x y' git stash", ["/r: stash"]),
        ("env -u A B=c git stash", ["/r: stash"]),
        ("timeout -k 5 10 nice -n 5 git clean -fd", ["/r: clean -fd"]),
        ("bash -lc 'cd a; git switch -c b'", ["/r/a: switch -c b"]),
        ("sh -c \"git add -A\" && git commit -m 'x; git stash'", ["/r: add -A", "/r: commit -m x; git stash"]),
        ("echo 'git reset --hard' # git stash", []),
        ("x=$(git stash pop) && y=`git clean -f`", ["/r: stash pop", "/r: clean -f"]),
        ('echo "$(cd s; git rebase main)"; git log', ["/r/s: rebase main", "/r: log"]),
        ("(cd s && git add a); git add b", ["/r/s: add a", "/r: add b"]),
        ("cat <<'EOF' >f\ngit reset --hard\nEOF\ngit add c", ["/r: add c"]),
        ("cat <<-EOF\n\tgit stash\n\tEOF\ngit add c", ["/r: add c"]),
        (
            "cd s && bash -s <<'E' | tee log\ngit stash\ncd x; git rebase m\nE\ngit log",
            ["/r/s: stash", "/r/s/x: rebase m", "/r/s: log"],
        ),
        ("cat <<A <<B | sudo sh\ngit stash\nA\ngit clean -f", ["/r: stash", "/r: clean -f"]),
        ("sh <<<'git stash'; sh -c 'cat <<A\ngit stash\nA'", ["/r: stash"]),
        ("cat <<A >f\ngit stash\nA\nbash f", []),
        ("if git diff -q; then git checkout a; fi", ["/r: diff -q", "/r: checkout a"]),
        ("git add a 2>&1 >/dev/null | tee log", ["/r: add a"]),
        ("git \\\n  rebase 'a b'\\''c'", ["/r: rebase a b'c"]),
        ("/usr/bin/git pull", ["/r: pull"]),
        ("cd $SOMEWHERE; git stash", ["/r: stash"]),
        ("xargs -n 1 git add < files", ["/r: add"]),
        ("legit status; digit; git-lfs pull; git", []),
        ("git commit -m \"$(cat <<'EOF'\nit's (done\nEOF\n)\"", ["/r: commit -m $()"]),
        ("'unfinished git stash", []),
        ("git coord -q --session s -C x commit -m y", ["/r/x: coord commit -m y"]),
        ("git-coord commit -C ../x; git coord", ["/r/../x: coord commit -C ../x", "/r: coord"]),
        ('git add "unfinished', ["/r: add unfinished"]),
    ],
)
def test_git_commands_are_found(line: str, found: list[str]) -> None:
    """Each git command is found with the directory in which it runs, and nothing that only looks like one."""
    known = [f"{command.where}: {' '.join([command.verb, *command.args])}" for command in git_commands(line, "/r")]
    assert known == found


@pytest.mark.parametrize("line", ["(" * 20000 + "git stash", "$(" * 3000 + "git stash", "git add '" + "x" * 200_000])
def test_a_line_that_is_made_to_be_slow_is_not(line: str) -> None:
    """Depth and length of what is looked at are limited."""
    git_commands(line, "/r")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("git checkout main", "checkout"),
        ("git checkout -b new", "checkout"),
        ("git checkout -- a.py", "restore"),
        ("git switch main", "switch"),
        ("git restore a.py", "restore"),
        ("git restore --staged a.py", ""),
        ("git restore -SW a.py", "restore"),
        ("git reset --hard", "reset"),
        ("git reset --keep HEAD~1", "reset"),
        ("git reset", ""),
        ("git reset -- a.py", ""),
        ("git reset HEAD~1", "reset"),
        ("git reset --soft HEAD~1", "reset"),
        ("git reset -q abc --", "reset"),
        ("git reset HEAD", ""),
        ("git reset -q @ --", ""),
        ("git reset HEAD a.py", ""),
        ("git reset HEAD~1 -- a.py", ""),
        ("git reset -p HEAD~1", ""),
        ("git reset '*.py'", ""),
        ("git clean -fdx", "clean"),
        ("git clean -nfd", ""),
        ("git clean", ""),
        ("git rebase main", "rebase"),
        ("git rebase --continue", ""),
        ("git pull --rebase", "rebase"),
        ("git pull", ""),
        ("git add -A", "add"),
        ("git add --all", "add"),
        ("git add .", "add"),
        ("git add -A src/a.py", ""),
        ("git add -u", "add"),
        ("git add a.py", ""),
        ("git commit -am x", "commit"),
        ("git commit --all", "commit"),
        ("git commit --amend", ""),
        ("git commit -m a", ""),
        ("git commit -m -a", ""),
        ("git commit -m'add thing'", ""),
        ("git commit -m'warm' -a", "commit"),
        ("git commit -qm -a", ""),
        ("git commit -Cabc", ""),
        ("git commit -uall -Sabc", ""),
        ("git commit -uall -a", "commit"),
        ("git commit -qam'x'", "commit"),
        ("git checkout -bhotfix", "checkout"),
        ("git switch -chotfix", "switch"),
        ("git restore -sSIDE a.py", "restore"),
        ("git clean -fd -en.txt", "clean"),
        ("git stash", "stash"),
        ("git stash -u", "stash"),
        ("git stash pop", "stash"),
        ("git stash list", ""),
        ("git stash show -p", ""),
        ("git reset --har", "reset"),
        ("git clean --fo -d", "clean"),
        ("git clean -d --dry --force", ""),
        ("git pull --reb", "rebase"),
        ("git pull --rebase=false", ""),
        ("git rm -rf src", "rm"),
        ("git rm --cached -f a.py", ""),
        ("git rm a.py", ""),
        ("git checkout-index -fa", "restore"),
        ("git checkout-index a.py", ""),
        ("git read-tree --reset -u HEAD", "reset"),
        ("git read-tree -m HEAD", ""),
        ("git symbolic-ref HEAD refs/heads/other", "switch"),
        ("git symbolic-ref --short HEAD", ""),
        ("git log", ""),
        ("git push", ""),
    ],
)
def test_what_is_dangerous(line: str, kind: str) -> None:
    """What takes away, or takes along, what others have in the worktree is dangerous, and what only looks is not."""
    (command,) = git_commands(line, "/r")
    found = danger.of(command)
    assert (found.kind if found else "") == kind


def test_a_refusal_says_what_to_do() -> None:
    """A refusal of each kind is short and names what is safe."""
    for kind in danger.ADVICE:
        text = danger.refusal(danger.Danger(kind), 2)
        assert "2 other sessions have" in text
        assert "refused" not in danger.warning(danger.Danger(kind), 2)
        assert danger.ADVICE[kind] in text
        assert len(text) < 330  # the name of a snapshot follows
