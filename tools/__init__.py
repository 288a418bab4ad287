"""What builds, checks and tests the course; each module is run as `python -m tools.NAME`."""

import sys

# jsonschema, which nbformat imports, loads a grammar of international addresses if it is there.
# That takes a second of every command, and nothing here has such an address to check.
sys.modules.setdefault("rfc3987_syntax", None)
