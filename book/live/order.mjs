// Which cells have to run before another one, and which are out of date after it: no page needed.

/**
 * What the order has to know of a cell.
 * @typedef {object} Entry
 * @property {string} id
 * @property {Set<string>} tags
 * @property {string} text as it would run now
 * @property {string} printed as the page was built with
 * @property {string | null} ran the text that Python holds the results of, or null
 * @property {string} [quick] a text that binds the same names sooner
 */

// of Python's, that a line which binds names may have besides them
const WORDS = ["from", "import", "for", "with", "if", "while", "try", "async", "as", "in"];
const LEFT_OUT = ["check", "live", "desk"];

/**
 * Whether a cell runs only when its own Run is pressed: what others build on is never in it.
 * @param {Entry} cell
 */
export function runsAlone(cell) {
  return LEFT_OUT.some((tag) => cell.tags.has(tag));
}

/**
 * The cells above `target` that haven't run as they now stand, in order.
 * @template {Entry} T
 * @param {T[]} cells all of the page's, in order
 * @param {T} target
 * @returns {T[]}
 */
export function needed(cells, target) {
  const above = cells.slice(0, cells.indexOf(target));
  return above.filter((cell) => !runsAlone(cell) && cell.ran !== cell.text);
}

/**
 * The cells below `cell` whose results were made with what it was before: none unless it changed.
 * @template {Entry} T
 * @param {T[]} cells
 * @param {T} cell which is about to run, and still has `ran` as it was
 * @returns {T[]}
 */
export function outdated(cells, cell) {
  if (cell.text === (cell.ran ?? cell.printed)) return [];
  return cells.slice(cells.indexOf(cell) + 1).filter((other) => other.ran !== null);
}

/**
 * What Python loses when it is ended at `target`: the cells to run again, and the others that ran.
 * @template {Entry} T
 * @param {T[]} cells
 * @param {T} target
 * @returns {{ again: T[], lost: T[] }}
 */
export function lostAt(cells, target) {
  const place = cells.indexOf(target);
  const ran = cells.filter((cell) => cell.ran !== null);
  const again = ran.filter((cell) => cells.indexOf(cell) < place && !runsAlone(cell));
  return { again, lost: ran.filter((cell) => !again.includes(cell)) };
}

/**
 * Whether a cell may run in its quick form: nothing was edited that it is made from.
 *
 * An answer to an exercise is no edit unless it binds a name that other cells use.
 * @param {Entry[]} cells
 * @param {Entry} cell
 */
export function hasQuickForm(cells, cell) {
  if (!cell.quick || cell.text !== cell.printed) return false;
  const above = cells.slice(0, cells.indexOf(cell)).filter((other) => !runsAlone(other));
  return above.every((other) => other.text === other.printed || isHarmless(cells, other));
}

/**
 * @param {Entry[]} cells
 * @param {Entry} answer
 */
function isHarmless(cells, answer) {
  if (!answer.tags.has("exercise")) return false;
  const others = cells.filter((cell) => !runsAlone(cell) && !cell.tags.has("exercise"));
  const used = new Set(others.flatMap((cell) => cell.printed.match(/\w+/g) ?? []));
  return boundNames(answer.text).every((name) => !used.has(name));
}

/**
 * The names that a text binds at its top level, or may bind.
 * @param {string} text
 * @returns {string[]}
 */
function boundNames(text) {
  return (text.match(/^\w.*$/gm) ?? []).flatMap((line) => {
    const defined = line.match(/^(?:def|class)\s+(\w+)/);
    if (defined) return [defined[1]];
    const block = /^(?:from|import|for|with|if|while|try|async)\b/.test(line);
    const binding = block ? line : line.includes("=") ? line.split("=")[0] : "";
    return (binding.match(/[A-Za-z_]\w*/g) ?? []).filter((word) => !WORDS.includes(word));
  });
}
