"""Bytes to values: whose words a mail holds, and the order in them. Searched in the reading child alone."""
