"""Doors, and everything else that touches sockets, processes, threads, frameworks or time."""
