/**
 * What the networks of train1 to train4 share: token in, logits out, and a loss with its gradient.
 *
 * A network goes through a document from left to right, and keeps for each position what the way
 * back needs. The gradient by hand has the same steps in every stage: it starts at the logits.
 */

import { crossEntropy, largest, softmax } from "./layers.mjs";
import { Weights } from "./weights.mjs";

/** @typedef {import("./weights.mjs").Shapes} Shapes */

/** What every network keeps for a position of the document. */
export class Position {
  /** @param {number} vocabSize */
  constructor(vocabSize) {
    this.token = 0;
    this.logits = new Float64Array(vocabSize);
    this.dlogits = new Float64Array(vocabSize);
  }
}

/**
 * A network without its layers: subclasses have `newPosition`, `forward` and `backward`.
 *
 * @template {Position} P
 */
export class Network {
  /** @param {Shapes} shapes */
  constructor(shapes) {
    this.weights = new Weights(shapes);
    this.grads = new Weights(shapes); // of the loss; `gradient` adds to it
    /** @type {P[]} those of this and of longer documents before it, to be used again */
    this.positions = [];
    this.length = 0; // how many of them belong to this document
    this.probs = new Float64Array(shapes.wte[0]);
  }

  /**
   * Room for what a position keeps.
   *
   * @returns {P}
   */
  newPosition() {
    throw new Error("a subclass has it");
  }

  /**
   * Set the logits of position t, from its token and from what came before.
   *
   * @param {P} position
   * @param {number} t
   */
  forward(position, t) {
    throw new Error(`a subclass has it: ${position} ${t}`);
  }

  /** Add the gradient of all weights to `grads`, from dlogits of all positions of the document. */
  backward() {
    throw new Error("a subclass has it");
  }

  /** Begin a new document. */
  start() {
    this.length = 0;
  }

  /**
   * Logits (V,) of the token that follows `token`, the document's next; another document
   * overwrites them.
   *
   * @param {number} token
   */
  next(token) {
    const t = this.length++;
    const position = (this.positions[t] ??= this.newPosition());
    position.token = token;
    this.forward(position, t);
    return position.logits;
  }

  /**
   * Probabilities (V,) of the token that follows; the next call overwrites them.
   *
   * @param {number} token
   * @param {number} temperature below 1 the likely becomes likelier, above 1 the rare does
   */
  nextProbs(token, temperature) {
    const logits = this.next(token);
    const peak = largest(logits); // so that no quotient overflows
    for (let i = 0; i < logits.length; i++) this.probs[i] = (logits[i] - peak) / temperature;
    softmax(this.probs, this.probs);
    return this.probs;
  }

  /**
   * Mean surprise of a document's tokens, in nats per token.
   *
   * @param {number[]} tokens
   */
  loss(tokens) {
    const n = tokens.length - 1;
    let surprise = 0;
    this.start();
    for (let t = 0; t < n; t++) surprise += crossEntropy(this.next(tokens[t]), tokens[t + 1]);
    return surprise / n;
  }

  /**
   * The same, and add its gradient times `share` to `grads`.
   *
   * @param {number[]} tokens
   * @param {number} share of this document among those of a step
   */
  gradient(tokens, share = 1) {
    const loss = this.loss(tokens);
    for (let t = 0; t < this.length; t++) {
      const { logits, dlogits } = this.positions[t];
      softmax(logits, dlogits);
      dlogits[tokens[t + 1]] -= 1;
      for (let i = 0; i < dlogits.length; i++) dlogits[i] *= share / this.length;
    }
    this.backward();
    return loss;
  }
}
