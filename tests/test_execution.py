"""Running notebooks: a lost call, a cell without end, a kernel that doesn't come up."""

import asyncio
import time

import nbformat
import pytest
import zmq
import zmq.asyncio
from nbclient import NotebookClient

from tools.making import execution


def notebook(*sources):
    """A notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def printed(notebook):
    return [output.text for cell in notebook.cells for output in cell.outputs]


async def strand(socket, other):
    """What `socket` waits for, once it has come and the call that says so has been taken away."""
    waiting = socket.poll()
    await asyncio.sleep(0)
    other.send(b"answer")
    plain = zmq.Socket.shadow(socket.underlying)  # as jupyter_client makes it to send
    while not plain.get(zmq.EVENTS) & zmq.POLLIN:
        time.sleep(0.01)
    await asyncio.wait([waiting], timeout=0.5)
    return waiting


def test_an_answer_that_nobody_was_told_of_is_found(monkeypatch):
    monkeypatch.setattr(execution, "LOOK_SECONDS", 0.1)

    async def waited():
        with zmq.asyncio.Context() as context, context.socket(zmq.PAIR) as socket:
            port = socket.bind_to_random_port("tcp://127.0.0.1")
            with zmq.Context() as plain, plain.socket(zmq.PAIR) as other:
                other.connect(f"tcp://127.0.0.1:{port}")
                waiting = await strand(socket, other)
                told = waiting.done()
                looking = asyncio.ensure_future(execution.look(socket))
                await asyncio.wait([waiting], timeout=30)
                looking.cancel()
                return told, waiting.done()

    assert asyncio.run(waited()) == (False, True)


def test_a_client_looks_while_a_cell_runs(monkeypatch, tmp_path):
    looked = []

    async def look(socket):
        looked.append(socket)
        await asyncio.sleep(60)

    monkeypatch.setattr(execution, "look", look)
    execution.execute(notebook("import time; time.sleep(0.5)", "print(43)"), tmp_path)
    assert len(looked) == 2 and len(set(looked)) == 1


def test_a_cell_without_end_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(execution, "CELL_SECONDS", 2)
    with pytest.raises(execution.Unfinished, match=r"no end after 2 seconds: 'while True: pass'"):
        execution.execute(notebook("x = 1", "while True: pass"), tmp_path)


@pytest.mark.parametrize("times, passes", [(1, True), (2, False)])
def test_a_kernel_that_does_not_come_up_is_started_once_more(monkeypatch, tmp_path, times, passes):
    start, tries = NotebookClient.async_start_new_kernel_client, []

    async def fail(self):
        tries.append(self.km)
        if len(tries) > times:
            return await start(self)
        await self._async_cleanup_kernel()
        raise RuntimeError("Kernel didn't respond in 60 seconds")

    monkeypatch.setattr(NotebookClient, "async_start_new_kernel_client", fail)
    made = notebook("print(6 * 7)")
    if passes:
        execution.execute(made, tmp_path)
        assert printed(made) == ["42\n"]
    else:
        with pytest.raises(RuntimeError, match="didn't respond in 60 seconds"):
            execution.execute(made, tmp_path)
    assert len(tries) == len(set(map(id, tries))) == 2
