// Which passages of the site answer what a reader typed, best first. Words count by how rare they
// are, and more in a heading than below it. Words of a question and endings don't count; a word
// that no passage has is mended if it's nearly one that some have, and else left out.

/**
 * @typedef {object} Passage
 * @property {string} url
 * @property {string} page the title of its page
 * @property {string} title
 * @property {string} text
 * @property {Field[]} fields
 * @property {Set<string>[]} names the words of each name that its title holds
 */
/** @typedef {[words: Map<string, number>, weight: number]} Field */

const IDLE = new Set(
  `a about am an and any are as at be because been but by can could did do does doing done
  explain explained explanation for from get give had has have how i if in instead into is it its
  just like many me meaning much my need no not of on or our please really should so some tell
  than that the their them then there these they this those to too understand us use using
  versus vs was we were what when where which who why will with would you your`.split(/\s+/),
);
// What readers type, and what the course calls it; several words have to be found together.
const ALSO = {
  activation: "relu",
  backprop: "backpropagation",
  clone: "folder",
  crossentropy: "cross entropy",
  cuda: "graphics",
  dataset: "data, names",
  decoder: "transformer",
  distribution: "probabilities",
  encoding: "embedding",
  explode: "too fast, blows",
  forgetting: "learning",
  gpu: "graphics, gpus",
  high: "fast, large",
  inference: "sampling",
  inf: "infinite",
  initialization: "start, random weights, at first",
  initialize: "start, random weights",
  install: "your computer, python 3",
  kv: "keys values, cache",
  layernorm: "layer norm",
  logarithm: "log, ln",
  lr: "learning rate",
  max: "largest",
  memory: "cache",
  multihead: "several heads",
  multiple: "several",
  nan: "overflow, infinite",
  notebook: "lesson",
  own: "my",
  perceptron: "network",
  plot: "figure",
  positional: "position",
  saved: "stored, stays, browser remembers",
  skip: "residual",
  split: "held out, fair",
  sqrt: "square root",
  test: "held out, fair",
  tutorial: "lesson",
  word: "token",
  zero_grad: "cleared, zero gradients",
};
const BEFORE = /[^\p{L}\p{N}_]+/u;
const SATURATES = 1.4; // how often a word stands in a passage matters less and less
const MANY = 40; // words; in a longer passage each counts for less

/**
 * A word without its ending, so that its forms are one.
 * @param {string} word in small letters
 */
export function stem(word) {
  let w = word
    .replace(/yz/g, "ys")
    .replace(/iz(?=[aei])/g, "is")
    .replace(/our$/, "or");
  if (w.length < 4 || /\d/.test(w)) return w;
  if (/[^su]s$/.test(w)) w = w.replace(/(?<=(?:ss|x|ch|sh))es$|s$/, "");
  w = w.replace(/ie$|y$/, "i");
  const short = w.replace(/(?:ation|ing|ed|e)$/, "");
  if (short.length >= 3 && /[aeiou]/.test(short)) w = short;
  return w.replace(/([^aeiouls])\1$/, "$1");
}

/**
 * The words of a text, in small letters; a name's parts count too.
 * @param {string} text
 */
export function words(text) {
  const found = text.toLowerCase().split(BEFORE).filter(Boolean);
  return found.flatMap((word) => (/\w_\w/.test(word) ? [word, ...word.split("_")] : [word]));
}

/**
 * How often each word stands in a text.
 * @param {string} text
 */
function counts(text) {
  const found = new Map();
  for (const word of words(text).map(stem)) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
}

/**
 * The passages of the site, ready to be looked through.
 * @param {[string, [string, string, string, string, string][]][]} rows as passages.py writes them
 * @returns {Passage[]}
 */
export function read(rows) {
  return rows.flatMap(([uri, passages]) => {
    const page = passages[0]?.[1] ?? "";
    return passages.map(([anchor, title, text, code, also]) => {
      const long = Math.max(1, Math.sqrt(text.length / 6 / MANY));
      /** @type {Field[]} */
      const fields = [
        [counts(title), 6 / Math.sqrt(Math.max(1, words(title).length / 2))],
        [counts(also), 4],
        [counts(anchor && page), 0.6],
        [counts(text), 1.6 / long],
        [counts(code), 0.5],
      ];
      const names = title.split(", ").map((name) => new Set(words(name).map(stem)));
      return { url: uri + (anchor && `#${anchor}`), page, title, text, fields, names };
    });
  });
}

/**
 * Whether two words differ by one letter: another one, one more, one less, or two in other order.
 * @param {string} a
 * @param {string} b
 */
export function nearly(a, b) {
  if (Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const [x, y] = [a.slice(i), b.slice(i)];
  const swapped = x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2);
  return swapped || x.slice(1) === y.slice(1) || x === y.slice(1) || x.slice(1) === y;
}

export class Ranking {
  /** @param {Passage[]} passages */
  constructor(passages) {
    this.passages = passages;
    /** @type {Map<string, number>} in how many passages each word stands */
    this.known = new Map();
    for (const { fields } of passages) {
      for (const word of new Set(fields.flatMap(([found]) => [...found.keys()]))) {
        this.known.set(word, (this.known.get(word) ?? 0) + 1);
      }
    }
  }

  /**
   * How much a word tells: the rarer, the more.
   * @param {string} word
   */
  rarity(word) {
    return Math.log(1 + this.passages.length / (this.known.get(word) ?? 0.5));
  }

  /**
   * How a typed word may be found: its own form first; no way if it can't.
   * @param {string} word
   * @returns {string[][]}
   */
  ways(word) {
    const root = stem(word);
    const also = Object.entries(ALSO).find(([typed]) => stem(typed) === root)?.[1] ?? "";
    const ways = also
      .split(", ")
      .filter(Boolean)
      .map((phrase) => words(phrase).map(stem));
    if (this.known.has(root)) ways.unshift([root]);
    if (ways.length || root.length < 3) return ways;
    const all = [...this.known.keys()];
    const begun = all.filter((one) => one.startsWith(root));
    if (begun.length) return begun.map((one) => [one]);
    const near = root.length > 3 ? all.filter((one) => nearly(one, root)) : [];
    near.sort((a, b) => (this.known.get(b) ?? 0) - (this.known.get(a) ?? 0));
    return near.length ? [[near[0]]] : [];
  }

  /**
   * The passages that answer a query, best first, and the words of it that none has.
   * @param {string} query
   */
  find(query) {
    const typed = [...new Set(words(query.replace(/'\w+/g, "")))].filter((w) => w.length > 1);
    const telling = typed.filter((word) => !IDLE.has(word));
    const all = (telling.length ? telling : typed).map((word) => ({ word, ways: this.ways(word) }));
    const slots = all.filter(({ ways }) => ways.length);
    const left = all.filter(({ ways }) => !ways.length).map(({ word }) => word);
    const weights = slots.map(({ ways }) => Math.max(...ways[0].map((word) => this.rarity(word))));
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const found = this.passages.flatMap((passage) => {
      const scores = slots.map((slot, i) => weights[i] * fit(passage, slot.ways));
      const there = weights.reduce((sum, weight, i) => sum + (scores[i] ? weight : 0), 0);
      const named = isNamed(passage, slots) ? 1.5 : 1;
      const score =
        scores.reduce((sum, one) => sum + one, 0) * (there / whole) * named * rank(passage);
      return score ? [{ passage, score }] : [];
    });
    found.sort((a, b) => b.score - a.score);
    const marked = slots.flatMap(({ ways }) => ways.flat());
    return { found: found.map(({ passage }) => passage), left, marked: new Set(marked) };
  }
}

/**
 * How well a passage has a word in one of its ways: 0 if not at all, at most 1.
 * @param {Passage} passage
 * @param {string[][]} ways
 */
function fit({ fields }, ways) {
  const one = (/** @type {string} */ word) => {
    const n = fields.reduce((sum, [found, weight]) => sum + (found.get(word) ?? 0) * weight, 0);
    return n / (n + SATURATES);
  };
  return Math.max(...ways.map((way, i) => Math.min(...way.map(one)) * (i ? 0.85 : 1)));
}

/**
 * Whether a passage's title is what was typed, word for word.
 * @param {Passage} passage
 * @param {{ ways: string[][] }[]} slots
 */
function isNamed({ names }, slots) {
  const within = (/** @type {Set<string>} */ name) =>
    slots.every(({ ways }) => ways.some((way) => way.every((word) => name.has(word))));
  return names.some((name) => name.size <= slots.length && within(name));
}

/**
 * What to show first where several passages say the same.
 * @param {Passage} passage
 */
function rank({ url }) {
  if (url.includes("solutions/")) return 0.45;
  if (url.startsWith("book/api") || url.startsWith("book/exercises")) return 0.6;
  return 1;
}
