// Take it along, Bring it back, Clear: what the buttons of "Your work" do.

export { clear } from "./clear.mjs";
import { filled, parseNotebook, readBack } from "./notebook.mjs";
import { offerStrays } from "./strays.mjs";
import { inWords } from "./work.mjs";

const MOST = 30_000_000; // bytes; a lesson with all its pictures has less than a million

/**
 * @typedef {object} Context
 * @property {import("./work.mjs").Course} course
 * @property {import("./memory.mjs").Memory} memory
 * @property {string} lesson
 * @property {string} notebook where the learner's notebook lies
 */

/**
 * What is kept under names that begin so, without that beginning.
 * @param {Context} context
 * @param {string} start
 * @param {string} from how the names go on
 */
function kept({ memory }, start, from) {
  return memory.names(start + from).flatMap((name) => {
    const one = memory.peek(name);
    return one ? [/** @type {const} */ ([name.slice(start.length), one])] : [];
  });
}

/**
 * Save the lesson as a notebook with the reader's cells in place.
 * @param {Context} context
 */
export async function takeAlong(context) {
  const { course, lesson } = context;
  const answer = await fetch(context.notebook);
  if (!answer.ok) return "The lesson's notebook couldn't be loaded. Try again with a connection.";
  const notebook = filled(await answer.json(), course.all, {
    lesson,
    guesses: Object.fromEntries(kept(context, "guess:", `${lesson}-`)),
    passed: Object.fromEntries(kept(context, "passed:", `${lesson}.`)),
  });
  save(`${JSON.stringify(notebook, null, 1)}\n`, `${lesson}.ipynb`);
  const edited = course.all.filter((cell) => cell.text !== cell.printed).length;
  const cells = edited === 1 ? "the cell that you changed" : `the ${edited} cells that you changed`;
  return `Saved as ${lesson}.ipynb${edited ? `, with ${cells}` : ""}.`;
}

/**
 * Let the browser save a text as a file.
 * @param {string} text
 * @param {string} name
 */
function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * Put the texts of a notebook into the page; what they replace is offered.
 * @param {Context} context
 * @param {File} file
 */
export async function bringBack({ course, memory, lesson }, file) {
  let found;
  if (file.size > MOST) return `${file.name} is larger than any lesson: clear its outputs first.`;
  try {
    found = readBack(parseNotebook(await file.text(), file.name), course.all, lesson, file.name);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const edits = found.edits.filter(({ cell, text }) => cell.text !== text);
  for (const { cell, text } of edits) course.all.find((one) => one === cell)?.use(text);
  for (const { name, ...older } of found.older) memory.keepBeside(name, older);
  const guesses = restore(memory, "guess:", found.guesses);
  const passed = restore(memory, "passed:", found.passed);
  for (const cell of course.all) cell.offerOthers();
  offerStrays(memory, course.all);
  course.progress?.showPassed();
  course.progress?.heard();
  document.dispatchEvent(new Event("course:kept")); // for what else shows what is kept
  const answers = edits.filter(({ cell }) => cell.name.startsWith("answer:")).length;
  const what = inWords({
    answers,
    edits: edits.length - answers,
    others: found.older.length,
    guesses,
    passed,
  });
  return what
    ? `Brought back: ${what}. Nothing has run yet.`
    : `${file.name} changes nothing here.`;
}

/**
 * Keep what came back where nothing is kept yet; how many that are.
 * @param {import("./memory.mjs").Memory} memory
 * @param {string} kind
 * @param {Record<string, import("./memory.mjs").Kept>} found
 */
function restore(memory, kind, found) {
  const fresh = Object.entries(found).filter(([name]) => !memory.peek(kind + name));
  for (const [name, one] of fresh) memory.restore(kind + name, one);
  return fresh.length;
}
