/**
 * Step backward through a graph: buttons and a slider move the step, a switch the order; graph,
 * line and table follow. All numbers and words are those of `step_backward.py`.
 */

import { GRAPH_STYLE, Graph } from "./backward_graph.mjs";
import { Stage, html, written } from "./parts.mjs";

/** @typedef {import("./backward_graph.mjs").Data} Data */
/** @typedef {import("./backward_graph.mjs").Step} Step */

const PAUSE = 1400; // milliseconds from step to step
const KEYS = { tabindex: "0", role: "group", "aria-label": "The gradients after each step" };

const STYLE = /* css */ `
.layout {
  display: grid;
  grid-template: "order" "graph" "line" "controls" "table" / minmax(0, 1fr);
  gap: 0.9rem;
}
@container (min-width: 44rem) {
  .layout {
    grid-template:
      "graph order" auto
      "graph line" auto
      "graph controls" auto
      "graph table" 1fr / minmax(0, 26rem) minmax(0, 1fr);
    column-gap: 2rem;
  }
}
.order { grid-area: order; }
.graph { grid-area: graph; max-width: 27rem; width: 100%; margin-inline: auto; }
.line { grid-area: line; min-height: 4.4em; font-size: 1.05rem; }
.layout > .controls { grid-area: controls; }
.layout > .controls .field { flex: 1 1 12rem; }
.table { grid-area: table; min-height: calc(var(--rows) * 1.85rem); overflow-x: auto; }

.early .line, .wrong .line { color: var(--x-bad); }
.early .line::before, .wrong .line::before { content: "✗ "; font-weight: 700; }
.right .line::before { content: "✓ "; color: var(--x-good); font-weight: 700; }

table { border-collapse: collapse; width: 100%; font: 400 0.95rem/1.3 var(--x-sans); }
th[colspan] { text-align: left; }
th { color: var(--x-soft); font-weight: 600; font-size: 0.88rem; text-align: right; }
:is(th, td) { padding: 0.3rem 0.45rem; }
td { text-align: right; font-family: var(--x-mono); font-variant-numeric: tabular-nums; }
:is(th, td):is(:nth-child(1), :nth-child(2)) { text-align: left; white-space: nowrap; }
thead th { border-bottom: 2px solid var(--x-accent); }
tbody tr { cursor: pointer; }
tbody tr:hover { background: color-mix(in srgb, var(--x-ink) 6%, transparent); }
tbody tr[aria-current] { background: var(--x-wash); box-shadow: inset 4px 0 0 var(--x-accent); }
tbody tr.later td { border-color: transparent; color: transparent; }
td.changed { color: var(--x-accent-ink); font-weight: 700; }
tbody tr.end:not(.later) td { border-top: 1px solid var(--x-line); }
tbody tr.end td:first-child { font: inherit; }
td.missed { font-weight: 700; }
td.off { color: var(--x-bad); text-decoration: underline wavy; text-underline-offset: 0.2em; }
`;

/** The table of gradients after each step, the last node first. */
class Table {
  /** @param {(step: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.body = html("tbody");
    this.head = html("thead");
    this.element = html(
      "div",
      { class: "table", ...KEYS },
      html("table", {}, this.head, this.body),
    );
  }

  /**
   * Make the rows of a walk.
   *
   * @param {Data} data
   * @param {Step[]} steps
   */
  fill(data, steps) {
    const names = data.nodes.map(({ name }) => html("th", { scope: "col" }, name)).reverse();
    const heads = [html("th", { scope: "col" }, "step"), html("th", { colspan: 2 }, "hands on")];
    this.head.replaceChildren(html("tr", {}, ...heads, ...names));
    const rows = steps.slice(0, -1).map((step, k) => html("tr", {}, ...cells(data, step, k)));
    this.body.replaceChildren(...rows, html("tr", { class: "end" }, ...lastCells(data, steps)));
    [...this.body.rows].forEach((row, k) => {
      row.addEventListener("click", () => this.choose(k));
    });
  }

  /**
   * Mark the row of a step; those after it aren't filled in yet.
   *
   * @param {number} k
   */
  show(k) {
    [...this.body.rows].forEach((row, i) => {
      row.classList.toggle("later", i > k);
      if (i === k) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
  }
}

/**
 * The cells of a step's row.
 *
 * @param {Data} data
 * @param {Step} step
 * @param {number} k
 */
function cells(data, { edge, amount, grads, handed }, k) {
  const arrow = edge === null ? null : data.edges[edge];
  const names = arrow && [arrow.to, arrow.from].map((i) => data.nodes[i].name);
  const words = [String(k), names?.join(" → ") ?? "", amount ? `+${written(amount)}` : ""];
  const numbers = grads.map((grad, i) => {
    const changed = arrow?.from === i;
    return html("td", { class: changed && (handed ? "off" : "changed") }, written(grad));
  });
  return [...words.map((word) => html("td", {}, word)), ...numbers.reverse()];
}

/**
 * The cells of the last row: what the gradients should be, and which of them are not.
 *
 * @param {Data} data
 * @param {Step[]} steps
 */
function lastCells(data, steps) {
  const right = rightGrads(data);
  const numbers = right.map((grad, i) => {
    const same = grad === steps[steps.length - 1].grads[i];
    return html("td", { class: !same && "missed" }, written(grad));
  });
  return [html("td", { colspan: 3 }, "should be"), ...numbers.reverse()];
}

/** @param {Data} data */
function rightGrads({ walks }) {
  return walks.topological[walks.topological.length - 1].grads;
}

/** All of it: the state, and what shows it. */
class StepBackward {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.order = data.order;
    this.k = data.step;
    this.graph = new Graph(data);
    this.table = new Table((k) => this.go(k));
    this.line = html("p", { class: "line" });
    const { orders } = data;
    const turn = (/** @type {string} */ order) => this.turn(order);
    const { element } = stage.choice("The order of the way back", orders, this.order, turn);
    this.back = stage.button("Back", () => this.go(this.k - 1), { class: "quiet" });
    this.next = stage.button("Step", () => this.go(this.k + 1));
    this.play = stage.button("Play", () => this.toggle(), { class: "quiet" });
    const range = { min: 0, max: 1, value: 0 };
    this.slider = stage.slider("step", range, (k) => this.go(k));
    this.layout = html(
      "div",
      { class: "layout" },
      html("div", { class: "order" }, element),
      this.graph.element,
      this.line,
      html("div", { class: "controls" }, this.next, this.back, this.play, this.slider.element),
      this.table.element,
    );
    stage.body.append(this.layout);
    /** @type {(() => void) | null} */
    this.stop = null;
    stage.signal.addEventListener("abort", () => this.graph.rest());
    const most = Math.max(...orders.map((order) => data.walks[order].length));
    this.table.element.style.setProperty("--rows", String(most + 1));
    this.table.fill(data, this.steps);
    this.show();
  }

  get steps() {
    return this.data.walks[this.order];
  }

  /**
   * Take the other way back, from its beginning.
   *
   * @param {string} order
   */
  turn(order) {
    this.order = order;
    this.table.fill(this.data, this.steps);
    this.k = 0;
    this.show();
  }

  /**
   * Go to a step.
   *
   * @param {number} k
   */
  go(k) {
    const forward = k === this.k + 1;
    this.k = Math.max(0, Math.min(k, this.steps.length - 1));
    this.show();
    const { edge, amount } = this.steps[this.k];
    if (!forward || edge === null || this.stage.calm) this.graph.rest();
    else this.graph.fly(edge, amount ?? 0);
    if (!this.stop) this.stage.say(this.steps[this.k].line);
  }

  /** Play the steps one after the other, or stop. */
  toggle() {
    if (this.stop) return this.halt();
    if (this.k === this.steps.length - 1) this.go(0);
    else this.go(this.k + 1);
    this.stop = this.stage.every(PAUSE, () => {
      this.go(this.k + 1);
      if (this.k === this.steps.length - 1) this.halt();
    });
    this.play.textContent = "Stop";
  }

  /** Stop playing. */
  halt() {
    this.stop?.();
    this.stop = null;
    this.play.textContent = "Play";
    this.stage.say(this.steps[this.k].line);
  }

  /** Let all parts show the step. */
  show() {
    const { steps, k, data } = this;
    const last = steps.length - 1;
    this.graph.show(steps[k], k === last ? rightGrads(data) : null);
    this.table.show(k);
    this.line.textContent = steps[k].line;
    const { early = [], handed = 0, grads } = steps[k];
    const right = grads.every((grad, i) => grad === rightGrads(data)[i]);
    this.layout.classList.toggle("early", early.length > 0 || handed > 0);
    this.layout.classList.toggle("right", k === last && right);
    this.layout.classList.toggle("wrong", k === last && !right);
    this.back.disabled = k === 0;
    this.next.disabled = k === last;
    this.slider.name.textContent = `step ${k} of ${last}`;
    this.slider.input.max = String(last);
    this.slider.input.value = String(k);
    this.slider.input.setAttribute("aria-valuetext", steps[k].line);
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE + GRAPH_STYLE);
    new StepBackward(stage, model.get("data"));
    return () => stage.end();
  },
};
