"""What happened: the events as those see them who look back or watch."""
