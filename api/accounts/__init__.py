"""What exports cost, and what is on record."""
