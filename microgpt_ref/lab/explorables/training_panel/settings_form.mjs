/** The form in which the model is changed: sizes, steps, rate, and the list of names. */

import { OPTIONS, choose, count, described, fits } from "./choices.mjs";
import { element, set, write } from "./elements.mjs";
import { OwnList } from "./own_list.mjs";

/** @typedef {import("./choices.mjs").Choices} Choices */

const LABELS = {
  width: "Width",
  heads: "Heads",
  layers: "Layers",
  steps: "Steps",
  rate: "Learning rate",
};

export class SettingsForm {
  /**
   * @param {Choices} choices
   * @param {() => void} changed
   */
  constructor(choices, changed) {
    this.choices = choices;
    this.changed = changed;
    this.own = false; // true if the reader's own list is chosen
    this.list = new OwnList(changed);
    this.summary = element("span", { class: "soft" });
    /** @type {Map<number, HTMLInputElement>} */
    this.heads = new Map();
    const names = /** @type {(keyof Choices)[]} */ (Object.keys(LABELS));
    const form = element(
      "form",
      { class: "settings", onsubmit: (event) => event.preventDefault() },
      ...names.map((name) => this.group(name)),
      this.lists(),
      this.list.element,
    );
    const head = element("summary", {}, "Change the model ", this.summary);
    this.element = element("details", { class: "change" }, head, form);
    this.show();
  }

  /**
   * The radio buttons of a choice.
   *
   * @param {keyof Choices} name
   */
  group(name) {
    const options = OPTIONS[name].map((value) => {
      const input = radio(name, this.choices[name] === value, () => this.take({ [name]: value }));
      if (name === "heads") this.heads.set(value, input);
      return option(input, count(value));
    });
    return group(LABELS[name], options);
  }

  /** The radio buttons of the list. */
  lists() {
    const embedded = radio("list", true, () => this.takeList(false));
    const own = radio("list", false, () => this.takeList(true));
    return group("Names", [
      option(embedded, "US names of 2018"),
      option(own, "A list of your own"),
    ]);
  }

  /** @param {Partial<Choices>} change */
  take(change) {
    this.choices = choose(this.choices, change);
    this.show();
    this.changed();
  }

  /** @param {boolean} own */
  takeList(own) {
    this.own = own;
    this.show();
    this.changed();
  }

  /** Show what is chosen, and which numbers of heads can be. */
  show() {
    for (const [heads, input] of this.heads) {
      set(input, { disabled: !fits(this.choices.width, heads) });
      input.checked = heads === this.choices.heads;
    }
    const words = [described(this.choices), this.own ? "a list of your own" : ""].filter(Boolean);
    write(this.summary, words.join(", ") || "width, heads, layers, steps, rate, names");
    set(this.list.element, { hidden: !this.own });
  }

  /** Show what is wrong with the list. */
  complain() {
    this.element.open = true;
    this.list.complain();
  }
}

/**
 * @param {string} name
 * @param {boolean} checked
 * @param {() => void} onchange
 */
const radio = (name, checked, onchange) =>
  element("input", { type: "radio", name, checked, onchange });

/**
 * @param {HTMLInputElement} input
 * @param {string} label
 */
const option = (input, label) => element("label", {}, input, element("span", {}, label));

/**
 * @param {string} label
 * @param {Node[]} options
 */
function group(label, options) {
  const row = element("div", { class: "options" }, ...options);
  return element("fieldset", {}, element("legend", {}, label), row);
}
