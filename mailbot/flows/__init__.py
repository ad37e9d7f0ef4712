"""What happens, in which order: plain functions that gather values, ask the domain, and act."""
