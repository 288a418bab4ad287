/** Elements with listeners, and changes of them. */

import { html } from "../parts.mjs";

/** @typedef {Record<string, string | number | boolean | EventListener>} Properties */

/**
 * An element with attributes and, by names such as `onclick`, listeners, which go with it.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} [properties]
 * @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, ...content) {
  const made = html(tag, {}, ...content);
  set(made, properties);
  return made;
}

/**
 * Set an element's attributes and listeners; `false` takes an attribute away.
 *
 * @param {Element} made
 * @param {Properties} properties
 */
export function set(made, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === false) made.removeAttribute(name);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * A button beside the main one.
 *
 * @param {string} label
 * @param {() => void} onclick
 */
export const quietButton = (label, onclick) =>
  element("button", { type: "button", class: "quiet", onclick }, label);

/**
 * Set an element's text, unless it has it already: a screen reader would say it again.
 *
 * @param {Element} made
 * @param {string} text
 */
export function write(made, text) {
  if (made.textContent !== text) made.textContent = text;
}
