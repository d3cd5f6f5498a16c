"""The end of a process that was asked to stop: what does not end by itself cannot hold it up."""

import datetime as dt
import os
import threading

_MORE_SECONDS = 12.0
"""For exports to stop, connections to be closed and threads to end, once the grace is over."""


def leave_within(grace: dt.timedelta) -> None:
    """End this process for good when it is still there a while after its grace.

    A read of a silent server, or code that hears of no signal, would keep it for minutes; whatever was under way is
    taken over when its lease has lapsed.
    """
    last = threading.Timer(grace.total_seconds() + _MORE_SECONDS, os._exit, (0,))
    last.daemon = True
    last.start()
