/**
 * Learning as a film: the probabilities of train1's network at some steps, one frame melting into
 * the next, beside the counted table; names drawn from it, and the loss so far.
 */

import { Stage, html, svg } from "./parts.mjs";

/**
 * @typedef {{ tables: string[], names: string[][], losses: number[], lost?: number }} Film
 * @typedef {object} Data
 * @property {string[]} labels
 * @property {number[]} steps
 * @property {Record<string, Film>} rates
 * @property {string} counted
 * @property {string} rate
 * @property {number} darkest
 */

const SIZE = 300; // of a table's picture, without its letters
const EDGE = 18;
const SECONDS = 7; // of the whole film

const STYLE = /* css */ `
.layout { display: grid; gap: 0.9rem 1.8rem; grid-template-columns: minmax(0, 1fr); }
@container (min-width: 40rem) { .layout { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.heading { margin: 0 0 0.3rem; font: 700 1rem/1.3 var(--x-sans); }
.heading .number { color: color-mix(in srgb, var(--x-accent) 80%, var(--x-ink)); }
.table { background: var(--x-paper); border-radius: 0.6rem; }
.table text { fill: var(--x-soft); font: 400 9.5px var(--x-mono); text-anchor: middle; }
.table rect { fill: var(--x-accent); }
.side { display: grid; gap: 0.8rem; align-content: start; grid-column: 1 / -1; }
.names { font: 400 1.15rem/1.5 var(--x-mono); min-height: 3em; }
.line { font-size: 1.05rem; }
.line b { font-family: var(--x-mono); color: color-mix(in srgb, var(--x-accent) 80%, var(--x-ink)); }
.line.lost { color: var(--x-bad); }
.film { flex: 1 1 14rem; }
.film input { width: 100%; }
@container (max-width: 40rem) { .counted svg { max-width: 15rem; } }
`;

/**
 * The percents of a packed table.
 *
 * @param {string} text
 */
export function unpacked(text) {
  return Array.from({ length: text.length / 2 }, (_, i) => Number(text.slice(2 * i, 2 * i + 2)));
}

/** A heat map whose cells take new percents. */
class Heat {
  /** @param {string[]} labels */
  constructor(labels) {
    const count = labels.length;
    const cell = SIZE / count;
    this.cells = Array.from({ length: count * count }, (_, i) => {
      const [row, column] = [Math.floor(i / count), i % count];
      const at = { x: EDGE + column * cell, y: EDGE + row * cell };
      return svg("rect", { ...at, width: cell - 0.6, height: cell - 0.6 });
    });
    const letters = labels.flatMap((label, i) => {
      const at = EDGE + (i + 0.5) * cell;
      return [svg("text", { x: at, y: 13 }, label), svg("text", { x: 10, y: at + 3 }, label)];
    });
    const side = SIZE + EDGE + 4;
    this.element = svg("svg", {
      class: "table",
      viewBox: `0 0 ${side} ${side}`,
      "aria-hidden": "true",
    });
    this.element.append(...letters, ...this.cells);
  }

  /**
   * @param {number[]} percents
   * @param {number} darkest
   */
  show(percents, darkest) {
    this.cells.forEach((cell, i) => {
      cell.setAttribute("fill-opacity", Math.min(1, percents[i] / darkest).toFixed(3));
    });
  }
}

class LearningFilm {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.rate = data.rate;
    this.tables = Object.fromEntries(
      Object.entries(data.rates).map(([rate, film]) => [rate, film.tables.map(unpacked)]),
    );
    this.at = data.steps.length - 1; // the frame, and how far it has melted into the next
    this.frame = 0;
    this.heat = new Heat(data.labels);
    const counted = new Heat(data.labels);
    counted.show(unpacked(data.counted), data.darkest);
    this.title = html("p", { class: "heading" });
    this.names = html("p", { class: "names" });
    this.line = html("p", { class: "line" });
    this.play = stage.button("Play the film", () => this.toggle());
    const range = { min: 0, max: data.steps.length - 1, step: "any", value: this.at };
    this.knob = stage.slider("step", /** @type {any} */ (range), (at) => this.go(at));
    this.knob.element.classList.add("film");
    const choice = stage.choice("Learning rate", Object.keys(data.rates), this.rate, (rate) => {
      this.rate = rate;
      this.halt();
      this.go(this.at);
    });
    const rates = html("span", { class: "field" }, "rate ", choice.element);
    const controls = html("div", { class: "controls" }, this.play, this.knob.element, rates);
    const learned = html("div", {}, this.title, this.heat.element);
    const beside = html(
      "div",
      { class: "counted" },
      html("p", { class: "heading" }, "Counted, in train0"),
      counted.element,
    );
    const side = html("div", { class: "side" }, controls, this.line, this.names);
    stage.body.append(html("div", { class: "layout" }, learned, beside, side));
    stage.signal.addEventListener("abort", () => cancelAnimationFrame(this.frame));
    this.show();
  }

  /** The last frame that there is. */
  get last() {
    return this.tables[this.rate].length - 1;
  }

  /** @param {number} at */
  go(at) {
    this.at = Math.max(0, Math.min(this.data.steps.length - 1, at));
    this.show();
  }

  /** Play from the beginning, or stop. */
  toggle() {
    if (this.frame) return this.halt();
    if (this.stage.calm) return this.go(this.data.steps.length - 1);
    this.play.textContent = "Stop";
    const began = performance.now();
    const frames = this.data.steps.length - 1;
    const tick = () => {
      const at = ((performance.now() - began) / 1000 / SECONDS) * frames;
      this.go(at);
      if (at >= frames) return this.halt();
      this.frame = requestAnimationFrame(tick);
      return undefined;
    };
    this.frame = requestAnimationFrame(tick);
    return undefined;
  }

  halt() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.play.textContent = "Play the film";
    this.stage.say(this.line.textContent ?? "");
  }

  /** The step that the slider stands at. */
  get step() {
    const { steps } = this.data;
    const i = Math.min(Math.floor(this.at), steps.length - 1);
    const next = steps[Math.min(i + 1, steps.length - 1)];
    return Math.round(steps[i] + (next - steps[i]) * (this.at - i));
  }

  /** Let all parts show the frame. */
  show() {
    const { data, rate, last } = this;
    const film = data.rates[rate];
    const tables = this.tables[rate];
    const i = Math.min(Math.floor(this.at + 1e-9), last);
    const share = i === last ? 0 : this.at - i;
    const [from, to] = [tables[i], tables[Math.min(i + 1, last)]];
    this.heat.show(share ? from.map((p, k) => p + (to[k] - p) * share) : from, data.darkest);
    const lost = film.lost !== undefined && this.step >= film.lost;
    const number = html("span", { class: "number" }, this.step.toLocaleString("en"));
    this.title.replaceChildren("Learned, after step ", number);
    this.names.textContent = film.names[i].join("  ");
    this.line.classList.toggle("lost", lost);
    if (lost)
      this.line.textContent = `Blown up at step ${film.lost}: the loss is no longer a number.`;
    else {
      this.line.replaceChildren("Loss ", html("b", {}, film.losses[i].toFixed(4)));
      this.line.append(
        i ? " over the last 50 names. It invents:" : ", that of knowing nothing. It invents:",
      );
    }
    this.knob.input.value = String(this.at);
    this.knob.input.setAttribute("aria-valuetext", `step ${this.step}. ${this.line.textContent}`);
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    new LearningFilm(stage, model.get("data"));
    return () => stage.end();
  },
};
