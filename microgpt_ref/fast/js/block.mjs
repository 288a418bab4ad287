/**
 * A layer of the transformer, and its way back, as `block` in `gpt.py`.
 *
 *     middle = x + wo attention(wq y, wk y, wv y)    with y = rmsnorm(x)
 *     x = middle + fc2 relu(fc1 z)                   with z = rmsnorm(middle)
 *
 * What a position computes on the way forward is kept for the way back.
 */

import * as attention from "./attention.mjs";
import { addTo, linear, linearBackward, relu, reluBackward, RMSNORM, softmax } from "./layers.mjs";

/** @typedef {import("./weights.mjs").Matrix} Matrix */
/** @typedef {import("./shapes.mjs").Sizes} Sizes */
/** @typedef {Record<"wq" | "wk" | "wv" | "wo" | "fc1" | "fc2", Matrix>} Matrices */

const NAMES = ["wq", "wk", "wv", "wo", "fc1", "fc2"];

/** What a block keeps of a position. */
class State {
  /**
   * @param {Sizes} sizes
   * @param {attention.Cache} cache
   * @param {number} t
   */
  constructor({ n_embd, n_head, block_size }, cache, t) {
    const row = (/** @type {Float64Array} */ matrix) =>
      matrix.subarray(t * n_embd, (t + 1) * n_embd);
    this.y = new Float64Array(n_embd);
    this.yScale = 0;
    this.q = new Float64Array(n_embd);
    this.k = row(cache.keys);
    this.v = row(cache.values);
    this.dk = row(cache.dkeys);
    this.dv = row(cache.dvalues);
    /** how much each head looks at each position: n_head times (block_size,) */
    this.attentionWeights = Array.from({ length: n_head }, () => new Float64Array(block_size));
    this.heads = new Float64Array(n_embd); // their outputs, one after another
    this.middle = new Float64Array(n_embd);
    this.z = new Float64Array(n_embd);
    this.zScale = 0;
    this.hidden = new Float64Array(4 * n_embd);
    this.x = new Float64Array(n_embd);
  }
}

/** Gradients that are needed for a moment, on the way back through one position. */
class Gradients {
  /** @param {Sizes} sizes */
  constructor({ n_embd, block_size }) {
    this.dhidden = new Float64Array(4 * n_embd);
    this.dz = new Float64Array(n_embd);
    this.dheads = new Float64Array(n_embd);
    this.dq = new Float64Array(n_embd);
    this.dy = new Float64Array(n_embd);
    this.dp = new Float64Array(block_size); // of one head's attention weights; set, not added to
  }

  /** Set all that is added to back to 0. */
  clear() {
    for (const d of [this.dhidden, this.dz, this.dheads, this.dq, this.dy]) d.fill(0);
  }
}

/** One of the layers. */
export class Block {
  /**
   * @param {Record<string, Matrix>} weights of the whole network
   * @param {Record<string, Matrix>} grads
   * @param {string} prefix of the names of this block's matrices
   * @param {Sizes} sizes
   */
  constructor(weights, grads, prefix, sizes) {
    this.weights = pick(weights, prefix);
    this.grads = pick(grads, prefix);
    this.sizes = sizes;
    this.cache = new attention.Cache(sizes.block_size, sizes.n_embd);
    /** @type {State[]} by position */
    this.states = [];
    const size = sizes.n_embd / sizes.n_head;
    this.heads = Array.from({ length: sizes.n_head }, (_, h) => ({ first: h * size, size }));
    this.passing = new Gradients(sizes);
    this.norm = RMSNORM;
    this.residuals = true;
  }

  /**
   * x (n_embd,) of position t after this layer, from x before it.
   *
   * @param {Float64Array} x
   * @param {number} t
   */
  forward(x, t) {
    const state = (this.states[t] ??= new State(this.sizes, this.cache, t));
    this.attend(x, state, t);
    this.feedForward(state);
    return state.x;
  }

  /**
   * Set `middle` to x + wo attention(wq y, wk y, wv y).
   *
   * @param {Float64Array} x
   * @param {State} state
   * @param {number} t
   */
  attend(x, state, t) {
    const { wq, wk, wv, wo } = this.weights;
    state.yScale = this.norm.forward(x, state.y);
    linear(wq, state.y, state.q);
    linear(wk, state.y, state.k);
    linear(wv, state.y, state.v);
    for (let h = 0; h < this.heads.length; h++) {
      const p = state.attentionWeights[h];
      attention.score(state.q, this.cache, t + 1, this.heads[h], p);
      softmax(p, p, t + 1);
      attention.average(p, this.cache, t + 1, this.heads[h], state.heads);
    }
    linear(wo, state.heads, state.middle);
    if (this.residuals) addTo(state.middle, x);
  }

  /**
   * Set x to middle + fc2 relu(fc1 z).
   *
   * @param {State} state
   */
  feedForward(state) {
    const { fc1, fc2 } = this.weights;
    state.zScale = this.norm.forward(state.middle, state.z);
    linear(fc1, state.z, state.hidden);
    relu(state.hidden, state.hidden);
    linear(fc2, state.hidden, state.x);
    if (this.residuals) addTo(state.x, state.middle);
  }

  /**
   * Turn dx of all positions after this layer into dx before it, in place.
   *
   * From last to first: a key's gradient is whole when all later positions have added to it.
   *
   * @param {Float64Array[]} dxs
   */
  backward(dxs) {
    this.cache.dkeys.fill(0);
    this.cache.dvalues.fill(0);
    for (let t = dxs.length - 1; t >= 0; t--) {
      this.passing.clear();
      this.feedForwardBackward(this.states[t], dxs[t]);
      this.attendBackward(this.states[t], dxs[t], t);
    }
  }

  /**
   * Turn dx of x into that of `middle`.
   *
   * @param {State} state
   * @param {Float64Array} dx
   */
  feedForwardBackward(state, dx) {
    const { fc1, fc2 } = this.weights;
    const { dhidden, dz } = this.passing;
    const dw = this.grads;
    linearBackward(fc2, state.hidden, dx, dhidden, dw.fc2);
    reluBackward(state.hidden, dhidden);
    linearBackward(fc1, state.z, dhidden, dz, dw.fc1);
    if (!this.residuals) dx.fill(0);
    this.norm.backward(state.z, state.zScale, dz, dx);
  }

  /**
   * Turn dx of `middle` into that of what went into the layer.
   *
   * @param {State} state
   * @param {Float64Array} dx
   * @param {number} t
   */
  attendBackward(state, dx, t) {
    const { wq, wk, wv, wo } = this.weights;
    const { dheads, dq, dy, dp } = this.passing;
    const dw = this.grads;
    linearBackward(wo, state.heads, dx, dheads, dw.wo);
    for (let h = 0; h < this.heads.length; h++) {
      const p = state.attentionWeights[h];
      attention.averageBackward(dheads, p, this.cache, t + 1, this.heads[h], dp);
      attention.softmaxBackward(p, t + 1, dp);
      attention.scoreBackward(dp, state.q, this.cache, t + 1, this.heads[h], dq);
    }
    linearBackward(wq, state.y, dq, dy, dw.wq);
    linearBackward(wk, state.y, state.dk, dy, dw.wk);
    linearBackward(wv, state.y, state.dv, dy, dw.wv);
    if (!this.residuals) dx.fill(0);
    this.norm.backward(state.y, state.yScale, dy, dx);
  }
}

/**
 * The matrices of a block, by their names without the prefix.
 *
 * @param {Record<string, Matrix>} matrices
 * @param {string} prefix
 */
function pick(matrices, prefix) {
  const entries = NAMES.map((name) => [name, matrices[prefix + name]]);
  return /** @type {Matrices} */ (Object.fromEntries(entries));
}
