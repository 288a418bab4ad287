// Open pages in a browser, each in light, in the dark and as on a phone, and print what each was
// like, as a line of JSON: node check.mjs MODULES BROWSER ADDRESS PAGE...
//
// MODULES is the folder with node_modules, BROWSER the browser's program, ADDRESS where the pages
// are served. No other host can be reached: every name but the server's is unknown.

import { createRequire } from "node:module";

const [modules, browserPath, address, ...pages] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const AT_ONCE = 2;
const MODES = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
};
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const PICTURE_OR_PAGE = ["document", "image"];

// What a page asked for and what went wrong, filled in while it loads.
function watch(page) {
  const seen = { external: [], errors: [], responses: [] };
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== address) seen.external.push(url.href);
  });
  page.on("response", (response) => seen.responses.push(response));
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") seen.errors.push(message.text());
  });
  return seen;
}

// A page that leads elsewhere by itself, as the site's first one does, is kept where it is.
async function stay(page, url) {
  await page.route("**/*", (route) => {
    const request = route.request();
    const leaves = request.isNavigationRequest() && request.frame() === page.mainFrame();
    return leaves && request.url() !== url ? route.fulfill({ status: 204 }) : route.continue();
  });
}

// Wait until the page stands still: formulas set, fonts there, all folds open, pictures loaded.
async function settle(page) {
  await page.evaluate(async () => {
    await window.MathJax?.startup?.promise;
    for (const fold of document.querySelectorAll("details")) fold.open = true;
    for (const picture of document.images) picture.loading = "eager";
    await Promise.all([...document.images].map((picture) => picture.decode().catch(() => {})));
    await document.fonts.ready;
  });
  await page.waitForLoadState("networkidle");
}

// Bytes of the page with its pictures, and of all else that it loads; neither is compressed.
function weigh(responses) {
  const bytes = { page: 0, rest: 0 };
  for (const response of responses) {
    const kind = PICTURE_OR_PAGE.includes(response.request().resourceType()) ? "page" : "rest";
    bytes[kind] += Number(response.headers()["content-length"] ?? 0);
  }
  return bytes;
}

// How many pixels the page is too wide by, and which of its elements stick out, innermost first.
function overflow() {
  const root = document.documentElement;
  const by = root.scrollWidth - root.clientWidth;
  // What stands in a box that scrolls by itself, is fixed or is hidden widens no page.
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
  const inner = free.filter((element) => !free.some((other) => other !== element && element.contains(other)));
  const names = inner.map((e) => [e.tagName.toLowerCase(), ...e.classList].join("."));
  return { by, wide: [...new Set(names)].slice(0, 3) };
}

// The rules of axe that a page breaks, each with the places where it does.
async function violations(page) {
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }),
    RULES,
  );
  return found.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    places: nodes.map((node) => node.target.join(" ")),
  }));
}

// What one page was like in one mode.
async function look(browser, name, mode) {
  const context = await browser.newContext({ ...MODES[mode], reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    const url = `${address}/${name}`;
    const seen = watch(page);
    await stay(page, url);
    await page.goto(url, { waitUntil: "load" });
    await settle(page);
    const bytes = weigh(seen.responses);
    const { by, wide } = await page.evaluate(overflow);
    const broken = await violations(page);
    const { external, errors } = seen;
    return { page: name, mode, bytes, too_wide: by, wide, violations: broken, external, errors };
  } finally {
    await context.close();
  }
}

const jobs = pages.flatMap((page) => Object.keys(MODES).map((mode) => [page, mode]));

// Take jobs from the list until it is empty.
async function work(browser) {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    console.log(JSON.stringify(await look(browser, ...job)));
  }
}

const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"],
});
try {
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(browser)));
} finally {
  await browser.close();
}
