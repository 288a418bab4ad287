"""What builds, checks and tests the course; each module is run as `python -m tools.NAME`."""
