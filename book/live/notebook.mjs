// The lesson as a notebook with the reader's cells in place, and the way back: no page needed.

import { hash } from "./memory.mjs";

/**
 * @typedef {object} NotebookCell
 * @property {string} [id]
 * @property {string} cell_type
 * @property {string | string[]} source
 * @property {Record<string, any>} metadata
 * @property {unknown[]} [outputs]
 * @property {number | null} [execution_count]
 */

/** @typedef {{ cells: NotebookCell[], metadata: Record<string, any>, nbformat: number }} Notebook */

/**
 * What the notebook has to know of a cell of the page.
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} name what its text is kept as
 * @property {string} text
 * @property {string} printed
 */

/** @typedef {{ text: string, from: string }} Kept */

/**
 * What goes along beside the cells.
 * @typedef {object} Extras
 * @property {string} lesson
 * @property {Record<string, Kept>} guesses by cell id
 * @property {Record<string, Kept>} passed hashes, by exercise
 */

/**
 * What comes back from a notebook.
 * @typedef {object} Found
 * @property {{ cell: Entry, text: string }[]} edits
 * @property {{ name: string, text: string, from: string }[]} older made for another version
 * @property {Record<string, Kept>} guesses
 * @property {Record<string, Kept>} passed
 */

/** @param {string | string[]} source */
const joined = (source) => (Array.isArray(source) ? source.join("") : source);

/** @param {string} text */
const lines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** @param {NotebookCell} cell */
const tagsOf = (cell) => (Array.isArray(cell.metadata?.tags) ? cell.metadata.tags : []);

/**
 * The learner's notebook with the reader's texts in place of what was printed. What an edited cell
 * and the checks had printed is dropped: it was another text's.
 * @param {Notebook} notebook as it was committed
 * @param {Entry[]} cells
 * @param {Extras} extras
 * @returns {Notebook}
 */
export function filled(notebook, cells, { lesson, guesses, passed }) {
  const edited = new Map(cells.filter((c) => c.text !== c.printed).map((c) => [c.id, c]));
  const all = notebook.cells.map((cell) => {
    const own = edited.get(cell.id ?? "");
    const guess = guesses[cell.id ?? ""];
    /** @type {Record<string, any>} */
    const metadata = { ...cell.metadata };
    if (guess) metadata.guess = guess.text;
    if (cell.id) metadata.id = cell.id; // which Colab goes by
    if (!own && !(edited.size && tagsOf(cell).includes("check"))) return { ...cell, metadata };
    const source = own ? lines(own.text) : cell.source;
    return { ...cell, metadata, source, outputs: [], execution_count: null };
  });
  const made = cells.map((c) => [c.id, { name: c.name, from: hash(c.printed) }]);
  const course = { format: 1, lesson, cells: Object.fromEntries(made), guesses, passed };
  return { ...notebook, cells: all, metadata: { ...notebook.metadata, course } };
}

/**
 * A notebook from a file's text. Throws an error that says what is wrong with it.
 * @param {string} text
 * @param {string} file its name
 * @returns {Notebook}
 */
export function parseNotebook(text, file) {
  const wrong = new Error(
    `${file} isn't a notebook: choose the .ipynb file that Take it along, JupyterLab or Colab saved.`,
  );
  /** @type {any} */
  let notebook;
  try {
    notebook = JSON.parse(text);
  } catch {
    throw wrong;
  }
  const cells = notebook?.cells;
  const sound = Array.isArray(cells) && cells.every((cell) => isSource(cell?.source));
  if (!sound) throw wrong;
  return notebook;
}

/** @param {unknown} source */
function isSource(source) {
  return typeof source === "string" || (Array.isArray(source) && source.every(isString));
}

/** @param {unknown} value */
const isString = (value) => typeof value === "string";

/**
 * The id that the lesson gave to a notebook's cell.
 * @param {NotebookCell} cell
 */
const idOf = (cell) => [cell.metadata?.id, cell.id].find(isString) ?? "";

/**
 * What a notebook holds that the page doesn't print. Throws an error if it's another lesson's.
 * @param {Notebook} notebook
 * @param {Entry[]} cells
 * @param {string} lesson
 * @param {string} file
 * @returns {Found}
 */
export function readBack(notebook, cells, lesson, file) {
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  const course = isObject(notebook.metadata?.course) ? notebook.metadata.course : {};
  const [ours] = code.flatMap((cell) => /^(.+)-[0-9a-f]{8}$/.exec(idOf(cell))?.[1] ?? []);
  const other = isString(course.lesson) ? course.lesson : ours;
  if (!other) throw new Error(`${file} is a notebook, but not of this course's ${lesson}.`);
  if (other !== lesson) {
    throw new Error(`${file} is the notebook of ${other}: bring it back on that lesson's page.`);
  }
  /** @type {Found} */
  const found = {
    edits: [],
    older: [],
    guesses: sound(course.guesses, `${lesson}-`),
    passed: sound(course.passed, `${lesson}.`),
  };
  const made = isObject(course.cells) ? course.cells : {};
  for (const cell of code) take(found, cell, cells, noted(made[idOf(cell)], lesson));
  return found;
}

/**
 * What is sound of that which Take it along has noted under names that begin so.
 * @param {any} kept
 * @param {string} start
 * @returns {Record<string, Kept>}
 */
function sound(kept, start) {
  const all = Object.entries(isObject(kept) ? kept : {});
  const good = all.filter(
    ([name, one]) => name.startsWith(start) && isString(one?.text) && isString(one?.from),
  );
  return Object.fromEntries(good.map(([name, { text, from }]) => [name, { text, from }]));
}

/**
 * What Take it along has noted of a cell: its name, and the hash of its printed text.
 * @param {any} made
 * @param {string} lesson
 * @returns {{ name: string, from: string } | undefined}
 */
function noted(made, lesson) {
  const { name, from } = isObject(made) ? made : {};
  const starts = [`cell:${lesson}-`, `answer:${lesson}.`];
  const sound = isString(name) && isString(from) && starts.some((start) => name.startsWith(start));
  return sound ? { name, from } : undefined;
}

/**
 * Put a cell of the notebook where it belongs.
 * @param {Found} found
 * @param {NotebookCell} cell
 * @param {Entry[]} cells
 * @param {{ name: string, from: string } | undefined} made
 */
function take(found, cell, cells, made) {
  const text = joined(cell.source);
  const own =
    cells.find((one) => one.id === idOf(cell)) ?? cells.find((one) => one.name === made?.name);
  if (made ? hash(text) === made.from : text === own?.printed) return;
  if (own && (!made || made.from === hash(own.printed))) found.edits.push({ cell: own, text });
  else if (made) found.older.push({ name: own?.name ?? made.name, text, from: made.from });
}

/** @param {unknown} value */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
