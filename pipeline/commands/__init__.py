"""The commands of ``bellhop``, one module each; ``pipeline.cli`` puts them together."""
