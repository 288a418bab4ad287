/** The graph of `step_backward.mjs`: its nodes and edges follow the step. */

import { svg, written } from "./parts.mjs";

/**
 * @typedef {{ name: string, made: string, value: number, x: number, y: number, leaf: boolean }} Box
 * @typedef {[x: number, y: number]} Point
 * @typedef {{ from: number, to: number, local: number, points: Point[] }} Edge
 * @typedef {object} Step the first and the last have no edge
 * @property {number[]} grads of each node, after it
 * @property {string} line what it does, in words
 * @property {string[]} states of each node: what stands beside its gradient
 * @property {number | null} edge along which something is handed on
 * @property {number} [amount]
 * @property {number} [handed] the gradient that was handed on along it before
 * @property {string[]} [early] what still has to hand on to the node that hands on
 * @typedef {object} Data
 * @property {number} width
 * @property {number} height
 * @property {[width: number, height: number]} box of a node
 * @property {Box[]} nodes each after those that it was made from
 * @property {Edge[]} edges
 * @property {string[]} orders of the way back
 * @property {Record<string, Step[]>} walks by order
 * @property {string} order
 * @property {number} step
 */

const FLIGHT = 550; // milliseconds of what is handed on

export const GRAPH_STYLE = /* css */ `
.edge path { fill: none; stroke: var(--x-soft); stroke-width: 1.5; }
.edge .down, .edge .up { fill: var(--x-soft); stroke: none; }
.edge .up { display: none; }
.edge.active path { stroke: var(--x-accent); stroke-width: 3; }
.edge.active .up { display: inline; fill: var(--x-accent); }
.edge.active .down { display: none; }
.local text { fill: var(--x-soft); font-size: 15px; text-anchor: middle; }
.local rect { fill: var(--x-panel); }
.local.active text { fill: var(--x-accent-ink); font-weight: 700; }
.flying rect { fill: var(--x-accent); }
.flying text { fill: var(--x-on-accent); font: 700 16px var(--x-mono); text-anchor: middle; }

.node rect { fill: var(--x-paper); stroke: var(--x-accent); stroke-width: 1.5; }
.node.waits rect { stroke-dasharray: 6 4; }
.node.full rect { fill: var(--x-wash); }
.node.hands rect { stroke-width: 4; }
.node text { fill: var(--x-ink); font: 400 16px var(--x-mono); }
.node .label { fill: var(--x-soft); font: 400 14px var(--x-sans); }
.node .grad { fill: var(--x-accent-ink); font: 700 18px var(--x-mono); text-anchor: end; }
.node .value { text-anchor: end; }
.node.wrong rect { stroke: var(--x-bad); }
.node.wrong .grad { fill: var(--x-bad); }
`;

/**
 * The path through an edge's points, upright in each of them.
 *
 * @param {Point[]} points
 */
function curve(points) {
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [[x, y], [x2, y2]] = [points[i - 1], points[i]];
    const middle = (y + y2) / 2;
    path += `C${x},${middle} ${x2},${middle} ${x2},${y2}`;
  }
  return path;
}

/** The graph as a drawing whose parts follow the step. */
export class Graph {
  /** @param {Data} data */
  constructor(data) {
    this.edges = data.edges.map(drawEdge);
    this.locals = data.edges.map(drawLocal);
    this.nodes = data.nodes.map((box) => drawNode(box, data.box));
    this.flying = svg("g", { class: "flying", visibility: "hidden" });
    this.element = svg(
      "svg",
      { class: "graph", viewBox: `0 0 ${data.width} ${data.height}`, "aria-hidden": "true" },
      ...this.edges.map(({ element }) => element),
      ...this.nodes.map(({ element }) => element),
      ...this.locals,
      this.flying,
    );
    this.animation = 0;
  }

  /**
   * Show a step.
   *
   * @param {Step} step
   * @param {number[] | null} right the gradients that they should be, if this is the last
   */
  show({ edge, grads, states, early }, right) {
    this.edges.forEach(({ element }, i) => element.classList.toggle("active", i === edge));
    this.locals.forEach((element, i) => element.classList.toggle("active", i === edge));
    this.nodes.forEach(({ element, grad, label }, i) => {
      const hands = states[i] === "hands on";
      grad.textContent = written(grads[i]);
      const wrong = right !== null && right[i] !== grads[i];
      label.textContent = wrong ? `not ${written(right[i])}` : states[i];
      element.classList.toggle("hands", hands);
      element.classList.toggle("waits", states[i] === "so far");
      element.classList.toggle("full", states[i] === "gradient");
      element.classList.toggle("wrong", wrong || (hands && Boolean(early?.length)));
    });
  }

  /**
   * Let what an arrow hands on fly up along it.
   *
   * @param {number} edge
   * @param {number} amount
   */
  fly(edge, amount) {
    cancelAnimationFrame(this.animation);
    const { path } = this.edges[edge];
    const text = `+${written(amount)}`;
    const half = 5 * text.length + 8;
    this.flying.replaceChildren(
      svg("rect", { x: -half, y: -14, width: 2 * half, height: 28, rx: 14 }),
      svg("text", { y: 6 }, text),
    );
    const [began, length] = [performance.now(), path.getTotalLength()];
    const frame = () => {
      const share = Math.min(1, (performance.now() - began) / FLIGHT);
      const { x, y } = path.getPointAtLength(length * (1 - share) ** 2);
      this.flying.setAttribute("transform", `translate(${x} ${y})`);
      this.flying.setAttribute("visibility", share < 1 ? "visible" : "hidden");
      if (share < 1) this.animation = requestAnimationFrame(frame);
    };
    frame();
  }

  /** Let nothing fly. */
  rest() {
    cancelAnimationFrame(this.animation);
    this.flying.setAttribute("visibility", "hidden");
  }
}

/** @param {Edge} edge */
function drawEdge({ points }) {
  const [[x, y], [x2, y2]] = [points[0], points[points.length - 1]];
  const path = svg("path", { d: curve(points) });
  const up = svg("path", { class: "up", d: `M${x},${y}l-6,11h12z` });
  const down = svg("path", { class: "down", d: `M${x2},${y2}l-5,-9h10z` });
  return { element: svg("g", { class: "edge" }, path, up, down), path };
}

/** @param {Edge} edge */
function drawLocal({ points, local }) {
  const [[x, y], [x2, y2]] = points.slice(-2);
  const text = `× ${written(local)}`;
  const half = 4.6 * text.length + 5;
  const at = `translate(${(x + x2) / 2} ${(y + y2) / 2})`;
  const behind = svg("rect", { x: -half, y: -11, width: 2 * half, height: 22, rx: 11 });
  return svg("g", { class: "local", transform: at }, behind, svg("text", { y: 5 }, text));
}

/**
 * @param {Box} box
 * @param {[width: number, height: number]} size
 */
function drawNode({ name, made, value, x, y, leaf }, [width, height]) {
  const [left, right] = [14 - width / 2, width / 2 - 14];
  const frame = { x: -width / 2, y: -height / 2, width, height };
  const grad = svg("text", { class: "grad", x: right, y: 20 });
  const label = svg("text", { class: "label", x: left, y: 20 });
  const element = svg(
    "g",
    { class: "node", transform: `translate(${x} ${y})` },
    svg("rect", { ...frame, rx: leaf ? 4 : 16 }),
    svg("text", { x: left, y: -7 }, made ? `${name} = ${made}` : name),
    svg("text", { class: "value", x: right, y: -7 }, written(value)),
    label,
    grad,
  );
  return { element, grad, label };
}
