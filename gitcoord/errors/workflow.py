"""What keeps a workflow from being read, started or changed, one class a case."""

from __future__ import annotations

from gitcoord.errors import NotFound, Pending, Usage
from gitcoord.errors.listing import see
from gitcoord.errors.remedy import Remedy


class NoStages(Usage):
    """A file that is not a workflow."""

    def __init__(self) -> None:
        super().__init__("a workflow has a title and stages", Remedy("begin with: {}", "workflow template"))


class NeedsNoStage(Usage):
    """A stage that needs what is not a stage."""

    def __init__(self, stage: str, need: str) -> None:
        super().__init__(f"stage {stage} needs {need}, which is not a stage")


class SeveralOpen(Usage):
    """More than one workflow could be meant."""

    def __init__(self) -> None:
        super().__init__("more than one workflow is open: name one by its id", see("workflow"))


class NoneOpen(NotFound):
    """No workflow could be meant."""

    def __init__(self) -> None:
        super().__init__("no workflow is open", Remedy("start one: {}", "workflow start FILE"))


class NotToRetry(Pending):
    """A stage that neither failed nor was cancelled, by its status."""

    def __init__(self, stage: str, status: str) -> None:
        message = f"stage {stage} is {status}: only a failed or cancelled one is tried again"
        super().__init__(message, see("workflow"))
