"""What each version of the protocol asks of a server, spoken line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

from gitcoord.interfaces.mcp import tools

from .test_mcp import Lines

if TYPE_CHECKING:
    from conftest import Repo

VERSIONS = ["2025-06-18", "2025-11-25", "2026-07-28"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_of_a_version(repo: Repo, version: str) -> None:
    """It is told what there is and what is wrong, and what it cancelled is over; nothing ends the server."""
    bob = repo.start("bob")
    repo.here("claim", "slot:deploy", session=bob, check=True)
    with Lines(repo) as server:
        begun = server.begin(version)
        assert begun["serverInfo"]["name"] == "git-coord" if version < "2026" else version in begun["supportedVersions"]
        assert "claim" in begun["instructions"]
        listed = server.ask(1, "tools/list")["tools"]
        assert len(listed) == len(tools.TOOLS)
        assert all(tool["inputSchema"]["type"] == tool["outputSchema"]["type"] == "object" for tool in listed)
        called = server.ask(2, "tools/call", name="claim", arguments={"scopes": ["src"]})
        assert (called["structuredContent"]["result"], called.get("isError", False)) == ("won", False)
        for number, name, arguments in (
            (3, "nosuch", {}),
            (4, "claim", {"scopes": "src"}),
            (5, "claim", {"scopes": ["slot:deploy"]}),
        ):
            assert server.ask(number, "tools/call", name=name, arguments=arguments)["isError"] is True
        server.write("{this is not JSON}")
        server.write('["nor", "is this a message"]')
        assert server.error(6, "nosuch/method")["code"] == -32601
        assert server.error(7, "tools/call", arguments={})["code"] == -32602
        for number, method, asked in (
            (11, "resources/read", {"uri": "coord://no"}),
            (12, "prompts/get", {"name": "no"}),
        ):
            said = server.error(number, method, **asked)
            assert said["code"] == -32602 and "there is no" in said["message"]
        cancel(server, repo, bob)
        assert server.answer(9, "look", {"do": "claims"})["claims"][0]["scope"] == "src"


def cancel(server: Lines, repo: Repo, bob: str) -> None:
    """Cancel a call that waits in line for what bob holds; it gets nothing when it becomes free."""
    arguments: dict[str, Any] = {"scopes": ["slot:deploy"], "wait": "50s"}
    server.say(id=8, method="tools/call", params={"name": "claim", "arguments": arguments, **server.meta})
    until(lambda: repo.here("log", "--kind", "waiting", "--json").json["events"])
    server.say(method="notifications/cancelled", params={"requestId": 8, **server.meta})
    assert server.answer(10, "look", {"do": "rules"})["rules"]
    repo.here("release", "slot:deploy", session=bob, check=True)
