"""gitcoord: parallel coding sessions share a repository through Git itself."""

__version__ = "0.1.0"
