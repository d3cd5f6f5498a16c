"""Jobs while their processes are killed: the short form is a test, the long one is ``just chaos``."""
