"""The JSON Schemas of the commands: what the program answers is what they say."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gitcoord.interfaces import registry, schemas

if TYPE_CHECKING:
    from conftest import Repo

STORY = """
claim hello.txt -m 'say hello' --ttl 1h
claims
check hello.txt
check --staged
status
sessions
whoami
number migrations
rules
rules max-files 500
renew
beat writing --target hello.txt --progress 40 --next test
send all 'a word' -m 'in a few lines' --ack
send bob 'another word' --topic shop.api --priority high
inbox --peek
log
metrics
match 'review the login'
doctor
ask bob 'look at this' --type review
task add 'a title' --priority high --claim docs/a --payload '{"a": 1}'
task list
task next
task show TASK
task update TASK --progress 50 -m half
task done TASK --result '{"n": 2}'
state set plan goal 1
state append plan list '"x"'
state get plan
state scopes
state history plan
state snapshot plan before
state remove plan goal
decide 'tokens live for a day' --why 'so said the review'
decisions
export login hello.txt -m 'how to log in'
exports
context --for 'the login'
barrier built --need 2
barrier built arrive
team create shop --roles implementer,reviewer
team show
team end shop
workflow template
workflow show
handoff offer bob -m 'please go on' --claim hello.txt
handoff list
handoff show OFFER
snapshot
conflicts
land --status
halt --status
release --all -m 'said it'
gc
halt -m 'wait a moment'
end -m 'that is all'
"""
"""What a session asks, one command a line. `TASK` and `OFFER` are the ids of those that it made last."""


MADE = {"task add": "TASK", "handoff offer": "OFFER"}


def schema_of(repo: Repo, name: str) -> dict[str, Any]:
    """What the program says of a command."""
    return repo.here("help", "--schema", *name.split(), "--json", check=True).json


@pytest.mark.parametrize("name", sorted(registry.commands()))
def test_every_command_has_schemas(bare_repo: Repo, name: str) -> None:
    """They are schemas, and name every field that is required."""
    said = schema_of(bare_repo, name)
    for part in (said["request"], said["answer"]):
        jsonschema.Draft202012Validator.check_schema(part)
        assert set(part["required"]) <= set(part["properties"])
    assert said["does"] in ("reads", "records", "destroys")


def test_an_answer_is_what_its_schema_says(shared_repo: Repo) -> None:
    """No field is missing, none has another type, none is there that the schema does not name: at any depth."""
    repo, ids, wrong = shared_repo, dict[str, str](), []
    known = registry.commands()
    bob = repo.here("start", "bob", check=True).out.strip()
    repo.here("claim", "src", "-m", "rewrite", session=bob, check=True)
    repo.here("start", "alice", check=True)
    for line in STORY.strip().splitlines():
        words = [ids.get(word, word) for word in shlex.split(line)]
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        ran = repo.here(*words, "--json")
        schema = json.loads(json.dumps(schemas.answer(known[name])), object_hook=_closed)
        assert ran.status == 0, f"{line}: {ran.json['message']}"
        validator = jsonschema.Draft202012Validator(schema)
        wrong += [f"{line}: {flaw.json_path} {flaw.message[:300]}" for flaw in validator.iter_errors(ran.json)]
        ids |= {MADE[name]: ran.json.get("id", "")} if name in MADE else {}
        assert not validator.is_valid({})
    assert not wrong, "\n".join(wrong)


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema that allows no field but those that it names."""
    return {**schema, "additionalProperties": False} if "properties" in schema and "type" in schema else schema


def test_what_has_no_schema_is_said(bare_repo: Repo) -> None:
    """With those that have one."""
    assert "there are: " in bare_repo.here("help", "--schema", "demo").err
    assert bare_repo.here("help", "--schema").status == 2
