/**
 * Logits to move; beside each, the probability that softmax makes of it, and the slope of the loss
 * along it. An arrow shows where a step downhill moves each logit; a button takes the step.
 */

import { Stage, html, svg } from "./parts.mjs";

/**
 * @typedef {object} Data
 * @property {string[]} labels
 * @property {number[]} logits
 * @property {number} target
 * @property {number} rate
 * @property {number} reach
 */

const TRACK = 400; // units of an arrow's picture
const GLIDE = 350; // milliseconds of a step

const STYLE = /* css */ `
.layout { display: grid; gap: 0.8rem; }
.rows { display: grid; gap: 0.3rem 1.1rem; align-items: center;
  grid-template-columns: auto minmax(9rem, 3fr) minmax(6rem, 2fr) 4.2rem; }
.heads { display: contents; color: var(--x-soft); font-size: 0.88rem; }
.heads > :last-child, .slope { text-align: right; }
.row { display: contents; }
.token { font: 700 1.35rem/1 var(--x-mono); display: grid; justify-items: center; gap: 0.25rem; min-width: 4.2rem; }
.token small { font: 600 0.75rem/1 var(--x-sans); color: var(--x-on-accent); background: var(--x-accent);
  padding: 0.2rem 0.4rem; border-radius: 1rem; visibility: hidden; white-space: nowrap; font-size: 0.68rem; }
.target .token small { visibility: visible; }
.track { position: relative; padding-block: 0.2rem; }
.track input { display: block; width: 100%; height: 2.2rem; margin: 0; accent-color: var(--x-accent); }
.track svg { display: block; width: 100%; overflow: visible; pointer-events: none; }
.track output { position: absolute; right: 0; top: -0.5rem; font: 400 0.85rem/1 var(--x-mono); color: var(--x-soft); }
.arrow { fill: none; stroke: var(--x-accent); stroke-width: 4; }
.head { fill: var(--x-accent); }
.prob { position: relative; height: 1.9rem; border-radius: 0.35rem; background: color-mix(in srgb, var(--x-ink) 9%, transparent); }
.prob i { position: absolute; inset: 0 auto 0 0; border-radius: 0.35rem; background: var(--x-accent); opacity: 0.85; }
.prob b { position: absolute; inset: 0 0.5rem 0 auto; font: 600 0.95rem/1.9rem var(--x-mono);
  text-shadow: 0 0 4px var(--x-panel), 0 0 4px var(--x-panel); }
.slope { font: 700 1.05rem/1 var(--x-mono); color: color-mix(in srgb, var(--x-accent) 80%, var(--x-ink)); }
.line { font-size: 1.05rem; }
.line b { font-family: var(--x-mono); }
@container (max-width: 38rem) {
  .rows { grid-template-columns: 4.2rem minmax(0, 1fr) 4.2rem; }
  .heads > :nth-child(3), .prob { grid-column: 2; }
  .heads > :nth-child(2), .heads > :nth-child(3) { display: none; }
  .heads > :last-child { grid-column: 3; }
  .token { grid-row: span 2; }
  .slope { grid-column: 3; }
}
`;

/**
 * Probabilities of logits at a temperature.
 *
 * @param {number[]} logits
 * @param {number} temperature
 */
export function softmax(logits, temperature) {
  const peak = Math.max(...logits);
  const exps = logits.map((z) => Math.exp((z - peak) / temperature));
  const sum = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / sum);
}

/**
 * @param {number} x
 * @param {number} [places]
 */
function signed(x, places = 2) {
  const text = Math.abs(x).toFixed(places);
  return Number(text) === 0 ? text : `${x < 0 ? "−" : "+"}${text}`;
}

/** A token's row. */
class Row {
  /**
   * @param {Stage} stage
   * @param {string} label
   * @param {number} reach
   * @param {(z: number) => void} change
   */
  constructor(stage, label, reach, change) {
    this.reach = reach;
    this.input = html("input", { type: "range", min: -reach, max: reach, step: "any" });
    this.input.setAttribute("aria-label", `logit of ${label === "·" ? "the end" : label}`);
    this.input.addEventListener("input", () => change(this.input.valueAsNumber), {
      signal: stage.signal,
    });
    this.output = html("output", {});
    this.arrow = svg("path", { class: "arrow" });
    this.head = svg("path", { class: "head" });
    const picture = svg("svg", { viewBox: `0 0 ${TRACK} 20`, "aria-hidden": "true" });
    picture.append(this.arrow, this.head);
    this.bar = html("i", {});
    this.number = html("b", {});
    this.slope = html("div", { class: "slope" });
    this.element = html(
      "div",
      { class: "row" },
      html("div", { class: "token" }, label, html("small", {}, "came next")),
      html("div", { class: "track" }, this.input, picture, this.output),
      html("div", { class: "prob" }, this.bar, this.number),
      this.slope,
    );
  }

  /**
   * @param {number} z
   * @param {number} p
   * @param {number} slope
   * @param {number} rate
   * @param {boolean} target
   */
  show(z, p, slope, rate, target) {
    this.input.value = String(z);
    this.output.textContent = signed(z);
    this.element.classList.toggle("target", target);
    this.bar.style.width = `${100 * p}%`;
    this.number.textContent = p.toFixed(2);
    this.slope.textContent = signed(slope);
    this.input.setAttribute(
      "aria-valuetext",
      `${signed(z)}, probability ${p.toFixed(2)}, slope ${signed(slope)}`,
    );
    const unit = (TRACK - 16) / (2 * this.reach); // a native slider's thumb is about 16 wide
    const x = TRACK / 2 + unit * z;
    const end = Math.max(0, Math.min(TRACK, x - unit * rate * slope));
    const size = Math.min(9, Math.abs(end - x)) * Math.sign(end - x);
    this.arrow.setAttribute("d", `M${x},9H${end - size}`);
    this.head.setAttribute("d", `M${end},9l${-size},-7v14z`);
  }
}

class SoftmaxArrows {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.logits = [...data.logits];
    this.target = data.target;
    this.temperature = 1;
    this.steps = 0;
    this.frame = 0;
    this.rows = data.labels.map(
      (label, i) => new Row(stage, label, data.reach, (z) => this.move(i, z)),
    );
    const heads = ["", "logit, and where a step moves it", "probability", "slope"];
    const head = html("div", { class: "heads" }, ...heads.map((text) => html("span", {}, text)));
    const table = html("div", { class: "rows" }, head, ...this.rows.map(({ element }) => element));
    this.line = html("p", { class: "line" });
    const step = stage.button("Take a step", () => this.step());
    const back = stage.button("Start again", () => this.restart(), { class: "quiet" });
    const names = data.labels.map((label) => (label === "·" ? "the end" : label));
    const target = stage.choice("Which token came next", names, names[this.target], (name) => {
      this.target = names.indexOf(name);
      this.show();
    });
    const range = { min: 0.25, max: 4, step: 0.05, value: 1 };
    this.knob = stage.slider("temperature", range, (t) => this.warm(t));
    const came = html("span", { class: "field" }, "came next: ", target.element);
    const controls = html("div", { class: "controls" }, step, back, came, this.knob.element);
    stage.body.append(html("div", { class: "layout" }, table, this.line, controls));
    stage.signal.addEventListener("abort", () => cancelAnimationFrame(this.frame));
    this.choose = target.choose;
    this.names = names;
    this.show();
  }

  get probs() {
    return softmax(this.logits, this.temperature);
  }

  /**
   * @param {number} i
   * @param {number} z
   */
  move(i, z) {
    cancelAnimationFrame(this.frame);
    this.logits[i] = z;
    this.show();
  }

  /** @param {number} t */
  warm(t) {
    this.temperature = t;
    this.show();
  }

  restart() {
    cancelAnimationFrame(this.frame);
    this.logits = [...this.data.logits];
    this.target = this.data.target;
    this.choose(this.names[this.target]);
    this.temperature = 1;
    this.knob.input.value = "1";
    this.steps = 0;
    this.show();
  }

  /** The slope of the loss along each logit. */
  slopes() {
    return this.probs.map((p, i) => (p - (i === this.target ? 1 : 0)) / this.temperature);
  }

  /** Move each logit against its slope. */
  step() {
    const { reach, rate } = this.data;
    const from = [...this.logits];
    const to = this.slopes().map((slope, i) =>
      Math.max(-reach, Math.min(reach, from[i] - rate * slope)),
    );
    this.steps += 1;
    cancelAnimationFrame(this.frame);
    const began = performance.now();
    const frame = () => {
      const share = this.stage.calm ? 1 : Math.min(1, (performance.now() - began) / GLIDE);
      const eased = 1 - (1 - share) ** 3;
      this.logits = from.map((z, i) => z + (to[i] - z) * eased);
      this.show();
      if (share < 1) this.frame = requestAnimationFrame(frame);
      else this.stage.say(this.line.textContent ?? "");
    };
    frame();
  }

  /** Let all parts show the logits. */
  show() {
    const probs = this.probs;
    const slopes = this.slopes();
    this.rows.forEach((row, i) =>
      row.show(this.logits[i], probs[i], slopes[i], this.data.rate, i === this.target),
    );
    const loss = -Math.log(probs[this.target]) + 0;
    const taken = this.steps === 1 ? "1 step" : `${this.steps} steps`;
    this.line.replaceChildren("The loss is ", html("b", {}, loss.toFixed(4)));
    this.line.append(this.steps ? ` after ${taken}.` : ".");
    if (probs[this.target] > 0.95) this.line.append(" There’s hardly anything to complain about.");
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    new SoftmaxArrows(stage, model.get("data"));
    return () => stage.end();
  },
};
