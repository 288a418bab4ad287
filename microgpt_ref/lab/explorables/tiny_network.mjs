/**
 * A network of one hidden number, to be filled in step by step: values forward, slopes back.
 */

import { Stage, html, svg } from "./parts.mjs";
import { softmax } from "./softmax_arrows.mjs";

/**
 * @typedef {{ wte: number[][], fc1: number[][], fc2: number[][] }} Weights
 * @typedef {object} Data
 * @property {Weights} weights
 * @property {string[]} labels
 * @property {number} token
 * @property {number} target
 * @property {number} step
 * @typedef {[number, number]} Point
 */

const LAST = 10;
const PAUSE = 1500; // milliseconds from step to step
const NARROW = 560; // pixels; a narrower drawing goes from top to bottom

const STYLE = /* css */ `
.layout { display: grid; gap: 0.8rem; }
.edge { fill: none; stroke: var(--x-line); stroke-width: 2; }
.edge.on { stroke: var(--x-soft); }
.edge.busy { stroke: var(--x-accent); stroke-width: 4; }
.node rect { fill: var(--x-paper); stroke: var(--x-soft); stroke-width: 1.5; }
.node.busy rect { stroke: var(--x-accent); stroke-width: 4; }
.node.off rect { stroke: var(--x-line); }
.node text { text-anchor: middle; fill: var(--x-ink); font: 600 16px var(--x-mono); }
.node .what { fill: var(--x-soft); font: 400 13px var(--x-sans); }
.node .slope, .weight .slope { fill: var(--x-accent); font-weight: 700; }
.node .letter { font: 700 21px var(--x-mono); }
.node.target rect { stroke-dasharray: 6 4; stroke: var(--x-accent); stroke-width: 2.5; }
.weight text { text-anchor: middle; fill: var(--x-soft); font: 400 14px var(--x-mono); }
.weight rect { fill: var(--x-panel); }
.gate { stroke: var(--x-accent); stroke-width: 5; stroke-linecap: round; }
.line { font-size: 1.1rem; min-height: 4.3em; }
.line b { font-family: var(--x-mono); color: var(--x-accent); }
.more { gap: 0.6rem 1.4rem; }
`;

/** @param {number} x */
function two(x) {
  const text = Math.abs(x).toFixed(2);
  return Number(text) && x < 0 ? `−${text}` : text;
}

/**
 * All numbers of one prediction, forward and backward.
 *
 * @param {Weights} weights
 * @param {number} token
 * @param {number} target
 */
export function passes(weights, token, target) {
  const fc1 = weights.fc1[0][0];
  const fc2 = weights.fc2.map(([w]) => w);
  const x = weights.wte[token][0];
  const before = fc1 * x;
  const hidden = Math.max(0, before);
  const logits = fc2.map((w) => w * hidden);
  const probs = softmax(logits, 1);
  const loss = -Math.log(probs[target]);
  const dlogits = probs.map((p, i) => p - (i === target ? 1 : 0));
  const dfc2 = dlogits.map((d) => d * hidden);
  const dhidden = fc2.reduce((sum, w, i) => sum + w * dlogits[i], 0);
  const dbefore = before > 0 ? dhidden : 0;
  const [dfc1, dx] = [dbefore * x, dbefore * fc1];
  return {
    fc1,
    fc2,
    x,
    before,
    hidden,
    logits,
    probs,
    loss,
    dlogits,
    dfc2,
    dhidden,
    dbefore,
    dfc1,
    dx,
  };
}

/**
 * What each step does, in words with its numbers.
 *
 * @param {ReturnType<typeof passes>} n
 * @param {string[]} labels
 * @param {number} token
 * @param {number} target
 */
export function lines(n, labels, token, target) {
  const named = (/** @type {number[]} */ xs) =>
    xs.map((x, i) => `${labels[i]} ${two(x)}`).join(", ");
  const shut = n.before <= 0;
  const sum = n.fc2.map((w, i) => `${two(w)} · ${two(n.dlogits[i])}`).join(" + ");
  return [
    `The network sees ${labels[token]}. Nothing is computed yet.`,
    `Look up the embedding of ${labels[token]}: x = ${two(n.x)}.`,
    `Multiply by the weight of fc1: ${two(n.fc1)} · ${two(n.x)} = ${two(n.before)}.`,
    shut
      ? `${two(n.before)} isn’t positive, so the gate is shut, and hidden is 0.`
      : `${two(n.before)} is positive, so the gate is open, and hidden is ${two(n.hidden)}.`,
    `Multiply by the weights of fc2. These are the logits: ${named(n.logits)}.`,
    `Softmax makes probabilities of them: ${named(n.probs)}.`,
    `${labels[target]} came next. The loss is −ln ${two(n.probs[target])} = ${two(n.loss)}.`,
    `Now back. Each logit hears the complaint, p minus what was wanted: ${named(n.dlogits)}.`,
    `Each weight of fc2 gets its logit’s complaint times hidden, ${two(n.hidden)}: ${named(n.dfc2)}.`,
    shut
      ? "Three paths lead back to hidden, but the gate is shut. Nothing gets through."
      : `Three paths lead back to hidden, so add: ${sum} = ${two(n.dhidden)}. The gate is open: all of it passes.`,
    shut
      ? `So the weight of fc1 and the embedding of ${labels[token]} learn nothing from this: both slopes are 0.`
      : `The weight of fc1 gets ${two(n.dbefore)} · ${two(n.x)} = ${two(n.dfc1)}, and x gets ${two(n.dbefore)} · ${two(n.fc1)} = ${two(n.dx)}.`,
  ];
}

class TinyNetwork {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.token = data.token;
    this.target = data.target;
    this.step = data.step;
    this.narrow = false;
    /** @type {(() => void) | null} */
    this.halt = null;
    this.picture = svg("svg", { "aria-hidden": "true" });
    this.line = html("p", { class: "line" });
    this.next = stage.button("Step", () => this.go(this.step + 1));
    this.back = stage.button("Back", () => this.go(this.step - 1), { class: "quiet" });
    this.play = stage.button("Play", () => this.toggle(), { class: "quiet" });
    this.knob = stage.slider("step", { min: 0, max: LAST, value: this.step }, (k) => this.go(k));
    const names = data.labels.map((label) => (label === "·" ? "the dot" : label));
    const sees = stage.choice("What it sees", names, names[this.token], (name) => {
      this.token = names.indexOf(name);
      this.show();
    });
    const came = stage.choice("What came next", names, names[this.target], (name) => {
      this.target = names.indexOf(name);
      this.show();
    });
    const controls = html("div", { class: "controls" }, this.next, this.back, this.play);
    controls.append(this.knob.element);
    const more = html(
      "div",
      { class: "controls more" },
      html("span", { class: "field" }, "it sees ", sees.element),
      html("span", { class: "field" }, " then came ", came.element),
    );
    stage.body.append(html("div", { class: "layout" }, this.picture, this.line, controls, more));
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(stage.root);
    stage.signal.addEventListener("abort", () => observer.disconnect());
    this.measure();
    this.show();
  }

  /** Draw from left to right, or from top to bottom where there is less room. */
  measure() {
    const width = this.stage.root.clientWidth;
    if (!width) return;
    const narrow = width < NARROW;
    if (narrow === this.narrow && this.picture.childElementCount) return;
    this.narrow = narrow;
    this.show();
  }

  /** @param {number} step */
  go(step) {
    this.step = Math.max(0, Math.min(LAST, step));
    this.show();
    if (!this.halt) this.stage.say(this.line.textContent ?? "");
  }

  toggle() {
    if (this.halt) return this.stop();
    this.go(this.step === LAST ? 0 : this.step + 1);
    this.play.textContent = "Stop";
    this.halt = this.stage.every(PAUSE, () => {
      this.go(this.step + 1);
      if (this.step === LAST) this.stop();
    });
    return undefined;
  }

  stop() {
    this.halt?.();
    this.halt = null;
    this.play.textContent = "Play";
  }

  /**
   * Where things lie.
   *
   * @returns {{ size: Point, tokens: Point[], x: Point, hidden: Point, logits: Point[] }}
   */
  places() {
    const spread = [-1, 0, 1];
    if (this.narrow) {
      const across = (/** @type {number} */ y) =>
        spread.map((k) => /** @type {Point} */ ([180 + 118 * k, y]));
      return {
        size: [360, 540],
        tokens: across(32),
        x: [180, 148],
        hidden: [180, 290],
        logits: across(466),
      };
    }
    const down = (/** @type {number} */ x) =>
      spread.map((k) => /** @type {Point} */ ([x, 160 + 104 * k]));
    return {
      size: [760, 320],
      tokens: down(42),
      x: [210, 160],
      hidden: [410, 160],
      logits: down(664),
    };
  }

  /** Draw the network as it is after the step. */
  show() {
    const { labels, weights } = this.data;
    const n = passes(weights, this.token, this.target);
    const at = this.places();
    const k = this.step;
    const parts = [];
    const busy = (/** @type {number[]} */ ...steps) => (steps.includes(k) ? " busy" : "");
    at.tokens.forEach((place, i) => {
      const on = i === this.token;
      parts.push(this.edge(place, at.x, `${on ? " on" : ""}${on ? busy(1) : ""}`));
    });
    parts.push(this.edge(at.x, at.hidden, ` on${busy(2, 10)}`));
    at.logits.forEach((place) => parts.push(this.edge(at.hidden, place, ` on${busy(4, 8, 9)}`)));
    parts.push(this.weight(at.x, at.hidden, 0.38, two(n.fc1), k >= 10 ? two(n.dfc1) : ""));
    at.logits.forEach((place, i) =>
      parts.push(this.weight(at.hidden, place, 0.5, two(n.fc2[i]), k >= 8 ? two(n.dfc2[i]) : "")),
    );
    at.tokens.forEach((place, i) => {
      const look = `${i === this.token ? busy(0) : " off"}`;
      parts.push(this.node(place, 54, 54, look, [["letter", labels[i]]]));
    });
    parts.push(
      this.node(at.x, 104, 70, busy(1), [
        ["what", "x"],
        ["", k >= 1 ? two(n.x) : "?"],
        ["slope", k >= 10 ? two(n.dx) : ""],
      ]),
    );
    parts.push(
      this.node(at.hidden, 118, 92, busy(3, 9), [
        ["what", k >= 2 ? `gate: ${two(n.before)}` : "gate"],
        ["what", "hidden"],
        ["", k >= 3 ? two(n.hidden) : "?"],
        ["slope", k >= 9 ? two(n.dbefore) : ""],
      ]),
    );
    if (k >= 3) parts.push(this.gate(at.hidden, n.before > 0));
    at.logits.forEach((place, i) => {
      const target = i === this.target && k >= 6 ? " target" : "";
      parts.push(
        this.node(place, 108, 92, `${busy(4, 5, 7)}${target}`, [
          ["letter", labels[i]],
          ["", k >= 4 ? two(n.logits[i]) : "?"],
          ["what", k >= 5 ? `p = ${two(n.probs[i])}` : ""],
          ["slope", k >= 7 ? two(n.dlogits[i]) : ""],
        ]),
      );
    });
    this.picture.setAttribute("viewBox", `0 0 ${at.size[0]} ${at.size[1]}`);
    this.picture.replaceChildren(...parts);
    this.line.textContent = lines(n, labels, this.token, this.target)[k];
    this.back.disabled = k === 0;
    this.next.disabled = k === LAST;
    this.knob.input.value = String(k);
    this.knob.input.setAttribute("aria-valuetext", `${k} of ${LAST}: ${this.line.textContent}`);
  }

  /**
   * @param {Point} start
   * @param {Point} end
   * @param {string} look
   */
  edge([x, y], [x2, y2], look) {
    return svg("path", { class: `edge${look}`, d: `M${x},${y}L${x2},${y2}` });
  }

  /**
   * A weight with its slope, on its edge.
   *
   * @param {Point} start
   * @param {Point} end
   * @param {number} share of the way
   * @param {string} value
   * @param {string} slope
   */
  weight([x, y], [x2, y2], share, value, slope) {
    const at = `translate(${x + (x2 - x) * share} ${y + (y2 - y) * share})`;
    const rows = slope ? 2 : 1;
    const behind = svg("rect", { x: -30, y: -12 * rows, width: 60, height: 24 * rows, rx: 8 });
    const texts = [svg("text", { y: slope ? -3 : 5 }, `× ${value}`)];
    if (slope) texts.push(svg("text", { class: "slope", y: 17 }, slope));
    return svg("g", { class: "weight", transform: at }, behind, ...texts);
  }

  /**
   * A box with lines of text; an empty line takes no room.
   *
   * @param {Point} place
   * @param {number} width
   * @param {number} height
   * @param {string} look
   * @param {string[][]} rows
   */
  node([x, y], width, height, look, rows) {
    const shown = rows.filter(([, text]) => text);
    const pitch = 20;
    const texts = shown.map(([kind, text], i) =>
      svg("text", { class: kind, y: pitch * (i - (shown.length - 1) / 2) + 6 }, text),
    );
    const frame = { x: -width / 2, y: -height / 2, width, height, rx: 12 };
    return svg(
      "g",
      { class: `node${look}`, transform: `translate(${x} ${y})` },
      svg("rect", frame),
      ...texts,
    );
  }

  /**
   * The gate before hidden: a bar across the way if it is shut, along it if it is open.
   *
   * @param {Point} place
   * @param {boolean} open
   */
  gate([x, y], open) {
    const at = this.narrow ? [x, y - 60] : [x - 74, y];
    const [dx, dy] = this.narrow === open ? [0, 13] : [13, 0];
    return svg("path", { class: "gate", d: `M${at[0] - dx},${at[1] - dy}l${2 * dx},${2 * dy}` });
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    new TinyNetwork(stage, model.get("data"));
    return () => stage.end();
  },
};
