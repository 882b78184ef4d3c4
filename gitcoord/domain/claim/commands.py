"""Claim scopes and release them, as somebody asks for it who stands in a working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.claim import acquire, ask, release, view
from gitcoord.domain.claim import record as claims
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.wording import plural, provisional
from gitcoord.errors.claim import NothingNamed
from gitcoord.errors.usage import Exclusive, NothingToClaim
from gitcoord.policy import duration
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Claim:
    """Claim scopes for this session."""

    scopes: Annotated[list[str], Argument("SCOPE...", "A path, a glob, or kind:name.")] = field(default_factory=list)
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="What it is for.")] = ""
    ttl: Annotated[str, option(metavar="D", help="Release it after this time: 90s, 30m, 2h, 1d.")] = ""
    shared: Annotated[bool, option("--shared", help="Others may claim it shared as well.")] = False
    wait: Annotated[str, option(metavar="D", help="Wait in line up to this long.")] = ""
    any_of: Annotated[bool, option("--any", help="The first free one of several, or of port:3000-3099.")] = False
    confirmed: Annotated[bool, option("--confirmed", help="Fail unless the hub confirms the claim.")] = False
    wide: Annotated[bool, option("--wide", help="Claim more files than the rule max-files allows.")] = False
    override: Annotated[
        bool, option("--override", help="Take it although somebody holds it; needs -m, the holder is told.")
    ] = False


def take(call: Call, request: Claim) -> acquire.Answer:
    """Claim the scopes. Raises `Refused` or `CannotTell` with the answer where they were not won."""
    if request.any_of and request.wait:
        raise Exclusive("--any", "--wait")
    lasting, _ = (duration.parse(text) if text else 0 for text in (request.ttl, request.wait))
    typed = checkout.look(call.workspace, checkout.ranges(request.scopes) if request.any_of else request.scopes)
    if not typed.scopes:
        raise NothingToClaim()
    wanted = acquire.Request(
        typed.scopes,
        request.why,
        lasting,
        request.shared,
        request.wide,
        request.override,
        request.confirmed,
        options=_options(request),
    )
    me = call.me()
    if request.any_of:
        answer = ask.win_any(call, me, wanted)
    else:
        answer = ask.win(call, me, wanted, request.scopes, wait=request.wait)
        call.warnings += view.absent(typed.absent)
    return answer


def _options(request: Claim) -> tuple[str, ...]:
    """Return the options, but why and how wide, as they are typed."""
    lasting = ("--ttl", request.ttl) if request.ttl else ()
    waiting = ("--wait", request.wait) if request.wait else ()
    flags = {"--shared": request.shared, "--any": request.any_of, "--confirmed": request.confirmed}
    return (*lasting, *waiting, *(name for name, given in flags.items() if given))


def _won(call: Call, answer: acquire.Answer) -> Iterator[str]:
    yield from view.won(answer, call.now)


def _only_name(_: Call, answer: acquire.Answer) -> Iterator[str]:
    if isinstance(answer, acquire.First):
        yield from (granted.scope for granted in answer.claims)


@dataclass(frozen=True, slots=True)
class Release:
    """Give up claims."""

    scopes: Annotated[list[str], Argument("SCOPE...", "What to give up.")] = field(default_factory=list)
    everything: Annotated[bool, option("--all", help="Everything that this session holds.")] = False
    done: Annotated[str, option("-m", "--message", metavar="DONE", help="What was done.")] = ""


def give_up(call: Call, request: Release) -> release.Released:
    """Release the scopes, or everything. Raises `NotMine`, `NotFound`, `Offline`."""
    if request.everything and request.scopes:
        raise Exclusive("--all", "scopes")
    wanted = checkout.parse(call.workspace, request.scopes)
    me = call.me()
    if not wanted and not request.everything:
        held = [scope for claim in claims.of(call.state, me.id) for scope in claim.scopes]
        raise NothingNamed(text_of(held) if held else "")
    answer = release.release(call.workspace, me, wanted, request.done, everything=request.everything)
    if answer.unpushed:
        one = answer.unpushed == 1
        commits = f"{plural(answer.unpushed, 'commit')} that touch{'es' if one else ''}"
        call.warnings.append(f"{commits} what you released {'is' if one else 'are'} not pushed: git push")
    return answer


def _released(_: Call, answer: release.Released) -> Iterator[str]:
    names = ", ".join(printable(given.scope) for given in answer.released)
    yield (f"released {names}" if names else "you held nothing") + provisional(confirmed=answer.confirmed)


COMMANDS = (
    Command("claim", Claim, take, _won, quiet=_only_name),
    Command("release", Release, give_up, _released),
)
