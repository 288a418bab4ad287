/**
 * train1 and train2: a network of two layers that sees one token, as in `mlp.py`.
 *
 *     x = wte[token]    hidden = relu(fc1 x)    logits = fc2 hidden
 *
 * The two stages differ in how Python finds the gradient; here it is worked out by hand for both.
 */

import { linear, linearBackward, relu, reluBackward } from "./layers.mjs";
import { Network, Position } from "./network.mjs";
import { mlpShapes } from "./shapes.mjs";

class MLPPosition extends Position {
  /**
   * @param {number} vocabSize
   * @param {number} n_embd
   */
  constructor(vocabSize, n_embd) {
    super(vocabSize);
    this.hidden = new Float64Array(4 * n_embd);
    this.dhidden = new Float64Array(4 * n_embd);
  }
}

/** @extends {Network<MLPPosition>} */
export class MLP extends Network {
  /**
   * @param {number} vocabSize
   * @param {{n_embd: number}} settings
   */
  constructor(vocabSize, { n_embd }) {
    super(mlpShapes(vocabSize, n_embd));
    this.vocabSize = vocabSize;
    this.n_embd = n_embd;
  }

  newPosition() {
    return new MLPPosition(this.vocabSize, this.n_embd);
  }

  /**
   * The row of an embedding, as a view of it.
   *
   * @param {import("./weights.mjs").Matrix} matrix
   * @param {number} token
   */
  row({ data, columns }, token) {
    return data.subarray(token * columns, (token + 1) * columns);
  }

  /** @param {MLPPosition} position */
  forward({ token, hidden, logits }) {
    const { wte, fc1, fc2 } = this.weights.matrices;
    linear(fc1, this.row(wte, token), hidden);
    relu(hidden, hidden);
    linear(fc2, hidden, logits);
  }

  backward() {
    const { wte, fc1, fc2 } = this.weights.matrices;
    const grads = this.grads.matrices;
    for (const { token, hidden, dhidden, dlogits } of this.positions.slice(0, this.length)) {
      dhidden.fill(0);
      linearBackward(fc2, hidden, dlogits, dhidden, grads.fc2);
      reluBackward(hidden, dhidden);
      linearBackward(fc1, this.row(wte, token), dhidden, this.row(grads.wte, token), grads.fc1);
    }
  }
}
