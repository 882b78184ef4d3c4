"""Whether the agents on this machine will run the hooks that were installed, as far as files tell."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain.agent import merge, running, tomltext, writing
from gitcoord.domain.agent.jsontext import parse
from gitcoord.domain.agent.parts import Json, Own, Where, is_hook
from gitcoord.domain.agent.programs import PROGRAMS
from gitcoord.errors import Caught, CoordError
from gitcoord.errors.remedy import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.agent.parts import Part, Program
    from gitcoord.domain.call import Call

PLUGIN = "gitcoord@gitcoord"
"""What agents call the plugin that `agent plugin` makes."""

_PROGRAM = re.compile(r'"([^"]+)" -I -S "([^"]+)"')
_SNAKE = re.compile(r"(?<!^)(?=[A-Z])")


class Finding(NamedTuple):
    """What was found about an agent: `mend` says what to do where it will not run our hooks."""

    name: str
    ok: bool
    message: str
    mend: str = ""


def findings(call: Call) -> Iterator[Finding]:
    """Yield what there is to say of each agent for which something was installed, for the user or for this project.

    And of the window and the sandbox in which this command runs.
    """
    workspace = None
    with suppress(CoordError):
        workspace = call.workspace
    if workspace is not None:
        yield from (Finding("sandbox", True, message) for message in running.sandbox(call, workspace))
    deaf = running.deaf(workspace) if workspace is not None else ""
    for project in (False, True):
        for program in PROGRAMS.values():
            where = place(call, program, project)
            if where is not None:
                yield from _of_agent(call, program, where, deaf=deaf == program.name)


def without_hooks(call: Call) -> list[Program]:
    """Return the agents that were used on this machine, and for which nothing was installed."""
    found = []
    for program in PROGRAMS.values():
        where = place(call, program, False)
        if where is None or not program.used(where).is_dir():
            continue
        if not any(map(_hooks_in, _parts(program, where))) and not _has_plugin(program.used(where)):
            found.append(program)
    return found


def _has_plugin(directory: Path) -> bool:
    """Whether the plugin is installed instead, by what the agents write of it in their directories."""
    for name in ("settings.json", "config.toml"):
        try:
            if PLUGIN in (writing.read(directory / name) or ""):
                return True
        except (CoordError, Caught):
            continue
    return (directory / "extensions" / "gitcoord").is_dir()


def place(call: Call, program: Program, project: bool) -> Where | None:
    """Return for whom something is installed; None where there is no such place."""
    home, top = call.environ.get("HOME", ""), call.place.top
    if not home.startswith("/") or (project and not top):
        return None

    def line(event: str) -> str:
        return call.around.hook_line(program.name, event, project)

    return Where(call.environ, Path(home), Path(top or home), project, line, ("git", "coord", "mcp"))


def _parts(program: Program, where: Where) -> list[Part]:
    try:
        return list(program.files(where))
    except (CoordError, Caught):
        return []


def _hooks_in(part: Part) -> list[str]:
    """Return the lines of our hooks in a file; none for one that cannot be read."""
    try:
        text = writing.read(part.path)
        if text is None or not isinstance(part, Json | Own):
            return []
        if isinstance(part, Own):
            return re.findall(r'": "(sh -c .*)"', text)
        return [line for _, value in merge.owned(text, part.plan) for line in _lines(value)]
    except (CoordError, Caught):
        return []


def _lines(value: Any) -> list[str]:
    if not is_hook(value):
        return []
    if "hooks" in value:
        return [line for hook in value["hooks"] for line in _lines(hook)]
    return [value.get("command") or value["bash"]]


def _of_agent(call: Call, program: Program, where: Where, *, deaf: bool) -> Iterator[Finding]:
    """Yield what there is to say of an agent. `deaf`: this command runs in a window of it in which no hook has run."""
    name = f"agent {program.name}" + (" (project)" if where.project else "")
    scope = " --scope project" if where.project else ""
    again = Remedy("{}", f"agent install {program.name}{scope}")
    parts = _parts(program, where)
    lines = {part.path: found for part in parts if (found := _hooks_in(part))}
    if not lines:
        for part in parts:
            if _has_hooks(part) and writing.memory(where.environ, where.home, part.path) is not None:
                yield Finding(name, False, f"something took the hooks out of {part.path}", again)
        return
    wrong = [
        *_gone(lines, again),
        *_behind(parts, again),
        *_untracked(call, program, where, lines),
        *(_CHECKS[program.name](where) if program.name in _CHECKS else ()),
    ]
    yield from (Finding(name, False, message, mend) for message, mend in wrong)
    if not wrong and deaf:
        message = "no hook has run in this window: it is older than they are, or does not run them"
        yield Finding(name, False, message, program.restart)
    elif not wrong:
        yield Finding(name, True, "its hooks are installed")
    if not where.project:
        yield from (Finding(name, True, message) for message in running.configured(program.name, where))


def _has_hooks(part: Part) -> bool:
    return isinstance(part, Json) and any(entry.path[:1] == ("hooks",) for entry in part.plan.entries)


def _gone(lines: dict[Path, list[str]], again: str) -> list[tuple[str, str]]:
    """Programs that the hooks start, and that are not there."""
    for path, found in lines.items():
        for line in found:
            match = _PROGRAM.search(line.replace('\\"', '"'))
            for program in match.groups() if match else ():
                if not Path(program).exists():
                    return [(f"the hooks in {path} start {program}, which is gone", again)]
    return []


def _behind(parts: list[Part], again: str) -> list[tuple[str, str]]:
    """Files whose hooks are not those that would be installed now."""
    for part in parts:
        if isinstance(part, Json) and _hooks_in(part):
            hooks = tuple(entry for entry in part.plan.entries if entry.path[:1] == ("hooks",))
            if merge.wanted(writing.read(part.path) or "", part.plan._replace(entries=hooks)):
                return [(f"the hooks in {part.path} are not those of this gitcoord", again)]
    return []


def _untracked(call: Call, program: Program, where: Where, lines: dict[Path, list[str]]) -> list[tuple[str, str]]:
    if not where.project:
        return []
    for path in lines:
        if call.place.git.ask("ls-files", "--error-unmatch", "--", str(path))[0] != 0:
            alone = Remedy("commit it, or install it for you alone: {}", f"agent install {program.name}")
            return [(f"Git does not track {path}: other worktrees do not have it", alone)]
    return []


def _claude_code(where: Where) -> Iterator[tuple[str, str]]:
    home = where.directory("CLAUDE_CONFIG_DIR", ".claude")
    for path in (home / "settings.json", *(where.top / ".claude" / name for name in ("settings.json", _LOCAL))):
        if _said(path, "disableAllHooks") is True:
            yield f"{path} switches all hooks off", f"take disableAllHooks out of {path}"


def _gemini(where: Where) -> Iterator[tuple[str, str]]:
    for path in dict.fromkeys(base / ".gemini" / "settings.json" for base in (where.home, where.top)):
        if _said(path, "hooksConfig", "enabled") is False or _said(path, "tools", "enableHooks") is False:
            yield f"{path} switches all hooks off", f"take hooksConfig.enabled and tools.enableHooks out of {path}"
        disabled = _said(path, "hooksConfig", "disabled")
        if isinstance(disabled, list) and "git-coord" in disabled:
            yield f"{path} switches the hooks of git-coord off", f"take git-coord out of hooksConfig.disabled in {path}"


def _codex(where: Where) -> Iterator[tuple[str, str]]:
    """Hooks that nobody has trusted, or that were changed since. The hash is as Codex 0.171 computes it."""
    home = where.directory("CODEX_HOME", ".codex")
    try:
        config = tomltext.parse(writing.read(home / "config.toml") or "")
    except (CoordError, Caught):
        return
    switches = [_below(config, "features", name) for name in ("hooks", "codex_hooks")]
    if next((said for said in switches if said is not None), True) is False:
        yield f"{home / 'config.toml'} switches hooks off", "set hooks = true under [features] there"
    path = (where.top / ".codex" if where.project else home) / "hooks.json"
    untrusted = changed = 0
    for key, digest in _identities(path):
        named = (f"{path}:{key}", f"{path.resolve()}:{key}")
        trusted = [_below(config, "hooks", "state", name, "trusted_hash") for name in named]
        said = trusted[0] or trusted[1]
        untrusted += said is None
        changed += said not in (None, digest)
    mend = "type /hooks in Codex, read them, and trust them"
    if untrusted:
        yield f"nobody has trusted {untrusted} of the hooks in {path}: Codex skips them", mend
    if changed:
        yield f"{changed} of the hooks in {path} were changed since somebody trusted them: Codex skips them", mend


def _identities(path: Path) -> Iterator[tuple[str, str]]:
    """Yield, of each hook of ours, the key under which Codex remembers it, and the hash of what it is."""
    hooks = _said(path, "hooks")
    for event, groups in hooks.items() if isinstance(hooks, dict) else ():
        name = _SNAKE.sub("_", event).lower()
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            inner = _below(group, "hooks")
            for index, hook in enumerate(inner if isinstance(inner, list) else ()):
                if is_hook(hook) and "command" in hook and "timeout" in hook:
                    same = {"type": "command", "command": hook["command"], "timeout": hook["timeout"], "async": False}
                    whole = {"event_name": name, "hooks": [same]}
                    whole |= {"matcher": group["matcher"]} if "matcher" in group else {}
                    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                    yield f"{name}:{number}:{index}", f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _said(path: Path, *keys: str) -> Any:
    """Return what a JSON file says under these keys; None where it says nothing."""
    try:
        return _below(parse(writing.read(path) or "{}").plain(), *keys)
    except (CoordError, Caught):
        return None


def _below(value: Any, *keys: str) -> Any:
    """Return what stands under these keys; None where nothing does, or something else on the way."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


_LOCAL = "settings.local.json"

_CHECKS = {"claude-code": _claude_code, "gemini": _gemini, "codex": _codex}
"""What each agent has besides that keeps hooks from running."""
