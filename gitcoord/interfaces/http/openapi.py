"""The description of the API, OpenAPI 3.1, from the same dataclasses as the API itself."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gitcoord import __version__
from gitcoord.interfaces import registry, schemas
from gitcoord.interfaces.http import stream
from gitcoord.interfaces.http.commands import LOOKING, STDIN, offered
from gitcoord.interfaces.http.gate import SESSION
from gitcoord.interfaces.http.paging import MOST

if TYPE_CHECKING:
    from gitcoord.interfaces.http.commands import Offered
    from gitcoord.interfaces.registry import Schema

REFUSALS = {
    "401": "no token, or a wrong one",
    "403": "the token only reads, or a page of another origin asks",
    "404": "there is no such thing",
    "409": "coordination says no: `reason` says why, `hint` what to do",
    "413": "the body is too large",
    "415": "the body is not JSON",
    "421": "Host is not one of this server's names",
    "422": "the request makes no sense as it stands",
    "503": "the answer is not known: the hub is away, the state cannot be read, the server is busy",
}
"""What is answered besides 200."""


@cache
def document() -> dict[str, Any]:
    """Return the description."""
    found = schemas.Schemas("#/components/schemas/")
    found.known |= {
        "Refusal": {
            "type": "object",
            "properties": {
                **registry.HEAD,
                "reason": {"type": "string"},
                "message": {"type": "string"},
                "hint": {"type": "string"},
                "remedy": {"type": "string"},
                "next": {"type": "array", "items": {"type": "object"}},
            },
            "required": ["v", "as_of", "hub", "warnings"],
        },
        "Page": {
            "type": "object",
            "properties": {
                "offset": {"type": "integer"},
                "shown": {"type": "integer"},
                "total": {"type": "integer"},
                "next": {"type": ["integer", "null"]},
            },
        },
    }
    paths = {path: _operations(path, each, found) for path, each in sorted(offered().items())}
    paths[stream.PATH] = {"get": _events()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "git-coord",
            "version": __version__,
            "description": "Every command of git-coord, over HTTP, on this machine.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "security": [{"token": []}],
        "components": {
            "schemas": dict(sorted(found.known.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                status: {"description": text, "content": _json({"$ref": "#/components/schemas/Refusal"})}
                for status, text in REFUSALS.items()
            },
        },
    }


def _events() -> dict[str, Any]:
    """Return the description of the stream of events, which the same path also offers as a WebSocket."""
    kinds = {name: {"type": "array", "items": {"type": "string"}} for name in stream.REPEATED}
    return {
        "summary": "What happens, as server-sent events; the same path takes a WebSocket (docs/serve.md, Events).",
        "tags": ["events"],
        "operationId": "get_events",
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": kinds.get(name, {"type": "string"})}
            for name in stream.QUERY
        ],
        "responses": {
            "200": {"description": "goes on", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in ("401", "404", "422", "503")},
        },
    }


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _operations(path: str, found: Offered, known: schemas.Schemas) -> dict[str, Any]:
    said = registry.request_schema(found.command)
    answer = known.record(registry.answer_of(found.command))
    body = {"type": "object", **said, "additionalProperties": False}
    if found.reads_file:
        read = {"type": "string", "description": "What the command reads where its file is `-`."}
        body["properties"] = {**body["properties"], STDIN: read}
    answered = {
        "type": "object",
        "properties": registry.HEAD | answer.get("properties", {}),
        "required": [*registry.HEAD],
    }
    session = {"name": SESSION, "in": "header", "required": False, "schema": {"type": "string"}}
    name = path.removeprefix("/api/v1/").replace("/", "_")
    about = {"summary": registry.summary(found.command), "tags": [found.command.name.partition(" ")[0]]}
    refusals = {status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS}
    operations: dict[str, Any] = {
        "post": {
            **about,
            "operationId": f"post_{name}",
            "parameters": [session],
            "requestBody": {"required": bool(said["required"]), "content": _json(body)},
            "responses": {"200": {"description": "done", "content": _json(answered)}, **refusals},
        }
    }
    if found.by_get:
        answered = {**answered, "properties": {**answered["properties"], "page": {"$ref": "#/components/schemas/Page"}}}
        operations["get"] = {
            **about,
            "operationId": f"get_{name}",
            "parameters": [session, *_parameters(found, said)],
            "responses": {
                "200": {"description": "as of now", "content": _json(answered)},
                "304": {"description": "nothing was recorded since"},
                **refusals,
            },
        }
    return operations


def _parameters(found: Offered, said: Schema) -> list[dict[str, Any]]:
    left = {name: kind for name, kind in said["properties"].items() if name not in LOOKING.get(found.command.name, {})}
    fields = [
        {
            "name": name,
            "in": "query",
            "required": name in said["required"],
            "description": kind.get("description", ""),
            "schema": {key: value for key, value in kind.items() if key != "description"},
        }
        for name, kind in left.items()
    ]
    if found.page.by_place:
        fields += [
            {
                "name": "limit",
                "in": "query",
                "description": "Items shown.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST},
            },
            {
                "name": "offset",
                "in": "query",
                "description": "Items passed over.",
                "schema": {"type": "integer", "minimum": 0},
            },
        ]
    return fields + [
        {"name": name, "in": "query", "description": f"Only those with this {name}.", "schema": {"type": "string"}}
        for name in found.page.fields
    ]
