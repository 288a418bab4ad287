/**
 * The table of stages: options with their defaults, and learning rates by optimizer.
 *
 * Made from the Python package by `python -m tools.making.js_stages`: don't edit it here.
 */

/**
 * @typedef {object} Stage
 * @property {Record<string, number | string>} options what can be set from outside
 * @property {Record<string, number>} rates of the first step; the first optimizer is the default
 * @property {boolean} wholeNumbers what its weights are; floats elsewhere
 */

/** @type {Record<string, Stage>} */
export const STAGES = {
  train0: {
    options: {},
    rates: {
      count: 0,
    },
    wholeNumbers: true,
  },
  train1: {
    options: {
      n_embd: 16,
      temperature: 0.5,
    },
    rates: {
      sgd: 1,
    },
    wholeNumbers: false,
  },
  train2: {
    options: {
      n_embd: 16,
      temperature: 0.5,
    },
    rates: {
      sgd: 1,
    },
    wholeNumbers: false,
  },
  train3: {
    options: {
      n_embd: 16,
      block_size: 16,
      temperature: 0.5,
    },
    rates: {
      sgd: 0.1,
    },
    wholeNumbers: false,
  },
  train4: {
    options: {
      n_layer: 1,
      n_embd: 16,
      n_head: 4,
      block_size: 16,
      optimizer: "adam",
      batch: 1,
      temperature: 0.5,
    },
    rates: {
      adam: 0.01,
      sgd: 0.1,
    },
    wholeNumbers: false,
  },
};

/** @type {import("./settings.mjs").Size[]} */
export const SIZES = ["n_layer", "n_embd", "n_head", "block_size"];

/** In a sample of the stages that have no block_size. */
export const MAX_TOKENS = 16;

export const ADAM = {
  beta1: 0.85,
  beta2: 0.99,
  eps: 1e-8,
};

export const CHECKPOINT = {
  format: "microgpt_ref checkpoint",
  version: 1,
};
