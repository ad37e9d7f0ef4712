"""Who is who, who holds which right, and how rights come and go."""
