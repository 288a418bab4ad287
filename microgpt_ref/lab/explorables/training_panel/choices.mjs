/** What a reader can choose, and at which steps of a run the panel looks at the model. */

/**
 * @typedef {object} Choices
 * @property {number} width n_embd, the length of a vector
 * @property {number} heads
 * @property {number} layers
 * @property {number} steps
 * @property {number} rate the learning rate of the first step
 */

/** @type {Record<keyof Choices, number[]>} */
export const OPTIONS = {
  width: [4, 8, 16, 32, 64],
  heads: [1, 2, 4, 8],
  layers: [1, 2, 3, 4],
  steps: [100, 300, 1000, 3000, 10000],
  rate: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
};

/** @type {Readonly<Choices>} of the course's own run */
export const DEFAULTS = { width: 16, heads: 4, layers: 1, steps: 1000, rate: 0.01 };

export const BLOCK = 16; // positions, and so the most letters of a name

/** @type {Readonly<{seed: number, temperature: number, samples: number}>} */
export const DRAWING = { seed: 42, temperature: 0.5, samples: 20 };

/**
 * True if a vector of this width can be shared among as many heads.
 *
 * @param {number} width
 * @param {number} heads
 */
export const fits = (width, heads) => width % heads === 0;

/**
 * The choices with one changed; fewer heads, if the width can't be shared among them.
 *
 * @param {Choices} choices
 * @param {Partial<Choices>} change
 * @returns {Choices}
 */
export function choose(choices, change) {
  const chosen = { ...choices, ...change };
  const possible = OPTIONS.heads.filter((heads) => fits(chosen.width, heads));
  if (possible.includes(chosen.heads)) return chosen;
  return { ...chosen, heads: possible[possible.length - 1] };
}

/**
 * The steps after which the invented names get a row of their own.
 *
 * @param {number} steps of the run
 */
export function milestones(steps) {
  const all = [0, 10, 50, 100, 300, 1000, 3000, 10000];
  return [...all.filter((step) => step < steps), steps];
}

/**
 * The steps after which the model is asked for names while it trains: at first after each, then
 * less and less often, and at all milestones.
 *
 * @param {number} steps of the run
 */
export function watched(steps) {
  const found = new Set(milestones(steps));
  for (let step = 1; step < steps; step = Math.ceil(step * 1.12)) found.add(step);
  return [...found].sort((a, b) => a - b);
}

/**
 * What sets a run apart from the course's own, in a few words; "" if nothing does.
 *
 * @param {Choices} choices
 */
export function described(choices) {
  const words = {
    width: `width ${choices.width}`,
    heads: choices.heads === 1 ? "1 head" : `${choices.heads} heads`,
    layers: choices.layers === 1 ? "1 layer" : `${choices.layers} layers`,
    steps: `${count(choices.steps)} steps`,
    rate: `rate ${choices.rate}`,
  };
  const names = /** @type {(keyof Choices)[]} */ (Object.keys(words));
  return names
    .filter((name) => choices[name] !== DEFAULTS[name])
    .map((name) => words[name])
    .join(", ");
}

/**
 * A whole number as people write it: 1,000.
 *
 * @param {number} number
 */
export const count = (number) => number.toLocaleString("en");
