// On every page: which lessons are begun and done, in the side bar; on the first, where to go on.

import { isDone, standOf, words } from "./progress.mjs";

/** @typedef {import("./memory.mjs").Memory} Memory */
/** @typedef {{ lesson: string, title: string, link: HTMLAnchorElement }} Entry */

/**
 * The lessons, in order, as the side bar names them.
 * @param {string} site the path that the site lies below
 */
function lessons(site) {
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (
    document.querySelectorAll("nav.bd-links a[href]")
  );
  return [...links].flatMap((link) => {
    const path = new URL(link.href).pathname;
    const name = path.startsWith(site) ? path.slice(site.length) : "";
    const lesson = /^notebooks\/([^/]+)\.html$/.exec(name)?.[1];
    if (!lesson) return [];
    link.dataset.title ??= (link.textContent ?? "").trim();
    return [{ lesson, title: link.dataset.title, link }];
  });
}

/**
 * The lesson that was used last, or the next that isn't done; null if none is left or begun.
 * @param {Memory} memory
 * @param {Entry[]} all
 */
export function goingOn(memory, all) {
  const begun = all.flatMap((entry, place) => {
    const stand = standOf(memory, entry.lesson);
    return stand ? [{ entry, place, stand }] : [];
  });
  const last = begun.reduce((a, b) => (a && a.stand.at >= b.stand.at ? a : b), begun[0]);
  if (!last) return null;
  if (!isDone(last.stand)) return { ...last.entry, stand: last.stand };
  for (const next of all.slice(last.place + 1)) {
    const stand = standOf(memory, next.lesson);
    if (!stand || !isDone(stand)) return { ...next, stand };
  }
  return null;
}

/**
 * Words at the end of a link: how far its lesson got.
 * @param {HTMLElement} link
 * @param {string} text
 */
function markLink(link, text) {
  const found = link.querySelector(".work-mark");
  if (!text) return found?.remove();
  const mark = /** @type {HTMLElement} */ (found ?? document.createElement("span"));
  mark.className = "work-mark";
  mark.dataset.mark = text === "done" ? "done" : "begun";
  if (mark.textContent !== ` ${text}`) mark.textContent = ` ${text}`;
  if (!found) link.append(mark);
}

/**
 * Offer on the first page to go on where the reader was.
 * @param {Memory} memory
 * @param {Entry[]} all
 */
function offerToGoOn(memory, all) {
  const doors = document.querySelector(".page-index .doors p");
  const next = goingOn(memory, all);
  document.querySelector(".go-on")?.remove();
  if (!doors || !next) return;
  const link = document.createElement("a");
  const name = next.title.split(": ")[0];
  link.className = `go-on ${next.lesson}`; // which has the lesson's color
  link.href = next.link.href + (next.stand ? `#${next.stand.cell}` : "");
  link.textContent = ["Go on with ", name, next.stand?.heading && `, ${next.stand.heading}`].join(
    "",
  );
  doors.prepend(link, " ");
}

/**
 * Mark the page's links to lessons.
 * @param {Memory} memory
 * @param {string} site
 */
export function mark(memory, site) {
  const all = lessons(site);
  for (const { lesson, link } of all) markLink(link, words(standOf(memory, lesson)));
  offerToGoOn(memory, all);
}
