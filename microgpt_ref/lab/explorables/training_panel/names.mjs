/** The invented names: a row for each milestone of a run, and the finished model's in a grid. */

import { count } from "./choices.mjs";
import { element, write } from "./elements.mjs";

/** @typedef {import("./session.mjs").Session} Session */

const IN_A_ROW = 6;

/** Rows of names, one for each milestone; the last one is that of the step that is shown. */
export class Ladder {
  constructor() {
    this.list = element("dl", { class: "ladder" });
    /** @type {{row: HTMLElement, step: HTMLElement, names: HTMLElement}[]} */
    this.rows = [];
  }

  /**
   * Show the names of all milestones that were reached, and those of now.
   *
   * @param {Session} session
   * @param {number} shown steps
   * @param {number[]} milestones
   */
  draw(session, shown, milestones) {
    while (this.rows.length < milestones.length) this.add();
    this.rows.splice(milestones.length).forEach(({ row }) => row.remove());
    const now = milestones.findIndex((step) => step >= shown);
    this.rows.forEach(({ row, step, names }, i) => {
      const at = i < now ? milestones[i] : shown;
      const found = i <= now ? session.namesAt(at) : [];
      const reached = found.length > 0;
      write(step, count(i === now && reached ? shown : milestones[i]));
      write(
        names,
        reached
          ? found
              .slice(0, IN_A_ROW)
              .map((/** @type {string} */ name) => orDot(name))
              .join("  ")
          : "",
      );
      row.classList.toggle("now", reached && i === now);
      row.classList.toggle("ahead", !reached);
    });
  }

  add() {
    const [step, names] = [element("dt"), element("dd")];
    const row = element("div", {}, step, names);
    this.rows.push({ row, step, names });
    this.list.append(row);
  }
}

/** Names in a grid, each in a place of its own: one can watch it change. */
export class Grid {
  /** @param {number} size how many */
  constructor(size) {
    this.items = Array.from({ length: size }, () => element("li"));
    this.list = element("ul", { class: "names" }, ...this.items);
  }

  /**
   * Show names; those in the list are underlined, and what was given of them stands out.
   *
   * @param {string[]} names
   * @param {Set<string>} known
   * @param {string} prompt
   */
  draw(names, known, prompt = "") {
    this.items.forEach((item, i) => {
      const name = names[i] ?? "";
      item.classList.toggle("known", known.has(name));
      if (item.title === name && item.dataset.prompt === prompt) return;
      item.title = name;
      item.dataset.prompt = prompt;
      const given = name.startsWith(prompt) ? prompt : "";
      item.replaceChildren(element("b", {}, given), orDot(name.slice(given.length), given));
    });
  }
}

/**
 * A name, or a dot for one without letters.
 *
 * @param {string} name
 */
const orDot = (name, given = "") => name || (given ? "" : "·");
