"""Session logs, the sequencer, the fold and its views."""
