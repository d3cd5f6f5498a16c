"""Where catalogues live: one module a database, all alike to the rest."""
