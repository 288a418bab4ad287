// Clear: says what it would forget, asks, and forgets it.

import { offerStrays } from "./strays.mjs";
import { counted, inWords, keptNames } from "./work.mjs";

/** @typedef {import("./along.mjs").Context} Context */

const NOTHING = "Nothing is kept in this browser, so there is nothing to forget.";
const NEVER = "This can't be undone. To keep a copy, take the lesson along first.";

/**
 * Ask what to forget, and forget it; a sentence about what happened.
 * @param {Context} context
 */
export async function clear(context) {
  const { memory, lesson } = context;
  const [here, whole] = [keptNames(memory, lesson), keptNames(memory)];
  if (!whole.length) return NOTHING;
  const choice = await ask(lesson, described(here), described(whole));
  if (choice === "lesson") await forget(context, () => keptNames(memory, lesson));
  else if (choice === "course") await forget(context, () => keptNames(memory));
  else return "";
  return choice === "lesson" ? `Forgotten: your work in ${lesson}.` : "Forgotten: all your work.";
}

/** @param {string[]} names */
function described(names) {
  return inWords(counted(names)) || (names.length ? "how far you got" : "");
}

/**
 * Forget what is kept, and let the page follow.
 * @param {Context} context
 * @param {() => string[]} names
 */
async function forget({ course, memory }, names) {
  for (const cell of course.all) {
    if (cell.text !== cell.printed) await course.reset(cell.id);
    for (const text of [...cell.offers.keys()]) cell.drop(text);
  }
  names().forEach((name) => memory.forget(name)); // a reset may have put texts aside
  offerStrays(memory, course.all);
  course.progress?.showPassed();
  course.progress?.heard();
  document.dispatchEvent(new Event("course:kept"));
}

/**
 * The reader's choice: "lesson", "course", or "" to keep everything.
 * @param {string} lesson
 * @param {string} here what is kept of the lesson, or ""
 * @param {string} whole what is kept of the whole course
 * @returns {Promise<string>}
 */
function ask(lesson, here, whole) {
  const dialog = document.createElement("dialog");
  dialog.className = "work-dialog";
  dialog.setAttribute("aria-labelledby", "work-dialog-title");
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  const title = paragraph("What should this browser forget?");
  title.id = "work-dialog-title";
  title.className = "work-dialog-title";
  form.append(title, paragraph(NEVER));
  if (here) form.append(choice(`Forget ${lesson}`, "lesson", here));
  form.append(choice("Forget the whole course", "course", whole));
  const keep = choice("Keep everything", "", "");
  form.append(keep);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  keep.querySelector("button")?.focus(); // what a hasty Enter presses
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue);
    };
  });
}

/** @param {string} text */
function paragraph(text) {
  return Object.assign(document.createElement("p"), { textContent: text });
}

/**
 * A button, and what it would forget.
 * @param {string} name
 * @param {string} value
 * @param {string} forgotten
 */
function choice(name, value, forgotten) {
  const row = document.createElement("div");
  const button = document.createElement("button");
  Object.assign(button, { type: "submit", value, textContent: name });
  row.append(button);
  if (!forgotten) return row;
  const said = paragraph(forgotten);
  said.id = `work-dialog-${value}`;
  button.setAttribute("aria-describedby", said.id);
  row.append(said);
  return row;
}
