// The line at the foot of each page that keeps the site for use without a network.
//
// It keeps the site at the reader's wish, or a while after a cell has run on a page, as Python is
// there by then. What is kept is brought up to date when a page of a newer build is opened.

import { deleteOthers, drop, isFull, keep } from "./keep.mjs";
import { cacheNames, isWhole, prefix } from "./kept.mjs";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const HOME = new URL("../../", script.src).href;
const REFUSED = `course:1:${new URL(HOME).pathname}:offline`; // in the storage, where the reader
// has removed what was kept: then nothing is kept but at a press of the button
const AFTER_RUN = 5000; // ms

/**
 * An element with some properties.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} properties
 * @returns {HTMLElementTagNameMap[Name]}
 */
function make(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

class Line {
  /** @param {HTMLElement} root with the build's name and size */
  constructor(root) {
    this.root = root;
    this.build = root.dataset.build ?? "";
    this.size = `${root.dataset.megabytes} MB`;
    this.button = make("button", { type: "button", className: "button quiet" });
    this.bar = make("progress", { hidden: true });
    this.bar.setAttribute("aria-label", "Keeping the site");
    this.words = make("span", { className: "status" });
    this.words.setAttribute("role", "status");
    this.busy = false;
    root.append(this.words, this.bar, this.button);
    root.hidden = false;
  }

  /**
   * Show what can be done.
   * @param {string} name of the button, or nothing for none
   * @param {() => void} press
   * @param {string} words
   */
  show(name, press, words = "") {
    Object.assign(this.button, {
      textContent: name,
      onclick: press,
      hidden: !name,
    });
    this.words.textContent = words;
    this.bar.hidden = true;
  }

  offer(words = "") {
    const press = () => {
      remember(false);
      void navigator.storage?.persist?.(); // some browsers forget a site after a few days
      void this.keep();
    };
    this.show(`Keep for offline (${this.size})`, press, words);
  }

  confirm() {
    this.show("Remove", () => void this.remove(), "Kept. This site opens and runs offline.");
  }

  /** Bring what is kept up to date, and show how things stand. */
  async begin() {
    const names = await cacheNames(HOME);
    if (await this.whole()) {
      this.confirm();
      await deleteOthers(HOME, this.build);
    } else if (names.length && !refused()) await this.keep();
    else this.offer();
  }

  /** Keep the site after a cell has run, unless it is kept. */
  async after() {
    if (await this.whole()) return;
    await this.keep();
  }

  /** Whether all of this page's build is kept. */
  whole() {
    return isWhole(HOME, prefix(HOME) + this.build);
  }

  /** Keep the site, in one page of the site at a time. */
  async keep() {
    if (this.busy) return;
    this.busy = true;
    this.show("", () => undefined, `Keeping for offline, ${this.size} …`);
    try {
      await navigator.locks.request(prefix(HOME), () =>
        keep(HOME, this.build, (share) => this.advance(share)),
      );
      await navigator.serviceWorker.register(`${HOME}sw.js`, { scope: HOME });
      this.confirm();
    } catch (error) {
      const why = isFull(error)
        ? "This browser has no room left for it."
        : "It couldn't be kept whole this time; what is there already is not fetched again.";
      this.offer(why);
    }
    this.busy = false;
  }

  /** @param {number} share */
  advance(share) {
    this.bar.hidden = false;
    this.bar.value = share;
  }

  async remove() {
    remember(true);
    await drop(HOME);
    const registration = await navigator.serviceWorker.getRegistration(HOME);
    if (registration?.scope === HOME) await registration.unregister();
    this.offer("Removed.");
  }
}

/**
 * Remember whether the reader wants nothing kept.
 * @param {boolean} nothing
 */
function remember(nothing) {
  try {
    if (nothing) localStorage.setItem(REFUSED, "no");
    else localStorage.removeItem(REFUSED);
  } catch {
    // blocked: then it holds for this page
  }
}

/** Whether nothing is to be kept unless the reader asks for it. */
function refused() {
  try {
    return localStorage.getItem(REFUSED) !== null;
  } catch {
    return true;
  }
}

/** Whether the reader's network counts each byte. */
function sparing() {
  return /** @type {any} */ (navigator).connection?.saveData === true;
}

/** Whether this browser can keep a site, at this address. */
function able() {
  try {
    return Boolean(navigator.serviceWorker && navigator.locks && caches && crypto.subtle);
  } catch {
    return false;
  }
}

function start() {
  const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-offline]"));
  if (!root?.dataset.build || !able()) return;
  document.head.append(make("link", { rel: "manifest", href: `${HOME}manifest.webmanifest` }));
  const line = new Line(root);
  line.begin().catch(() => (root.hidden = true));
  const afterRun = () => {
    if (!refused() && !sparing()) setTimeout(() => void line.after(), AFTER_RUN);
  };
  document.addEventListener("course:ran", afterRun, { once: true });
}

if (location.protocol !== "file:") start();
