// What the reader's browser keeps between visits: edited cells by id, answers by exercise, guesses,
// passed checks, and how far each lesson got.
//
// A text is kept with a hash of the printed one that it was made from. If the page has another
// one now, or another tab has kept another text since, what was there is put aside before anything
// is written, and offered until the reader drops it.

const FORMAT = 1; // keys of other formats are never read, changed or removed
const TYPED = /^(?:cell|answer):/; // what two tabs may have typed differently

/**
 * @typedef {object} Kept
 * @property {string} text
 * @property {string} from the hash of the printed text
 * @property {string} [tab] which tab wrote it
 */

/**
 * A short hash of a text, to tell versions apart.
 * @param {string} text
 */
export function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(16).padStart(8, "0");
}

/**
 * What one of our keys holds, or null if we didn't write it.
 * @param {string | null} raw
 * @returns {Kept | null}
 */
function parse(raw) {
  try {
    const kept = JSON.parse(raw ?? "null");
    return typeof kept?.text === "string" && typeof kept.from === "string" ? kept : null;
  } catch {
    return null;
  }
}

/**
 * What to tell somebody whose text could not be kept.
 * @param {unknown} error
 */
function troubleWith(error) {
  const name = error instanceof DOMException ? error.name : "";
  return name === "QuotaExceededError" || name === "NS_ERROR_DOM_QUOTA_REACHED"
    ? "This browser has no room left to keep your text: copy it before you leave."
    : "This browser keeps nothing for this site: copy your text before you leave.";
}

export class Memory {
  /**
   * @param {string} site the path that the site lies below
   * @param {() => Storage} open gives the browser's storage, or throws where it is blocked
   * @param {string} tab tells this tab from others
   */
  constructor(site, open = () => localStorage, tab = Math.random().toString(36).slice(2, 8)) {
    this.site = site.replaceAll(":", "%3A"); // so that no site's keys begin like another's
    this.prefix = `course:${FORMAT}:${this.site}:`;
    this.open = open;
    this.tab = tab;
    /** @type {Map<string, string | null>} */
    this.seen = new Map(); // what this tab last read or wrote
  }

  /** @param {string} name */
  raw(name) {
    try {
      return this.open().getItem(this.prefix + name);
    } catch {
      return null; // blocked
    }
  }

  /**
   * What is kept under a name, or null.
   * @param {string} name such as "cell:train0-1234" or "answer:train0.loss"
   * @returns {Kept | null}
   */
  get(name) {
    const raw = this.raw(name);
    this.seen.set(name, raw);
    return this.peek(name);
  }

  /**
   * The same, without taking it up: it is put aside if this tab writes another text.
   * @param {string} name
   * @returns {Kept | null}
   */
  peek(name) {
    const kept = parse(this.raw(name));
    return kept && { text: kept.text, from: kept.from };
  }

  /**
   * Keep a text; say what went wrong, or nothing.
   * @param {string} name
   * @param {string} text
   * @param {string} printed
   * @returns {string}
   */
  set(name, text, printed) {
    try {
      this.putAside(name, printed, text);
      const kept = JSON.stringify({ text, from: hash(printed), tab: this.tab });
      this.open().setItem(this.prefix + name, kept);
      this.seen.set(name, kept);
      return "";
    } catch (error) {
      return troubleWith(error);
    }
  }

  /**
   * Forget a text that this tab took up or wrote.
   * @param {string} name
   * @param {string} printed
   */
  remove(name, printed) {
    try {
      this.putAside(name, printed);
      this.forget(name);
      this.seen.set(name, null);
    } catch {
      // blocked, or no room to put it aside: then it stays
    }
  }

  /**
   * Forget whatever is kept under a name.
   * @param {string} name
   */
  forget(name) {
    try {
      this.open().removeItem(this.prefix + name);
    } catch {
      // blocked: then nothing is kept
    }
  }

  /**
   * Before a text is overwritten: put it aside if it is another tab's, or made for other print.
   * @param {string} name
   * @param {string} printed
   * @param {string} [text] that is about to be kept
   */
  putAside(name, printed, text) {
    const raw = this.raw(name);
    const kept = parse(raw);
    if (!raw || !kept || !TYPED.test(name) || kept.text === text) return;
    if (raw === this.seen.get(name) && kept.from === hash(printed)) return;
    this.open().setItem(`${this.prefix}other:${name}:${kept.from}${kept.tab ?? ""}`, raw);
  }

  /**
   * Keep something as it was kept elsewhere.
   * @param {string} name
   * @param {Kept} kept
   */
  restore(name, { text, from }) {
    try {
      const kept = JSON.stringify({ text, from, tab: this.tab });
      this.open().setItem(this.prefix + name, kept);
      return "";
    } catch (error) {
      return troubleWith(error);
    }
  }

  /**
   * Keep a text beside the one of this name, to be offered.
   * @param {string} name
   * @param {Kept} kept
   */
  keepBeside(name, kept) {
    return this.restore(`other:${name}:${kept.from}${hash(kept.text)}`, kept);
  }

  /**
   * The texts that were put aside for a cell, with the names that they go by.
   * @param {string} name
   * @returns {{ name: string, text: string, from: string }[]}
   */
  others(name) {
    const names = this.names(`other:${name}:`);
    return names.flatMap((other) => {
      const kept = this.peek(other);
      return kept ? [{ name: other, ...kept }] : [];
    });
  }

  /**
   * The names that begin with `start`.
   * @param {string} start
   * @returns {string[]}
   */
  names(start) {
    const wanted = this.prefix + start;
    return this.keys()
      .filter((key) => key.startsWith(wanted))
      .map((key) => key.slice(this.prefix.length));
  }

  /** Whether the browser lets this site keep nothing at all. */
  get blocked() {
    try {
      return !this.open();
    } catch {
      return true;
    }
  }

  /** How many keys of this site are written in a format that this page doesn't know. */
  foreign() {
    return this.keys().filter((key) => {
      const [course, format, ...rest] = key.split(":");
      const ours = course === "course" && /^\d+$/.test(format ?? "") && rest[0] === this.site;
      return ours && Number(format) !== FORMAT;
    }).length;
  }

  keys() {
    try {
      return Object.keys(this.open());
    } catch {
      return [];
    }
  }
}
