"""The noun snapshot."""
