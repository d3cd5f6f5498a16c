"""One module a format, and what they share; ``pipeline.formats`` names them."""
