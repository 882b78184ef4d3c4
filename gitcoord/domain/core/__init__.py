"""What everything rests on: the kinds of events about sessions, claims and messages."""
