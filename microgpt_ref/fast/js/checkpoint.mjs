/**
 * A model as a checkpoint: format, version, stage, settings, vocabulary and weights.
 *
 * `checkpoint.py` reads what this writes, and the other way round, with weights that are equal to
 * the last bit.
 */

import { Model } from "./model.mjs";
import { CHECKPOINT, STAGES } from "./stages.mjs";
import { Tokenizer } from "./tokenizer.mjs";

/**
 * @typedef {object} Checkpoint
 * @property {string} format
 * @property {number} version
 * @property {string} stage
 * @property {import("./settings.mjs").Sizes} settings
 * @property {string[]} vocabulary
 * @property {import("./weights.mjs").Lists} weights
 */

/**
 * The content of a model's checkpoint.
 *
 * @param {Model} model
 * @returns {Checkpoint}
 */
export function toCheckpoint({ stage, settings, tokenizer, weights }) {
  const vocabulary = tokenizer.characters;
  return { ...CHECKPOINT, stage, settings, vocabulary, weights: weights.toLists() };
}

/**
 * The same as text, such as Python's `checkpoint.load` reads.
 *
 * NB: JSON.stringify writes the float 1.0 as 1, which Python would take for a whole number.
 *
 * @param {Model} model
 */
export function checkpointText(model) {
  const { weights, ...rest } = toCheckpoint(model);
  const { wholeNumbers } = STAGES[model.stage];
  const written = (/** @type {number} */ x) => {
    const digits = Object.is(x, -0) ? "-0" : String(x);
    return wholeNumbers || !/^-?\d+$/.test(digits) ? digits : `${digits}.0`;
  };
  const row = (/** @type {number[]} */ numbers) => `[${numbers.map(written).join(", ")}]`;
  const matrices = Object.entries(weights).map(
    ([name, rows]) => `${JSON.stringify(name)}: [${rows.map(row).join(", ")}]`,
  );
  return `${JSON.stringify(rest).slice(0, -1)}, "weights": {${matrices.join(", ")}}}\n`;
}

/**
 * The model that a checkpoint's content describes.
 *
 * @param {Checkpoint} content
 * @throws {RangeError} for what is wrong with it
 */
export function fromCheckpoint({ format, version, stage, settings, vocabulary, weights }) {
  if (format !== CHECKPOINT.format || version !== CHECKPOINT.version) {
    throw new RangeError(`it is no ${CHECKPOINT.format} of version ${CHECKPOINT.version}`);
  }
  const model = new Model(new Tokenizer(vocabulary), stage, settings);
  if (String(model.tokenizer.characters) !== String(vocabulary)) {
    throw new RangeError("its vocabulary must be sorted, with each character once");
  }
  checkLists(model, weights);
  model.weights.setLists(weights);
  return model;
}

/**
 * Check that names, shapes and numbers are those of the model's weights.
 *
 * @param {Model} model
 * @param {import("./weights.mjs").Lists} lists
 */
function checkLists({ weights: { matrices } }, lists) {
  const [ours, theirs] = [Object.keys(matrices), Object.keys(lists)];
  if (String([...ours].sort()) !== String([...theirs].sort())) {
    throw new RangeError(`its matrices are ${theirs.join(", ")}: they must be ${ours.join(", ")}`);
  }
  for (const [name, { rows, columns }] of Object.entries(matrices)) {
    const fits = (/** @type {number[]} */ row) =>
      row.length === columns && row.every((x) => Number.isFinite(x));
    if (lists[name].length === rows && lists[name].every(fits)) continue;
    throw new RangeError(`${name} must have ${rows} rows of ${columns} finite numbers`);
  }
}
