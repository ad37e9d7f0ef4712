"""`run.py doctor`: attacks a running bot's links as mail scanners do, then sends an order of its own."""
