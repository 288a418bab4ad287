// One code cell of the page: its text, its four buttons, its state, and what it shows.

import { hash } from "./memory.mjs";
import { Output } from "./output.mjs";

/**
 * @typedef {"ready" | "running" | "done" | "error" | "stale"} State
 * @typedef {{ focus(): void, set(text: string): void, remove(): void }} Editor
 * @typedef {object} Actions what the page does at a cell's wish
 * @property {(cell: Cell) => void} run
 * @property {(cell: Cell) => void} quick run it in its quick form
 * @property {() => void} stop
 * @property {(cell: Cell) => void} reset
 * @property {(cell: Cell, number: number, choices: Record<string, string | number>) => void} choose
 * @property {(cell: Cell) => void} changed the cell's text is another one
 * @property {(cell: Cell) => void} kept that text was kept, or forgotten
 */

export const LONG = 3; // seconds; what takes longer is announced before it runs
const VERSION = new URL(import.meta.url).search;
const EDITOR = new URL(`./editor.js${VERSION}`, import.meta.url).href;
const LOSSES = new URL(`./losses.js${VERSION}`, import.meta.url).href; // once something trains

const OLDER = "Your text for an earlier version of this cell";
const ELSEWHERE = "Another text of yours for this cell";

export class Cell {
  /**
   * @param {HTMLElement} root the cell's element
   * @param {HTMLElement} code its printed text
   * @param {Actions} actions
   * @param {import("./memory.mjs").Memory} memory
   */
  constructor(root, code, actions, memory) {
    this.root = root;
    this.code = code;
    this.actions = actions;
    this.memory = memory;
    this.id = root.dataset.cell ?? "";
    this.tags = new Set((root.dataset.tags ?? "").split(" "));
    this.quick = root.dataset.quick ?? "";
    this.seconds = Number(root.dataset.seconds ?? 0);
    this.exercise = root.dataset.exercise ?? "";
    this.check = root.dataset.check ?? "";
    this.printed = (code.textContent ?? "").replace(/\n$/, "");
    this.text = this.printed;
    this.kept = this.printed; // the text that was last kept or taken up
    this.markup = [...code.childNodes];
    /** @type {string | null} */
    this.ran = null;
    /** @type {Editor | null} */
    this.editor = null;
    this.committed = /** @type {HTMLElement | null} */ (root.querySelector(".cell_output"));
    /** @type {HTMLElement | null} */
    this.shown = null;
    /** @type {Output | null} */
    this.output = null;
    /** @type {import("./losses.mjs").Losses | null} */
    this.losses = null;
    this.runs = 0;
    const { bar, quick, stop, reset, status } = makeBar({
      run: () => actions.run(this),
      quick: this.quick ? () => actions.quick(this) : null,
      edit: () => void this.openEditor(),
      stop: () => actions.stop(),
      reset: () => actions.reset(this),
    });
    this.bar = bar;
    this.quickButton = quick;
    this.stopButton = stop;
    this.resetButton = reset;
    this.status = status;
    /** @type {Map<string, HTMLElement>} */
    this.offers = new Map();
    this.elsewhere = ""; // the text that another tab has kept last
    this.timer = 0;
    /** @type {() => void} */
    this.closeEditor = () => undefined;
    (code.closest("details") ?? code.closest(".cell_input"))?.after(bar);
    root.addEventListener("keydown", (event) => this.pressed(event));
    this.state = "ready";
    this.say(this.beforehand());
    this.recall();
  }

  /** What a reader should know before the cell runs. */
  beforehand() {
    return this.seconds >= LONG ? `Run takes about ${inWords(this.seconds)}.` : "";
  }

  /** What the cell's text is kept as: an answer goes by its exercise, whatever becomes of ids. */
  get name() {
    return this.exercise ? `answer:${this.exercise}` : `cell:${this.id}`;
  }

  /** @param {State} state */
  set state(state) {
    this.root.dataset.state = state;
    this.refresh();
  }

  /** @returns {State} */
  get state() {
    return /** @type {State} */ (this.root.dataset.state);
  }

  /** Let buttons and output follow the state and the text. */
  refresh() {
    const { state } = this;
    for (const name of ["error", "stale"]) this.shown?.classList.toggle(name, state === name);
    this.stopButton.disabled = state !== "running";
    this.resetButton.disabled = !this.shown && this.text === this.printed && !this.editor;
  }

  /**
   * Shift+Enter runs the cell wherever the focus is in it.
   * @param {KeyboardEvent} event
   */
  pressed(event) {
    if (event.key !== "Enter" || !event.shiftKey || event.defaultPrevented) return;
    event.preventDefault();
    this.actions.run(this);
  }

  /**
   * Say something beside the buttons.
   * @param {string} text
   */
  say(text) {
    this.status.textContent = text;
  }

  /** What it shows was made with what a cell above was before. */
  outdate() {
    this.state = "stale";
    this.say("Out of date: Run brings it up to date.");
  }

  // The text

  /** Take up what was kept at an earlier visit; offer what was made for another text. */
  recall() {
    const kept = this.memory.get(this.name);
    if (kept && kept.text !== this.printed) {
      if (kept.from === hash(this.printed)) {
        this.setText(kept.text);
        this.kept = kept.text;
        this.say("Your text from an earlier visit.");
      } else this.offer(kept.text, OLDER);
    }
    this.offerOthers();
  }

  /** Offer the texts that were put aside. */
  offerOthers() {
    for (const { text, from } of this.memory.others(this.name)) {
      this.offer(text, from === hash(this.printed) ? ELSEWHERE : OLDER);
    }
  }

  /** Offer what another tab has kept of this cell since. */
  compare() {
    const text = this.memory.peek(this.name)?.text ?? this.text;
    const before = this.offers.get(this.elsewhere);
    const aside = this.memory.others(this.name).some((one) => one.text === this.elsewhere);
    if (text === this.elsewhere) return;
    if (before && !aside) {
      before.remove();
      this.offers.delete(this.elsewhere);
    }
    this.elsewhere = text;
    this.offer(text, ELSEWHERE, before?.hasAttribute("open"));
  }

  /**
   * Offer a text that stands neither in the cell nor in print.
   * @param {string} text
   * @param {string} title
   */
  offer(text, title, open = false) {
    if (text === this.text || text === this.printed || this.offers.has(text)) return;
    const box = document.createElement("details");
    Object.assign(box, { className: "live-older", open });
    const summary = document.createElement("summary");
    summary.textContent = title;
    const shown = document.createElement("pre");
    shown.textContent = text;
    const buttons = Object.assign(document.createElement("div"), { className: "work-buttons" });
    button(buttons, "Use it", () => (this.use(text), this.resetButton.focus()));
    button(buttons, "Drop it", () => this.drop(text));
    box.append(summary, shown, buttons);
    this.offers.set(text, box);
    this.bar.after(box);
  }

  /**
   * Take an offered text; the one that it replaces is offered in its place.
   * @param {string} text
   */
  use(text) {
    const own = this.text;
    const from = hash(this.printed);
    if (own !== this.printed) this.memory.keepBeside(this.name, { text: own, from });
    this.edit(text);
    this.drop(text);
    this.offer(own, "The text that this one replaced");
  }

  /**
   * Offer a text no longer, nor keep it.
   * @param {string} text
   */
  drop(text) {
    this.offers.get(text)?.remove();
    this.offers.delete(text);
    for (const other of this.memory.others(this.name)) {
      if (other.text === text) this.memory.forget(other.name);
    }
    if (text !== this.text && this.memory.peek(this.name)?.text === text) {
      this.memory.get(this.name);
      this.memory.forget(this.name);
      this.kept = this.printed;
      this.keep();
    }
  }

  /**
   * Give the cell another text, and keep it.
   * @param {string} text
   */
  edit(text) {
    this.setText(text);
    this.editor?.set(text);
    this.keep();
  }

  /** @param {string} text */
  setText(text) {
    this.text = text;
    if (!this.editor) this.code.replaceChildren(...(text === this.printed ? this.markup : [text]));
    this.refresh();
    this.actions.changed(this);
  }

  /** Keep the text, unless that is done. */
  keep() {
    clearTimeout(this.timer);
    if (this.text === this.kept) return;
    if (this.text === this.printed) this.memory.remove(this.name, this.printed);
    else {
      const trouble = this.memory.set(this.name, this.text, this.printed);
      if (trouble) return this.say(trouble);
    }
    this.kept = this.text;
    this.actions.kept(this);
  }

  async openEditor() {
    const fold = this.code.closest("details");
    if (fold) fold.open = true;
    if (!this.editor) this.editor = await this.makeEditor();
    this.refresh();
    this.editor.focus();
  }

  /** @returns {Promise<Editor>} */
  async makeEditor() {
    const box = document.createElement("div");
    box.className = "live-editor";
    box.addEventListener("keydown", (event) => {
      // Sphinx takes / and the arrows for itself, unless they never reach the document.
      if (!(event.key === "Enter" && event.shiftKey)) event.stopPropagation();
    });
    const options = {
      label: "Code of this cell",
      run: () => this.actions.run(this),
      /** @param {string} text */
      change: (text) => this.typed(text),
    };
    const make = await loadEditor();
    if (this.editor) return this.editor; // pressed twice
    const editor = make(box, this.text, options);
    const printed = /** @type {HTMLElement} */ (this.code.closest(".highlight") ?? this.code);
    printed.hidden = true;
    printed.after(box);
    this.closeEditor = () => {
      editor.remove();
      box.remove();
      printed.hidden = false;
      this.editor = null;
      this.closeEditor = () => undefined;
    };
    return editor;
  }

  /** @param {string} text */
  typed(text) {
    this.text = text;
    this.refresh();
    this.actions.changed(this);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.keep(), 300);
  }

  // The output

  /**
   * Put an empty live output in the place of the printed one.
   * @param {boolean} pressed whether the reader asked for this cell, and not for one below
   */
  begin(pressed) {
    this.runs += 1;
    this.shown ??= this.makeOutput();
    this.shown.setAttribute("aria-live", pressed ? "polite" : "off");
    const fold = this.shown.closest("details");
    if (fold && pressed) fold.open = true;
    this.output?.clear();
    this.losses?.root.remove();
    this.losses = null;
    if (this.committed) this.committed.hidden = true;
    this.state = "running";
  }

  makeOutput() {
    const shown = document.createElement("div");
    shown.className = "live-output";
    shown.dataset.output = "";
    if (this.committed) this.committed.after(shown);
    else this.bar.after(shown);
    this.output = new Output(shown, (number, choices) =>
      this.actions.choose(this, number, choices),
    );
    return shown;
  }

  /**
   * Draw the losses of a training run above what is printed; say how far it is.
   * @param {import("./losses.mjs").News} news
   * @param {number} seconds since the cell began
   */
  async showLosses(news, seconds) {
    const run = this.runs;
    const { Losses } = await import(LOSSES);
    if (run !== this.runs) return; // it was reset meanwhile, or runs anew
    if (!this.losses) this.shown?.before((this.losses = new Losses()).root);
    const words = /** @type {import("./losses.mjs").Losses} */ (this.losses).add(news);
    const done = news.first + news.losses.length;
    if (this.state !== "running") return;
    if (done === news.steps || Math.floor(done / 100) === Math.floor(news.first / 100)) return;
    const left = Math.round((seconds * (news.steps - done)) / done);
    this.say(`Training: ${words}, about ${inWords(left)} left.`);
  }

  /** Back to what was printed: text, output and state. */
  reset() {
    this.runs += 1;
    this.closeEditor();
    clearTimeout(this.timer);
    this.setText(this.printed);
    this.kept = "";
    this.keep();
    this.output?.clear();
    this.shown?.remove();
    this.shown = null;
    this.losses?.root.remove();
    this.losses = null;
    if (this.committed) this.committed.hidden = false;
    this.say(this.beforehand());
    this.state = "ready";
  }
}

/**
 * A time as it is said.
 * @param {number} seconds
 */
export function inWords(seconds) {
  if (seconds < 90) return `${seconds < 20 ? Math.max(1, seconds) : 5 * Math.round(seconds / 5)} s`;
  return `${Math.round(seconds / 30) / 2} minutes`;
}

/**
 * The buttons of a cell, and a place for words beside them.
 * @param {{ run: () => void, quick: (() => void) | null, edit: () => void, stop: () => void,
 *   reset: () => void }} press
 */
function makeBar(press) {
  const bar = document.createElement("div");
  bar.className = "live-bar";
  button(bar, "Run", press.run);
  const quick = press.quick && button(bar, "Quick (under a second)", press.quick, "quiet");
  button(bar, "Edit", press.edit, "quiet");
  const stop = button(bar, "Stop", press.stop, "quiet");
  const reset = button(bar, "Reset", press.reset, "quiet");
  const status = document.createElement("span");
  status.className = "live-status status";
  status.setAttribute("role", "status");
  bar.append(status);
  return { bar, quick, stop, reset, status };
}

/**
 * A button at the end of `parent`.
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {() => void} press
 */
function button(parent, name, press, className = "") {
  const element = document.createElement("button");
  Object.assign(element, { type: "button", textContent: name, className, onclick: press });
  parent.append(element);
  return element;
}

/** CodeMirror, or a plain text area where it can't be loaded. */
async function loadEditor() {
  try {
    return (await import(EDITOR)).makeEditor;
  } catch {
    return makeTextArea;
  }
}

/**
 * @param {HTMLElement} parent
 * @param {string} text
 * @param {{ label: string, change: (text: string) => void }} options
 * @returns {Editor}
 */
function makeTextArea(parent, text, { label, change }) {
  const area = document.createElement("textarea");
  area.value = text;
  area.rows = text.split("\n").length + 1;
  area.spellcheck = false;
  area.setAttribute("aria-label", label);
  area.oninput = () => change(area.value);
  parent.append(area);
  return {
    focus: () => area.focus(),
    set: (replacement) => void (area.value = replacement),
    remove: () => area.remove(),
  };
}
