"""Running a notebook's cells in a kernel: each ends in time, or an error says which one didn't.

Client and kernel talk over sockets of ZeroMQ, which tell a waiting side once that something came.
jupyter_client sends past the socket that waits, and such a send takes that call away if an answer
arrives in the same moment, as happens at cells with widgets: the answer lies there, and nobody
reads it. So a waiting client looks again every second.
"""

import asyncio

import zmq
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError

CELL_SECONDS = 600  # the longest cell takes 80 on a machine that has nothing else to do
START_SECONDS = 60
LOOK_SECONDS = 1


class Unfinished(Exception):
    """A cell didn't end in time; the message says which."""


class Client(NotebookClient):
    """Runs a notebook; starts its kernel once more if it doesn't come up."""

    async def async_start_new_kernel_client(self):
        try:
            return await super().async_start_new_kernel_client()
        except RuntimeError:  # it died, or didn't answer; it has been put away
            self.km = self.create_kernel_manager()
            await self.async_start_new_kernel()
            return await super().async_start_new_kernel_client()

    async def async_execute_cell(self, cell, cell_index, **options):
        looking = asyncio.ensure_future(look(self.kc.shell_channel.socket))
        try:
            return await super().async_execute_cell(cell, cell_index, **options)
        except CellTimeoutError:
            words = f"no end after {self.timeout} seconds: {cell.source!r}"
            raise Unfinished(words) from None
        finally:
            looking.cancel()


async def look(socket):
    """Ask a socket every second what has come: whoever waits at it is woken if something has."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        socket.get(zmq.EVENTS)


def execute(notebook, folder):
    """Run a notebook's cells in a folder, in place."""
    options = {"timeout": CELL_SECONDS, "startup_timeout": START_SECONDS, "record_timing": False}
    Client(notebook, resources={"metadata": {"path": str(folder)}}, **options).execute()
