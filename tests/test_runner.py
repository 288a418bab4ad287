"""A training run: the cycle collector held off, and Ctrl-C between two steps."""

import gc
import signal
import sys
import threading
from array import array
from types import SimpleNamespace

import pytest

from microgpt_ref import runner
from microgpt_ref.runner import cycle_collector_paused, interrupts_deferred


@pytest.fixture(autouse=True)
def as_it_was():
    """Give the collector and Ctrl-C back, even if a test fails to."""
    enabled, handler = gc.isenabled(), signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
    if enabled:
        gc.enable()
    else:
        gc.disable()


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_collector_is_held_off_and_given_back_as_it_was(enabled, error):
    (gc.enable if enabled else gc.disable)()
    try:
        with cycle_collector_paused():
            assert not gc.isenabled()
            if error:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert gc.isenabled() == enabled


def test_other_pythons_keep_their_collector(monkeypatch):
    monkeypatch.setattr(sys, "implementation", SimpleNamespace(name="pypy"))
    gc.enable()
    with cycle_collector_paused():
        assert gc.isenabled()
    assert gc.isenabled()


def test_ctrl_c_waits_until_it_is_asked_for():
    reached = False
    with pytest.raises(KeyboardInterrupt), interrupts_deferred() as raise_if_pressed:
        raise_if_pressed()
        signal.raise_signal(signal.SIGINT)
        reached = True
        raise_if_pressed()
        reached = False
    assert reached


def test_second_ctrl_c_does_not_wait():
    reached = False
    with pytest.raises(KeyboardInterrupt), interrupts_deferred():
        signal.raise_signal(signal.SIGINT)
        reached = True
        signal.raise_signal(signal.SIGINT)
        reached = False
    assert reached


@pytest.mark.parametrize("error", [None, ValueError])
def test_ctrl_c_is_given_back_as_it_was(error):
    def handler(signum, frame):
        """A handler of somebody else's."""

    signal.signal(signal.SIGINT, handler)
    try:
        with interrupts_deferred():
            assert signal.getsignal(signal.SIGINT) is not handler
            if error:
                raise error
    except ValueError:
        pass
    assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_leave_ctrl_c_alone():
    handler, found = signal.getsignal(signal.SIGINT), []

    def work():
        with interrupts_deferred() as raise_if_pressed:
            raise_if_pressed()
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [handler]


class Clocked:
    """A learner whose steps take as long as they are told to, by a clock of their own."""

    def __init__(self, monkeypatch, seconds):
        self.seconds, self.now, self.calls = seconds, 0.0, []
        monkeypatch.setattr(runner.time, "perf_counter", lambda: self.now)

    def run(self, first, rates):
        self.calls.append(len(rates))
        self.now += len(rates) * self.seconds(first)
        return [1.0] * len(rates)

    def state(self):
        return None


def test_calls_of_quick_steps_double(monkeypatch):
    learner = Clocked(monkeypatch, lambda first: 0.001)
    assert len(runner.Run(learner, 64, 0.1).all_steps(lambda step, loss: None)) == 64
    assert learner.calls == [1, 2, 4, 8, 16, 16, 16, 1]  # 0.016 s is neither short nor long


def test_calls_of_slow_steps_halve_down_to_one(monkeypatch):
    learner = Clocked(monkeypatch, lambda first: 0.001 if first < 15 else 0.05)
    runner.Run(learner, 47, 0.1).all_steps(lambda step, loss: None)
    assert learner.calls == [1, 2, 4, 8, 16, 8, 4, 2, 1, 1]


def test_losses_are_kept_in_what_is_given_for_them(monkeypatch):
    losses = array("d")
    learner = Clocked(monkeypatch, lambda first: 0.001)
    assert runner.Run(learner, 5, 0.1, losses).all_steps(lambda step, loss: None) is losses
    assert losses.tolist() == [1.0] * 5
