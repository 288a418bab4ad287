/**
 * The few operations that every network here is made of, each with its way back.
 *
 * Vectors are Float64Arrays. So that training leaves no garbage behind, a function writes its
 * result into a vector that the caller gives. `dx` stands for the gradient of the loss with respect
 * to `x`; a way back adds to it, because x may be used elsewhere too. Sums go from left to right,
 * as in the reference.
 */

/** @typedef {import("./weights.mjs").Matrix} Matrix */

/**
 * Set y (rows,) to W x, from x (columns,).
 *
 * @param {Matrix} w
 * @param {Float64Array} x
 * @param {Float64Array} y
 */
export function linear(w, x, y) {
  const { data, rows, columns } = w;
  for (let i = 0, at = 0; i < rows; i++, at += columns) {
    let sum = data[at] * x[0];
    for (let j = 1; j < columns; j++) sum += data[at + j] * x[j];
    y[i] = sum;
  }
}

/**
 * The way back of y = W x: add Wᵀ dy to dx, and dy xᵀ to the matrix dw.
 *
 * @param {Matrix} w
 * @param {Float64Array} x
 * @param {Float64Array} dy
 * @param {Float64Array} dx
 * @param {Matrix} dw
 */
export function linearBackward(w, x, dy, dx, dw) {
  const { data, rows, columns } = w;
  const ddata = dw.data;
  for (let i = 0, at = 0; i < rows; i++, at += columns) {
    const d = dy[i];
    for (let j = 0; j < columns; j++) {
      dx[j] += data[at + j] * d;
      ddata[at + j] += d * x[j];
    }
  }
}

/**
 * Set y to x where it is positive, else to 0.
 *
 * @param {Float64Array} x
 * @param {Float64Array} y
 */
export function relu(x, y) {
  for (let i = 0; i < x.length; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

/**
 * Turn dy into dx, in place: nothing goes back to where y = relu(x) is 0.
 *
 * @param {Float64Array} y
 * @param {Float64Array} dy
 */
export function reluBackward(y, dy) {
  for (let i = 0; i < y.length; i++) if (!(y[i] > 0)) dy[i] = 0;
}

/**
 * Set y to x · scale, and return the scale: 1 / √(mean(x²) + 1e-5).
 *
 * @param {Float64Array} x
 * @param {Float64Array} y
 */
export function rmsnorm(x, y) {
  let sum = x[0] * x[0];
  for (let i = 1; i < x.length; i++) sum += x[i] * x[i];
  const scale = 1 / Math.sqrt(sum / x.length + 1e-5);
  for (let i = 0; i < x.length; i++) y[i] = x[i] * scale;
  return scale;
}

/**
 * The way back of rmsnorm: add scale · (dy - y mean(dy y)) to dx.
 *
 * @param {Float64Array} y
 * @param {number} scale
 * @param {Float64Array} dy
 * @param {Float64Array} dx
 */
export function rmsnormBackward(y, scale, dy, dx) {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += dy[i] * y[i];
  const mean = sum / y.length;
  for (let i = 0; i < y.length; i++) dx[i] += scale * (dy[i] - y[i] * mean);
}

/** rmsnorm and its way back, as a network uses them. */
export const RMSNORM = { forward: rmsnorm, backward: rmsnormBackward };

/**
 * The same for a network without it: a vector stays as it is.
 *
 * @type {typeof RMSNORM}
 */
export const NO_NORM = {
  forward(x, y) {
    y.set(x);
    return 1;
  },
  backward(y, scale, dy, dx) {
    addTo(dx, dy);
  },
};

/**
 * The largest of the first n numbers.
 *
 * @param {Float64Array} x
 */
export function largest(x, n = x.length) {
  let peak = x[0];
  for (let i = 1; i < n; i++) if (x[i] > peak) peak = x[i];
  return peak;
}

/**
 * Set the first n probabilities to exp(logits) over their sum. Both may be the same vector.
 *
 * @param {Float64Array} logits
 * @param {Float64Array} probs
 */
export function softmax(logits, probs, n = logits.length) {
  const peak = largest(logits, n); // so that exp can't overflow
  let sum = 0;
  for (let i = 0; i < n; i++) sum += probs[i] = Math.exp(logits[i] - peak);
  for (let i = 0; i < n; i++) probs[i] /= sum;
}

/**
 * Surprise at the target, -ln softmax(logits)[target], in nats.
 *
 * @param {Float64Array} logits
 * @param {number} target
 */
export function crossEntropy(logits, target) {
  const peak = largest(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - peak);
  return Math.log(sum) - (logits[target] - peak);
}

/**
 * Add y to x, in place.
 *
 * @param {Float64Array} x
 * @param {Float64Array} y
 */
export function addTo(x, y) {
  for (let i = 0; i < x.length; i++) x[i] += y[i];
}
