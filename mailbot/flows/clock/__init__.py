"""What the time begins: sending, reminders, the daily rounds, health."""
