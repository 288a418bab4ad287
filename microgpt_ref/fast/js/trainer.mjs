/**
 * What the worker of a page does: it trains in slices, and posts losses, snapshots and samples.
 *
 * Between two slices it hears what the page has to say, such as `pause` or another `start`. The
 * messages that go either way are the types below. A page numbers its runs, and what belongs to a
 * run carries its number, so that a late message of an earlier run can be told apart.
 */

import { checkpointText, fromCheckpoint } from "./checkpoint.mjs";
import { newModel } from "./model.mjs";
import { PythonRandom } from "./random.mjs";
import { Tokenizer, readDocs } from "./tokenizer.mjs";
import { Run } from "./training.mjs";

/** @typedef {import("./model.mjs").Model} Model */

/**
 * @typedef {object} Start begin a run; it ends the one before
 * @property {"start"} type
 * @property {number} run its number
 * @property {string} [names] the text to learn from, one document per line
 * @property {string} [url] where that text is, if `names` doesn't hold it
 * @property {number} [seed] 42 if not given, as on the command line
 * @property {string} [stage] train0 to train4, which is the default
 * @property {import("./settings.mjs").Sizes} [sizes] those that are not the stage's defaults
 * @property {import("./checkpoint.mjs").Checkpoint} [checkpoint] a model to go on with, whose stage
 *   and sizes then count; the weights are drawn if not given
 * @property {import("./training.mjs").Options} [training] steps, optimizer, rate, batch
 * @property {number[]} [snapshots] after how many steps to post a snapshot; 0 is before the first
 * @property {number} [samples] how many texts with each snapshot and at the end; 20 if not given
 * @property {number} [temperature] of the samples; 0.5 if not given
 * @property {[first: number, end: number]} [heldOut] of which of the shuffled documents a snapshot
 *   has the loss; a training run of s steps learns from the first s
 */
/**
 * @typedef {object} Command
 * @property {"pause" | "resume" | "stop"} type
 */
/**
 * @typedef {object} Sample draw texts from the model as it is now
 * @property {"sample"} type
 * @property {number} [samples] 20 if not given
 * @property {number} [temperature] 0.5 if not given
 * @property {string} [prompt] what they begin with
 * @property {number} [seed] 42 if not given
 */
/**
 * @typedef {object} Keep ask for the model as the text of a checkpoint
 * @property {"checkpoint"} type
 */
/** @typedef {Start | Command | Sample | Keep} ToWorker */

/**
 * @typedef {object} Started
 * @property {"started"} type
 * @property {number} run
 * @property {string} stage
 * @property {import("./settings.mjs").Sizes} sizes all that the stage has
 * @property {string[]} characters the vocabulary: with stage and sizes, a page can make the same
 *   `new Model(new Tokenizer(characters), stage, sizes)`
 * @property {number} parameters how many numbers the weights hold
 * @property {number} documents how many there are to learn from
 */
/**
 * @typedef {object} Losses of a slice; they come before the snapshot that follows them
 * @property {"losses"} type
 * @property {number} run
 * @property {number} first the step of the first of them, counted from 0
 * @property {number[]} losses in nats per token
 */
/**
 * @typedef {object} Snapshot of the model after some steps
 * @property {"snapshot"} type
 * @property {number} run
 * @property {number} step how many steps were taken
 * @property {string[]} samples from the same draws at each snapshot: what differs is the model
 * @property {Float64Array} weights a copy, for `model.weights.numbers.set` of a model of the page
 * @property {number} [heldOutLoss] in nats per token, if Start has `heldOut`
 */
/**
 * @typedef {object} Done the run is over
 * @property {"done"} type
 * @property {number} run
 * @property {string[]} samples drawn as the command line draws them: the same names
 * @property {Float64Array} weights
 */
/**
 * @typedef {object} Samples
 * @property {"samples"} type
 * @property {string[]} samples
 */
/**
 * @typedef {object} Kept
 * @property {"checkpoint"} type
 * @property {string} text
 */
/**
 * @typedef {object} Failed what a message asked for can't be, or the loss stopped being a number
 * @property {"error"} type
 * @property {number} run
 * @property {string} message a sentence for the reader
 * @property {number} step how many losses were found before
 */
/** @typedef {Started | Losses | Snapshot | Done | Samples | Kept | Failed} FromWorker */

const SLICE = 25; // milliseconds of training before the page is heard

/** A trainer of one model at a time. */
export class Trainer {
  /** @param {(message: FromWorker) => void} post */
  constructor(post) {
    this.post = post;
    /** @type {Start | null} */
    this.newest = null;
    this.paused = false;
    this.stopped = false;
    /** @type {Training | null} */
    this.training = null;
  }

  /**
   * Do what a message says, and post what comes of it; an error is posted too.
   *
   * @param {ToWorker} message
   */
  async receive(message) {
    try {
      await this.obey(message);
    } catch (error) {
      const start = message.type === "start" ? message : this.newest;
      const { training } = this;
      const step = training !== null && training.start === start ? training.run.losses.length : 0;
      const text = error instanceof Error ? error.message : String(error);
      this.post({ type: "error", run: start?.run ?? 0, message: text, step });
    }
  }

  /** @param {ToWorker} message */
  async obey(message) {
    if (message.type === "start") await this.start(message);
    else if (message.type === "pause") this.paused = true;
    else if (message.type === "resume") await this.resume();
    else if (message.type === "stop") this.stopped = true;
    else if (this.training === null) throw new RangeError("there is no model yet: send a start");
    else if (message.type === "sample") this.sample(this.training.model, message);
    else this.post({ type: "checkpoint", text: checkpointText(this.training.model) });
  }

  /** @param {Start} start */
  async start(start) {
    this.newest = start;
    this.paused = this.stopped = false;
    this.training = null;
    const names = start.names ?? (await fetchText(start.url));
    if (this.newest !== start) return; // another one has begun meanwhile
    this.training = new Training(start, readDocs(names));
    this.post(this.training.started());
    await this.goOn(this.training);
  }

  async resume() {
    if (!this.paused || this.training === null) return;
    this.paused = false;
    await this.goOn(this.training);
  }

  /**
   * Take slices until the run is over, paused, or no longer the newest.
   *
   * @param {Training} training
   */
  async goOn(training) {
    const goes = () => !this.paused && !this.stopped && this.newest === training.start;
    while (!training.over && goes()) {
      training.slice(this.post);
      await new Promise((heard) => setTimeout(heard));
    }
  }

  /**
   * @param {Model} model
   * @param {Sample} message
   */
  sample(model, { samples = 20, temperature = 0.5, prompt = "", seed = 42 }) {
    const texts = draw(model, new PythonRandom(seed), samples, temperature, prompt);
    this.post({ type: "samples", samples: texts });
  }
}

/** A run, and what the page wants to hear of it. */
class Training {
  /**
   * @param {Start} start
   * @param {string[]} docs
   */
  constructor(start, docs) {
    this.start = start;
    this.docs = docs;
    this.seed = start.seed ?? 42;
    this.rng = new PythonRandom(this.seed);
    this.rng.shuffle(docs);
    this.model = start.checkpoint
      ? fromCheckpoint(start.checkpoint)
      : newModel(new Tokenizer(docs), this.rng, start.stage, start.sizes);
    this.run = new Run(this.model, docs, start.training);
    this.over = false;
    this.posted = 0; // losses
  }

  /** @returns {Started} */
  started() {
    const { stage, settings, tokenizer, weights } = this.model;
    return {
      type: "started",
      run: this.start.run,
      stage,
      sizes: settings,
      characters: tokenizer.characters,
      parameters: weights.numbers.length,
      documents: this.docs.length,
    };
  }

  /**
   * Take a slice of the run, and post what comes of it.
   *
   * @param {(message: FromWorker) => void} post
   */
  slice(post) {
    const end = performance.now() + SLICE;
    try {
      while (!this.run.done && performance.now() < end) {
        this.snapshot(post);
        this.run.step();
      }
    } finally {
      this.over = this.run.done;
      this.postLosses(post);
    }
    if (this.over) this.end(post);
  }

  /**
   * Post the losses that were not posted yet.
   *
   * @param {(message: FromWorker) => void} post
   */
  postLosses(post) {
    const first = this.posted;
    const losses = this.run.losses.slice(first);
    this.posted += losses.length;
    if (losses.length > 0) post({ type: "losses", run: this.start.run, first, losses });
  }

  /**
   * Post a snapshot if one is wanted after as many steps.
   *
   * @param {(message: FromWorker) => void} post
   */
  snapshot(post) {
    const step = this.run.losses.length;
    if (!this.start.snapshots?.includes(step)) return;
    this.postLosses(post);
    const { heldOut, run } = this.start;
    const heldOutLoss = heldOut && this.model.heldOutLoss(this.docs.slice(...heldOut));
    const outcome = this.outcome(new PythonRandom(this.seed));
    post({ type: "snapshot", run, step, heldOutLoss, ...outcome });
  }

  /**
   * Post what the end of the run leaves behind.
   *
   * @param {(message: FromWorker) => void} post
   */
  end(post) {
    this.snapshot(post);
    post({ type: "done", run: this.start.run, ...this.outcome(this.rng) });
  }

  /**
   * Samples of the model as it is now, and its weights.
   *
   * @param {PythonRandom} rng
   */
  outcome(rng) {
    const { samples = 20, temperature = 0.5 } = this.start;
    const weights = this.model.weights.numbers.slice();
    return { samples: draw(this.model, rng, samples, temperature), weights };
  }
}

/**
 * Texts that a model invents.
 *
 * @param {Model} model
 * @param {PythonRandom} rng
 * @param {number} count
 * @param {number} temperature
 */
function draw(model, rng, count, temperature, prompt = "") {
  return Array.from({ length: count }, () => model.sample(rng, temperature, prompt));
}

/** @param {string} [url] */
async function fetchText(url) {
  if (url === undefined) throw new RangeError("there is nothing to learn from: give names or url");
  const response = await fetch(url);
  if (response.ok) return response.text();
  throw new RangeError(`${url} can't be fetched (${response.status}): give the address of a text`);
}
