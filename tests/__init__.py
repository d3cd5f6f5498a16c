"""The tests of Bellhop; ``tests.model`` is their independent judge."""
