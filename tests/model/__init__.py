"""The protocol as a program small enough to be searched (docs/protocol.md)."""
