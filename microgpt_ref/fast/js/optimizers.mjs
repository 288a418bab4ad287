/**
 * From gradients to better weights: plain gradient descent (SGD) and Adam, as in `adam.py`.
 *
 * Both go through the long vectors of weights and gradients. `state` is all that they remember from
 * one step to the next, as vectors.
 */

import { ADAM } from "./stages.mjs";

/** @typedef {SGD | Adam} Optimizer */

/** Stochastic gradient descent: p - rate · grad. */
export class SGD {
  /**
   * @param {Float64Array} weights changed in place
   * @param {Float64Array} grads
   */
  constructor(weights, grads) {
    this.weights = weights;
    this.grads = grads;
    /** @type {Float64Array[]} */
    this.state = [];
  }

  /**
   * Move each weight against its gradient.
   *
   * @param {number} rate
   */
  step(rate) {
    const { weights, grads } = this;
    for (let i = 0; i < weights.length; i++) weights[i] -= rate * grads[i];
  }
}

/** A step of about `rate`, whatever the size of the gradients (Kingma and Ba 2015). */
export class Adam {
  /**
   * @param {Float64Array} weights changed in place
   * @param {Float64Array} grads
   */
  constructor(weights, grads) {
    this.weights = weights;
    this.grads = grads;
    this.m = new Float64Array(weights.length); // running mean of the gradient
    this.v = new Float64Array(weights.length); // and of its square
    this.steps = new Float64Array(1);
    this.state = [this.steps, this.m, this.v];
  }

  /**
   * Move each weight by rate · m / (√v + eps), both corrected for beginning at 0.
   *
   * @param {number} rate
   */
  step(rate) {
    const { weights, grads, m, v, steps } = this;
    const { beta1, beta2, eps } = ADAM;
    steps[0] += 1;
    const mScale = 1 - beta1 ** steps[0];
    const vScale = 1 - beta2 ** steps[0];
    for (let i = 0; i < weights.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * grads[i];
      v[i] = beta2 * v[i] + (1 - beta2) * grads[i] * grads[i];
      weights[i] -= (rate * (m[i] / mScale)) / (Math.sqrt(v[i] / vScale) + eps);
    }
  }
}

export const OPTIMIZERS = { sgd: SGD, adam: Adam };
