/** The panel: it has the engine train as the reader wants it, and the view show what comes of it. */

import { DEFAULTS, DRAWING } from "./choices.mjs";
import { Engine, NO_ENGINE, pairsLoss, start } from "./engine.mjs";
import { readPrompt } from "./list.mjs";
import { Playback } from "./playback.mjs";
import { Session, keptSession } from "./session.mjs";
import { View } from "./view.mjs";

/** @typedef {import("./session.mjs").Kept} Kept */
/** @typedef {import("../../../fast/js/trainer.mjs").FromWorker} FromWorker */

/**
 * @typedef {object} Sources where the panel gets what it doesn't hold
 * @property {() => Worker} newWorker
 * @property {(signal: AbortSignal) => Promise<string>} fetchNames the embedded list
 */

const NO_NAMES = "The page couldn't load the list of names: see to the connection, and try again.";
const seconds = () => performance.now() / 1000;

export class Panel {
  /**
   * @param {Kept} kept
   * @param {Sources} sources
   */
  constructor(kept, sources) {
    this.kept = kept;
    this.sources = sources;
    this.ending = new AbortController();
    this.engine = new Engine(
      sources.newWorker,
      (message) => this.hear(message),
      () => this.fail(NO_ENGINE),
    );
    this.session = keptSession(kept);
    /** @type {Session | null} the run that came to its end before, if it was another one */
    this.before = null;
    this.playback = new Playback(this.session.choices.steps, true);
    this.paused = false;
    this.changed = false; // the settings, since the run began
    this.embedded = ""; // the list of names, once it is here
    this.known = new Set(kept.known);
    this.prompt = "";
    /** @type {string[] | null} the names last asked for; null for those of the run itself */
    this.answer = null;
    this.asked = false; // true while an answer is waited for
    this.frame = 0;
    this.view = new View({
      press: () => this.press(),
      reseed: () => this.train(this.session.seed + 1),
      ask: () => this.ask(),
      change: () => this.change(),
      resize: () => this.draw(),
    });
    this.draw();
  }

  /** True if all of a run is shown that has come to its end. */
  get finished() {
    const { phase, losses } = this.session;
    return phase === "kept" || (phase === "done" && this.playback.step >= losses.length);
  }

  get running() {
    return !this.finished && this.session.phase !== "failed";
  }

  /** What the main button does. */
  press() {
    if (!this.running || this.changed) this.train(this.session.seed);
    else if (this.paused) this.resume();
    else this.pause();
  }

  pause() {
    this.paused = true;
    this.playback.pause();
    this.engine.send({ type: "pause" });
    this.draw();
  }

  resume() {
    this.paused = false;
    this.engine.send({ type: "resume" });
    this.animate();
  }

  change() {
    this.changed = true;
    this.draw();
  }

  /**
   * Train a model as the settings are, unless the list can't be trained on.
   *
   * @param {number} seed
   */
  async train(seed) {
    const { settings } = this.view;
    const { own } = settings;
    const inspection = settings.list.settled();
    if (own && inspection.problem) return settings.complain();
    this.begin(new Session({ ...settings.choices }, seed, this.session.run + 1));
    const { session } = this;
    session.list = own ? inspection.text : "";
    if (this.before && !session.differs(this.before)) this.before = null;
    this.draw();
    const names = own ? inspection.text : await this.names();
    if (this.session !== session) return; // another run has begun meanwhile
    if (names === "") return this.fail(NO_NAMES);
    this.known = new Set(
      names
        .split("\n")
        .map((name) => name.trim())
        .filter(Boolean),
    );
    this.engine.start(start(session.choices, seed, session.run, names));
    this.compare(session, names);
    if (this.paused) this.engine.send({ type: "pause" });
    else this.animate();
  }

  /** @param {Session} session */
  begin(session) {
    if (this.finished) this.before = this.session;
    this.session = session;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playback = new Playback(session.choices.steps, still);
    Object.assign(this, { paused: false, changed: false, asked: false, answer: null, prompt: "" });
  }

  /** The embedded list; "" if it can't be had. */
  async names() {
    const nothing = () => "";
    this.embedded ||= await this.sources.fetchNames(this.ending.signal).catch(nothing);
    return this.embedded;
  }

  /**
   * Find what counting letter pairs costs, to compare with.
   *
   * @param {Session} session
   * @param {string} names
   */
  async compare(session, names) {
    const { choices, seed, list } = session;
    const usual = list === "" && choices.steps === DEFAULTS.steps && seed === DRAWING.seed;
    const { newWorker } = this.sources;
    const { signal } = this.ending;
    session.pairs = usual
      ? this.kept.pairs
      : await pairsLoss(newWorker, names, seed, choices.steps, signal);
    if (this.session === session) this.draw();
  }

  /** @param {FromWorker} message */
  hear(message) {
    if (message.type === "samples") this.show(message.samples);
    else if (message.type === "error" && this.asked) this.refuse(`${message.message}.`);
    else this.session.receive(message, seconds());
    if (this.session.phase === "failed") this.draw();
  }

  /** @param {string} problem */
  fail(problem) {
    this.session.fail(problem);
    this.draw();
  }

  /** Draw at each frame, until the run is over or waits. */
  animate() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      this.playback.at(seconds(), this.session.losses.length);
      this.draw();
      if (this.finished) this.ask();
      else if (this.running && !this.paused) this.animate();
    });
  }

  /**
   * Have the model invent names as the reader wants them; train it first if it isn't yet.
   */
  ask() {
    const { session, playback, engine } = this;
    const { asking } = this.view;
    if (session.phase === "kept" || session.phase === "failed") return this.train(session.seed);
    playback.hurry();
    if (!this.finished) return;
    const { prompt, problem } = readPrompt(asking.beginning.value, session.letters);
    if (problem) return this.refuse(problem);
    asking.say("");
    this.prompt = prompt;
    if (asking.untouched) return this.show(null);
    this.asked = true;
    const { temperature, draws } = asking;
    const seed = session.seed + draws;
    engine.send({ type: "sample", samples: DRAWING.samples, prompt, temperature, seed });
  }

  /** @param {string[] | null} names */
  show(names) {
    this.asked = false;
    this.answer = names;
    this.view.announce(names ?? this.session.samples);
    this.draw();
  }

  /** @param {string} problem */
  refuse(problem) {
    this.asked = false;
    this.view.asking.say(problem);
  }

  draw() {
    const { session, finished, running, paused, changed, before, known } = this;
    const step = session.phase === "kept" ? session.losses.length : this.playback.step;
    const names = finished ? (this.answer ?? session.samples) : session.namesAt(step);
    const prompt = finished ? this.prompt : "";
    const run = { session, step, finished, running, paused, changed, before };
    this.view.draw({ ...run, names, known, prompt });
  }

  /** End the worker, and all that waits. */
  end() {
    this.ending.abort();
    this.engine.end();
    cancelAnimationFrame(this.frame);
    this.view.end();
    this.session = new Session({ ...DEFAULTS }, 0, -1);
  }
}
