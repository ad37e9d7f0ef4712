"""An order: the draft of it, its life, where it goes, what is said of it."""
