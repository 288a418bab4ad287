"""Opening pages in Chromium as somebody does who marks, and clicking on all that was written."""

import asyncio

from tools import browser

FLAGS = ["--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
WRITTEN = ".text_cell_render, .output_area, .input_area"
AT_ONCE = 3  # pages

# What can be seen of a page, and what on it could act. What a part holds may be larger than it,
# but is then scrolled within.
LOOK = """(written) => {
    const parts = [...document.querySelectorAll(written)];
    const all = parts.flatMap((part) => [...part.querySelectorAll("*")]);
    const handlers = all.filter((one) => [...one.attributes].some(({ name }) => /^on/.test(name)));
    const links = all.filter((one) => one.matches("a[href]"));
    const targets = links.map((one) => one.getAttribute("href"));
    const active = all.filter((one) =>
        one.matches("script, iframe, object, embed, form, svg, style"));
    const spilling = parts.filter((one) => getComputedStyle(one).overflowY === "visible");
    const start = (elements) => elements.map((one) => one.outerHTML.slice(0, 200));
    return {
        text: document.body.innerText,
        links: targets.filter((link) => !link.startsWith("#")),
        handlers: start(handlers),
        active: start(active),
        pictures: [...document.images].map((one) => [one.src.slice(0, 21), one.naturalWidth]),
        spilling: start(spilling),
        size: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
        window: innerWidth,
        elements: document.querySelectorAll("*").length,
    };
}"""

# Clicks on everything that a student wrote, and moves over it.
TOUCH = """(written) => {
    for (const one of document.querySelectorAll(written)) {
        for (const each of [one, ...one.querySelectorAll("*")]) {
            each.click?.();
            each.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
        }
    }
}"""


async def visit(context, address):
    """What one page was like, and what it asked for, whatever that leads to."""
    page = await context.new_page()
    page.set_default_timeout(120_000)
    seen = {"address": address, "requests": [], "dialogs": [], "errors": []}

    async def dismiss(dialog):
        seen["dialogs"].append(dialog.message)
        await dialog.dismiss()

    page.on("request", lambda request: seen["requests"].append(request.url[:200]))
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: seen["errors"].append(error.message))
    response = await page.goto(address, wait_until="networkidle")
    seen["status"] = response.status
    await page.evaluate("window.toggle_name?.(true)")
    seen |= await page.evaluate(LOOK, WRITTEN)
    await page.evaluate(TOUCH, WRITTEN)
    await page.wait_for_timeout(200)
    seen["stayed"] = page.url.partition("?")[0].partition("#")[0] == address
    await page.close()
    return seen


async def visit_all(first, addresses):
    """What all pages were like, several opened at once, after `first`, which signs in."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def in_turn(context, address):
        async with slots:
            return await visit(context, address)

    async with browser.started(*FLAGS) as chromium:
        context = await chromium.new_context()
        await (await context.new_page()).goto(first)
        return await asyncio.gather(*[in_turn(context, address) for address in addresses])


def looks(first, addresses):
    """What all pages were like, in order; `first` is an address that signs in."""
    return asyncio.run(visit_all(first, addresses))


# Where a page of Formgrader opens, and what of it can be seen there.
OPENED = """(answer) => {
    const seen = (one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
    };
    return {
        focus: document.activeElement.id,
        beside: document.querySelector(".beside").innerText,
        seen: [seen(document.querySelector(".beside")), seen(document.activeElement)],
    };
}"""


async def mark_one(first, address, answer, points):
    """What was seen of a page on which an answer gets points and the first ready comment."""
    async with browser.started(*FLAGS) as chromium:
        context = await chromium.new_context(viewport={"width": 1200, "height": 800})
        page = await context.new_page()
        await page.goto(first)
        await page.goto(address, wait_until="networkidle")
        await page.wait_for_function("document.activeElement.matches('.score')")
        await page.wait_for_timeout(1000)  # it scrolls
        seen = await page.evaluate(OPENED, answer)
        await page.click(".beside [data-comment]")
        await page.fill(f"#{answer}", points)
        await page.press(f"#{answer}", "Tab")
        await page.wait_for_load_state("networkidle")
        await page.reload(wait_until="networkidle")
        seen["comment"] = await page.input_value(f"#{answer}-comment")
        return seen


def mark(first, address, answer, points):
    """What was seen of a page on which an answer gets points and the first ready comment."""
    return asyncio.run(mark_one(first, address, answer, points))
