// "Your work" at the top and the end of a lesson's page: what is kept of it, and what can be done
// with that. What the buttons do is loaded when one is pressed.

import { lessonOf, standOf, words } from "./progress.mjs";

/** @typedef {import("./memory.mjs").Memory} Memory */

/**
 * What the work needs of the page.
 * @typedef {object} Course
 * @property {import("./cell.mjs").Cell[]} all
 * @property {import("./progress.mjs").Progress | undefined} progress
 * @property {(id: string) => Promise<void>} reset
 */

/**
 * How much is kept, of each kind.
 * @typedef {{ answers: number, edits: number, others: number, guesses: number, passed: number }} Kept
 */

const ALONG = new URL(`./along.js${new URL(import.meta.url).search}`, import.meta.url).href;
const KINDS = /^(?:answer|cell|guess|lesson|other|passed):/; // what else is kept is no work
const NOTHING = "What you write on this page is kept in this browser, and goes nowhere else.";
const BLOCKED = "This browser keeps nothing for this site: take your work along before you leave.";
const FOREIGN = " What another version of this site has kept here stays as it is.";
const UNLOADED = "A file of the site couldn't be loaded for this. Try again with a connection.";

/**
 * The names of all that is kept for a lesson, or for all of them.
 * @param {Memory} memory
 * @param {string} lesson or "" for the whole course
 */
export function keptNames(memory, lesson = "") {
  if (!lesson) return memory.names("").filter((name) => KINDS.test(name));
  const starts = [`cell:${lesson}-`, `answer:${lesson}.`];
  const all = [...starts, ...starts.map((start) => `other:${start}`)];
  all.push(`guess:${lesson}-`, `passed:${lesson}.`);
  const found = all.flatMap((start) => memory.names(start));
  return [...found, ...memory.names(`lesson:${lesson}`).filter((n) => n === `lesson:${lesson}`)];
}

/**
 * @param {string[]} names
 * @returns {Kept}
 */
export function counted(names) {
  const of = (/** @type {string} */ kind) => names.filter((name) => name.startsWith(kind)).length;
  return {
    answers: of("answer:"),
    edits: of("cell:"),
    others: of("other:"),
    guesses: of("guess:"),
    passed: of("passed:"),
  };
}

/**
 * What is kept, as a list in words; empty if nothing is.
 * @param {Kept} kept
 */
export function inWords({ answers, edits, others, guesses, passed }) {
  const many = (/** @type {number} */ n, /** @type {string} */ one, more = `${one}s`) =>
    n ? [`${n} ${n === 1 ? one : more}`] : [];
  const parts = [
    ...many(answers, "answer"),
    ...many(edits, "edited cell"),
    ...many(others, "text put aside", "texts put aside"),
    ...many(guesses, "guess", "guesses"),
    ...many(passed, "passed check"),
  ];
  const last = parts.pop() ?? "";
  return parts.length ? `${parts.join(", ")} and ${last}` : last;
}

/**
 * What stands at the top of a lesson's work.
 * @param {Memory} memory
 * @param {string} lesson
 */
export function told(memory, lesson) {
  if (memory.blocked) return BLOCKED;
  const kept = inWords(counted(keptNames(memory, lesson)));
  const here = kept ? `Kept in this browser, and nowhere else: ${kept}.` : NOTHING;
  return here + (memory.foreign() ? FOREIGN : "");
}

/**
 * Show the work of a lesson where the page has a place for it; a function that does so again.
 * @param {Course} course
 * @param {Memory} memory
 */
export function showWork(course, memory) {
  const lesson = lessonOf(course.all[0]?.id ?? "");
  const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-work]"));
  const panels = [...places].map((place) => new Panel(place, course, memory, lesson));
  return () => panels.forEach((panel) => panel.refresh());
}

class Panel {
  /**
   * @param {HTMLElement} place with a heading or a summary in it
   * @param {Course} course
   * @param {Memory} memory
   * @param {string} lesson
   */
  constructor(place, course, memory, lesson) {
    this.place = place;
    this.memory = memory;
    this.lesson = lesson;
    this.context = { course, memory, lesson, notebook: place.dataset.notebook ?? "" };
    this.stand = element("span", "work-stand");
    place.querySelector("summary, h2")?.append(this.stand);
    this.text = element("p", "work-text");
    this.said = element("p", "work-said");
    this.said.setAttribute("role", "status");
    this.report = /** @type {HTMLAnchorElement | null} */ (place.querySelector("a.work-report"));
    const inside = place.querySelector("details") ?? place;
    inside.append(this.text, this.makeButtons(), this.said);
    this.refresh();
    place.hidden = false;
    place.classList.remove("asleep");
  }

  makeButtons() {
    const buttons = element("div", "work-buttons");
    const file = Object.assign(document.createElement("input"), { type: "file", hidden: true });
    file.accept = ".ipynb,application/x-ipynb+json,application/json";
    file.onchange = () => {
      const [chosen] = file.files ?? [];
      if (chosen) void this.perform("bringBack", chosen);
      file.value = "";
    };
    const press = {
      "Take it along": () => void this.perform("takeAlong"),
      "Bring it back": () => file.click(), // at once: a browser opens no files later
      "Clear …": () => void this.perform("clear"),
    };
    for (const [name, onclick] of Object.entries(press)) {
      const button = document.createElement("button");
      buttons.append(Object.assign(button, { type: "button", textContent: name, onclick }));
    }
    buttons.append(file, ...(this.report ? [this.report] : []));
    return buttons;
  }

  /**
   * Do what a button is for, and say what came of it.
   * @param {"takeAlong" | "bringBack" | "clear"} job
   * @param {File} [file]
   */
  async perform(job, file) {
    this.said.textContent = "";
    try {
      const jobs = await import(ALONG);
      this.said.textContent = await jobs[job](this.context, file);
    } catch (error) {
      this.said.textContent = error instanceof TypeError ? UNLOADED : String(error);
    }
  }

  refresh() {
    const stand = standOf(this.memory, this.lesson);
    this.stand.textContent = stand ? `: ${words(stand)}` : "";
    this.text.textContent = told(this.memory, this.lesson);
    if (this.report && stand) point(this.report, stand.cell);
  }
}

/**
 * Let a link to the form for mistakes name a cell.
 * @param {HTMLAnchorElement} link
 * @param {string} cell
 */
function point(link, cell) {
  const address = new URL(link.href);
  address.searchParams.set("cell", cell);
  link.href = address.href;
}

/**
 * Let the link among the buttons above the page name the cell that is on the screen.
 * @param {HTMLElement[]} cells
 */
export function reportFromView(cells) {
  const link = /** @type {HTMLAnchorElement | null} */ (
    document.querySelector('.article-header-buttons a[href*="template=mistake.yml"]')
  );
  const name = () => {
    const above = cells.filter((cell) => cell.getBoundingClientRect().top < innerHeight / 2);
    if (link && above.length) point(link, above.at(-1)?.dataset.cell ?? "");
  };
  for (const event of ["pointerenter", "focus"]) link?.addEventListener(event, name);
}

/**
 * @param {string} name
 * @param {string} className
 */
function element(name, className) {
  return Object.assign(document.createElement(name), { className });
}
