/**
 * The shapes (rows, columns) of each network's weights by name, in drawing order.
 *
 * A layer's is (n_out, n_in), as in `mlp.py`, `transformer.py` and `gpt.py`.
 */

/** @typedef {import("./weights.mjs").Shapes} Shapes */
/** @typedef {{n_embd: number, n_layer: number, n_head: number, block_size: number}} Sizes */

/**
 * Shapes of train1 and train2.
 *
 * @param {number} vocabSize
 * @param {number} n_embd
 * @returns {Shapes}
 */
export function mlpShapes(vocabSize, n_embd) {
  return { wte: [vocabSize, n_embd], fc1: [4 * n_embd, n_embd], fc2: [vocabSize, 4 * n_embd] };
}

/**
 * Shapes of a block.
 *
 * @param {number} n_embd
 * @param {string} prefix of their names
 * @returns {Shapes}
 */
function blockShapes(n_embd, prefix) {
  /** @type {Shapes} */
  const shapes = {};
  for (const name of ["wq", "wk", "wv", "wo"]) shapes[prefix + name] = [n_embd, n_embd];
  shapes[`${prefix}fc1`] = [4 * n_embd, n_embd];
  shapes[`${prefix}fc2`] = [n_embd, 4 * n_embd];
  return shapes;
}

/**
 * Shapes of train3: one block, in the middle.
 *
 * @param {number} vocabSize
 * @param {Sizes} settings
 * @returns {Shapes}
 */
export function transformerShapes(vocabSize, { n_embd, block_size }) {
  return {
    wte: [vocabSize, n_embd],
    wpe: [block_size, n_embd],
    ...blockShapes(n_embd, ""),
    lm_head: [vocabSize, n_embd],
  };
}

/**
 * Shapes of train4: n_layer blocks, at the end.
 *
 * @param {number} vocabSize
 * @param {Sizes} settings
 * @returns {Shapes}
 */
export function gptShapes(vocabSize, { n_embd, block_size, n_layer }) {
  /** @type {Shapes} */
  const shapes = {
    wte: [vocabSize, n_embd],
    wpe: [block_size, n_embd],
    lm_head: [vocabSize, n_embd],
  };
  for (let i = 0; i < n_layer; i++) Object.assign(shapes, blockShapes(n_embd, `layer${i}.`));
  return shapes;
}
