/** The numbers of the loss curve: running means, what is drawn of them, and the chart's scales. */

export const WINDOW = 60; // losses in a running mean
export const FIRST = 12; // as many losses before the mean is drawn: one name says little
const MOST = 1000; // points that are drawn

/** @typedef {[step: number, loss: number]} Point */

/**
 * Points of the running mean: after a step, the mean of the last losses.
 *
 * @param {number[]} losses
 * @param {number} shown how many of them
 * @param {number} steps how many there will be
 */
export function runningMeans(losses, shown = losses.length, steps = losses.length) {
  /** @type {Point[]} */
  const points = [];
  const every = stride(steps);
  let sum = 0;
  for (let i = 0; i < shown; i++) {
    sum += losses[i] - (losses[i - WINDOW] ?? 0);
    const step = i + 1;
    if (step < FIRST || (step % every !== 0 && step !== shown)) continue;
    points.push([step, sum / Math.min(step, WINDOW)]);
  }
  return points;
}

/**
 * Points of single steps.
 *
 * @param {number[]} losses
 * @param {number} shown how many of them
 * @param {number} steps how many there will be
 */
export function singleLosses(losses, shown = losses.length, steps = losses.length) {
  /** @type {Point[]} */
  const points = [];
  const every = stride(steps);
  for (let i = 0; i < shown; i += every) points.push([i + 1, losses[i]]);
  return points;
}

/** @param {number} steps */
const stride = (steps) => Math.max(1, Math.ceil(steps / MOST));

/**
 * The lowest and the highest loss of the chart: the curve, knowing nothing, and some room.
 *
 * @param {number} chance what knowing nothing costs
 * @param {Point[]} means
 * @returns {[low: number, high: number]}
 */
export function limits(chance, means) {
  const losses = means.map(([, loss]) => loss);
  const lowest = Math.min(chance - 1.3, ...losses) - 0.4;
  const highest = Math.min(Math.max(chance, ...losses), chance + 2) + 0.3;
  return [Math.max(0, Math.floor(2 * lowest) / 2), Math.ceil(10 * highest) / 10];
}

/**
 * The losses at which the chart has lines: halves, or whole numbers where those would be many.
 *
 * @param {[low: number, high: number]} limits
 */
export function ticks([low, high]) {
  const apart = high - low > 3 ? 1 : 0.5;
  const found = [];
  for (let loss = Math.ceil(low / apart) * apart; loss < high; loss += apart) found.push(loss);
  return found;
}

/**
 * What a curve shows, in a sentence.
 *
 * @param {number[]} losses
 * @param {number} chance
 * @param {number} pairs
 */
export function description(losses, chance, pairs) {
  if (losses.length < FIRST) return "The loss of each step; the first steps have yet to be taken.";
  const means = runningMeans(losses);
  const last = means[means.length - 1][1];
  const counting = Number.isFinite(pairs) ? `, counting letter pairs ${pairs.toFixed(2)}` : "";
  return (
    `The loss of each of ${losses.length.toLocaleString("en")} steps as a dot, and its running ` +
    `mean as a line, from ${means[0][1].toFixed(2)} to ${last.toFixed(2)}. ` +
    `Knowing nothing costs ${chance.toFixed(2)}${counting}.`
  );
}
