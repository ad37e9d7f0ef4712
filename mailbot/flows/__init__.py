"""What happens, in order: plain functions that gather, ask the domain, and act."""
