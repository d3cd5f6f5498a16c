"""Writing catalogues: made ones to try things on, and files loaded into one. Exports never come here."""
