"""The repository's own configuration is read once for all keys, and anew where it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel.git import Git
from gitcoord.setup.installation.config import Config
from gitcoord.setup.installation.record import Change

if TYPE_CHECKING:
    from conftest import Repo


def test_what_others_change_meanwhile_is_seen(bare_repo: Repo) -> None:
    """Values stand in order, a key is found however it is written, and what is included only where asked."""
    common = bare_repo.top / ".git"
    config = Config(Git(bare_repo.env, cwd=str(bare_repo.top)), common)
    assert config.own("Remote.Some.Where.FETCH") == ()
    for value in ("one", "two\nlines", "one"):
        bare_repo.git("config", "--add", "remote.Some.Where.fetch", value)
        assert config.own("Remote.Some.Where.FETCH")[-1] == value
    assert config.own("remote.Some.Where.fetch") == ("one", "two\nlines", "one")
    assert config.own("remote.some.where.fetch") == ()
    (common / "more").write_text('[remote "Some.Where"]\n\tfetch = more\n\tprune\n')
    bare_repo.git("config", "include.path", "more")
    assert config.in_file("config", "remote.Some.Where.fetch", included=True)[-1] == "more"
    assert (config.in_file("more", "remote.Some.Where.prune"), config.in_file("none", "a.b")) == (("",), ())
    assert config.apply(Change("remote.Some.Where.fetch", "three", added=True))
    assert not config.apply(Change("remote.Some.Where.fetch", "three", added=True))
    (common / "more").write_text("[remote")
    assert config.in_file("more", "remote.Some.Where.prune") == ()
