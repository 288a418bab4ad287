/**
 * How fast a run is shown: it trains in less than a second, which is too fast to see.
 *
 * So the first steps, in which most happens, are shown at leisure, and the others faster and
 * faster. A run that takes longer than that is shown as it goes.
 */

const SECONDS = 2.6; // a run is shown in, at the shortest
const BEND = 1.8; // how much faster it gets: 1 would be even

/** The pace of one run. */
export class Playback {
  /**
   * @param {number} steps
   * @param {boolean} still true to show what there is at once, without motion
   */
  constructor(steps, still = false) {
    this.steps = steps;
    this.still = still;
    this.elapsed = 0; // seconds, without pauses
    this.last = NaN; // when it was last asked; NaN in a pause
    this.step = 0;
  }

  /** Let no time pass until it is asked again. */
  pause() {
    this.last = NaN;
  }

  /**
   * How many steps to show now.
   *
   * @param {number} now in seconds
   * @param {number} have how many there are by now
   */
  at(now, have) {
    if (!Number.isNaN(this.last)) this.elapsed += now - this.last;
    this.last = now;
    const share = Math.min(1, this.elapsed / SECONDS) ** BEND;
    const planned = this.still ? have : Math.floor(this.steps * share);
    this.step = Math.max(this.step, Math.min(have, planned));
    return this.step;
  }

  /** Show all at once from now on. */
  hurry() {
    this.still = true;
  }
}
