"""What rules and roles do not allow, and rules that cannot be set, one class a case. Names are harmless to show."""

from __future__ import annotations

from gitcoord.errors import Forbidden, Quota, Usage
from gitcoord.errors.remedy import Remedy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

TAKES: dict[str, tuple[str, str]] = {
    "require-claim": ("true or false", Remedy("{}", "rules require-claim true")),
    "person": ("refuse or warn", Remedy("{}", "rules person warn")),
    "max-files": ("a number from 1 up", Remedy("{}", "rules max-files 200")),
    "role": ("a name and its rights", Remedy("{}", "rules role NAME RIGHT=VALUE...")),
    "owner": ("a glob and who owns it", Remedy("{}", "rules owner GLOB NAME|role:R|team:T|nobody")),
    "owner-map": ("a name of CODEOWNERS and who it is", Remedy("{}", "rules owner-map @NAME NAME|role:R|team:T")),
    "radar": ("ignore GLOB", Remedy("{}", "rules radar ignore '*.lock'")),
    "land": (
        "a policy, retest touched|always, or via=push|command:CMD",
        Remedy("{}", "rules land first-come|integrator[=ROLE|NAME]|owner|locked [BRANCHES]"),
    ),
}
"""What each rule takes, and an example."""

_ROLES = Remedy("see the rights: {}", "rules role")


class RuleTakes(Usage):
    """A rule was given other words than it takes."""

    def __init__(self, rule: str, *, unset: bool = False) -> None:
        takes, example = TAKES.get(rule, ("a value", ""))
        alone = "; with --unset the first of these alone" if unset else ""
        super().__init__(f"{rule or 'a rule'} takes {takes}{alone}", example)


class NotForRule(Usage):
    """A word that a rule cannot have."""

    def __init__(self, rule: str, text: str) -> None:
        takes, example = TAKES[rule]
        super().__init__(f"{rule} cannot be {text!r}: it takes {takes}", example)


class NotARight(Usage):
    """A word of a role that is not a right with its value."""

    def __init__(self, text: str, rights: Iterable[str]) -> None:
        hint = f"RIGHT=VALUE, a right is one of: {', '.join(rights)}"
        super().__init__(f"{text!r} is not a right with its value", hint)


class NoLimits(Usage):
    """A role that no rule limits."""

    def __init__(self, role: str) -> None:
        super().__init__(f"role {role} has no limits", Remedy("the roles that have: {}", "rules role"))


class RulesTooLarge(Quota):
    """All rules together would be too large."""

    def __init__(self) -> None:
        super().__init__("the rules would be too large: every guard reads them", "take some out with --unset")


class RoleForbids(Forbidden):
    """A role that may do something (a verb and what follows it) or not; `who` says which sessions may."""

    def __init__(self, role: str, may: str, who: str = "") -> None:
        super().__init__(f"role {role} may {may}{f'; {who}' if who else ''}", _ROLES)
