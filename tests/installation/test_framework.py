"""The real pre-commit framework, before and after us."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Repository

CONFIG = """
repos:
- repo: local
  hooks:
  - id: own
    name: own
    language: system
    entry: sh -c 'echo own >>"$(git rev-parse --git-common-dir)/own"'
    always_run: true
    pass_filenames: false
    stages: [pre-commit, pre-push]
"""


def framework(repo: Repository, *args: str) -> None:
    """Run the pre-commit program in the repository."""
    program = [sys.executable, "-m", "pre_commit", *args, "-t", "pre-commit", "-t", "pre-push"]
    subprocess.run(program, cwd=repo.top, env=repo.env, check=True, capture_output=True)


def own(repo: Repository) -> int:
    """How often the user's own hook ran."""
    path = repo.common / "own"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def managed(repo: Repository) -> Repository:
    """A repository with a configuration for the framework, not installed yet."""
    pytest.importorskip("pre_commit", reason="the pre-commit framework is not installed")
    (repo.top / ".pre-commit-config.yaml").write_text(CONFIG)
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "config")
    return repo


@pytest.mark.slow
@pytest.mark.parametrize("order", ["before", "after", "before and again"])
def test_both_run(managed: Repository, order: str, tmp_path: Path) -> None:
    """Whoever was installed first, and installed again: both run, ours first; what comes out is as it was."""
    repo = managed
    if "before" in order:
        framework(repo, "install")
    before = repo.snapshot()
    report = repo.install()
    if order != "before":
        framework(repo, "install")
    if "before" in order:
        assert any("pre-commit install -f" in hint for hint in report.hints)
    repo.commit()
    assert (repo.package.names, own(repo)) == (["pre-commit", "prepare-commit-msg"], 1)
    repo.git("init", "-q", "--bare", str(tmp_path / "hub"))
    repo.git("push", "-q", str(tmp_path / "hub"), "main")
    assert (repo.package.names[-1], own(repo)) == ("pre-push", 2)
    assert "refs/heads/main" in repo.package.calls[-1]["stdin"]
    repo.package.refuse("pre-commit")
    assert repo.run("commit", "--allow-empty", "-m", "x").returncode == 1
    repo.uninstall()
    if "before" in order:
        assert repo.snapshot() == before
    ran = own(repo)
    repo.commit()
    assert own(repo) == ran + 1


@pytest.mark.slow
def test_hook_from_before_both(managed: Repository) -> None:
    """A user's hook, then us, then the framework: all three run; without us the user's is the framework's legacy."""
    repo = managed
    repo.hook("pre-commit", 'echo oldest >>"$(git rev-parse --git-common-dir)/oldest"')
    repo.install()
    framework(repo, "install")
    repo.commit()
    assert (repo.package.names[0], own(repo), (repo.common / "oldest").exists()) == ("pre-commit", 1, True)
    repo.uninstall()
    (repo.common / "oldest").unlink()
    repo.commit()
    assert (own(repo), (repo.common / "oldest").exists()) == (2, True)
    assert not list(repo.hooks.glob("*.before-coord"))


def test_framework_taken_out(managed: Repository) -> None:
    """`pre-commit uninstall` leaves our entry in its place, reached."""
    framework(managed, "install")
    managed.install()
    framework(managed, "uninstall")
    assert managed.intact() == ""
    assert managed.prove()["pre-commit"].reached


def test_proof_through_the_framework(managed: Repository) -> None:
    """The proof sees our hook behind the framework's and runs none of the user's hooks for it."""
    framework(managed, "install")
    managed.install()
    assert {name: each.reason for name, each in managed.prove().items() if not each.reached} == {}
    assert own(managed) == 0


@pytest.mark.slow
def test_forced_install_is_found(managed: Repository) -> None:
    """`pre-commit install -f` deletes our entry: said by the cheap check and the proof, mended by init."""
    managed.install()
    framework(managed, "install", "-f")
    assert "was replaced by another program" in managed.intact()
    finding = managed.prove()["pre-commit"]
    assert not finding.reached
    assert "pre-commit install -f" in finding.reason
    assert finding.mend == "git coord init"
    managed.install()
    assert managed.prove()["pre-commit"].reached


def test_offered_to_others() -> None:
    """`.pre-commit-hooks.yaml` offers one valid id a stage, and none for pre-push."""
    clientlib = pytest.importorskip("pre_commit.clientlib", reason="the pre-commit framework is not installed")
    offered = clientlib.load_manifest(str(Path(__file__).parents[2] / ".pre-commit-hooks.yaml"))
    stages = ["pre-commit", "prepare-commit-msg", "post-commit", "post-merge", "post-rewrite"]
    assert [hook["id"] for hook in offered] == [f"coord-{stage}" for stage in stages]
    assert [hook["stages"] for hook in offered] == [[stage] for stage in stages]
    assert {(hook["always_run"], hook["pass_filenames"]) for hook in offered} == {(True, False)}
