"""Bytes to values and back. No socket, no database."""
