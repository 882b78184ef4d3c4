"""The noun radar."""
