/** What is known of a run of training: it grows as the worker's messages come in. */

import { DEFAULTS } from "./choices.mjs";

/** @typedef {import("./choices.mjs").Choices} Choices */
/** @typedef {import("../../../fast/js/trainer.mjs").FromWorker} FromWorker */
/** @typedef {{step: number, samples: string[]}} Snapshot */
/** @typedef {"kept" | "loading" | "training" | "done" | "failed"} Phase */

/**
 * @typedef {object} Kept a finished run, which the panel opens on
 * @property {number[]} losses
 * @property {Snapshot[]} snapshots
 * @property {string[]} samples
 * @property {string[]} known those of all names shown that are in the list
 * @property {number} parameters
 * @property {string[]} letters
 * @property {number} pairs the loss of counting letter pairs
 */

/** One run: its choices, and what came of it so far. */
export class Session {
  /**
   * @param {Choices} choices
   * @param {number} seed
   * @param {number} run its number, by which its messages are told from an earlier run's
   */
  constructor(choices, seed, run) {
    this.choices = choices;
    this.seed = seed;
    this.run = run;
    this.list = ""; // the reader's own, if it isn't the embedded one
    /** @type {Phase} */
    this.phase = "loading";
    /** @type {number[]} */
    this.losses = [];
    /** @type {Snapshot[]} */
    this.snapshots = [];
    /** @type {string[]} the names of the finished model */
    this.samples = [];
    /** @type {string[]} */
    this.letters = [];
    this.parameters = 0;
    /** what counting letter pairs costs, in nats per token; NaN while it isn't known */
    this.pairs = NaN;
    this.problem = "";
    this.seconds = NaN;
    this.begun = 0;
  }

  /** What knowing nothing costs, in nats per token. */
  get chance() {
    return Math.log(this.letters.length + 1);
  }

  /**
   * Take in what the worker says; what it says of another run is left alone.
   *
   * @param {FromWorker} message
   * @param {number} now in seconds
   */
  receive(message, now) {
    if (!("run" in message) || message.run !== this.run) return;
    if (message.type === "started") {
      this.phase = "training";
      this.letters = message.characters;
      this.parameters = message.parameters;
      this.begun = now;
    } else if (message.type === "losses") this.losses.push(...message.losses);
    else if (message.type === "snapshot") {
      this.snapshots.push({ step: message.step, samples: message.samples });
    } else if (message.type === "done") {
      this.phase = "done";
      this.samples = message.samples;
      this.seconds = now - this.begun;
    } else if (message.type === "error") this.fail(message.message);
  }

  /** @param {string} problem what a reader should know, in words of the engine or of the page */
  fail(problem) {
    this.phase = "failed";
    this.problem = (problem[0].toUpperCase() + problem.slice(1)).replace(/\.?$/, ".");
  }

  /**
   * True if this run is another one on the same list: then their losses can be compared.
   *
   * @param {Session} other
   */
  differs({ choices, seed, list }) {
    const same = JSON.stringify(choices) === JSON.stringify(this.choices) && seed === this.seed;
    return !same && list === this.list;
  }

  /**
   * The names that the model invented when it had taken as many steps, or the last ones before.
   *
   * @param {number} step
   */
  namesAt(step) {
    const taken = this.snapshots.filter((snapshot) => snapshot.step <= step);
    return taken[taken.length - 1]?.samples ?? [];
  }
}

/**
 * The session of a kept run.
 *
 * @param {Kept} kept
 */
export function keptSession({ losses, snapshots, samples, letters, parameters, pairs }) {
  const session = new Session({ ...DEFAULTS }, 42, 0);
  const phase = /** @type {Phase} */ ("kept");
  return Object.assign(session, { phase, losses, snapshots, samples, letters, parameters, pairs });
}
