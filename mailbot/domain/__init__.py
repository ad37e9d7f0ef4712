"""What is true: frozen values and pure functions. No clock, no I/O, no SQL, no templates."""
