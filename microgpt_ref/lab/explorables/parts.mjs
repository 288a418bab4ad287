/**
 * What explorables are made of: a place to draw in, buttons, sliders, choices, SVG, timers.
 *
 * All that a `Stage` is asked for ends with it: listeners, timers, what it watches.
 */

import { STYLE } from "./style.mjs";

/**
 * @typedef {{ get(name: string): any }} Model what a page or anywidget gives: data, and, where the
 *   explorable has to do without the page's frame, caption and colors
 * @typedef {{ model: Model, el: HTMLElement }} Given
 * @typedef {Node | string} Child
 * @typedef {Record<string, string | number | boolean>} Attributes
 */

const SVG = "http://www.w3.org/2000/svg";
const IN_DARK = { "--own-on-accent": "#141417", "--own-good": "#7fd09a", "--own-bad": "#f39c90" };

/**
 * An HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes] false leaves one out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  fill(element, attributes, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children);
}

/** The place that an explorable draws in, out of reach of the page's own style. */
export class Stage {
  /**
   * @param {Given} given
   * @param {string} [style] what this explorable adds to the look that all share
   */
  constructor({ model, el }, style = "") {
    const caption = model.get("caption");
    const shadow = el.shadowRoot ?? el.attachShadow({ mode: "open" });
    this.root = html("div", { class: caption ? "explorable alone" : "explorable" });
    this.body = html("div", {});
    this.said = html("div", { class: "unseen", role: "status" });
    this.root.append(this.body, this.said);
    if (caption) this.root.append(html("p", { class: "caption" }, caption));
    shadow.replaceChildren(html("style", {}, STYLE + style), this.root);
    this.ending = new AbortController();
    this.keepKeys(el);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const colors = model.get("colors");
    if (colors) this.followGround(colors);
  }

  /** Aborted when the explorable is taken away. */
  get signal() {
    return this.ending.signal;
  }

  /** Take everything away, and stop all that goes on. */
  end() {
    this.ending.abort();
    this.root.remove();
  }

  /**
   * Keep keys from the page around: to it, what is typed in here is typed nowhere, and it would
   * take letters and arrows for its shortcuts.
   *
   * @param {HTMLElement} el
   */
  keepKeys(el) {
    el.dataset.lmSuppressShortcuts = "true"; // JupyterLab's word for it
    const { signal } = this;
    this.root.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  }

  /**
   * Call `f` every so many milliseconds; returns what stops it.
   *
   * @param {number} milliseconds
   * @param {() => void} f
   */
  every(milliseconds, f) {
    const timer = setInterval(f, milliseconds);
    const stop = () => clearInterval(timer);
    this.signal.addEventListener("abort", stop);
    return stop;
  }

  /**
   * Tell a screen reader what has changed.
   *
   * @param {string} text
   */
  say(text) {
    this.said.textContent = text;
  }

  /**
   * A button.
   *
   * @param {string} name
   * @param {() => void} press
   * @param {Attributes} [attributes] such as `class: "quiet"`
   */
  button(name, press, attributes = {}) {
    const element = html("button", { type: "button", ...attributes }, name);
    element.addEventListener("click", press, { signal: this.signal });
    return element;
  }

  /**
   * A slider with its label; `input` is the slider itself, `name` holds the words beside it.
   *
   * @param {string} label
   * @param {{ min: number, max: number, step?: number | "any", value: number }} range
   * @param {(value: number) => void} change
   */
  slider(label, range, change) {
    const input = html("input", { type: "range", ...range });
    const listener = () => change(input.valueAsNumber);
    input.addEventListener("input", listener, { signal: this.signal });
    const name = html("span", {}, label);
    return { element: html("label", { class: "field" }, name, input), input, name };
  }

  /**
   * A choice between two or three words; `choose` sets it without calling `change`.
   *
   * @param {string} label what is chosen, for who can't see it
   * @param {string[]} options
   * @param {string} value
   * @param {(option: string) => void} change
   */
  choice(label, options, value, change) {
    const name = `choice-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    const inputs = options.map((option) =>
      html("input", { type: "radio", name, value: option, checked: option === value }),
    );
    const labels = inputs.map((input) => html("label", {}, input, input.value));
    const legend = html("legend", { class: "unseen" }, label);
    const element = html("fieldset", { class: "choice" }, legend, ...labels);
    const listener = () => change(inputs.find((input) => input.checked)?.value ?? value);
    element.addEventListener("change", listener, { signal: this.signal });
    /** @param {string} option */
    const choose = (option) => inputs.forEach((input) => (input.checked = input.value === option));
    return { element, choose };
  }

  /**
   * Take the color for a light or a dark ground, and follow a change of the ground: notebooks
   * don't know the colors of stages.
   *
   * @param {[string, string]} colors on paper, and in the dark
   */
  followGround([onPaper, inDark]) {
    const set = () => {
      const channels = getComputedStyle(this.root).color.match(/[\d.]+/g) ?? ["0"];
      const dark = channels.slice(0, 3).reduce((sum, one) => sum + Number(one), 0) > 3 * 128;
      this.root.style.setProperty("--own-stage", dark ? inDark : onPaper);
      for (const [name, color] of Object.entries(IN_DARK)) {
        if (dark) this.root.style.setProperty(name, color);
        else this.root.style.removeProperty(name);
      }
    };
    const observer = new MutationObserver(() => setTimeout(set, 100));
    for (const element of [document.documentElement, document.body]) {
      observer.observe(element, { attributes: true });
    }
    this.signal.addEventListener("abort", () => observer.disconnect());
    requestAnimationFrame(set); // once it is in the page, and has a color
  }
}

/**
 * A number as the course writes it: four digits, and a minus sign of its own.
 *
 * @param {number} x
 */
export function written(x) {
  return String(Number(x.toPrecision(4))).replace("-", "−");
}
