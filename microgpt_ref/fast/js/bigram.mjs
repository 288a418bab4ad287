/** train0: which token follows which, by counting pairs, as in `bigram.py`. */

import { Weights } from "./weights.mjs";

/** A table of counts: token in, probabilities out. */
export class Bigram {
  /** @param {number} vocabSize */
  constructor(vocabSize) {
    this.weights = new Weights({ counts: [vocabSize, vocabSize] });
    this.probs = new Float64Array(vocabSize);
  }

  /** Begin a new document: counts remember nothing of the one before. */
  start() {}

  /**
   * Count a document's pairs of neighbours.
   *
   * @param {number[]} tokens
   */
  count(tokens) {
    const { data, columns } = this.weights.matrices.counts;
    for (let t = 0; t + 1 < tokens.length; t++) data[tokens[t] * columns + tokens[t + 1]] += 1;
  }

  /**
   * Probabilities (V,) of the token after `token`: each pair counts once more than it was seen. The
   * next call overwrites them.
   *
   * @param {number} token
   */
  nextProbs(token) {
    const { data, columns } = this.weights.matrices.counts;
    const row = data.subarray(token * columns, (token + 1) * columns);
    let sum = columns;
    for (const count of row) sum += count;
    for (let i = 0; i < columns; i++) this.probs[i] = (row[i] + 1) / sum;
    return this.probs;
  }

  /**
   * Mean surprise of a document's tokens, in nats per token.
   *
   * @param {number[]} tokens
   */
  loss(tokens) {
    let surprise = 0;
    for (let t = 0; t + 1 < tokens.length; t++) {
      surprise += -Math.log(this.nextProbs(tokens[t])[tokens[t + 1]]);
    }
    return surprise / (tokens.length - 1);
  }
}
