"""Build the book and serve it on this machine: `python -m tools.making.serve [PORT]`.

Pages of the site run their code only where they are served: from a folder of files a browser
loads no modules.
"""

import sys
import threading
from contextlib import contextmanager

from tools.making import book
from tools.making.open_course import run, server

PORT = 8000


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
    print(f"The site runs at http://localhost:{one.server_port}/  (Ctrl-C ends it)", flush=True)
    run(one)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
