"""Running a notebook's cells in a kernel: each ends in time, or an error says which one didn't.

Kernel and client tell each other of messages by sockets that wake a waiting side once. On a busy
machine such a call has got lost: both sides then wait, and nothing happens any more, until another
message comes. ipykernel 7.2 had one way to lose it (github.com/ipython/ipykernel/issues/1554). So
the client asks the kernel something from time to time while it waits; the answer is of no matter.
"""

import asyncio

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError

CELL_SECONDS = 600  # the longest cell takes 80 on a machine that has nothing else to do
START_SECONDS = 60
NUDGE_SECONDS = 10


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
        nudging = asyncio.ensure_future(self.nudge())
        try:
            return await super().async_execute_cell(cell, cell_index, **options)
        except CellTimeoutError:
            words = f"no end after {self.timeout} seconds: {cell.source!r}"
            raise Unfinished(words) from None
        finally:
            nudging.cancel()

    async def nudge(self):
        """Ask the kernel something every few seconds, which wakes whichever side sleeps."""
        while True:
            await asyncio.sleep(NUDGE_SECONDS)
            self.kc.kernel_info()


def execute(notebook, folder):
    """Run a notebook's cells in a folder, in place."""
    options = {"timeout": CELL_SECONDS, "startup_timeout": START_SECONDS, "record_timing": False}
    Client(notebook, resources={"metadata": {"path": str(folder)}}, **options).execute()
