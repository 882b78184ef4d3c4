"""The noun land."""
