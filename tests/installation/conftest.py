"""Repositories to install into, with a stand-in for the program behind the hooks that records its calls."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gitcoord.kernel.git import Git
from gitcoord.kernel.place import discover
from gitcoord.setup.installation import proof, setup
from gitcoord.setup.installation.intact import intact

PROGRAM = """
import json, os, sys
home = sys.argv[0].split("/gitcoord/")[0]
store = sys.argv.pop(1) if sys.argv[1].startswith("--store=") else ""
assert sys.argv.pop(1).startswith("--git=")
with open(home + "/calls", "a") as file:
    said = sys.stdin.read() if sys.argv[1] in ("pre-push", "post-rewrite") else ""
    file.write(json.dumps({"store": store, "name": sys.argv[1], "common": sys.argv[2], "args": sys.argv[3:],
                           "stdin": said, "cwd": os.getcwd()}) + "\\n")
refuse = home + "/refuse-" + sys.argv[1]
sys.exit(1 if os.path.exists(refuse) else 0)
"""


class Package:
    """A directory that holds a `gitcoord/hook/__main__.py`, and an interpreter; both record that they were called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        main = root / "gitcoord" / "hook" / "__main__.py"
        main.parent.mkdir(parents=True)
        main.write_text(PROGRAM)
        self.python = root / "python"
        self.python.write_text(
            f'#!/bin/sh\necho x >>{shlex.quote(str(root))}/starts\nexec {shlex.quote(sys.executable)} "$@"\n'
        )
        self.python.chmod(0o755)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What the program was called with."""
        path = self.root / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def names(self) -> list[str]:
        """Which hooks it was called for."""
        return [call["name"] for call in self.calls]

    @property
    def starts(self) -> int:
        """How often the interpreter was started."""
        path = self.root / "starts"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def refuse(self, name: str) -> None:
        """From now on the program refuses in this hook."""
        (self.root / f"refuse-{name}").touch()


class Repository:
    """A repository (or a worktree of one) as its user sees it."""

    def __init__(self, top: Path, env: dict[str, str], package: Package, common: Path | None = None) -> None:
        self.top, self.env, self.package = top, env, package
        self.common = common or top / ".git"

    @property
    def coord(self) -> Path:
        """Where gitcoord keeps its files."""
        return self.common / "coord"

    @property
    def hooks(self) -> Path:
        """The hooks directory that git has without configuration."""
        return self.common / "hooks"

    def run(self, *args: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Run git as the user would, whatever comes of it."""
        return subprocess.run(
            ["git", *args], cwd=cwd or self.top, env=self.env | env, capture_output=True, text=True, check=False
        )

    def git(self, *args: str, cwd: Path | None = None, **env: str) -> str:
        """Run git as the user would; it has to succeed."""
        done = self.run(*args, cwd=cwd, **env)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    def commit(self, name: str = "file", *options: str, cwd: Path | None = None, **env: str) -> None:
        """Commit a new line in a file."""
        with (cwd or self.top).joinpath(name).open("a") as file:
            file.write("line\n")
        self.git("add", name, cwd=cwd)
        self.git("commit", "-q", "-m", name, *options, cwd=cwd, **env)

    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD").strip()

    def ledger(self, *entries: str, git_dir: Path | None = None) -> None:
        """Make a ledger whose tree has these entries beside meta.json."""
        where = ["--git-dir", str(git_dir or self.common)]
        blob = self._feed([*where, "hash-object", "-w", "--stdin"], "{}")
        lines = [f"100644 blob {blob}\tmeta.json"]
        below = self._feed([*where, "mktree"], lines[0] + "\n")
        lines += [f"100644 blob {blob}\t{name}" if "." in name else f"040000 tree {below}\t{name}" for name in entries]
        tree = self._feed([*where, "mktree"], "\n".join(lines) + "\n")
        commit = self._feed([*where, "commit-tree", "-m", "ledger", tree], "")
        self.git(*where, "update-ref", "refs/coord/ledger", commit)

    def _feed(self, args: list[str], data: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.top, env=self.env, input=data, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def session(self) -> None:
        """Let a session live in this clone."""
        self.coord.mkdir(exist_ok=True)
        (self.coord / "roster").write_text("gitcoord-roster\t1\ns\n")

    @property
    def asking(self) -> Git:
        """Our own git, standing here."""
        return Git(self.env, cwd=str(self.top))

    def install(self, mode: Any = "files", store: str = "") -> setup.Report:
        """What `git coord init` does here."""
        return setup.install(
            self.asking, self.common, self.coord, mode=mode,
            python=str(self.package.python), package=str(self.package.root), store=store,
        )  # fmt: skip

    def uninstall(self) -> setup.Report:
        """What `git coord uninit` does here."""
        return setup.uninstall(self.asking, self.common, self.coord)

    def prove(self) -> dict[str, proof.Finding]:
        """What `git coord doctor` finds here."""
        return {each.hook: each for each in proof.prove(self.asking, self.common, self.coord)}

    def intact(self) -> str:
        """The cheap check."""
        place = discover(str(self.top), self.env)
        return intact(self.asking, self.common, self.coord, named=place.hooks_path, top=place.top)

    def snapshot(self) -> dict[str, tuple[str, bytes]]:
        """The configuration and the hooks directory, to the byte."""
        found: dict[str, tuple[str, bytes]] = {"config": ("file", (self.common / "config").read_bytes())}
        for path in sorted(self.hooks.rglob("*")) if self.hooks.exists() else []:
            mode = oct(path.lstat().st_mode)
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(self.common))] = (mode, content)
        return found

    def hook(self, name: str, text: str, directory: Path | None = None) -> Path:
        """Write a hook of the user's own."""
        path = (directory or self.hooks) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path


def new_git() -> str:
    """The directory of a git that has config hooks, or empty."""
    said = os.environ.get("GITCOORD_NEW_GIT", "")
    return str(Path(said, "bin")) if said else ""


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment that sees nothing of the user's configuration, with the system's git."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = A\n\temail = a@example.com\n[init]\n\tdefaultBranch = main\n")
    sealed = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_EDITOR": ":",
    }
    # The search for a program goes by our own PATH, not by that of the environment it gets.
    monkeypatch.setenv("PATH", sealed["PATH"])
    return sealed


@pytest.fixture
def env255(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same with a git that has config hooks."""
    if not new_git():
        pytest.skip("GITCOORD_NEW_GIT names no directory with the bin/git of git 2.54 or newer")
    env = env | {"PATH": f"{new_git()}:{env['PATH']}"}
    monkeypatch.setenv("PATH", env["PATH"])
    return env


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """The program behind the hooks."""
    return Package(tmp_path / "package")


def make(top: Path, env: dict[str, str], package: Package) -> Repository:
    """A repository with one commit, and a ledger with a claim: no guard ends in the shell."""
    subprocess.run(["git", "init", "-q", str(top)], env=env, check=True, capture_output=True)
    made = Repository(top, env, package)
    made.commit("first")
    made.ledger("claims")
    return made


@pytest.fixture
def repo(tmp_path: Path, env: dict[str, str], package: Package) -> Repository:
    """A repository under the system's git."""
    return make(tmp_path / "repo", env, package)


@pytest.fixture
def repo255(tmp_path: Path, env255: dict[str, str], package: Package) -> Repository:
    """A repository under a git that has config hooks."""
    return make(tmp_path / "repo255", env255, package)


@pytest.fixture(params=["files", "git-config"])
def installed(request: pytest.FixtureRequest) -> Repository:
    """A repository with our hooks in it, once in each form; `form` says which."""
    form: str = request.param
    made: Repository = request.getfixturevalue("repo" if form == "files" else "repo255")
    made.install(form)
    return made
