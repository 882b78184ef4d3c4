"""The values of rules as people type them, and as they are shown."""

from __future__ import annotations

import json
from typing import Any

from gitcoord.errors.rules import NotARight, NotForRule, RuleTakes
from gitcoord.errors.scope import NotAGlob
from gitcoord.errors.usage import NotOneOf
from gitcoord.policy import roles
from gitcoord.policy.glob import has_wildcard
from gitcoord.policy.landing import INTEGRATOR, POLICIES
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import checked, encoded

NOBODY = "nobody"


def value(key: str, words: list[str], *, unset: bool) -> Any:
    """Return the value of a rule as an operation carries it. Raises `Usage`."""
    if key in ("owner", "owner-map"):
        return _pair(key, words, unset=unset)
    if key == "role":
        return _role(words, unset=unset)
    if key == "land":
        return _land(words, unset=unset)
    if key == "radar":
        if len(words) != 2 or words[0] != "ignore":
            raise RuleTakes("radar")
        return {"glob": _glob(words[1]), **({"unset": True} if unset else {})}
    if unset or len(words) != 1:
        raise RuleTakes(key, unset=unset)
    (text,) = words
    if key == "require-claim" and text in ("true", "false"):
        return text == "true"
    if key == "person" and text in ("refuse", "warn"):
        return text
    if key == "max-files" and text.isascii() and text.isdigit() and 0 < int(text) < 10**9:
        return int(text)
    raise NotForRule(key, printable(text))


def _pair(key: str, words: list[str], *, unset: bool) -> dict[str, str]:
    if len(words) != (1 if unset else 2):
        raise RuleTakes(key, unset=unset)
    if key == "owner":
        said = {"glob": _glob(words[0])}
    else:
        if "@" not in words[0] or " " in words[0]:
            raise NotForRule(key, printable(words[0]))
        said = {"name": words[0]}
    if not unset:
        to = words[1]
        if not to or to.startswith("can:") or to in ("role:", "team:"):
            raise NotForRule(key, printable(to))
        if to == NOBODY and key == "owner-map":
            raise NotForRule(key, NOBODY)
        said["to"] = "" if to == NOBODY else to
    return said


def _land(words: list[str], *, unset: bool) -> dict[str, Any]:
    """Who pushes to branches (all of them where none are named), `retest touched|always` or `via=push|command:CMD`."""
    if unset and len(words) == 1:
        return {"glob": _glob(words[0])}
    if not unset and words[:1] == ["retest"] and words[1:] in (["touched"], ["always"]):
        return {"retest": "always" if words[1] == "always" else ""}
    if not unset and len(words) == 1 and words[0].startswith("via="):
        via = words[0].removeprefix("via=")
        if via == "push" or (via.startswith("command:") and via != "command:"):
            return {"via": "" if via == "push" else via}
    policy, named, who = words[0].partition("=") if words else ("", "", "")
    nobody = named and (policy != INTEGRATOR or who.strip() in ("", "role:"))
    if unset or policy not in POLICIES or nobody or len(words) > 2:
        raise RuleTakes("land")
    return {"glob": _glob(words[1]) if len(words) > 1 else "**", "policy": policy, **({"who": who} if who else {})}


def _role(words: list[str], *, unset: bool) -> dict[str, Any]:
    if not words or (unset and len(words) > 1):
        raise RuleTakes("role", unset=unset)
    if unset:
        return {"name": words[0]}
    rights: dict[str, Any] = {}
    for word in words[1:]:
        right, equals, said = word.partition("=")
        if not equals or right not in ("paths", *roles.BY_PATH, roles.TASKS, *roles.PLAIN):
            raise NotARight(printable(word), ("paths", *roles.BY_PATH, roles.TASKS, *roles.PLAIN))
        if right in roles.PLAIN:
            rights[right] = _yes(right, said)
        elif right == roles.TASKS:
            rights[right] = rights.get(right, []) + _list(said, roles.ANY)
        else:
            globs = [_glob(text) for text in _list(said, roles.ALL)]
            for name in roles.BY_PATH if right == "paths" else (right,):
                rights[name] = rights.get(name, []) + globs
    return {"name": words[0], "rights": rights}


def _yes(right: str, said: str) -> bool:
    if said not in ("yes", "no", "true", "false"):
        raise NotOneOf(printable(said), f"a value of {right}", ("yes", "no"))
    return said in ("yes", "true")


def _list(said: str, every: str) -> list[str]:
    if said in ("", "none"):
        return []
    return [every] if said == "all" else [part for part in said.split(",") if part]


def _glob(text: str) -> str:
    """Return a glob from the top of the repository; a directory, with its slash, is all below it. Raises `Usage`."""
    glob = text.removeprefix("/")
    glob = f"{glob}**" if glob.endswith("/") else glob
    try:
        return checked("glob" if has_wildcard(encoded(glob)) else "file", glob).text
    except ValueError as error:
        raise NotAGlob(printable(text), error) from error


def shown(said: Any) -> str:
    """Return a value as one line."""
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def rights(said: dict[str, Any]) -> str:
    """Return the rights of a role as they are typed; `paths` where all three rights by path are the same."""
    globs = [said[right] for right in roles.BY_PATH]
    by_path = {"paths": globs[0]} if globs[0] == globs[1] == globs[2] else dict(zip(roles.BY_PATH, globs, strict=True))
    words = [f"{right}={_joined(texts, roles.ALL)}" for right, texts in by_path.items()]
    words.append(f"{roles.TASKS}={_joined(said[roles.TASKS], roles.ANY)}")
    return " ".join([*words, *(f"{right}={'yes' if said[right] else 'no'}" for right in roles.PLAIN)])


def _joined(texts: list[str], every: str) -> str:
    return ("all" if texts == [every] else ",".join(texts)) or "none"
