/** How a model learns: by counting, or down a gradient. A learner changes the model's weights. */

import { Bigram } from "./bigram.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";

/** @typedef {import("./model.mjs").Model} Model */
/** @typedef {import("./transformer.mjs").Transformer} Transformer */
/** @typedef {import("./mlp.mjs").MLP} MLP */
/** @typedef {Counting | Descending} Learner */

/** What both ways have in common. */
class Base {
  /** @param {Float64Array[]} vectors all that a step changes */
  constructor(vectors) {
    this.vectors = vectors;
  }

  /** A copy of all that a step changes, in one vector. */
  state() {
    const lengths = this.vectors.map((vector) => vector.length);
    const copy = new Float64Array(lengths.reduce((a, b) => a + b));
    let first = 0;
    for (const vector of this.vectors) {
      copy.set(vector, first);
      first += vector.length;
    }
    return copy;
  }

  /**
   * Put back what `state` returned.
   *
   * @param {Float64Array} state
   */
  restore(state) {
    let first = 0;
    for (const vector of this.vectors) {
      vector.set(state.subarray(first, first + vector.length));
      first += vector.length;
    }
  }
}

/** Counts pairs: no gradient, and no learning rate. */
export class Counting extends Base {
  /** @param {Bigram} network */
  constructor(network) {
    super([network.weights.numbers]);
    this.network = network;
  }

  /**
   * The mean loss of some documents, from before they are counted.
   *
   * @param {number[][]} documents token ids
   */
  learn(documents) {
    let loss = 0;
    for (const tokens of documents) loss += this.network.loss(tokens);
    for (const tokens of documents) this.network.count(tokens);
    return loss / documents.length;
  }
}

/** Goes down the gradient of a network, by SGD or Adam. */
export class Descending extends Base {
  /**
   * @param {MLP | Transformer} network
   * @param {string} optimizer
   */
  constructor(network, optimizer) {
    const kind = OPTIMIZERS[/** @type {keyof typeof OPTIMIZERS} */ (optimizer)];
    const stepper = new kind(network.weights.numbers, network.grads.numbers);
    super([network.weights.numbers, ...stepper.state]);
    this.network = network;
    this.stepper = stepper;
  }

  /**
   * The mean loss of some documents; leaves its gradient in the network's `grads`.
   *
   * @param {number[][]} documents token ids
   */
  gradient(documents) {
    this.network.grads.numbers.fill(0);
    let loss = 0;
    for (const tokens of documents) loss += this.network.gradient(tokens, 1 / documents.length);
    return loss / documents.length;
  }

  /**
   * The mean loss of some documents, from before the step that is then taken.
   *
   * @param {number[][]} documents token ids
   * @param {number} rate
   */
  learn(documents, rate) {
    const loss = this.gradient(documents);
    this.stepper.step(rate);
    return loss;
  }
}

/**
 * What trains a model.
 *
 * @param {Model} model
 * @param {string} optimizer a name in the stage's rates
 * @returns {Learner}
 */
export function newLearner({ network }, optimizer) {
  if (network instanceof Bigram) return new Counting(network);
  return new Descending(network, optimizer);
}

/**
 * The documents of a step, counted from 0: step s takes those of the numbers s · batch + b.
 *
 * @param {number[][]} documents
 * @param {number} step
 * @param {number} batch
 */
export function chosen(documents, step, batch) {
  const first = step * batch;
  return Array.from({ length: batch }, (_, b) => documents[(first + b) % documents.length]);
}
