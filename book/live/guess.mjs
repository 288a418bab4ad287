// A reader's guess: a field where a lesson asks for a number or a word, and beside it the answer.
// It needs no Python: the answer is that of the printed lesson.

import { hash } from "./memory.mjs";

/**
 * @typedef {object} Question
 * @property {string} ask what is asked for
 * @property {string} shown the answer, as it is shown
 * @property {number} [digits] of a number after its point; a word has none
 * @property {string[]} [choices] of which the answer is one
 */

const TIMES = { k: 1e3, thousand: 1e3, million: 1e6, millions: 1e6, "%": 0.01 };
const ABOUT = /^(?:about|around|roughly|nearly|some|ca\.?|[~≈])\s*/i;

/**
 * The number that somebody meant, or NaN: with a point or a comma, a unit, or as a fraction.
 * @param {string} text
 * @param {boolean} whole whether whole numbers are asked for, so that 1,024 is a thousand
 */
export function parseNumber(text, whole) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(ABOUT, "");
  const fraction = plain.match(/^([+-]?\d+)\s*\/\s*(\d+)$/);
  if (fraction) return Number(fraction[1]) / Number(fraction[2]);
  const parts = plain.match(/^([+-]?[\d.,](?:[\d.,'’\s]*[\d])?\.?)(?:e([+-]?\d+))?\s*([^\d.,]*)$/i);
  if (!parts) return NaN;
  const [, digits, power, unit] = parts;
  const factor = TIMES[/** @type {keyof typeof TIMES} */ (unit.toLowerCase())] ?? 1;
  return Number(`${withPoint(digits.replace(/['’\s]/g, ""), whole)}e${power ?? 0}`) * factor;
}

/**
 * A number as JavaScript writes it: which of points and commas part thousands, and which is the
 * point, has to be guessed.
 * @param {string} digits
 * @param {boolean} whole
 */
function withPoint(digits, whole) {
  const last = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
  if (last < 0) return digits;
  const mark = digits[last];
  const several = digits.indexOf(mark) < last;
  const grouped = /^[+-]?\d{1,3}([.,]\d{3})+$/.test(digits);
  if (several || (grouped && whole)) return digits.replace(/[.,]/g, "");
  return `${digits.slice(0, last).replace(/[.,]/g, "")}.${digits.slice(last + 1)}`;
}

/**
 * How far a guess is from the answer, as it is shown.
 * @param {number} guess
 * @param {Question} question
 */
export function distance(guess, { shown, digits = 0 }) {
  const off = Math.abs(guess - Number(shown.replaceAll(",", "")));
  if (off === 0) return "0";
  const own = (String(guess).split(".")[1] ?? "").length;
  const places = Math.max(digits, Math.min(own, 4));
  return off.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: places });
}

/**
 * What is wrong with a guess, or nothing.
 * @param {string} text
 * @param {Question} question
 */
export function trouble(text, { digits, choices }) {
  if (choices || digits === undefined || !text.trim()) return "";
  if (Number.isFinite(parseNumber(text, digits === 0))) return "";
  return `“${text.trim()}” isn't a number: type one such as ${digits ? "2.5" : "12"}.`;
}

/**
 * Guess, answer, and how far they are apart, as words.
 * @param {string} text
 * @param {Question} question
 */
export function comparison(text, question) {
  const { shown, digits } = question;
  if (!text.trim()) return ["", shown, ""];
  if (digits === undefined) return [text.trim(), shown, ""];
  return [text.trim(), shown, distance(parseNumber(text, digits === 0), question)];
}

/** The form of one cell's questions. */
class Form {
  /**
   * @param {HTMLElement} root the cell's element
   * @param {Question[]} questions
   * @param {import("./memory.mjs").Memory} memory
   * @param {() => void} heard is told that a guess was kept
   */
  constructor(root, questions, memory, heard) {
    this.questions = questions;
    this.memory = memory;
    this.heard = heard;
    this.name = `guess:${root.dataset.cell}`;
    this.form = make("form", "guess");
    this.form.noValidate = true;
    const row = make("div", "fields");
    this.fields = questions.map((question, i) => {
      const field = makeField(question, `${this.name}-${i}`);
      row.append(field.box);
      return field;
    });
    this.fields.at(-1)?.line.append(make("button", "", "Reveal"));
    this.answer = make("output", "answers");
    this.form.append(row, ...this.fields.map(({ error }) => error), this.answer);
    this.fold = /** @type {HTMLDetailsElement | null} */ (root.querySelector("details.hide"));
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.reveal();
    };
    this.fold?.addEventListener("toggle", () => this.fold?.open && this.opened());
    root.prepend(this.form);
    document.addEventListener("course:kept", () => this.recall()); // brought back, or cleared
    this.recall();
  }

  get texts() {
    return this.fields.map(({ input }) => input.value);
  }

  get asked() {
    return this.questions.map(({ ask }) => ask).join("\n");
  }

  /** Show what is wrong, or the answers. */
  reveal() {
    const troubles = this.questions.map((question, i) => trouble(this.texts[i], question));
    if (this.texts.every((text) => !text.trim())) {
      const [{ choices, digits }] = this.questions;
      const example = digits === undefined ? "" : `, such as ${digits ? "2.5" : "12"}`;
      troubles[0] = choices ? "Choose one first." : `Type your guess first${example}.`;
    }
    for (const [i, { input, error }] of this.fields.entries()) {
      error.textContent = troubles[i];
      input.setAttribute("aria-invalid", String(troubles[i] !== ""));
    }
    const wrong = troubles.findIndex((one) => one !== "");
    if (wrong >= 0) {
      this.fields[wrong].input.focus();
      return;
    }
    this.memory.forget(this.name); // an earlier guess isn't put aside
    const unkept = this.memory.set(this.name, this.texts.join("\n"), this.asked);
    this.form.dispatchEvent(new Event("course:guessed", { bubbles: true }));
    this.show(unkept);
    this.heard();
    if (this.fold) this.fold.open = true;
  }

  /** The printed answer was opened otherwise: what was typed stands beside it, if anything was. */
  opened() {
    const typed = this.texts.some((text) => text.trim());
    const sound = this.questions.every((question, i) => !trouble(this.texts[i], question));
    if (typed && sound) this.reveal();
  }

  /** @param {string} unkept why the browser can't keep the guess, or nothing */
  show(unkept = "") {
    const rows = this.questions.map((question, i) => {
      const [guess, answer, off] = comparison(this.texts[i], question);
      const row = make("p", "", this.questions.length > 1 ? `${capital(question.ask)}: ` : "");
      if (guess) row.append("you guessed ", make("strong", "", guess), ", ");
      row.append("the answer is ", make("strong", "", answer), off && `, off by ${off}`);
      return row;
    });
    this.answer.replaceChildren(...rows, unkept);
  }

  /** What was guessed at an earlier visit, and the answer if it was to the same question. */
  recall() {
    const kept = this.memory.get(this.name);
    if (!kept && !this.answer.hasChildNodes()) return; // what is typed now stays
    const texts = kept?.text.split("\n") ?? [];
    this.fields.forEach(({ input }, i) => (input.value = texts[i] ?? ""));
    this.answer.replaceChildren();
    if (kept?.from === hash(this.asked)) this.show();
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {string} className
 * @param {string} text
 */
function make(name, className, text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

/**
 * A question's field with its label, and a place for what is wrong with what was typed.
 * @param {Question} question
 * @param {string} id
 */
function makeField({ ask, choices, digits }, id) {
  const box = make("div", "field");
  const input = choices ? choiceOf(choices) : make("input", "");
  if (input instanceof HTMLInputElement) {
    input.type = "text";
    input.autocomplete = "off";
    input.inputMode = digits === undefined ? "text" : "decimal";
    input.placeholder = "your guess";
  }
  const label = Object.assign(make("label", "", capital(ask)), { htmlFor: id });
  const error = Object.assign(make("p", "trouble"), { id: `${id}-trouble` });
  input.id = id;
  input.setAttribute("aria-describedby", error.id);
  const line = make("div", "line");
  line.append(input);
  box.append(label, line);
  return { box, line, input, error };
}

/** @param {string[]} choices */
function choiceOf(choices) {
  const select = make("select", "");
  select.add(new Option("choose", ""));
  for (const choice of choices) select.add(new Option(choice, choice));
  return select;
}

/** @param {string} text */
function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/**
 * Give the cells of the page that ask for a guess a field for it.
 * @param {import("./memory.mjs").Memory} memory
 * @param {() => void} heard is told that a guess was kept
 */
export function askForGuesses(memory, heard) {
  const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-guess]"));
  for (const root of roots) {
    new Form(root, JSON.parse(root.dataset.guess ?? "[]"), memory, heard);
  }
}
