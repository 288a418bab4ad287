"""Running notebooks: a call that gets lost, a cell without end, a kernel that doesn't come up."""

import nbformat
import pytest
from nbclient import NotebookClient

from tools.making import execution


def notebook(*sources):
    """A notebook of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def printed(notebook):
    return [output.text for cell in notebook.cells for output in cell.outputs]


class Forgetful(execution.Client):
    """Forgets to send each request to run a cell until there is something else to send."""

    def start_forgetting(self):
        send, held = self.kc.shell_channel.send, []

        def hold(message):
            if message["header"]["msg_type"] == "execute_request":
                held.append(message)
                return
            while held:
                send(held.pop())
            send(message)

        self.kc.shell_channel.send = hold

    async def async_start_new_kernel_client(self):
        client = await super().async_start_new_kernel_client()
        self.start_forgetting()
        return client


def test_a_request_that_nobody_noticed_is_met_with_the_next_message(monkeypatch, tmp_path):
    monkeypatch.setattr(execution, "Client", Forgetful)
    monkeypatch.setattr(execution, "NUDGE_SECONDS", 0.2)
    made = notebook("print(6 * 7)", "print(43)")
    execution.execute(made, tmp_path)
    assert printed(made) == ["42\n", "43\n"]


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
