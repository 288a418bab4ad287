// The search page: finds passages while the reader types, on the page alone. One classic script,
// which a page from a folder of files can load as well.

import { Ranking, read, stem } from "./ranking.mjs";

/** @typedef {import("./ranking.mjs").Passage} Passage */

const FIRST = 10; // results that are shown at once
const BEFORE = 70; // letters of a passage before the first word that was found
const SHOWN = 230; // letters of a passage that are shown

const field = /** @type {HTMLInputElement} */ (
  document.querySelector(".bd-search-container input")
);
const place = /** @type {HTMLElement} */ (document.querySelector("#search-results"));
// @ts-expect-error passages.js, loaded before this script, has defined it
const ranking = new Ranking(read(coursePassages));
const status = make("p", "search-summary");
status.setAttribute("role", "status");

/**
 * @param {string} name
 * @param {string} kind
 * @param {...(string | Node)} parts
 */
function make(name, kind, ...parts) {
  const element = document.createElement(name);
  element.className = kind;
  element.append(...parts);
  return element;
}

/**
 * A part of a text, around the first word that was found, each of these marked.
 * @param {string} text
 * @param {Set<string>} marked
 */
function excerpt(text, marked) {
  const pieces = text.split(/([\p{L}\p{N}_]+)/u);
  const hit = (/** @type {string} */ word) => marked.has(stem(word.toLowerCase()));
  const first = pieces.findIndex((piece, i) => i % 2 && hit(piece));
  const before = pieces.slice(0, Math.max(0, first)).join("");
  const cut = before.length <= BEFORE ? 0 : before.indexOf(" ", before.length - BEFORE) + 1;
  const part = text.slice(cut, cut + SHOWN);
  const whole = cut + SHOWN >= text.length ? part : `${part.slice(0, part.lastIndexOf(" "))} …`;
  const shown = whole.split(/([\p{L}\p{N}_]+)/u);
  return make(
    "p",
    "context",
    cut ? "… " : "",
    ...shown.map((piece, i) => (i % 2 && hit(piece) ? make("mark", "", piece) : piece)),
  );
}

/**
 * @param {Passage} passage
 * @param {Set<string>} marked
 */
function result({ url, page, title, text }, marked) {
  const link = /** @type {HTMLAnchorElement} */ (make("a", "", title));
  link.href = url;
  const lesson = /notebooks\/(?:solutions\/)?(\w+)/.exec(url)?.[1] ?? "";
  const where = title === page ? "" : make("p", "search-page", page);
  return make("li", lesson, where, link, excerpt(text, marked));
}

/**
 * What was found, in a sentence or two.
 * @param {number} n
 * @param {string[]} left
 */
function summary(n, left) {
  const named = left.map((word) => `“${word}”`).join(" and ");
  const without = n ? ", so the search went on without it." : ".";
  const words = left.length > 1 ? without.replace("without it", "without them") : without;
  const missing = named && `No page has ${named}${words}`;
  const found = n === 1 ? "One place." : `${n} places, best first.`;
  if (!n) return `${missing || "Nothing was found."} The glossary lists the course's terms.`;
  return `${missing} ${found}`.trim();
}

/** Show what answers the field's words. */
function show() {
  const query = field.value.trim();
  const address = new URL(location.href);
  if (query) address.searchParams.set("q", query);
  else address.searchParams.delete("q");
  history.replaceState(null, "", address);
  place.replaceChildren(status);
  if (!query) return status.replaceChildren();
  const { found, left, marked } = ranking.find(query);
  status.textContent = summary(found.length, left);
  const list = make("ol", "search", ...found.slice(0, FIRST).map((one) => result(one, marked)));
  place.append(list);
  const more = found.slice(FIRST, 4 * FIRST);
  if (!more.length) return;
  const button = make("button", "button", `Show ${more.length} more`);
  button.setAttribute("type", "button");
  button.addEventListener("click", () => {
    button.remove();
    const further = more.map((one) => result(one, marked));
    list.append(...further);
    further[0].querySelector("a")?.focus();
  });
  place.append(button);
}

field.value = new URLSearchParams(location.search).get("q") ?? "";
field.addEventListener("input", show);
field.form?.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
show();
if (!field.value) field.focus();
