"""A second, thin face: the paths and words of an orchestration API, answered by commands (docs/orchestration.md)."""
