"""Makes rows into values and values into rows; the only place that knows the tables."""
