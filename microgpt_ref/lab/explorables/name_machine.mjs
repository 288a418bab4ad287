/**
 * The name machine: one row of the table as bars, a button that draws a letter by them, and a name
 * that grows. Its draws are Python's, so it makes the names that the lesson prints.
 */

import { PythonRandom } from "../../fast/js/random.mjs";
import { Stage, html, svg } from "./parts.mjs";

/**
 * @typedef {object} Data
 * @property {number[][]} counts counts[token][target]
 * @property {string[]} labels the last one begins and ends a name
 * @property {number} seed
 * @property {number} longest letters, before a name is cut off
 * @property {string} opening
 */

const [WIDTH, HEIGHT] = [760, 230];
const [BASE, TALLEST] = [186, 150];
const FLIGHT = 450; // milliseconds that a letter flies
const PAUSE = 620; // from letter to letter of a whole name
const KEPT = 12; // names shown

const STYLE = /* css */ `
.layout { display: grid; gap: 0.6rem; }
.top { display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; align-items: baseline; justify-content: space-between; }
.name { font: 700 clamp(1.9rem, 9cqi, 3.4rem)/1.2 var(--x-mono); min-height: 1.2em; letter-spacing: 0.02em; overflow-wrap: anywhere; }
.name .dot { color: var(--x-soft); }
.name .fresh { color: var(--x-accent); }
.name.over { color: var(--x-accent); }
.cursor { display: inline-block; width: 0.08em; height: 0.9em; margin-left: 0.06em; background: var(--x-accent);
  vertical-align: -0.08em; animation: blink 1.1s steps(2, jump-none) infinite; }
@keyframes blink { to { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .cursor { animation: none; } }
.after { color: var(--x-soft); font-size: 1rem; min-height: 1.45em; }
.after b { color: var(--x-ink); font-family: var(--x-mono); }
.bars { touch-action: manipulation; overflow: visible; }
.bar { fill: var(--x-accent); opacity: 0.38; transition: y 220ms, height 220ms, opacity 150ms; }
.column { cursor: pointer; }
.column:hover .bar, .column.asked .bar { opacity: 0.7; }
.column.drawn .bar { opacity: 1; }
.column .back { fill: transparent; }
.column.here .back { fill: color-mix(in srgb, var(--x-accent) 14%, transparent); }
.bars text { fill: var(--x-ink); font: 400 19px var(--x-mono); text-anchor: middle; }
.bars .share { fill: var(--x-accent); font: 700 16px var(--x-sans); }
.column.drawn text { font-weight: 700; fill: var(--x-accent); }
.flying { position: fixed; left: 0; top: 0; z-index: 9; pointer-events: none; color: var(--x-accent);
  font: 700 2rem/1 var(--x-mono); }
.names { display: flex; flex-wrap: wrap; gap: 0.2rem 0.9rem; min-height: 1.5em; margin: 0; padding: 0; list-style: none;
  font: 400 1.05rem/1.45 var(--x-mono); color: var(--x-soft); }
.names li:first-child { color: var(--x-ink); }
@media (prefers-reduced-motion: reduce) { .bar { transition: none; } }
@container (max-width: 34rem) {
  .bars text { font-size: 25px; }
  .bars .share { font-size: 26px; }
}
`;

class NameMachine {
  /**
   * @param {Stage} stage
   * @param {Data} data
   */
  constructor(stage, data) {
    this.stage = stage;
    this.data = data;
    this.bos = data.labels.length - 1;
    this.dice = new PythonRandom(data.seed);
    /** @type {number[]} */
    this.tokens = [...data.opening].map((letter) => data.labels.indexOf(letter));
    this.opening = true; // until the first draw, which begins a new name
    this.over = false;
    /** @type {number | null} */
    this.drawn = null; // while it flies into the name
    /** @type {number | null} */
    this.held = null; // the row that it is drawn from, shown as long
    this.fresh = false; // whether the name's last letter has just come
    /** @type {number | null} */
    this.asked = null; // the letter whose row is shown without a draw
    /** @type {string[]} */
    this.names = [];
    /** @type {(() => void) | null} */
    this.halt = null;
    this.name = html("div", { class: "name" });
    this.after = html("p", { class: "after" });
    this.columns = data.labels.map((label, token) => this.column(label, token));
    this.share = svg("text", { class: "share" });
    this.bars = svg(
      "svg",
      { class: "bars", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "listbox", tabindex: 0 },
      ...this.columns.map(({ element }) => element),
      this.share,
    );
    this.bars.setAttribute("aria-label", "Letters: the arrow keys show each one’s row");
    this.letter = stage.button("Draw the next letter", () => this.press());
    this.whole = stage.button("A whole name", () => this.run(), { class: "quiet" });
    this.list = html("ul", { class: "names" });
    this.list.setAttribute("aria-label", "Names so far");
    const top = html("div", { class: "top" }, this.name, this.after);
    const controls = html("div", { class: "controls" }, this.letter, this.whole);
    stage.body.append(html("div", { class: "layout" }, top, this.bars, controls, this.list));
    this.listen();
    this.show();
  }

  /** The token whose row is shown: that asked for, or the name's last. */
  get last() {
    if (this.asked !== null) return this.asked;
    if (this.held !== null) return this.held;
    return this.over || !this.tokens.length ? this.bos : this.tokens[this.tokens.length - 1];
  }

  /**
   * A letter with its bar.
   *
   * @param {string} label
   * @param {number} token
   */
  column(label, token) {
    const each = WIDTH / this.data.labels.length;
    const x = each * token;
    const back = svg("rect", { class: "back", x, y: 0, width: each, height: HEIGHT, rx: 5 });
    const bar = svg("rect", { class: "bar", x: x + 2, width: each - 4, rx: 3 });
    const text = svg("text", { x: x + each / 2, y: BASE + 28 }, label);
    const element = svg("g", { class: "column", role: "option" }, back, bar, text);
    element.setAttribute("aria-label", label === "·" ? "the dot" : label);
    return { element, bar, text };
  }

  /** Let a row be looked at by pointing, and by arrow keys. */
  listen() {
    const { signal } = this.stage;
    this.columns.forEach(({ element }, token) => {
      element.addEventListener("click", () => this.ask(token), { signal });
      element.addEventListener(
        "pointerenter",
        (event) => event.pointerType === "mouse" && this.ask(token),
        { signal },
      );
    });
    this.bars.addEventListener("pointerleave", () => this.ask(null), { signal });
    this.bars.addEventListener("blur", () => this.ask(null), { signal });
    this.bars.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const count = this.data.labels.length;
        this.ask((this.last + step + count) % count);
        this.stage.say(this.after.textContent ?? "");
      },
      { signal },
    );
  }

  /**
   * Show a letter's row, or the name's own again.
   *
   * @param {number | null} token
   */
  ask(token) {
    if (this.halt) return;
    this.asked = token;
    this.show();
  }

  /** Draw one letter, as the reader presses. */
  press() {
    this.stop();
    this.draw();
    this.stage.say(`${this.written()}${this.over ? ", a whole name" : ""}`);
  }

  /** Draw the next token, by the bars. */
  draw() {
    this.asked = null;
    this.held = null;
    if (this.opening || this.over) {
      this.opening = false;
      this.over = false;
      this.tokens = [];
    }
    const last = this.last;
    const row = this.data.counts[this.last];
    const sum = row.reduce((a, b) => a + b, 0);
    const tokens = row.map((_, token) => token);
    const [token] = this.dice.choices(
      tokens,
      row.map((count) => count / sum),
    );
    this.fresh = true;
    if (token === this.bos) this.over = true;
    else this.tokens.push(token);
    const cut = this.tokens.length === this.data.longest;
    if (cut) this.over = true;
    if (this.over) {
      this.names.unshift(this.written());
      this.names.length = Math.min(this.names.length, KEPT);
    }
    if (this.stage.calm) return this.show();
    this.held = last;
    this.drawn = token;
    this.show();
    return this.fly(token, this.columns[token].text.getBoundingClientRect());
  }

  /** The name so far, without its dots. */
  written() {
    return this.tokens.map((token) => this.data.labels[token]).join("");
  }

  /** Draw until the name is over. */
  run() {
    if (this.halt) return this.stop();
    if (this.stage.calm) {
      do this.draw();
      while (!this.over);
      return this.stage.say(this.written());
    }
    this.draw();
    if (this.over) return undefined;
    this.whole.textContent = "Stop";
    this.halt = this.stage.every(PAUSE, () => {
      this.draw();
      if (this.over) this.stop();
    });
    return undefined;
  }

  /** Let nothing be drawn by itself. */
  stop() {
    if (!this.halt) return;
    this.halt();
    this.halt = null;
    this.whole.textContent = "A whole name";
    this.stage.say(this.written());
  }

  /**
   * Let a letter fly from its bar into the name.
   *
   * @param {number} token
   * @param {DOMRect} from
   */
  fly(token, from) {
    const fresh = this.name.querySelector(".fresh");
    if (!fresh) return;
    const to = fresh.getBoundingClientRect();
    const element = html(
      "span",
      { class: "flying", "aria-hidden": "true" },
      this.data.labels[token],
    );
    this.stage.root.append(element);
    const frames = [
      { transform: `translate(${from.x}px, ${from.y}px) scale(0.7)` },
      {
        transform: `translate(${(from.x + to.x) / 2}px, ${Math.min(from.y, to.y) - 30}px)`,
        offset: 0.5,
      },
      { transform: `translate(${to.x}px, ${to.y}px) scale(1.2)` },
    ];
    /** @type {HTMLElement} */ (fresh).style.opacity = "0";
    const flight = element.animate(frames, { duration: FLIGHT, easing: "ease-in-out" });
    const land = () => {
      element.remove();
      if (!fresh.isConnected) return; // the next letter is on its way
      this.held = null;
      this.drawn = null;
      this.show();
    };
    flight.onfinish = land;
    flight.oncancel = land;
  }

  /** Let all parts show the state. */
  show() {
    const { labels, counts } = this.data;
    const row = counts[this.last];
    const sum = row.reduce((a, b) => a + b, 0);
    const highest = Math.max(...row);
    const best = row.indexOf(highest);
    this.columns.forEach(({ element, bar }, token) => {
      const height = Math.max(1, (TALLEST * row[token]) / highest);
      bar.setAttribute("y", String(BASE - height));
      bar.setAttribute("height", String(height));
      element.classList.toggle("drawn", token === this.drawn && this.asked === null);
      element.classList.toggle("here", token === this.last);
      element.classList.toggle("asked", token === best && this.drawn === null);
    });
    const each = WIDTH / labels.length;
    const top = BASE - (TALLEST * row[best]) / highest;
    this.share.textContent = `${Math.round((100 * row[best]) / sum)}%`;
    this.share.setAttribute("x", String(Math.min(WIDTH - 22, Math.max(22, each * (best + 0.5)))));
    this.share.setAttribute("y", String(top - 8));
    const last = labels[this.last] === "·" ? "the beginning" : labels[this.last];
    const favorite = labels[best] === "·" ? "the end" : labels[best];
    this.after.replaceChildren("after ", html("b", {}, last), " comes most often ");
    this.after.append(html("b", {}, favorite), `, ${highest} times of ${sum}`);
    this.writeName();
    this.list.replaceChildren(...this.names.map((name) => html("li", {}, name || "(nothing)")));
  }

  /** Write the name, the letter just drawn in color. */
  writeName() {
    const letters = this.tokens.map((token) => this.data.labels[token]);
    const children = [
      html("span", { class: "dot" }, "·"),
      ...letters.map((one) => html("span", {}, one)),
    ];
    if (this.over && this.tokens.length < this.data.longest) {
      children.push(html("span", { class: "dot" }, "·"));
    }
    if (this.fresh) children[children.length - 1].className = "fresh";
    if (!this.over) children.push(html("span", { class: "cursor", "aria-hidden": "true" }));
    this.name.classList.toggle("over", this.over);
    this.name.replaceChildren(...children);
  }
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render({ model, el }) {
    const stage = new Stage({ model, el }, STYLE);
    const machine = new NameMachine(stage, model.get("data"));
    return () => {
      machine.halt?.();
      stage.end();
    };
  },
};
