/**
 * What a model is like, and the checks of what comes from outside, as in `settings.py`.
 *
 * Every error names the value and what would be right.
 */

import { MAX_TOKENS, SIZES, STAGES } from "./stages.mjs";

/** @typedef {"n_layer" | "n_embd" | "n_head" | "block_size"} Size */
/** @typedef {Partial<Record<Size, number>>} Sizes */

/**
 * The stage's row in the table of stages.
 *
 * @param {string} stage
 */
export function findStage(stage) {
  if (Object.hasOwn(STAGES, stage)) return STAGES[stage];
  throw new RangeError(`unknown stage '${stage}': use one of ${Object.keys(STAGES).join(", ")}`);
}

/**
 * Check that the stage has an option.
 *
 * @param {string} stage
 * @param {string} name
 */
export function checkOption(stage, name) {
  if (name in findStage(stage).options) return;
  const having = Object.keys(STAGES).filter((other) => name in STAGES[other].options);
  throw new RangeError(`${name} is not an option of ${stage}: use it with ${having.join(", ")}`);
}

/**
 * Check that a value is a whole number, 1 or more.
 *
 * @param {string} name
 * @param {number} value
 */
export function checkPositive(name, value) {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`${name} ${value} is out of range: use a whole number, 1 or more`);
}

/**
 * Check that a value is a finite number above 0.
 *
 * @param {number} value
 */
export function checkTemperature(value) {
  if (Number.isFinite(value) && value > 0) return;
  throw new RangeError(`temperature ${value} is out of range: use a finite number above 0`);
}

/**
 * All sizes that a stage has: those given, and else its defaults.
 *
 * @param {string} stage
 * @param {Sizes} given
 * @returns {Sizes}
 * @throws {RangeError} for what can't be
 */
export function allSizes(stage, given = {}) {
  const { options } = findStage(stage);
  /** @type {Sizes} */
  const sizes = {};
  for (const name of SIZES) {
    const value = given[name] ?? options[name];
    if (given[name] !== undefined) checkOption(stage, name);
    if (value === undefined) continue;
    checkPositive(name, Number(value));
    sizes[name] = Number(value);
  }
  const { n_head = 1, n_embd = n_head } = sizes;
  if (n_embd % n_head === 0) return sizes;
  throw new RangeError(
    `n_embd ${n_embd} can't be shared among ${n_head} heads: use a multiple of n_head ${n_head}`,
  );
}

/**
 * The optimizer and the learning rate of a run: those given, and else the stage's own.
 *
 * @param {string} stage
 * @param {string} [optimizer]
 * @param {number} [rate]
 */
export function learningOf(stage, optimizer, rate) {
  const { rates } = findStage(stage);
  const chosen = optimizer ?? Object.keys(rates)[0];
  if (Object.hasOwn(rates, chosen)) return { optimizer: chosen, rate: rate ?? rates[chosen] };
  const names = Object.keys(rates).join(" or ");
  throw new RangeError(`unknown optimizer '${chosen}' for ${stage}: use ${names}`);
}

/**
 * How many tokens a sample has at most.
 *
 * @param {Sizes} sizes
 */
export function maxTokens({ block_size }) {
  return block_size ?? MAX_TOKENS;
}
