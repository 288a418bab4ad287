"""Writing files, whole or not at all."""

import contextlib


def write_whole(path, content):
    """Write bytes to a file under another name first; what stood there stays if that fails."""
    part = path.with_name(f"{path.name}.tmp")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
