/** The part of the form that takes a list of the reader's own: typed, pasted, opened or dropped. */

import { element, quietButton, set, write } from "./elements.mjs";
import { cut, inspect, readFile, summary } from "./list.mjs";

/** @typedef {import("./list.mjs").Inspection} Inspection */

const MOST_SHOWN = 50_000; // characters of a file that go into the field
const PAUSE = 250; // milliseconds without typing before a list is looked at

export class OwnList {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Inspection} */
    this.inspection = inspect("");
    this.waiting = 0; // for the end of typing
    this.field = element("textarea", {
      ...{ rows: 5, spellcheck: "false", autocapitalize: "off", autocomplete: "off" },
      "aria-label": "Your list, one name per line",
      placeholder: "one per line: towns, dragons, pasta …",
      oninput: () => this.typed(),
      onpaste: (event) => this.pasted(/** @type {ClipboardEvent} */ (event)),
    });
    this.file = element("input", {
      ...{ type: "file", accept: ".txt,.csv,text/plain", hidden: true },
      "aria-label": "A file with your list",
      onchange: () => this.open(this.file.files?.[0]),
    });
    this.small = quietButton("Make all letters small", () => this.lower());
    this.said = element("p", { class: "notes", role: "status" });
    const open = quietButton("Open a file", () => this.file.click());
    const buttons = element("div", { class: "buttons" }, open, this.file, this.small);
    this.element = element("div", { class: "own" }, this.field, buttons, this.said);
    set(this.small, { hidden: true });
    set(this.element, {
      ondragover: (event) => event.preventDefault(),
      ondrop: (event) => this.dropped(/** @type {DragEvent} */ (event)),
    });
  }

  typed() {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => this.look(this.field.value), PAUSE);
  }

  /**
   * Take only the beginning of a text that is too long.
   *
   * @param {ClipboardEvent} event
   */
  pasted(event) {
    const beginning = cut(event.clipboardData?.getData("text") ?? "");
    if (beginning === null) return;
    event.preventDefault();
    this.fill(beginning, false);
  }

  /** @param {DragEvent} event */
  dropped(event) {
    event.preventDefault();
    this.open(event.dataTransfer?.files[0]);
  }

  /** @param {File | undefined} file */
  async open(file) {
    if (file === undefined) return;
    const { text, whole } = await readFile(file);
    this.fill(text, whole);
    this.file.value = ""; // so that the same file can be opened again
  }

  lower() {
    this.fill(this.inspection.text.toLowerCase(), this.inspection.whole);
  }

  /**
   * Take a text as the list, and show it unless it is long.
   *
   * @param {string} text
   * @param {boolean} whole
   */
  fill(text, whole) {
    clearTimeout(this.waiting);
    this.field.value = text.length > MOST_SHOWN ? "" : text;
    this.look(text, whole);
  }

  /** What there is to say of the list, after a look at what was typed last. */
  settled() {
    if (this.waiting !== 0) {
      clearTimeout(this.waiting);
      this.look(this.field.value);
    }
    return this.inspection;
  }

  /**
   * Say what there is to say of a list.
   *
   * @param {string} text
   * @param {boolean} whole
   */
  look(text, whole = true) {
    this.waiting = 0;
    this.inspection = inspect(text, whole);
    const { problem, notes, capitals } = this.inspection;
    write(this.said, problem || [`${summary(this.inspection)}.`, ...notes].join(" "));
    this.said.classList.toggle("problem", problem !== "");
    set(this.small, { hidden: !capitals });
    this.changed();
  }

  /** Say what is wrong with the list, and go there. */
  complain() {
    this.look(this.inspection.text, this.inspection.whole);
    this.field.focus();
  }
}
