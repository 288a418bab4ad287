"""Open the course without a network: `python open_course.py`; Ctrl-C ends it.

The site beside this file, in the folder `site`, is served to this machine's browsers alone, and
one of them is opened on it. Nothing but Python is needed, 3.9 or newer. The port is the same each
time, where it is free, since a browser keeps what a reader has done under the address it was done
at: `python open_course.py 8001` takes another. `--no-browser` opens none.
"""

import os
import sys
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8765
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files with the types that browsers ask for, and says nothing about it."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012
    protocol_version = "HTTP/1.1"  # a connection serves many files

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    """Lets as many connections wait as several pages open at once; five, as usual, are too few."""

    request_queue_size = 128
    allow_reuse_address = os.name != "nt"  # Windows would let two programs have the same port
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of a browser that goes away in the middle of a file."""


def server(site, port=0):
    """A server of the folder `site` for this machine alone; port 0 takes any that is free."""
    return Server(("127.0.0.1", port), partial(Quiet, directory=str(site)))


def run(one):
    """Serve until Ctrl-C."""
    with one:
        try:
            one.serve_forever()
        except KeyboardInterrupt:
            print()


def on_a_free_port(site):
    """The server at the usual port, or at any other where something has that one already."""
    try:
        return server(site, PORT)
    except OSError:
        print(f"Port {PORT} is in use. Here the browser finds nothing you did at that address.")
        return server(site)


def port_of(text):
    """The port that the text names. Raises ValueError where it names none."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f"{text!r} is no port: name a number from 1 to 65535")
    return int(text)


def main(arguments, site):
    """Serve the folder `site` and open a browser on it, until Ctrl-C; return the exit status."""
    ports = [one for one in arguments if one != "--no-browser"]
    try:
        if not (site / "index.html").is_file():
            raise ValueError(f"there is no site in {site}: unpack the whole zip, then start this")
        one = server(site, port_of(ports[0])) if ports else on_a_free_port(site)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"port {ports[0]} can't be used ({error.strerror}): name another", file=sys.stderr)
        return 1
    address = f"http://127.0.0.1:{one.server_port}/"
    print(f"The course is open at {address}  (Ctrl-C ends it)", flush=True)
    if "--no-browser" not in arguments:
        webbrowser.open(address)
    run(one)
    return 0


if __name__ == "__main__":
    if sys.version_info < (3, 9):  # noqa: UP036
        sys.exit("This needs Python 3.9 or newer.")
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent / "site"))
