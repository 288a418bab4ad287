/**
 * Attention in three steps: arrows for a query and keys to drag, the shares that softmax makes of
 * their products, and the values, each as long as its share, laid end to end.
 */

import { Stage, html, svg } from "./parts.mjs";
import { softmax } from "./softmax_arrows.mjs";

/**
 * @typedef {[number, number]} Vector
 * @typedef {object} Data
 * @property {string[]} letters
 * @property {Vector} query
 * @property {Vector[]} keys
 * @property {Vector[]} values
 * @property {number} reach
 */

const SIZE = 320; // of a plane's picture
const MIX_REACH = 1.25;
const NUDGE = 0.1; // of an arrow key

const STYLE = /* css */ `
.layout { display: grid; gap: 1rem 1.6rem; grid-template-columns: minmax(0, 1fr); }
@container (min-width: 46rem) {
  .layout { grid-template-columns: 20rem minmax(0, 1fr) 17rem; }
  .foot { grid-column: 1 / -1; }
}
.heading { margin: 0 0 0.4rem; font: 700 1rem/1.3 var(--x-sans); }
.plane { background: var(--x-paper); border-radius: 0.8rem; touch-action: none; max-width: 21rem; }
.axis { stroke: color-mix(in srgb, var(--x-ink) 20%, transparent); stroke-width: 1; }
.plane text { fill: var(--x-soft); font-size: 13px; }
.arrow { stroke: var(--x-accent); stroke-width: 3; fill: none; }
.arrow.head { fill: var(--x-accent); stroke: none; }
.query .arrow, .output .arrow { stroke: var(--x-ink); stroke-width: 4; }
.query .head, .output .head { fill: var(--x-ink); stroke: none; }
.faint .arrow { opacity: 0.25; }
.handle { cursor: grab; outline: none; }
.grip { fill: none; }
.handle .grip { fill: var(--x-accent); fill-opacity: 0; stroke: none; }
.handle:hover .grip { fill-opacity: 0.14; }
.handle:focus-visible .grip { stroke: var(--x-accent); stroke-width: 3; }
.query.handle .grip { fill: var(--x-ink); fill-opacity: 0.1; }
.handle .name { fill: var(--x-accent); font: 700 19px var(--x-mono); }
.query .name { fill: var(--x-ink); font: 700 15px var(--x-sans); }
.output .name { fill: var(--x-ink); font: 700 15px var(--x-sans); }
table { border-collapse: collapse; width: 100%; }
th { color: var(--x-soft); font: 600 0.88rem/1.3 var(--x-sans); text-align: right; padding: 0.2rem 0.3rem; }
td { padding: 0.35rem 0.3rem; text-align: right; font: 400 1rem/1.2 var(--x-mono); font-variant-numeric: tabular-nums; }
td:first-child, th:first-child { text-align: left; font: 700 1.2rem/1 var(--x-mono); }
td.share { width: 55%; }
.bar { position: relative; display: block; height: 1.7rem; border-radius: 0.3rem; text-align: left;
  background: color-mix(in srgb, var(--x-ink) 9%, transparent); }
.bar i { position: absolute; inset: 0 auto 0 0; border-radius: 0.3rem; background: var(--x-accent); opacity: 0.85; }
.bar b { position: absolute; right: 0.4rem; font: 600 0.95rem/1.7rem var(--x-mono);
  text-shadow: 0 0 4px var(--x-panel), 0 0 4px var(--x-panel); }
.line { font-size: 1.05rem; min-height: 3em; }
.line b { font-family: var(--x-mono); }
.foot { display: flex; flex-wrap: wrap; gap: 0.6rem 1.2rem; align-items: center; justify-content: space-between; }
`;

/** @param {number} x */
function two(x) {
  const text = Math.abs(x).toFixed(2);
  return Number(text) && x < 0 ? `−${text}` : text;
}

/** A plane with arrows in it. */
class Plane {
  /**
   * @param {number} reach
   * @param {string} label
   */
  constructor(reach, label) {
    this.unit = SIZE / 2 / reach;
    const half = SIZE / 2;
    this.element = svg(
      "svg",
      { class: "plane", viewBox: `0 0 ${SIZE} ${SIZE}` },
      svg("path", { class: "axis", d: `M0,${half}H${SIZE}M${half},0V${SIZE}` }),
    );
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", label);
  }

  /** @param {Vector} point */
  place([x, y]) {
    return [SIZE / 2 + this.unit * x, SIZE / 2 - this.unit * y];
  }

  /**
   * The point that lies under the pointer.
   *
   * @param {PointerEvent} event
   * @returns {Vector}
   */
  under(event) {
    const box = this.element.getBoundingClientRect();
    const [px, py] = [
      ((event.clientX - box.left) / box.width) * SIZE,
      ((event.clientY - box.top) / box.height) * SIZE,
    ];
    return [(px - SIZE / 2) / this.unit, (SIZE / 2 - py) / this.unit];
  }
}

/** An arrow of a plane; `show` moves it. */
class Arrow {
  /**
   * @param {Plane} plane
   * @param {string} look
   * @param {string} name
   */
  constructor(plane, look, name) {
    this.plane = plane;
    this.line = svg("path", { class: "arrow" });
    this.head = svg("path", { class: "arrow head" });
    this.grip = svg("circle", { class: "grip", r: 22 });
    this.name = svg("text", { class: "name", "text-anchor": "middle" }, name);
    this.element = svg("g", { class: look }, this.line, this.head, this.grip, this.name);
    plane.element.append(this.element);
  }

  /**
   * @param {Vector} start
   * @param {Vector} end
   */
  show(start, end) {
    const [[x, y], [x2, y2]] = [this.plane.place(start), this.plane.place(end)];
    const length = Math.hypot(x2 - x, y2 - y) || 1;
    const [ux, uy] = [(x2 - x) / length, (y2 - y) / length];
    const size = Math.min(12, length);
    const [bx, by] = [x2 - size * ux, y2 - size * uy];
    this.line.setAttribute("d", `M${x},${y}L${bx},${by}`);
    const [px, py] = [-uy * size * 0.5, ux * size * 0.5];
    this.head.setAttribute("d", `M${x2},${y2}L${bx + px},${by + py} ${bx - px},${by - py}z`);
    this.grip.setAttribute("cx", String(x2));
    this.grip.setAttribute("cy", String(y2));
    this.name.setAttribute("x", String(x2 + 18 * ux - (Math.abs(ux) < 0.3 ? 14 : 0)));
    this.name.setAttribute("y", String(y2 + 5 + 16 * uy + (Math.abs(uy) < 0.3 ? 20 : 0)));
  }
}

class AttentionSteps {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.query = /** @type {Vector} */ ([...data.query]);
    this.keys = data.keys.map((key) => /** @type {Vector} */ ([...key]));
    this.plane = new Plane(data.reach, "Query and keys: drag them, or use the arrow keys");
    this.mix = new Plane(MIX_REACH, "Values, mixed");
    this.keyArrows = data.letters.map((letter, i) => {
      const arrow = new Arrow(this.plane, "handle key", letter);
      this.handle(arrow, `key of ${letter}`, () => this.keys[i]);
      return arrow;
    });
    this.queryArrow = new Arrow(this.plane, "handle query", "query");
    this.handle(this.queryArrow, "query", () => this.query);
    this.whole = data.letters.map(() => new Arrow(this.mix, "faint", ""));
    this.parts = data.letters.map((letter) => new Arrow(this.mix, "part", letter));
    this.output = new Arrow(this.mix, "output", "output");
    this.rows = data.letters.map((letter) => this.row(letter));
    this.line = html("p", { class: "line" });
    this.build();
    this.show();
  }

  /** Put everything in its place. */
  build() {
    const head = html(
      "tr",
      {},
      html("td", {}),
      html("th", { scope: "col" }, "score"),
      html("th", { scope: "col" }, "share"),
    );
    const body = this.rows.map(({ element }) => element);
    const table = html("table", {}, html("thead", {}, head), html("tbody", {}, ...body));
    const heads = ["1. Scores: query · key", "2. Shares: softmax", "3. Values, mixed"];
    const steps = [this.plane.element, table, this.mix.element];
    const boxes = steps.map((step, i) =>
      html("div", {}, html("p", { class: "heading" }, heads[i]), step),
    );
    const back = this.stage.button("Start again", () => this.restart(), { class: "quiet" });
    const foot = html(
      "div",
      { class: "foot" },
      this.line,
      html("div", { class: "controls" }, back),
    );
    this.stage.body.append(html("div", { class: "layout" }, ...boxes, foot));
  }

  /**
   * A letter's row of the table.
   *
   * @param {string} letter
   */
  row(letter) {
    const score = html("td", {});
    const fill = html("i", {});
    const number = html("b", {});
    const share = html("td", { class: "share" }, html("span", { class: "bar" }, fill, number));
    const element = html("tr", {}, html("td", {}, letter), score, share);
    return { element, score, fill, number };
  }

  /**
   * Let an arrow's tip be dragged, and moved by arrow keys.
   *
   * @param {Arrow} arrow
   * @param {string} label
   * @param {() => Vector} vector
   */
  handle(arrow, label, vector) {
    const { signal } = this.stage;
    const { element } = arrow;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "slider");
    element.setAttribute("aria-label", label);
    element.setAttribute("aria-valuemin", String(-this.data.reach));
    element.setAttribute("aria-valuemax", String(this.data.reach));
    const move = (/** @type {Vector} */ [x, y]) => {
      const { reach } = this.data;
      const at = vector();
      at[0] = Math.max(-reach, Math.min(reach, Math.round(x * 20) / 20));
      at[1] = Math.max(-reach, Math.min(reach, Math.round(y * 20) / 20));
      this.show();
    };
    element.addEventListener(
      "pointerdown",
      (event) => {
        event.preventDefault();
        element.focus();
        element.setPointerCapture(event.pointerId);
      },
      { signal },
    );
    element.addEventListener(
      "pointermove",
      (event) => {
        if (element.hasPointerCapture(event.pointerId)) move(this.plane.under(event));
      },
      { signal },
    );
    element.addEventListener(
      "keydown",
      (event) => {
        const steps = {
          ArrowLeft: [-1, 0],
          ArrowRight: [1, 0],
          ArrowUp: [0, 1],
          ArrowDown: [0, -1],
        };
        const step = steps[/** @type {keyof typeof steps} */ (event.key)];
        if (!step) return;
        event.preventDefault();
        const [x, y] = vector();
        move([x + NUDGE * step[0], y + NUDGE * step[1]]);
        this.stage.say(this.line.textContent ?? "");
      },
      { signal },
    );
  }

  restart() {
    this.query = /** @type {Vector} */ ([...this.data.query]);
    this.keys = this.data.keys.map((key) => /** @type {Vector} */ ([...key]));
    this.show();
  }

  /** Let all parts show the query and the keys. */
  show() {
    const { letters, values } = this.data;
    const scores = this.keys.map((key) => key[0] * this.query[0] + key[1] * this.query[1]);
    const shares = softmax(scores, 1);
    this.queryArrow.show([0, 0], this.query);
    this.queryArrow.element.setAttribute("aria-valuenow", String(this.query[0]));
    this.queryArrow.element.setAttribute("aria-valuetext", this.query.map(two).join(", "));
    /** @type {Vector} */
    let tail = [0, 0];
    letters.forEach((_, i) => {
      const key = this.keys[i];
      this.keyArrows[i].show([0, 0], key);
      this.keyArrows[i].element.setAttribute("aria-valuenow", String(key[0]));
      this.keyArrows[i].element.setAttribute("aria-valuetext", key.map(two).join(", "));
      this.rows[i].score.textContent = two(scores[i]);
      this.rows[i].fill.style.width = `${100 * shares[i]}%`;
      this.rows[i].number.textContent = shares[i].toFixed(3);
      const tip = /** @type {Vector} */ (tail.map((t, j) => t + shares[i] * values[i][j]));
      this.whole[i].show([0, 0], values[i]);
      this.parts[i].show(tail, tip);
      this.parts[i].name.style.display = shares[i] > 0.08 ? "" : "none";
      tail = tip;
    });
    this.output.show([0, 0], tail);
    this.say(shares, tail);
  }

  /**
   * @param {number[]} shares
   * @param {Vector} output
   */
  say(shares, output) {
    const best = shares.indexOf(Math.max(...shares));
    const even = shares.every((share) => Math.abs(share - 1 / shares.length) < 0.02);
    const words = even
      ? "No question, no preference: the shares are even."
      : `The ${this.data.letters[best]} answers, with ${Math.round(100 * shares[best])} percent.`;
    this.line.replaceChildren(
      `The query is [${this.query.map(two).join(", ")}]. ${words} Output: `,
    );
    this.line.append(html("b", {}, `[${output.map(two).join(", ")}]`));
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    new AttentionSteps(stage, model.get("data"));
    return () => stage.end();
  },
};
