// How far a lesson got: which of its checks have passed, and where the reader was last.

import { hash } from "./memory.mjs";
import { runsAlone } from "./order.mjs";

/**
 * What is kept of a lesson, for pages that don't have its cells.
 * @typedef {object} Stand
 * @property {string} cell the one that the reader used last
 * @property {string} heading of the section that this cell stands in
 * @property {number} passed
 * @property {number} of how many checks the lesson has
 * @property {boolean} ended its last cell has run
 * @property {number} at when that was, in milliseconds
 */

/**
 * What a cell's progress depends on.
 * @typedef {object} Entry
 * @property {string} id
 * @property {Set<string>} tags
 * @property {string} text
 * @property {string} printed
 * @property {string | null} ran
 * @property {string} exercise the exercise that it is an answer to, or ""
 * @property {string} check the exercise that it checks, or ""
 * @property {HTMLElement} root
 * @property {HTMLElement} bar
 */

/** @typedef {import("./memory.mjs").Memory} Memory */

/** @typedef {"" | "now" | "before" | "older"} Passed with this answer, another, or another check */

const WORDS = {
  "": "",
  now: "Passed",
  before: "Passed with an earlier answer",
  older: "An earlier version of this check passed",
};

const UNKEPT = ". This browser couldn't keep that it passed";

/**
 * The lesson that a cell belongs to, by its id.
 * @param {string} id
 */
export function lessonOf(id) {
  return id.replace(/-[^-]*$/, "");
}

/**
 * What is kept of a lesson, or null if it wasn't begun.
 * @param {Memory} memory
 * @param {string} lesson
 * @returns {Stand | null}
 */
export function standOf(memory, lesson) {
  try {
    const stand = JSON.parse(memory.peek(`lesson:${lesson}`)?.text ?? "null");
    return typeof stand?.cell === "string" && typeof stand.at === "number" ? stand : null;
  } catch {
    return null;
  }
}

/**
 * A lesson is done once all its checks have passed; a chapter without any, at its last cell.
 * @param {Stand} stand
 */
export function isDone(stand) {
  return stand.of > 0 ? stand.passed === stand.of : stand.ended;
}

/**
 * How far a lesson got, in a word or a few.
 * @param {Stand | null} stand
 */
export function words(stand) {
  if (!stand) return "";
  if (isDone(stand)) return "done";
  return stand.passed ? `${stand.passed} of ${stand.of} passed` : "begun";
}

/**
 * The text of an answer, in however many cells.
 * @param {Entry[]} cells
 * @param {string} name
 */
export function answerText(cells, name) {
  const own = cells.filter((cell) => `${cell.exercise}.`.startsWith(`${name}.`));
  return own.map((cell) => cell.text).join("\n");
}

/**
 * Whether a check has passed, and for what.
 * @param {Memory} memory
 * @param {Entry[]} cells
 * @param {Entry} cell with a check
 * @returns {Passed}
 */
export function passed(memory, cells, cell) {
  const kept = memory.peek(`passed:${cell.check}`);
  if (!kept) return "";
  if (kept.from !== hash(cell.printed)) return "older";
  return kept.text === hash(answerText(cells, cell.check)) ? "now" : "before";
}

export class Progress {
  /**
   * @param {Memory} memory
   * @param {Entry[]} cells all of the page's, in order
   */
  constructor(memory, cells) {
    this.memory = memory;
    this.cells = cells;
    this.lesson = lessonOf(cells[0]?.id ?? "");
    this.checks = cells.filter((cell) => cell.check);
    this.last = cells.filter((cell) => !runsAlone(cell)).at(-1);
    /** @type {() => void} */
    this.heard = () => undefined; // is called when anything has changed
    this.showPassed();
  }

  /** How many checks have passed, with whatever answer. */
  get passed() {
    const found = this.checks.map((cell) => passed(this.memory, this.cells, cell));
    return found.filter((how) => how === "now" || how === "before").length;
  }

  /**
   * What passed at earlier visits with the answers that are there, as Python's own results.
   * @returns {import("./python.mjs").CheckResult[]}
   */
  get results() {
    const found = this.checks.filter((cell) => passed(this.memory, this.cells, cell) === "now");
    return found.map((cell) => [cell.check, "right", "", ""]);
  }

  /**
   * The reader does something with a cell: this is where the lesson goes on.
   * @param {Entry} cell
   */
  touched(cell) {
    const before = standOf(this.memory, this.lesson);
    const place = { cell: cell.id, heading: headingOf(cell.root), at: Date.now() };
    this.note({ passed: 0, of: 0, ended: false, ...before, ...place });
  }

  /**
   * Keep how far the lesson got.
   * @param {Stand} stand
   */
  note(stand) {
    const now = { ...stand, passed: this.passed, of: this.checks.length };
    this.memory.set(`lesson:${this.lesson}`, JSON.stringify(now), "");
    this.heard();
  }

  /**
   * A cell has run to its end; words to say about that.
   * @param {Entry} cell
   * @param {import("./python.mjs").CheckResult[]} results of all checks so far
   * @returns {string}
   */
  ran(cell, results) {
    const stand = standOf(this.memory, this.lesson);
    if (cell === this.last && stand) this.note({ ...stand, ended: true });
    const right = results.some(([name, status]) => name === cell.check && status === "right");
    if (!right || cell.text !== cell.printed) return "";
    const answer = hash(answerText(this.cells, cell.check));
    if (this.memory.set(`passed:${cell.check}`, answer, cell.printed)) return UNKEPT;
    if (stand) this.note(standOf(this.memory, this.lesson) ?? stand);
    this.showPassed();
    return `. ${this.passed} of ${this.checks.length} in this lesson`;
  }

  /**
   * A cell's text is another one: what passed may have been an earlier answer.
   * @param {Entry} cell
   */
  changed(cell) {
    if (cell.exercise) this.showPassed();
  }

  /**
   * A cell's text was kept, or forgotten.
   * @param {Entry} cell
   */
  kept(cell) {
    if (cell.text !== cell.printed) this.touched(cell);
    else this.heard();
  }

  /** Say beside each check whether it has passed. */
  showPassed() {
    for (const cell of this.checks) {
      const how = passed(this.memory, this.cells, cell);
      const found = cell.bar.querySelector(".live-passed");
      const mark = /** @type {HTMLElement} */ (found ?? document.createElement("span"));
      mark.className = "live-passed";
      mark.dataset.passed = how;
      mark.textContent = WORDS[how];
      if (how) cell.bar.querySelector(".live-status")?.before(mark);
      else mark.remove();
    }
  }
}

/**
 * The heading of the section that an element stands in.
 * @param {HTMLElement} element
 */
function headingOf(element) {
  const heading = element.closest("section")?.querySelector(":scope > :is(h2, h3, h4)");
  const copy = /** @type {Element | undefined} */ (heading?.cloneNode(true));
  copy?.querySelector(".headerlink")?.remove();
  return (copy?.textContent ?? "").trim().replace(/^Exercise: /, "");
}
