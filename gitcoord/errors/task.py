"""What keeps a task from being asked for, taken or ended, one class a case.

`task` is what a task is called: the first digits of its id, `short`, and its title. Names are harmless to show already.
"""

from __future__ import annotations

from gitcoord.errors import Empty, Forbidden, Held, NotMine, Pending, Quota, Usage
from gitcoord.errors.remedy import Remedy, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_ANOTHER = Remedy("take another: {}", "task next")


class TaskForAll(Usage):
    """A task for everybody."""

    def __init__(self) -> None:
        super().__init__("a task is for one session", "leave --for out: whoever is able takes it")


class RequestToAll(Usage):
    """A request to everybody."""

    def __init__(self) -> None:
        super().__init__("a request is for one session", "name it, or whoever has a capability: can:CAP")


class NoTasks(Usage):
    """A file of tasks that has none."""

    def __init__(self) -> None:
        super().__init__("there is no task in it", 'write JSON lines, {"title": "..."}, or a checklist, - [ ] title')


class NotATask(Usage):
    """A line of a file of tasks that is not one, and why."""

    def __init__(self, line: int, why: object) -> None:
        super().__init__(f"line {line} is not a task: {why}", "a line is a JSON object with a title")


class NoErrorSaid(Usage):
    """An attempt that failed, and not a word of how."""

    def __init__(self) -> None:
        super().__init__("say what went wrong", Remedy("{}", "task fail ID --error TEXT"))


class ParentWaits(Usage):
    """A new task would wait for the task that is to group it."""

    def __init__(self, task: str) -> None:
        super().__init__(f"the new task would wait for itself: {task} would group it")


class NoneReady(Empty):
    """No task can be taken now; `waited` for one already."""

    def __init__(self, *, waited: bool = False) -> None:
        hint = Remedy("wait for one: {}", "task next --wait 30m")
        super().__init__("no task is ready for you", "" if waited else hint)


class TakenAway(Empty):
    """A task that was taken, and lost before the answer."""

    def __init__(self) -> None:
        super().__init__("the task was taken away again at once", Remedy("{}", "task next"))


class TaskLost(NotMine):
    """A task that another session has now: how it came to it, whose it is, and since when."""

    def __init__(self, task: str, short: str, how: str, by: str, at: str) -> None:
        hint = Remedy("see: {}", step("task show", short))
        super().__init__(f"task {task} is no longer yours: {how} ({by}, {at})", hint)


class TaskNotYours(NotMine):
    """A task that the session never took."""

    def __init__(self, task: str, short: str) -> None:
        super().__init__(f"task {task} is not yours", Remedy("take it first: {}", step("task take", short)))


class TaskHeld(Held):
    """A task that another session holds."""

    def __init__(self, task: str, holder: str) -> None:
        super().__init__(f"{holder} holds task {task}", _ANOTHER)


class TaskNotYet(Pending):
    """A task that is not offered before a time."""

    def __init__(self, task: str, at: str) -> None:
        super().__init__(f"task {task} is not offered before {at}")


class TaskWaits(Pending):
    """A task that depends on others."""

    def __init__(self, task: str, short: str) -> None:
        hint = Remedy("see: {}", step("task show", short))
        super().__init__(f"task {task} depends on others that are open", hint)


class TaskGroups(Pending):
    """A task that has so many open ones below it."""

    def __init__(self, task: str, short: str, count: int) -> None:
        super().__init__(f"task {task} groups {count} open tasks", Remedy("see them: {}", step("task show", short)))


class TaskNeeds(Forbidden):
    """A task for which the session lacks capabilities."""

    def __init__(self, task: str, missing: Iterable[str]) -> None:
        named = " ".join(f"--can {name}" for name in missing)
        super().__init__(f"task {task} needs what this session cannot do: {named}", Remedy("{}", "task next"))


class TaskForAnother(Forbidden):
    """A task that is for somebody else."""

    def __init__(self, task: str, to: str) -> None:
        super().__init__(f"task {task} is for {to}", _ANOTHER)


class OwnReview(Forbidden):
    """A review of what the session did itself."""

    def __init__(self, task: str) -> None:
        super().__init__(f"task {task} is a review of your own work", "another session takes it")


class TooManyBehind(Quota):
    """A task on which too many depend, or to which too many belong."""

    def __init__(self, task: str) -> None:
        super().__init__(f"too many tasks depend on task {task}, or belong to it")
