"""Doors: sockets, threads, frameworks, time."""
