// Texts that were kept for cells which the page no longer has: offered above its first cell.

import { lessonOf } from "./progress.mjs";

/** @typedef {import("./memory.mjs").Memory} Memory */

/**
 * The names of kept texts of a lesson that belong to none of these cells.
 * @param {Memory} memory
 * @param {string} lesson
 * @param {string[]} known the names of the page's cells
 */
export function strays(memory, lesson, known) {
  const ends = { "cell:": "-", "answer:": "." };
  const starts = Object.entries(ends).map(([kind, end]) => `${kind}${lesson}${end}`);
  const own = starts.flatMap((start) => memory.names(start)).filter((one) => !known.includes(one));
  const others = starts.flatMap((start) => memory.names(`other:${start}`));
  return [
    ...own,
    ...others.filter((other) => !known.some((name) => other.startsWith(`other:${name}:`))),
  ];
}

/**
 * @param {Memory} memory
 * @param {{ id: string, name: string, root: HTMLElement }[]} cells
 */
export function offerStrays(memory, cells) {
  if (!cells.length) return;
  const known = cells.map((cell) => cell.name);
  const found = strays(memory, lessonOf(cells[0].id), known);
  document.querySelector(".live-strays")?.remove();
  if (found.length) cells[0].root.before(strayBox(memory, found));
}

/**
 * @param {Memory} memory
 * @param {string[]} names
 */
function strayBox(memory, names) {
  const box = document.createElement("details");
  box.className = "live-older live-strays";
  const summary = document.createElement("summary");
  summary.textContent = "Text of yours for cells that this page no longer has";
  box.append(summary);
  for (const name of names) {
    const stray = Object.assign(document.createElement("div"), { className: "live-stray" });
    const shown = document.createElement("pre");
    const buttons = Object.assign(document.createElement("div"), { className: "work-buttons" });
    const drop = Object.assign(document.createElement("button"), { type: "button" });
    shown.textContent = memory.peek(name)?.text ?? "";
    drop.textContent = "Drop it";
    drop.onclick = () => {
      memory.forget(name);
      stray.remove();
      if (!box.querySelector("pre")) box.remove();
    };
    buttons.append(drop);
    stray.append(shown, buttons);
    box.append(stray);
  }
  return box;
}
