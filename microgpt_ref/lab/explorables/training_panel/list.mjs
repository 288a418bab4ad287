/**
 * A list of names of the reader's own: what of it is used, what is odd about it, what can't be.
 *
 * The tokenizer takes any characters, so nearly any list works: capitals, other alphabets, words,
 * place names. What a reader should know is said in a sentence, and what can't be in one that says
 * what would be right.
 */

import { readDocs } from "../../../fast/js/tokenizer.mjs";
import { BLOCK, count } from "./choices.mjs";

export const MOST_CHARACTERS = 1_000_000; // of a list; more would hold up the page
export const MOST_LETTERS = 1_000; // different ones: each has a row in three of the matrices

/**
 * @typedef {object} Inspection
 * @property {string} text what is trained on
 * @property {boolean} whole false if it is the beginning of a longer one
 * @property {number} names
 * @property {string[]} letters
 * @property {boolean} capitals true if the list has letters that could be written small
 * @property {string} problem why it can't be trained on, or ""
 * @property {string[]} notes what is good to know
 */

/**
 * The beginning of a text that is not too long, up to the end of a line; null if all of it is used.
 *
 * @param {string} text
 */
export function cut(text) {
  if (text.length <= MOST_CHARACTERS) return null;
  const beginning = text.slice(0, MOST_CHARACTERS);
  const end = beginning.lastIndexOf("\n");
  return end < 0 ? beginning : beginning.slice(0, end);
}

/**
 * The text of a file, or its beginning; no more of it than is used is ever read.
 *
 * @param {Blob} file
 * @returns {Promise<{text: string, whole: boolean}>}
 */
export async function readFile(file) {
  const text = await file.slice(0, MOST_CHARACTERS + 4).text();
  const beginning = cut(text);
  if (beginning !== null) return { text: beginning, whole: false };
  if (file.size <= MOST_CHARACTERS + 4) return { text, whole: true };
  return { text: text.slice(0, text.lastIndexOf("\n") + 1) || text, whole: false };
}

/**
 * What there is to say of a list.
 *
 * @param {string} text
 * @param {boolean} [whole] false if only its beginning is here
 * @returns {Inspection}
 */
export function inspect(text, whole = true) {
  const empty = { text, whole, names: 0, letters: [], capitals: false, notes: [] };
  if (text.trim() === "") {
    return { ...empty, problem: "The list is empty: write one name per line." };
  }
  try {
    return inspectNames(text, readDocs(text), whole);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return { ...empty, problem: `The list can't be read: ${message}.` };
  }
}

/**
 * @param {string} text
 * @param {string[]} names
 * @param {boolean} whole
 * @returns {Inspection}
 */
function inspectNames(text, names, whole) {
  const letters = [...new Set(names.join(""))].sort();
  const capitals = letters.some(isCapital);
  const found = { text, whole, names: names.length, letters, capitals, problem: "", notes: [] };
  if (letters.includes("\uFFFD")) {
    return { ...found, problem: "The file isn't UTF-8 text: save it as UTF-8 and open it again." };
  }
  if (letters.length > MOST_LETTERS) {
    const problem =
      `The list has ${count(letters.length)} different characters: with at most ` +
      `${count(MOST_LETTERS)}, training still takes seconds.`;
    return { ...found, problem };
  }
  return { ...found, notes: notes(names, letters, capitals, whole) };
}

/**
 * @param {string[]} names
 * @param {string[]} letters
 * @param {boolean} capitals
 * @param {boolean} whole
 */
function notes(names, letters, capitals, whole) {
  const said = [];
  if (!whole) {
    said.push(
      `The file is long: its first ${count(names.length)} lines are used, ` +
        `${count(MOST_CHARACTERS)} characters.`,
    );
  }
  if (names.length === 1) said.push(`There is only one line: write one name per line.`);
  if (capitals) said.push(`To the model, “${pair(letters)}” are two different letters.`);
  const long = names.filter((name) => [...name].length > BLOCK).length;
  if (long === 1) said.push(`1 of them has more than ${BLOCK} letters, and is cut.`);
  if (long > 1) said.push(`${count(long)} of them have more than ${BLOCK} letters, and are cut.`);
  return said;
}

/** @param {string} letter */
const isCapital = (letter) => letter !== letter.toLowerCase();

/**
 * A capital of the list and the small letter of it.
 *
 * @param {string[]} letters
 */
function pair(letters) {
  const capital = letters.find(isCapital) ?? "";
  return `${capital}” and “${capital.toLowerCase()}`;
}

/**
 * What a list holds, in a few words.
 *
 * @param {Inspection} inspection
 */
export function summary({ names, letters }) {
  const few = letters.length <= 40 ? `: ${letters.join("").replace(" ", "␣")}` : "";
  const lines = names === 1 ? "1 name" : `${count(names)} names`;
  return `${lines}, ${letters.length} different characters${few}`;
}

/**
 * The beginning of names as the model knows letters: small where it has no capitals.
 *
 * @param {string} text
 * @param {string[]} letters
 * @returns {{prompt: string, problem: string}}
 */
export function readPrompt(text, letters) {
  const known = new Set(letters);
  const characters = [...text.trimStart()].map((letter) => {
    const small = letter.toLowerCase();
    return known.has(letter) || !known.has(small) ? letter : small;
  });
  const unknown = characters.find((letter) => !known.has(letter));
  if (unknown !== undefined) {
    const problem = `The model has never seen “${unknown}”: use letters of its list.`;
    return { prompt: "", problem };
  }
  if (characters.length >= BLOCK) {
    const problem = `A name has at most ${BLOCK} letters: begin with fewer.`;
    return { prompt: "", problem };
  }
  return { prompt: characters.join(""), problem: "" };
}
