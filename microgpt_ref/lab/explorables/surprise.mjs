/**
 * The surprise −ln p: a point to drag along the curve, a button that halves p, and beside it the
 * surprise as a stack of blocks, one ln 2 for each halving.
 */

import { Stage, html, svg } from "./parts.mjs";

/** @typedef {{ p: number, vocab_size: number, nothing: number, ln2: number }} Data */

const [WIDTH, HEIGHT] = [620, 330];
const [LEFT, TOP, RIGHT, BOTTOM] = [56, 24, 500, 286];
const MOST = 7; // nats, at the top of the chart
const LEAST = 0.001; // the smallest p
const STACK = { left: 540, width: 44 };

const STYLE = /* css */ `
.layout { display: grid; gap: 0.7rem; }
svg { max-width: 42rem; touch-action: none; cursor: ew-resize; }
.axis { fill: none; stroke: var(--x-soft); stroke-width: 1; }
.axis.dashed { stroke-dasharray: 6 4; }
.curve { fill: none; stroke: var(--x-accent); stroke-width: 3; }
.drop { fill: none; stroke: var(--x-accent); stroke-width: 1.5; stroke-dasharray: 2 4; }
.point { fill: var(--x-accent); stroke: var(--x-paper); stroke-width: 3; }
.halo { fill: var(--x-accent); opacity: 0.16; }
.block { fill: var(--x-accent); opacity: 0.85; }
.block.part { opacity: 0.4; }
svg text { fill: var(--x-soft); font-size: 13px; }
svg .strong { fill: var(--x-ink); font-weight: 700; font-size: 16px; }
.line { font-size: 1.1rem; min-height: 3em; }
.line b { color: var(--x-accent); font-family: var(--x-mono); }
@container (max-width: 30rem) {
  svg text { font-size: 20px; }
  svg .strong { font-size: 23px; }
}
`;

/** @param {number} p */
function place(p) {
  return [LEFT + (RIGHT - LEFT) * p, BOTTOM - ((BOTTOM - TOP) * -Math.log(p)) / MOST];
}

/** The curve's path. */
function curve() {
  const low = Math.exp(-MOST);
  const points = Array.from({ length: 81 }, (_, i) => place(low * (1 / low) ** (i / 80)));
  return `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L")}`;
}

/**
 * A probability in digits that suit its size.
 *
 * @param {number} p
 */
function short(p) {
  return p >= 0.01 ? String(Number(p.toFixed(3))) : String(Number(p.toFixed(5)));
}

class Surprise {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.p = data.p;
    this.drop = svg("path", { class: "drop" });
    this.halo = svg("circle", { class: "halo", r: 20 });
    this.point = svg("circle", { class: "point", r: 10 });
    this.label = svg("text", { class: "strong" });
    this.blocks = svg("g", {});
    this.picture = this.draw();
    this.line = html("p", { class: "line" });
    const range = { min: LEAST, max: 1, step: "any", value: this.p };
    this.slider = stage.slider("p", /** @type {any} */ (range), (p) => this.set(p));
    this.halve = stage.button("Halve p", () => this.set(this.p / 2));
    this.whole = stage.button("Back to 1", () => this.set(1), { class: "quiet" });
    const controls = html("div", { class: "controls" }, this.halve, this.whole);
    controls.append(this.slider.element);
    stage.body.append(html("div", { class: "layout" }, this.picture, this.line, controls));
    this.listen();
    this.show();
  }

  /** The chart, without what moves. */
  draw() {
    const nothing = place(1 / this.data.vocab_size)[1];
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((p) =>
      svg(
        "text",
        { x: place(1)[0] * p + LEFT * (1 - p), y: BOTTOM + 20, "text-anchor": "middle" },
        `${p}`,
      ),
    );
    const nats = [0, 2, 4, 6].map((n) =>
      svg("text", { x: LEFT - 10, y: place(Math.exp(-n))[1] + 5, "text-anchor": "end" }, `${n}`),
    );
    return svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT + 10}`, "aria-hidden": "true" },
      svg("path", { class: "axis", d: `M${LEFT},${TOP}V${BOTTOM}H${RIGHT}` }),
      svg("path", { class: "axis dashed", d: `M${LEFT},${nothing}H${RIGHT}` }),
      svg(
        "text",
        { x: RIGHT, y: nothing - 8, "text-anchor": "end" },
        `knowing nothing: ln ${this.data.vocab_size}`,
      ),
      svg("path", { class: "curve", d: curve() }),
      ...ticks,
      ...nats,
      svg("text", { x: 8, y: 14 }, "surprise in nats"),
      svg("text", { x: (LEFT + RIGHT) / 2, y: HEIGHT + 4, "text-anchor": "middle" }, "p"),
      this.drop,
      this.blocks,
      this.halo,
      this.point,
      this.label,
    );
  }

  /** Let the point be dragged. */
  listen() {
    const { signal } = this.stage;
    const move = (/** @type {PointerEvent} */ event) => {
      const box = this.picture.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * WIDTH;
      this.set((x - LEFT) / (RIGHT - LEFT));
    };
    this.picture.addEventListener(
      "pointerdown",
      (event) => {
        this.picture.setPointerCapture(event.pointerId);
        move(event);
      },
      { signal },
    );
    this.picture.addEventListener(
      "pointermove",
      (event) => {
        if (this.picture.hasPointerCapture(event.pointerId)) move(event);
      },
      { signal },
    );
  }

  /**
   * Take a probability, as near as the picture has it.
   *
   * @param {number} p
   */
  set(p) {
    this.p = Math.max(LEAST, Math.min(1, p));
    this.show();
  }

  /** Let all parts show the probability. */
  show() {
    const { p, data } = this;
    const nats = -Math.log(p) + 0;
    const [x, y] = place(p);
    for (const circle of [this.halo, this.point]) {
      circle.setAttribute("cx", String(x));
      circle.setAttribute("cy", String(y));
    }
    this.drop.setAttribute("d", `M${x},${BOTTOM}V${y}H${LEFT}`);
    this.label.textContent = nats.toFixed(4);
    this.label.setAttribute("x", String(x > 400 ? x - 16 : x + 18));
    this.label.setAttribute("text-anchor", x > 400 ? "end" : "start");
    this.label.setAttribute("y", String(Math.max(TOP + 10, y - 12)));
    this.stack(nats);
    this.halve.disabled = p / 2 < LEAST;
    const among = 1 / p;
    const words =
      among < 1.05
        ? "It saw the token coming."
        : `As unsure as if it had to choose among ${Number(among.toPrecision(3))} tokens.`;
    this.line.replaceChildren("It gave the token a probability of ", html("b", {}, short(p)));
    this.line.append(", so its surprise is ", html("b", {}, nats.toFixed(4)), ` nats. ${words}`);
    if (nats > data.nothing + 1e-9) this.line.append(" That’s worse than knowing nothing.");
    this.slider.input.value = String(p);
    this.slider.input.setAttribute("aria-valuetext", this.line.textContent ?? "");
  }

  /**
   * Build the stack of halvings.
   *
   * @param {number} nats
   */
  stack(nats) {
    const unit = ((BOTTOM - TOP) * this.data.ln2) / MOST;
    const count = nats / this.data.ln2;
    const whole = Math.floor(count + 1e-6);
    const { left: x, width } = STACK;
    const blocks = Array.from({ length: Math.ceil(count - 1e-6) }, (_, i) => {
      const share = i < whole ? 1 : count - whole;
      const height = Math.max(0.5, unit * share - 2);
      const y = BOTTOM - unit * i - height - 1;
      return svg("rect", { class: share < 1 ? "block part" : "block", x, y, width, height, rx: 3 });
    });
    const words = `${Number(count.toFixed(2))} × ln 2`;
    const label = svg("text", { x: x + width / 2, y: BOTTOM + 20, "text-anchor": "middle" }, words);
    this.blocks.replaceChildren(...blocks, label);
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    new Surprise(stage, model.get("data"));
    return () => stage.end();
  },
};
