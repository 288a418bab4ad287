/**
 * The engine behind Python: what a learner of `learners.py` is asked for, answered.
 *
 * Requests and answers are JSON: run, gradient, loss, weights, state and restore have the names
 * that they have there. Vectors of floats travel as base64 of their bytes, so that every bit of
 * them arrives. In a page the worker that Python lives in calls this directly; elsewhere a process
 * of Node does (`serve.mjs`).
 */

import { chosen, newLearner } from "./learners.mjs";
import { Model } from "./model.mjs";
import { Tokenizer } from "./tokenizer.mjs";

/** @typedef {import("./learners.mjs").Learner} Learner */

/**
 * @typedef {object} Begin the first request
 * @property {string} stage
 * @property {import("./settings.mjs").Sizes} settings
 * @property {string[]} vocabulary
 * @property {string} weights
 * @property {string} optimizer
 * @property {number[][]} documents token ids
 * @property {number} batch
 */

/** @param {Float64Array} vector */
function encode(vector) {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** @param {string} text */
function decode(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}

/** The learner of one run, and the answers to what it is asked. */
class Answering {
  /** @param {Begin} begin */
  constructor({ stage, settings, vocabulary, weights, optimizer, documents, batch }) {
    this.model = new Model(new Tokenizer(vocabulary), stage, settings);
    this.model.weights.numbers.set(decode(weights));
    this.learner = newLearner(this.model, optimizer);
    this.documents = documents;
    this.batch = batch;
  }

  /**
   * Losses of the steps from `first` on, one for each rate, to the first that is not a number.
   *
   * @param {{first: number, rates: string}} request
   */
  run({ first, rates }) {
    const losses = [];
    for (const [i, rate] of decode(rates).entries()) {
      const documents = chosen(this.documents, first + i, this.batch);
      losses.push(this.learner.learn(documents, rate));
      if (!Number.isFinite(losses[i])) break;
    }
    return encode(Float64Array.from(losses));
  }

  /**
   * The mean loss of some documents, and its gradient.
   *
   * @param {{documents: number[][]}} request
   */
  gradient({ documents }) {
    if (!("gradient" in this.learner)) throw new Error("counting has no gradient");
    const loss = this.learner.gradient(documents);
    const grads = encode(this.learner.network.grads.numbers);
    return [encode(Float64Array.of(loss)), grads];
  }

  /**
   * The loss of each of some documents.
   *
   * @param {{documents: number[][]}} request
   */
  losses({ documents }) {
    const { network } = this.model;
    return encode(Float64Array.from(documents, (tokens) => network.loss(tokens)));
  }

  /** @param {{parts: string[]}} request of a transformer: see there */
  leaveOut({ parts }) {
    /** @type {any} */ (this.model.network).leaveOut(parts);
    return null;
  }

  weights() {
    return encode(this.model.weights.numbers);
  }

  state() {
    return encode(this.learner.state());
  }

  /** @param {{state: string}} request */
  restore({ state }) {
    this.learner.restore(decode(state));
    return null;
  }
}

/**
 * A function that answers requests, as texts, in order; the first has to be a Begin.
 *
 * @param {Record<string, () => unknown>} others answers to what else may be asked, by name
 */
export function newAnswers(others = {}) {
  /** @type {any} */
  let answering = null;
  /** @param {any} request */
  const answer = (request) => {
    if (request.ask === "begin") {
      answering = new Answering(request);
      return null;
    }
    return request.ask in others ? others[request.ask]() : answering[request.ask](request);
  };
  return (/** @type {string} */ text) => JSON.stringify(answer(JSON.parse(text)));
}
