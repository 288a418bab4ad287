/** What the panel looks like: its parts, and how they show a run. */

import { AskingForm } from "./asking_form.mjs";
import { Chart } from "./chart.mjs";
import { DEFAULTS, DRAWING, count, milestones } from "./choices.mjs";
import { WINDOW, description } from "./curve.mjs";
import { element, quietButton, set, write } from "./elements.mjs";
import { Grid, Ladder } from "./names.mjs";
import { SettingsForm } from "./settings_form.mjs";

/** @typedef {import("./session.mjs").Session} Session */

/**
 * @typedef {object} Handlers what is done when something is pressed or typed
 * @property {() => void} press of the main button
 * @property {() => void} reseed
 * @property {() => void} ask
 * @property {() => void} change
 * @property {() => void} resize
 */

/**
 * @typedef {object} Shown
 * @property {Session} session
 * @property {number} step how far it is shown
 * @property {boolean} finished true if all of it is shown
 * @property {boolean} running
 * @property {boolean} paused
 * @property {boolean} changed true if the settings are no longer the run's
 * @property {Session | null} before
 * @property {string[]} names for the grid
 * @property {Set<string>} known
 * @property {string} prompt
 */

const INVITATION =
  "Press, and the 4,192 numbers of this model learn from 1,000 names before your eyes.";

const ANNOUNCED = 5; // names

const EXPLANATION = `A dot for each name, a line for the mean of the last ${WINDOW}.`;

export class View {
  /** @param {Handlers} handlers */
  constructor({ press, reseed, ask, change, resize }) {
    this.chart = new Chart();
    this.ladder = new Ladder();
    this.grid = new Grid(DRAWING.samples);
    this.settings = new SettingsForm({ ...DEFAULTS }, change);
    this.asking = new AskingForm(ask);
    this.main = element("button", { type: "button", class: "main", onclick: press });
    this.said = element("p", { class: "said", role: "status" });
    this.whose = small();
    this.heard = element("p", { class: "unseen", role: "status" });
    this.element = element(
      "div",
      { class: "train-gpt" },
      element("p", { class: "title" }, "A GPT learns to invent names"),
      element(
        "div",
        { class: "buttons" },
        this.main,
        quietButton("Another seed", reseed),
        this.said,
      ),
      this.pictures(),
      this.invented(),
      this.settings.element,
    );
    this.watcher = new ResizeObserver(() => this.fit(resize));
    this.watcher.observe(this.chart.svg);
  }

  /** The curve, and the names beside it. */
  pictures() {
    return element(
      "div",
      { class: "pictures" },
      element("div", {}, this.chart.svg, small(EXPLANATION)),
      element("div", {}, small("What it invents after so many names"), this.ladder.list),
    );
  }

  /** The names of the model as it is, and what can be asked of it. */
  invented() {
    const sign = element("span", { class: "known-sign" }, "underlined");
    const legend = small(sign, ": in the list, so a real one");
    const heading = element("div", { class: "heading" }, this.whose, legend);
    const parts = [heading, this.grid.list, this.heard, this.asking.element];
    return element("div", { class: "invented" }, ...parts);
  }

  /**
   * Draw the chart in the size that the page gives it.
   *
   * @param {() => void} redraw
   */
  fit(redraw) {
    const { width, height } = this.chart.svg.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    this.chart.resize(Math.round(width), Math.round(height));
    redraw();
  }

  /** @param {Shown} shown */
  draw(shown) {
    const { session, step, finished, before, names, known, prompt } = shown;
    this.chart.draw(session, step, before);
    this.ladder.draw(session, step, milestones(session.choices.steps));
    this.grid.draw(names, known, prompt);
    write(this.main, mainLabel(shown));
    write(this.said, sentence(shown));
    write(this.whose, finished ? "Twenty names of the trained model" : "What it invents right now");
    if (!finished) return;
    const { losses, chance, pairs } = session;
    set(this.chart.svg, { "aria-label": description(losses, chance, pairs) });
  }

  /**
   * Tell a screen reader what the model has invented.
   *
   * @param {string[]} names
   */
  announce(names) {
    write(this.heard, `It invents ${names.slice(0, ANNOUNCED).join(", ")}.`);
  }

  end() {
    this.watcher.disconnect();
  }
}

/**
 * A line in small type.
 *
 * @param {(Node | string)[]} content
 */
const small = (...content) => element("p", { class: "soft small" }, ...content);

/** @param {Shown} shown */
function mainLabel({ session, running, paused, changed }) {
  if (running && !changed) return paused ? "Go on" : "Pause";
  return session.phase === "kept" ? "Train it" : "Train it again";
}

/**
 * What goes on.
 *
 * @param {Shown} shown
 */
function sentence({ session, step, finished, running, paused, changed }) {
  const { phase, parameters, losses, seconds, seed } = session;
  if (phase === "failed") return session.problem;
  if (changed && !running) return "Press to train it with these settings.";
  if (phase === "kept") return INVITATION;
  if (paused) return `Paused after ${count(step)} names.`;
  if (!finished) return phase === "loading" ? "Fetching the names …" : "Training …";
  const learned = `${count(parameters)} numbers learned from ${count(losses.length)} names`;
  return `${learned} in ${seconds.toFixed(1)} s. Seed ${seed}.`;
}
