"""Check every page of the site in a browser: `python -m tools.checking.pages_check [FOLDER]`.

Each page is opened in Chromium in light, in the dark and as on a phone, 390 pixels wide, with all
its folds open. It must break no rule of axe (WCAG 2.1 A and AA, and best practice), need no
scrolling sideways, weigh at most 1.5 MB with its pictures, ask no other host for anything, and
report no error. Styles, scripts and fonts are the same files for all pages, which a browser keeps:
they are counted apart. Of slides, each is looked at, with its answers shown. Without a FOLDER the
book is built first.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

from tools import browser
from tools.checking import site_check
from tools.making import book
from tools.making.serve import served

MODES = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
MOST_BYTES = 1_500_000
AT_ONCE = 3  # pages
AT_REST = 20  # seconds in which a page that has settled has asked for all it needs
SECONDS = 120  # to wait for anything, on a machine that has other things to do
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]

# Waits until the page stands still: fonts there, all folds open, pictures loaded.
SETTLE = """async () => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    for (const picture of document.images) picture.loading = "eager";
    await Promise.all([...document.images].map((picture) => picture.decode().catch(() => {})));
    await document.fonts.ready;
    for (const figure of document.querySelectorAll("figure[data-explorable]")) {
        if (!figure.checkVisibility({ visibilityProperty: true })) continue; // on another slide
        figure.scrollIntoView();
        while (!["live", "still"].includes(figure.dataset.mounted)) {
            await new Promise((done) => setTimeout(done, 50));
        }
    }
}"""

# Shows a slide by its number, from 0, with all its steps; false if there is none.
SHOW = """async (number) => {
    const slide = document.querySelectorAll(".reveal .slides > section")[number];
    if (!slide) return false;
    location.hash = `#/${number}`;
    while (!slide.classList.contains("present")) {
        await new Promise((done) => setTimeout(done, 20));
    }
    for (const step of slide.querySelectorAll(".fragment")) step.classList.add("visible");
    return true;
}"""

# How many pixels the page is too wide by, and which of its elements stick out, innermost first.
# What stands in a box that scrolls by itself, is fixed or is hidden widens no page.
OVERFLOW = """() => {
    const root = document.documentElement;
    const by = root.scrollWidth - root.clientWidth;
    function contained(element) {
        if (!element.checkVisibility({ visibilityProperty: true })) return true;
        for (let box = element; box && box !== document.body; box = box.parentElement) {
            const { overflowX, position } = getComputedStyle(box);
            if (position === "fixed" || (box !== element && overflowX !== "visible")) return true;
        }
        return false;
    }
    const wide = [...document.body.querySelectorAll("*")].filter(
        (element) => by > 0 && element.getBoundingClientRect().right > root.clientWidth + 1,
    );
    const free = wide.filter((element) => !contained(element));
    const inner = free.filter(
        (element) => !free.some((other) => other !== element && element.contains(other)),
    );
    const names = inner.map((e) => [e.tagName.toLowerCase(), ...e.classList].join("."));
    return { too_wide: by, wide: [...new Set(names)].slice(0, 3) };
}"""


class Watch:
    """What a page asks for and what goes wrong, noted while it loads."""

    def __init__(self, page, address):
        self.address, self.external, self.errors, self.responses = address, [], [], []
        page.on("request", self.note_request)
        page.on("response", lambda response: self.responses.append(response))
        page.on("pageerror", lambda error: self.errors.append(error.message))
        page.on("console", self.note_message)

    def note_request(self, request):
        if request.url.startswith("http") and not request.url.startswith(f"{self.address}/"):
            self.external.append(request.url)

    def note_message(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def weigh(self):
        """Bytes of the page with its pictures, and of all else that it loads; not compressed."""
        weights = {"page": 0, "rest": 0}
        for response in self.responses:
            kind = "page" if response.request.resource_type in ("document", "image") else "rest"
            weights[kind] += int(response.headers.get("content-length", 0))
        return weights


async def stay(page, url):
    """Keep a page that leads elsewhere by itself, as book/index.html does, where it is."""

    async def decide(route):
        request = route.request
        leaves = request.is_navigation_request() and request.frame == page.main_frame
        await (route.fulfill(status=204) if leaves and request.url != url else route.continue_())

    await page.route("**/*", decide)


async def violations(page):
    """The rules of axe that a page breaks, each with the places where it does."""
    from axe_playwright_python.async_playwright import Axe

    # Playwright evaluates axe from outside the page, whose policy would refuse it as a script.
    found = await Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return [
        {"id": one["id"], "help": one["help"], "places": [place(n["target"]) for n in nodes]}
        for one in found.response["violations"]
        for nodes in [one["nodes"]]
    ]


async def violations_of_slides(page):
    """The rules of axe that a page of slides breaks on any slide but the first."""
    found, number = [], 1
    while await page.evaluate(SHOW, number):
        await page.evaluate(SETTLE)
        found += await violations(page)
        number += 1
    return found


def place(target):
    """Axe's way to an element, in one line; what is in a shadow tree comes as a list."""
    return " ".join(step if isinstance(step, str) else " >>> ".join(step) for step in target)


async def rest(page):
    """Wait until a page asks for nothing more, or for a while: a busy browser may not tell."""
    from playwright.async_api import TimeoutError

    with contextlib.suppress(TimeoutError):
        await page.wait_for_load_state("networkidle", timeout=1000 * AT_REST)


async def look(chromium, address, name, mode):
    """What one page was like in one mode."""
    context = await chromium.new_context(**MODES[mode], reduced_motion="reduce")
    try:
        page, url = await context.new_page(), f"{address}/{name}"
        page.set_default_timeout(1000 * SECONDS)
        seen = Watch(page, address)
        await stay(page, url)
        await page.goto(url, wait_until="load")
        await page.evaluate(SETTLE)
        await rest(page)
        found = {"page": name, "mode": mode, "bytes": seen.weigh()}
        found |= await page.evaluate(OVERFLOW)
        found["violations"] = await violations(page) + await violations_of_slides(page)
        return found | {"external": seen.external, "errors": seen.errors}
    finally:
        await context.close()


async def look_at_all(address, names, tell):
    """Look at all pages in all modes, several at once; `tell` is called with each look."""
    jobs = [(name, mode) for name in names for mode in MODES]

    async def work(chromium):
        while jobs:
            tell(await look(chromium, address, *jobs.pop(0)))

    async with browser.started(browser.ALONE) as chromium:
        await asyncio.gather(*[work(chromium) for _ in range(AT_ONCE)])


def looks(site, names, tell):
    """Call `tell` with one dict for each page and mode, as soon as it is there."""
    with served(site) as address:
        asyncio.run(look_at_all(address, names, tell))


def look_faults(look):
    """What is wrong with a page in a mode, one line per fault."""
    faults = []
    for rule in look["violations"]:
        places, n = rule["places"][:3], len(rule["places"])
        faults.append(f"axe {rule['id']} ({rule['help']}), {n} times: {', '.join(places)}")
    if look["too_wide"] > 0:
        faults.append(f"{look['too_wide']} pixels too wide: {', '.join(look['wide'])}")
    if look["bytes"]["page"] > MOST_BYTES:
        faults.append(
            f"{kilobytes(look['bytes']['page'])} KB with its pictures, more than"
            f" {kilobytes(MOST_BYTES)}"
        )
    faults += [f"asks another host: {url}" for url in look["external"]]
    return faults + [f"error: {' '.join(text.split())[:200]}" for text in look["errors"]]


def kilobytes(n):
    """n bytes in KB, rounded up."""
    return -(-n // 1000)


def table_row(name, found):
    """A page's line of the table, from its looks by mode."""
    weights = [max(kilobytes(look["bytes"][part]) for look in found) for part in ("page", "rest")]
    by_mode = {look["mode"]: len(look["violations"]) for look in found}
    return f"{name:<28} {weights[0]:>6} {weights[1]:>8} " + " ".join(
        f"{by_mode[mode]:>6}" for mode in MODES
    )


def check(site):
    """All faults of the site's pages, each as "page, modes: what is wrong"; prints the table."""
    names = [path.relative_to(site).as_posix() for path in site_check.pages(site)]
    if not names:
        return [f"no page in {site}"]
    heads = " ".join(f"{mode:>6}" for mode in MODES)
    print(f"{'page':<28} {'KB':>6} {'rest, KB':>8} {heads}", flush=True)
    seen, faults = {name: [] for name in names}, {}

    def tell(look):
        name = look["page"]
        seen[name].append(look)
        for fault in look_faults(look):
            faults.setdefault((name, fault), []).append(look["mode"])
        if len(seen[name]) == len(MODES):
            print(table_row(name, seen[name]), flush=True)

    looks(site, names, tell)
    found = [f"{name}: not seen in every mode" for name in names if len(seen[name]) < len(MODES)]
    for (name, fault), modes in faults.items():
        found.append(f"{name}, {', '.join(sorted(modes, key=[*MODES].index))}: {fault}")
    return found


def main(site=None):
    """Check the site, built first unless it is given; return the exit status."""
    if browser.missing():
        print(f"pages check: {browser.missing()}", file=sys.stderr)
        return 1
    if site is None and book.main():
        return 1
    faults = check(Path(site or book.HOME.parent).resolve())
    for fault in faults:
        print(f"pages check: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
