/** The engine in a worker of its own, and the list of names that it learns from. */

import { BLOCK, DRAWING, watched } from "./choices.mjs";

/** @typedef {import("./choices.mjs").Choices} Choices */
/** @typedef {import("../../../fast/js/trainer.mjs").FromWorker} FromWorker */
/** @typedef {import("../../../fast/js/trainer.mjs").Start} Start */
/** @typedef {import("../../../fast/js/trainer.mjs").ToWorker} ToWorker */

export const NO_ENGINE = "The page couldn't load the engine: see to the connection, and try again.";
const HELD_OUT = 300; // names that counting letter pairs is marked by

/** A worker that is started with the first run. */
export class Engine {
  /**
   * @param {() => Worker} newWorker
   * @param {(message: FromWorker) => void} hear
   * @param {() => void} fail called if the worker can't be had
   */
  constructor(newWorker, hear, fail) {
    this.newWorker = newWorker;
    this.hear = hear;
    this.fail = fail;
    /** @type {Worker | null} */
    this.worker = null;
  }

  /** @param {Start} message */
  start(message) {
    this.worker ??= this.connected(this.newWorker());
    this.worker.postMessage(message);
  }

  /** @param {ToWorker} message nobody hears it before the first run */
  send(message) {
    this.worker?.postMessage(message);
  }

  /** @param {Worker} worker */
  connected(worker) {
    worker.onmessage = ({ data }) => this.hear(data);
    worker.onerror = () => {
      this.end();
      this.fail();
    };
    return worker;
  }

  end() {
    this.worker?.terminate();
    this.worker = null;
  }
}

/**
 * The message that begins a run.
 *
 * @param {Choices} choices
 * @param {number} seed
 * @param {number} run
 * @param {string} names
 * @returns {Start}
 */
export function start(choices, seed, run, names) {
  const { width, heads, layers, steps, rate } = choices;
  const { samples, temperature } = DRAWING;
  return {
    type: "start",
    stage: "train4",
    sizes: { n_embd: width, n_head: heads, n_layer: layers, block_size: BLOCK },
    training: { steps, rate },
    snapshots: watched(steps),
    ...{ run, names, seed, samples, temperature },
  };
}

/**
 * What counting letter pairs costs on names that weren't counted, in nats per token; NaN if there
 * are none.
 *
 * @param {() => Worker} newWorker
 * @param {string} names
 * @param {number} seed
 * @param {number} steps
 * @param {AbortSignal} signal
 * @returns {Promise<number>}
 */
export function pairsLoss(newWorker, names, seed, steps, signal) {
  return new Promise((found) => {
    const worker = newWorker();
    signal.addEventListener("abort", () => worker.terminate());
    const end = (/** @type {number} */ loss) => {
      worker.terminate();
      found(loss);
    };
    worker.onerror = () => end(NaN);
    worker.onmessage = ({ data }) => {
      if (data.type === "snapshot") end(data.heldOutLoss);
      else if (data.type === "error") end(NaN);
    };
    /** @type {[number, number]} */
    const heldOut = [steps, steps + HELD_OUT];
    const training = { steps };
    /** @type {Start} */
    const message = { type: "start", run: 0, stage: "train0", names, seed, training, heldOut };
    worker.postMessage({ ...message, snapshots: [steps], samples: 0 });
  });
}
