"""Who works here: a session begins, is found again, says what it does, and ends."""
