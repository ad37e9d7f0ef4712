"""What becomes of an order: from a form to its content, its steps, its route, its flags, and its summary."""
