"""Opening the site's pages in Chromium, in light and dark, on a desk and on a phone.

The fixture opened is there where an_opener is imported.
"""

import pytest

playwright = pytest.importorskip("playwright.sync_api")
SECONDS = 60
MODES = {
    "light": {"viewport": {"width": 1300, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1300, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "dark phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture(name="opened")
def an_opener(browser):
    """A function that opens an address, and notes what goes wrong."""
    contexts = []

    def open_page(url, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def live(page, name="step_backward"):
    """The live figure, scrolled to."""
    figure = page.locator(f'figure[data-explorable="{name}"]').first
    figure.scroll_into_view_if_needed()
    playwright.expect(figure).to_have_attribute("data-mounted", "live", timeout=1000 * SECONDS)
    return figure
