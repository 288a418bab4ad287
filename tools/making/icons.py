"""Draw the icons of the installed site from their one source: `python -m tools.making.icons`.

The source is book/_static/icons/mark.svg; Chromium draws it. A maskable icon has no corners of its
own, and more room around the mark, as a phone cuts it to the shape that it likes.
"""

import sys

from tools import browser
from tools.setup import ROOT

ICONS = ROOT / "book" / "_static" / "icons"
SIZES = {"icon-180.png": 180, "icon-192.png": 192, "icon-512.png": 512, "maskable-512.png": 512}
PAGE = "<style>*{{margin:0}} svg{{display:block;width:{0}px;height:{0}px}}</style>{1}"


def drawing(name):
    """The SVG of an icon of this file's name."""
    svg = (ICONS / "mark.svg").read_text(encoding="utf-8")
    if name == "icon-180.png":  # a phone of Apple's cuts the corners itself
        return svg.replace(' rx="112"', "")
    if name.startswith("maskable"):
        svg = svg.replace('viewBox="0 0 512 512"', 'viewBox="-64 -64 640 640"')
        ground = '<rect width="512" height="512" rx="112"'
        return svg.replace(ground, '<rect x="-64" y="-64" width="640" height="640"')
    return svg


def main():
    """Draw all icons; return the exit status."""
    from playwright.sync_api import sync_playwright

    if not browser.chromium():
        print("icons: Chromium is not installed", file=sys.stderr)
        return 1
    with sync_playwright() as driver:
        page = driver.chromium.launch(**browser.options()).new_page()
        for name, size in SIZES.items():
            page.set_viewport_size({"width": size, "height": size})
            page.set_content(PAGE.format(size, drawing(name)))
            page.screenshot(path=ICONS / name, omit_background=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
