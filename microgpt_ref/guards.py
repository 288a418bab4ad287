"""What protects a long run: from needless work, and from an end in the middle of a step."""

import gc
import signal
import threading
from contextlib import contextmanager


@contextmanager
def cycle_collector_paused():
    """Python's cycle collector, off while the block runs, and then as it was before.

    A graph of Values has no cycles: the collector would walk through it in vain, over and over,
    and take up to half of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def interrupts_deferred():
    """A function that raises KeyboardInterrupt if Ctrl-C was pressed since the block began.

    So a run can end between two steps, with whole weights. A second Ctrl-C doesn't wait. Outside
    the main thread, where Python delivers no signals, the function does nothing.
    """
    pressed = []

    def note_it(signum, frame):
        pressed.append(signum)
        if len(pressed) > 1:
            raise KeyboardInterrupt

    def raise_if_pressed():
        if pressed:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield raise_if_pressed
        return
    previous = signal.signal(signal.SIGINT, note_it)
    try:
        yield raise_if_pressed
    finally:
        signal.signal(signal.SIGINT, previous)
