"""Where the work on what was released stands."""
