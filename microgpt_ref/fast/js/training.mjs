/**
 * A training run in slices: it takes as many steps as it is told to, and hands over their losses.
 *
 * What a page does between two slices is its own business: draw, sample, stop, or go on later.
 */

import { chosen, newLearner } from "./learners.mjs";
import { checkOption, checkPositive, learningOf } from "./settings.mjs";

/** @typedef {import("./model.mjs").Model} Model */
/**
 * @typedef {object} Options of a run
 * @property {number} [steps] of the whole run, over which the learning rate falls to 0
 * @property {string} [optimizer] "adam" or "sgd"; the stage's first if not given
 * @property {number} [rate] the learning rate of the first step; the stage's own if not given
 * @property {number} [batch] documents a step, whose mean loss is the step's
 */

/** The loss is no longer a number; the model is left with the last weights that were good. */
export class TrainingError extends Error {}

/** A run that trains a model; its weights are those of the last step that was taken. */
export class Run {
  /**
   * @param {Model} model
   * @param {string[]} docs
   * @param {Options} options
   * @throws {RangeError} for options that can't be, and for characters the vocabulary lacks
   */
  constructor(model, docs, { steps = 1000, optimizer, rate, batch = 1 } = {}) {
    checkPositive("steps", steps);
    checkPositive("batch", batch);
    if (batch !== 1) checkOption(model.stage, "batch");
    if (docs.length === 0) throw new RangeError("there are no documents to learn from");
    const learning = learningOf(model.stage, optimizer, rate);
    this.steps = steps;
    this.batch = batch;
    this.rate = learning.rate;
    this.documents = docs.slice(0, steps * batch).map((doc) => model.encode(doc));
    this.learner = newLearner(model, learning.optimizer);
    this.weights = model.weights.numbers;
    /** those with which the last loss was found, and room for those of the next */
    this.good = [this.weights.slice(), this.weights.slice()];
    /** @type {number[]} */
    this.losses = [];
  }

  /** True when all steps have been taken. */
  get done() {
    return this.losses.length >= this.steps;
  }

  /**
   * The losses of the next n steps, or of as many as are left; each is from before its step.
   *
   * @throws {TrainingError} at a loss that is not a number
   */
  step(n = 1) {
    const first = this.losses.length;
    const end = Math.min(first + n, this.steps);
    for (let step = first; step < end; step++) this.losses.push(this.loss(step));
    return this.losses.slice(first);
  }

  /**
   * The loss of a step, which is then taken.
   *
   * @param {number} step counted from 0
   */
  loss(step) {
    const [good, next] = this.good;
    next.set(this.weights);
    const rate = this.rate * (1 - step / this.steps);
    const loss = this.learner.learn(chosen(this.documents, step, this.batch), rate);
    if (!Number.isFinite(loss)) {
      this.weights.set(good);
      throw new TrainingError(
        `the loss is not a number at step ${step + 1}: use a lower learning rate; ` +
          "the weights are the last ones with which it was a number",
      );
    }
    this.good = [next, good];
    return loss;
  }
}
