/**
 * Python's random draws: from the same seed the same numbers as `random.Random` gives.
 *
 * The Mersenne Twister (Matsumoto and Nishimura 1998) makes whole numbers of 32 bits. Floats, a
 * bell curve, a shuffle and choices are computed from them as CPython 3.11 to 3.14 does it. All
 * draws are equal to the last bit but those of `gauss`: JavaScript may round a logarithm or a sine
 * the other way in the last bit.
 */

const N = 624; // whole numbers in the generator's state
const M = 397;
const TOP_BIT = 0x80000000;
const OTHER_BITS = 0x7fffffff;

/**
 * A number of the state with its high bits spread over the low ones.
 *
 * @param {number} x
 */
const mixed = (x) => x ^ (x >>> 30);

/** The generator `random.Random(seed)`. */
export class PythonRandom {
  /** @param {number | bigint} seed a whole number; as in Python, its sign makes no difference */
  constructor(seed) {
    this.numbers = new Uint32Array(N);
    this.used = N; // how many of the numbers have been handed out
    /** @type {number | null} the second of two draws from the bell curve, kept for the next */
    this.gaussNext = null;
    this.seedWith(words(seed));
  }

  /**
   * Fill the state from 32-bit words: `init_by_array` of the Mersenne Twister's authors.
   *
   * @param {number[]} key
   */
  seedWith(key) {
    const state = this.numbers;
    state[0] = 19650218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, mixed(state[i - 1])) + i;
    let i = 1;
    const onward = () => {
      i += 1;
      if (i < N) return;
      state[0] = state[N - 1];
      i = 1;
    };
    for (let k = 0; k < Math.max(N, key.length); k++) {
      const j = k % key.length;
      state[i] = (state[i] ^ Math.imul(mixed(state[i - 1]), 1664525)) + key[j] + j;
      onward();
    }
    for (let k = 1; k < N; k++) {
      state[i] = (state[i] ^ Math.imul(mixed(state[i - 1]), 1566083941)) - i;
      onward();
    }
    state[0] = TOP_BIT;
  }

  /** Replace the state's numbers by the next ones. */
  twist() {
    const state = this.numbers;
    for (let i = 0; i < N; i++) {
      const y = (state[i] & TOP_BIT) | (state[(i + 1) % N] & OTHER_BITS);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.used = 0;
  }

  /** A whole number from 0 to 2³² - 1. */
  bits32() {
    if (this.used === N) this.twist();
    let y = this.numbers[this.used++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A float from 0 to 1, without 1, of 53 random bits. */
  random() {
    const high = this.bits32() >>> 5;
    const low = this.bits32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * A whole number from 0 to n - 1: as many bits as n has, drawn again while they say n or more.
   *
   * @param {number} n 1 to 2³² - 1
   */
  below(n) {
    const unused = Math.clz32(n);
    let drawn = this.bits32() >>> unused;
    while (drawn >= n) drawn = this.bits32() >>> unused;
    return drawn;
  }

  /**
   * A float from a bell curve around mu with spread sigma. Draws come in pairs (Box and Muller).
   *
   * @param {number} mu
   * @param {number} sigma
   */
  gauss(mu, sigma) {
    let z = this.gaussNext;
    this.gaussNext = null;
    if (z === null) {
      const angle = this.random() * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
      z = Math.cos(angle) * radius;
      this.gaussNext = Math.sin(angle) * radius;
    }
    return mu + z * sigma;
  }

  /**
   * Put a list in random order, in place.
   *
   * @param {unknown[]} list
   */
  shuffle(list) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  /**
   * k members of the population, each drawn with the probability weight / sum of weights.
   *
   * @template T
   * @param {ArrayLike<T>} population
   * @param {ArrayLike<number>} weights
   * @returns {T[]}
   * @throws {RangeError} unless the weights' sum is a finite number above 0
   */
  choices(population, weights, k = 1) {
    const sums = new Float64Array(weights.length);
    let total = 0;
    for (let i = 0; i < weights.length; i++) sums[i] = total += weights[i];
    if (!(total > 0 && total < Infinity)) {
      throw new RangeError(`weights add up to ${total}: use weights with a finite sum above 0`);
    }
    return Array.from({ length: k }, () => population[firstAbove(sums, this.random() * total)]);
  }
}

/**
 * The size of a seed in words of 32 bits, the lowest first; at least one.
 *
 * @param {number | bigint} seed
 */
function words(seed) {
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    throw new RangeError(`seed ${seed} is not a whole number: use one, or a BigInt`);
  }
  let rest = BigInt(seed);
  if (rest < 0n) rest = -rest;
  const found = [];
  do {
    found.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return found;
}

/**
 * The place of the first of the rising sums that is above x; the last place if none before is.
 *
 * @param {Float64Array} sums
 * @param {number} x
 */
function firstAbove(sums, x) {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x < sums[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
