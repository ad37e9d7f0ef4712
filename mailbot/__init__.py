"""mailbot approves purchase orders by mail."""
