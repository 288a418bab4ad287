"""Serve the built site on this machine: `python -m tools.serve [PORT]`; the book is built first.

Pages of the site run their code only where they are served: from a folder of files a browser
loads no modules.
"""

import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from tools import book

PORT = 8000
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}
TYPES[".webmanifest"] = "application/manifest+json"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files with the types that browsers ask for, and says nothing about it."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES
    protocol_version = "HTTP/1.1"  # a connection serves many files

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    """Lets as many connections wait as several pages open at once; five, as usual, are too few."""

    request_queue_size = 128


def server(site, port=0):
    """A server of the folder `site` for this machine alone; port 0 takes any that is free."""
    return Server(("127.0.0.1", port), partial(Quiet, directory=site))


@contextmanager
def served(site):
    """The address of the folder `site` while it is served."""
    with server(site) as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{one.server_port}"
        finally:
            one.shutdown()


def main(port=PORT):
    """Build the book and serve it until Ctrl-C; return the exit status."""
    if book.main():
        return 1
    try:
        one = server(book.HOME.parent, int(port))
    except OSError as error:
        print(f"port {port} can't be used ({error.strerror}): name another", file=sys.stderr)
        return 1
    with one:
        print(f"The site runs at http://localhost:{one.server_port}/  (Ctrl-C ends it)", flush=True)
        try:
            one.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
