"""Workflows: stages in an order, each a task, which hand what came of them to the next."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "workflow": Summary("Work in stages, each of them a task.", ()),
    "workflow start": Summary(
        "Start the workflow of a file.", ("workflow start flow.json", "workflow start flow.yaml --json")
    ),
    "workflow show": Summary(
        "Show how far a workflow is.", ("workflow show", "workflow show 1a2b3c4d --mermaid"), "showing"
    ),
    "workflow cancel": Summary(
        "Cancel a workflow: its open stages are cancelled.", ("workflow cancel 1a2b3c4d", "workflow cancel")
    ),
    "workflow retry": Summary(
        "Offer a stage again that failed.", ("workflow retry review", "workflow retry review --of 1a2b3c4d")
    ),
    "workflow template": Summary(
        "Print a workflow to begin with, as JSON.",
        ("workflow template", "workflow template parallel"),
        "showing",
    ),
}
