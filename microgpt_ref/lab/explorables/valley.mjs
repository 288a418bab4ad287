/**
 * A valley that is steep across and flat along, and a ball that an optimizer rolls down it: SGD or
 * Adam, at a rate to choose. Its steps are those of the course's two optimizers.
 */

import { Stage, html, svg } from "./parts.mjs";

/**
 * @typedef {object} Data
 * @property {[number, number]} factors
 * @property {[number, number]} start
 * @property {number} steps
 * @property {Record<string, number>} rates to open with, by optimizer
 * @property {string} optimizer
 * @property {number[]} levels
 * @typedef {[number, number]} Point
 */

const [WIDTH, HEIGHT] = [640, 300];
const ORIGIN = [150, 150];
const UNIT = 370;
const SLOWEST = 0.0005;
const FASTEST = 0.2;
const PAUSE = 90; // milliseconds from step to step
const [BETA1, BETA2, EPSILON] = [0.85, 0.99, 1e-8];
const CHART = { left: 34, top: 12, right: 300, bottom: 150, high: 3, low: -6 }; // powers of ten

const STYLE = /* css */ `
.layout { display: grid; gap: 0.8rem; }
.contour { fill: none; stroke: var(--x-soft); stroke-width: 1; opacity: 0.5; }
.floor { fill: var(--x-accent); opacity: 0.07; }
.path { fill: none; stroke: var(--x-accent); stroke-width: 2.5; stroke-linejoin: round; }
.dots circle { fill: var(--x-accent); }
.ball { fill: var(--x-accent); stroke: var(--x-paper); stroke-width: 3; }
.lowest { fill: var(--x-ink); }
.valley text { fill: var(--x-soft); font-size: 14px; }
.frame { fill: var(--x-paper); }
.below { display: grid; gap: 0.8rem 1.6rem; grid-template-columns: minmax(0, 1fr); }
@container (min-width: 40rem) { .below { grid-template-columns: minmax(0, 1fr) 19rem; } }
.side { display: grid; gap: 0.7rem; align-content: start; }
.line { font-size: 1.05rem; min-height: 3em; }
.line b { font-family: var(--x-mono); color: var(--x-accent); }
.line.lost { color: var(--x-bad); }
.chart path { fill: none; stroke-width: 2.5; stroke: var(--x-accent); }
.chart .other { stroke: var(--x-soft); stroke-width: 1.5; stroke-dasharray: 5 4; }
.chart .axis { stroke: var(--x-soft); stroke-width: 1; }
.chart text { fill: var(--x-soft); font-size: 12px; }
@container (max-width: 30rem) { .valley text { font-size: 20px; } .chart text { font-size: 13px; } }
`;

/**
 * The loss at a point.
 *
 * @param {Point} point
 * @param {[number, number]} factors
 */
export function lossAt([a, b], [across, along]) {
  return 0.5 * (across * a * a + along * b * b);
}

/**
 * The points that an optimizer comes by, the start among them; those after a loss that is no number
 * are left out.
 *
 * @param {string} optimizer
 * @param {number} rate
 * @param {Pick<Data, "factors" | "start" | "steps">} data
 * @returns {Point[]}
 */
export function path(optimizer, rate, { factors, start, steps }) {
  let point = /** @type {Point} */ ([...start]);
  const points = [point];
  const [m, v] = [
    [0, 0],
    [0, 0],
  ];
  for (let t = 1; t <= steps; t++) {
    const next = point.map((x, i) => {
      const g = factors[i] * x;
      if (optimizer === "SGD") return x - rate * g;
      m[i] = BETA1 * m[i] + (1 - BETA1) * g;
      v[i] = BETA2 * v[i] + (1 - BETA2) * g ** 2;
      const [mean, size] = [m[i] / (1 - BETA1 ** t), Math.sqrt(v[i] / (1 - BETA2 ** t))];
      return x - (rate * mean) / (size + EPSILON);
    });
    point = /** @type {Point} */ (next);
    if (!Number.isFinite(lossAt(point, factors))) break;
    points.push(point);
  }
  return points;
}

/** @param {Point} point */
function place([a, b]) {
  const clamp = (/** @type {number} */ x) => Math.max(-4000, Math.min(4000, x));
  return [clamp(ORIGIN[0] + UNIT * b), clamp(ORIGIN[1] - UNIT * a)];
}

class Valley {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.optimizer = data.optimizer;
    this.rates = { ...data.rates };
    this.k = data.steps;
    /** @type {Point[]} */
    this.points = [];
    /** @type {(() => void) | null} */
    this.halt = null;
    this.way = svg("path", { class: "path" });
    this.dots = svg("g", { class: "dots" });
    this.ball = svg("circle", { class: "ball", r: 11 });
    this.line = html("p", { class: "line" });
    this.mine = svg("path", {});
    this.other = svg("path", { class: "other" });
    const names = Object.keys(data.rates);
    const choice = stage.choice("Optimizer", names, this.optimizer, (name) => this.turn(name));
    const range = { min: Math.log10(SLOWEST), max: Math.log10(FASTEST), step: 0.01, value: 0 };
    this.knob = stage.slider("rate", range, (power) => this.speed(10 ** power));
    this.rate = html("span", { class: "number" });
    this.knob.element.append(this.rate);
    this.play = stage.button("Roll", () => this.toggle());
    this.step = stage.button("One step", () => this.one(), { class: "quiet" });
    const controls = html("div", { class: "controls" }, this.play, this.step, choice.element);
    const side = html("div", { class: "side" }, controls, this.knob.element, this.line);
    const below = html("div", { class: "below" }, side, this.chart());
    stage.body.append(html("div", { class: "layout" }, this.draw(), below));
    this.take();
  }

  /** The valley, without what moves. */
  draw() {
    const [x, y] = ORIGIN;
    const ellipses = this.data.levels.map((level) => {
      const [ry, rx] = this.data.factors.map((factor) => UNIT * Math.sqrt((2 * level) / factor));
      return svg("ellipse", { class: "contour", cx: x, cy: y, rx, ry });
    });
    const floors = this.data.levels.map((level) => {
      const [ry, rx] = this.data.factors.map((factor) => UNIT * Math.sqrt((2 * level) / factor));
      return svg("ellipse", { class: "floor", cx: x, cy: y, rx, ry });
    });
    const size = { width: WIDTH, height: HEIGHT, rx: 12 };
    return svg(
      "svg",
      { class: "valley", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
      svg("rect", { class: "frame", ...size }),
      ...floors,
      ...ellipses,
      svg("circle", { class: "lowest", cx: x, cy: y, r: 4 }),
      svg("text", { x, y: y + 24, "text-anchor": "middle" }, "lowest"),
      this.way,
      this.dots,
      this.ball,
    );
  }

  /** The chart of losses, without its lines. */
  chart() {
    const { left, top, right, bottom } = CHART;
    const powers = [2, 0, -2, -4, -6].map((power) => {
      const words = { 2: "100", 0: "1", "-2": "0.01", "-4": "0.0001", "-6": "10⁻⁶" }[power] ?? "";
      const label = svg("text", { x: left + 4, y: this.height(power) - 3 }, words);
      const tick = svg("path", { class: "axis", d: `M${left},${this.height(power)}h-5` });
      return svg("g", {}, tick, label);
    });
    return svg(
      "svg",
      { class: "chart", viewBox: "0 0 310 190", "aria-hidden": "true" },
      svg("path", { class: "axis", d: `M${left},${top}V${bottom}H${right}` }),
      ...powers,
      svg("text", { x: right, y: bottom + 18, "text-anchor": "end" }, `step ${this.data.steps}`),
      svg("text", { x: left, y: bottom + 18 }, "loss after each step"),
      this.other,
      this.mine,
    );
  }

  /** @param {number} power of ten of a loss */
  height(power) {
    const { top, bottom, high, low } = CHART;
    return bottom - ((bottom - top) * (Math.max(low, Math.min(high, power)) - low)) / (high - low);
  }

  /** @param {string} name */
  turn(name) {
    this.optimizer = name;
    this.take();
  }

  /** @param {number} rate */
  speed(rate) {
    this.rates[this.optimizer] = rate;
    this.take();
  }

  /** Compute the way down anew, and show all of it. */
  take() {
    this.stop();
    this.points = path(this.optimizer, this.rates[this.optimizer], this.data);
    this.k = this.points.length - 1;
    const other = Object.keys(this.rates).find((name) => name !== this.optimizer) ?? "";
    this.other.setAttribute("d", this.curve(path(other, this.rates[other], this.data)));
    const rate = this.rates[this.optimizer];
    this.rate.textContent = String(Number(rate.toPrecision(2)));
    this.knob.input.value = String(Math.log10(rate));
    this.knob.input.setAttribute("aria-valuetext", this.rate.textContent);
    this.show();
  }

  /**
   * The path of a loss curve.
   *
   * @param {Point[]} points
   */
  curve(points) {
    const { left, right } = CHART;
    const places = points.map((point, i) => {
      const x = left + ((right - left) * i) / this.data.steps;
      return `${x.toFixed(1)},${this.height(Math.log10(lossAt(point, this.data.factors))).toFixed(1)}`;
    });
    return `M${places.join("L")}`;
  }

  /** Roll from the start, or stop. */
  toggle() {
    if (this.halt) return this.stop();
    this.k = 0;
    this.show();
    if (this.stage.calm) {
      this.k = this.points.length - 1;
      return this.show();
    }
    this.play.textContent = "Stop";
    this.halt = this.stage.every(PAUSE, () => {
      this.k += 1;
      if (this.k >= this.points.length - 1) this.stop();
      this.show();
    });
    return undefined;
  }

  /** Take one step, from the start if the way is at its end. */
  one() {
    this.stop();
    this.k = this.k >= this.points.length - 1 ? 0 : this.k + 1;
    this.show();
    this.stage.say(this.line.textContent ?? "");
  }

  stop() {
    this.halt?.();
    this.halt = null;
    this.play.textContent = "Roll";
  }

  /** Let all parts show the step. */
  show() {
    const { factors, steps } = this.data;
    const taken = this.points.slice(0, this.k + 1);
    const places = taken.map(place);
    this.way.setAttribute(
      "d",
      `M${places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}`,
    );
    this.dots.replaceChildren(...places.map(([cx, cy]) => svg("circle", { cx, cy, r: 3 })));
    const [x, y] = places[places.length - 1];
    this.ball.setAttribute("cx", String(x));
    this.ball.setAttribute("cy", String(y));
    this.mine.setAttribute("d", this.curve(taken));
    const loss = lossAt(this.points[this.k], factors);
    const lost = loss > 10 * lossAt(this.data.start, factors);
    const text = loss >= 1e5 ? loss.toExponential(0) : String(Number(loss.toPrecision(3)));
    this.line.replaceChildren(`${this.optimizer}, step ${this.k} of ${steps}: loss `);
    this.line.append(html("b", {}, text), lost ? ". It has jumped out of the valley." : ".");
    if (!lost && this.k === steps && loss > 0.05) this.line.append(" Still a long way to go.");
    this.line.classList.toggle("lost", lost);
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    new Valley(stage, model.get("data"));
    return () => stage.end();
  },
};
