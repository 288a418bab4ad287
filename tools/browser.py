"""Chromium, for what has to be seen in a browser: where it is, and how it is started.

Playwright drives the Chromium or Chrome that the machine has, and brings none. Tests and checks
that need it are skipped where there is none, but never in CI.
"""

import os
import shutil
from contextlib import asynccontextmanager

# The shell first: a page opens in it at half the cost, as it has no window of its own to draw.
CHROMIUMS = ["chromium-headless-shell", "chromium", "chromium-browser"]
CHROMIUMS += ["google-chrome", "google-chrome-stable", "chrome"]
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"  # no other host has a name
FLAGS = ["--no-sandbox", "--disable-gpu"]


def chromium():
    """Path of Chromium or Chrome, or None."""
    found = [shutil.which(name) for name in CHROMIUMS] + [shutil.which(MAC_CHROME)]
    return next(filter(None, found), None)


def missing():
    """What a browser's check can't do without on this machine, in words, or None."""
    return None if chromium() else "Chromium is not installed: CONTRIBUTING.md says how"


def in_ci():
    """True if this runs as CI, where nothing may be skipped."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def options(*flags):
    """How Playwright starts Chromium, with more flags."""
    return {"executable_path": chromium(), "args": [*FLAGS, *flags]}


@asynccontextmanager
async def started(*flags):
    """Chromium while it runs, for code that looks at several pages at once."""
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        one = await driver.chromium.launch(**options(*flags))
        try:
            yield one
        finally:
            await one.close()
