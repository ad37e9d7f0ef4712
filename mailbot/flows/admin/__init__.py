"""What an operator begins at the command line."""
