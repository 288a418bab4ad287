/**
 * Attention of one head at one position, and its way back, as in `transformer.py` and `gpt.py`.
 *
 * A head works on a slice of the query, keys and values: those from `first` on, `size` of them. The
 * keys and values of all positions so far lie in a cache, so that no mask is needed.
 */

/** @typedef {{first: number, size: number}} Head */

/** Keys and values of a layer, and their gradients: a row (n_embd,) for each position. */
export class Cache {
  /**
   * @param {number} block_size
   * @param {number} n_embd
   */
  constructor(block_size, n_embd) {
    this.width = n_embd;
    this.keys = new Float64Array(block_size * n_embd);
    this.values = new Float64Array(block_size * n_embd);
    this.dkeys = new Float64Array(block_size * n_embd);
    this.dvalues = new Float64Array(block_size * n_embd);
  }
}

/**
 * Set scores[j] to q · k_j / √size, for the keys of the first n positions.
 *
 * @param {Float64Array} q
 * @param {Cache} cache
 * @param {number} n
 * @param {Head} head
 * @param {Float64Array} scores
 */
export function score(q, { keys, width }, n, { first, size }, scores) {
  const root = Math.sqrt(size);
  for (let j = 0; j < n; j++) {
    const k = j * width;
    let sum = q[first] * keys[k + first];
    for (let i = first + 1; i < first + size; i++) sum += q[i] * keys[k + i];
    scores[j] = sum / root;
  }
}

/**
 * Set the head's slice of the output to the average of the first n values, weighted by p (n,).
 *
 * @param {Float64Array} p
 * @param {Cache} cache
 * @param {number} n
 * @param {Head} head
 * @param {Float64Array} output
 */
export function average(p, { values, width }, n, { first, size }, output) {
  for (let i = first; i < first + size; i++) {
    let sum = p[0] * values[i];
    for (let j = 1; j < n; j++) sum += p[j] * values[j * width + i];
    output[i] = sum;
  }
}

/**
 * The way back of `average`: set dp (n,), and add to the cache's dvalues.
 *
 * @param {Float64Array} doutput
 * @param {Float64Array} p
 * @param {Cache} cache
 * @param {number} n
 * @param {Head} head
 * @param {Float64Array} dp
 */
export function averageBackward(doutput, p, { values, dvalues, width }, n, { first, size }, dp) {
  for (let j = 0; j < n; j++) {
    const v = j * width;
    let sum = 0;
    for (let i = first; i < first + size; i++) {
      sum += doutput[i] * values[v + i];
      dvalues[v + i] += doutput[i] * p[j];
    }
    dp[j] = sum;
  }
}

/**
 * The way back of softmax, in place: dscores = p (dp - sum(dp p)).
 *
 * @param {Float64Array} p
 * @param {number} n
 * @param {Float64Array} dp
 */
export function softmaxBackward(p, n, dp) {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += dp[j] * p[j];
  for (let j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - sum);
}

/**
 * The way back of `score`: add to dq, and to the cache's dkeys.
 *
 * @param {Float64Array} dscores
 * @param {Float64Array} q
 * @param {Cache} cache
 * @param {number} n
 * @param {Head} head
 * @param {Float64Array} dq
 */
export function scoreBackward(dscores, q, { keys, dkeys, width }, n, { first, size }, dq) {
  const root = Math.sqrt(size);
  for (let j = 0; j < n; j++) {
    const k = j * width;
    const d = dscores[j] / root;
    for (let i = first; i < first + size; i++) {
      dq[i] += d * keys[k + i];
      dkeys[k + i] += d * q[i];
    }
  }
}
