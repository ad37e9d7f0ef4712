"""What a due time begins: sending, reminders, the daily rounds, health."""
