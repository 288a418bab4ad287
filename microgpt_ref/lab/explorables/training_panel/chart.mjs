/** The loss curve as SVG, in the size that the page gives it. */

import { count, described } from "./choices.mjs";
import { limits, runningMeans, singleLosses, ticks } from "./curve.mjs";
import { svg } from "../parts.mjs";
import { set } from "./elements.mjs";

/** @typedef {import("./curve.mjs").Point} Point */
/** @typedef {import("./session.mjs").Session} Session */

const EDGE = { left: 30, right: 8, top: 10, bottom: 26 };

/** A chart that is drawn anew as a run goes on. */
export class Chart {
  constructor() {
    this.svg = svg("svg", { role: "img", class: "curve" });
    this.grid = this.svg.appendChild(svg("g", { class: "grid" }));
    this.before = this.svg.appendChild(svg("path", { class: "before" }));
    this.dots = this.svg.appendChild(svg("path", { class: "dots" }));
    this.marks = this.svg.appendChild(svg("g", { class: "marks" }));
    this.line = this.svg.appendChild(svg("path", { class: "line" }));
    this.note = this.svg.appendChild(svg("g", { class: "note" }));
    this.head = this.svg.appendChild(svg("circle", { class: "head", r: 5 }));
    /** @type {[low: number, high: number]} */
    this.limits = [0, 1];
    this.size = { width: 480, height: 220 };
    this.scaled = ""; // what the grid was last drawn for
  }

  /**
   * Take another size, in pixels.
   *
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.size = { width, height };
    set(this.svg, { viewBox: `0 0 ${width} ${height}` });
  }

  /**
   * Draw a run as far as it is shown, over the curve of the run before.
   *
   * @param {Session} session
   * @param {number} shown steps
   * @param {Session | null} before
   */
  draw(session, shown, before) {
    const { losses, choices, chance, pairs } = session;
    const means = runningMeans(losses, shown, choices.steps);
    const earlier = before ? runningMeans(before.losses) : [];
    this.limits = limits(chance, means);
    this.steps = choices.steps;
    this.drawGrid(chance, pairs);
    set(this.dots, { d: this.dotted(singleLosses(losses, shown, choices.steps)) });
    set(this.line, { d: this.joined(means) });
    set(this.before, { d: this.joined(earlier.filter(([step]) => step <= choices.steps)) });
    this.note.replaceChildren(...this.noteOn(before, session.seed));
    const last = means.at(-1);
    const inside = last !== undefined && last[1] <= this.limits[1];
    if (inside) set(this.head, { cx: this.x(last[0]), cy: this.y(last[1]) });
    this.svg.classList.toggle("begun", inside);
  }

  /** @param {number} step */
  x(step) {
    const { left, right } = EDGE;
    const share = step / (this.steps ?? 1);
    return round(left + share * (this.size.width - left - right));
  }

  /** @param {number} loss */
  y(loss) {
    const [low, high] = this.limits;
    const { top, bottom } = EDGE;
    return round(top + ((high - loss) / (high - low)) * (this.size.height - top - bottom));
  }

  /** @param {Point[]} points */
  dotted(points) {
    const [low, high] = this.limits;
    const inside = points.filter(([, loss]) => loss >= low && loss <= high);
    return inside.map(([step, loss]) => `M${this.x(step)} ${this.y(loss)}h0`).join("");
  }

  /** @param {Point[]} points */
  joined(points) {
    const [low, high] = this.limits;
    let pen = "M"; // up, at the beginning and wherever the curve leaves the chart
    let path = "";
    for (const [step, loss] of points) {
      if (loss < low || loss > high) pen = "M";
      else {
        path += `${pen}${this.x(step)} ${this.y(loss)}`;
        pen = "L";
      }
    }
    return path;
  }

  /**
   * Draw the axes, and the two losses to compare with.
   *
   * @param {number} chance
   * @param {number} pairs
   */
  drawGrid(chance, pairs) {
    const scaled = JSON.stringify([this.limits, this.size, this.steps, chance, pairs]);
    if (scaled === this.scaled) return;
    this.scaled = scaled;
    const { width, height } = this.size;
    const lines = ticks(this.limits).flatMap((loss) => [
      svg("line", { x1: EDGE.left, x2: width - EDGE.right, y1: this.y(loss), y2: this.y(loss) }),
      svg("text", { x: EDGE.left - 7, y: this.y(loss) + 4, class: "right" }, loss.toFixed(1)),
    ]);
    const last = count(this.steps ?? 0);
    const below = { y: height - 6 };
    this.grid.replaceChildren(
      ...lines,
      svg("text", { x: EDGE.left, ...below }, "loss at each name"),
      svg("text", { x: width - EDGE.right, class: "right", ...below }, `${last} names read`),
    );
    this.marks.replaceChildren(
      ...this.mark(chance, `knowing nothing: ${chance.toFixed(2)}`),
      ...this.mark(pairs, `counting letter pairs: ${pairs.toFixed(2)}`),
    );
  }

  /**
   * What the dashed curve is.
   *
   * @param {Session | null} before
   * @param {number} seed of the run that is drawn over it
   */
  noteOn(before, seed) {
    if (before === null) return [];
    const { width, height } = this.size;
    const usual = before.seed === seed ? "the original settings" : `seed ${before.seed}`;
    const words = described(before.choices) || usual;
    const place = { x: width - EDGE.right, y: height - EDGE.bottom - 8, class: "right" };
    return [svg("text", place, `dashed: the run before, ${words}`)];
  }

  /**
   * A line across the chart with its label; nothing for a loss that isn't known.
   *
   * @param {number} loss
   * @param {string} label
   */
  mark(loss, label) {
    const [low, high] = this.limits;
    if (!(loss > low && loss < high)) return [];
    const [y, right] = [this.y(loss), this.size.width - EDGE.right];
    return [
      svg("line", { x1: EDGE.left, x2: right, y1: y, y2: y }),
      svg("text", { x: right, y: round(y - 6), class: "right" }, label),
    ];
  }
}

/** @param {number} length in pixels */
const round = (length) => Math.round(10 * length) / 10;
