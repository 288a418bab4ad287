/** One object for every stage: its settings and weights, its loss, and what it invents. */

import { Bigram } from "./bigram.mjs";
import { MLP } from "./mlp.mjs";
import { allSizes, checkTemperature, maxTokens } from "./settings.mjs";
import { newGPT, newTransformer } from "./transformer.mjs";

/** @typedef {import("./random.mjs").PythonRandom} PythonRandom */
/** @typedef {import("./tokenizer.mjs").Tokenizer} Tokenizer */
/** @typedef {import("./settings.mjs").Sizes} Sizes */
/** @typedef {import("./transformer.mjs").Transformer} Transformer */

/** @type {Record<string, (vocabSize: number, settings: any) => Bigram | MLP | Transformer>} */
const NETWORKS = {
  train0: (vocabSize) => new Bigram(vocabSize),
  train1: (vocabSize, settings) => new MLP(vocabSize, settings),
  train2: (vocabSize, settings) => new MLP(vocabSize, settings),
  train3: newTransformer,
  train4: newGPT,
};

/** A model of one stage. Its weights are zeros, until `newModel` or a checkpoint fills them. */
export class Model {
  /**
   * @param {Tokenizer} tokenizer
   * @param {string} stage
   * @param {Sizes} sizes the stage's defaults stand in for those that are not given
   * @throws {RangeError} for a stage or a size that can't be
   */
  constructor(tokenizer, stage = "train4", sizes = {}) {
    this.stage = stage;
    this.settings = allSizes(stage, sizes);
    this.tokenizer = tokenizer;
    this.network = NETWORKS[stage](tokenizer.vocabSize, this.settings);
    this.weights = this.network.weights;
    this.tokens = [...Array(tokenizer.vocabSize).keys()]; // to draw from
  }

  /**
   * The token ids of a document, those of its first block_size positions if there is a block.
   *
   * @param {string} doc
   */
  encode(doc) {
    const tokens = this.tokenizer.encode(doc);
    const { block_size } = this.settings;
    return block_size === undefined ? tokens : tokens.slice(0, block_size + 1);
  }

  /**
   * The loss over all tokens of some documents, in nats per token.
   *
   * @param {string[]} docs
   */
  heldOutLoss(docs) {
    let [surprise, count] = [0, 0];
    for (const doc of docs) {
      const tokens = this.encode(doc);
      surprise += this.network.loss(tokens) * (tokens.length - 1);
      count += tokens.length - 1;
    }
    return surprise / count;
  }

  /**
   * The text of one new document; the prompt is its beginning. train0 has no temperature.
   *
   * @param {PythonRandom} rng one draw per token
   * @throws {RangeError} for a prompt or a temperature that can't be, and for weights so large that
   *   the probabilities are not numbers
   */
  sample(rng, temperature = 0.5, prompt = "") {
    checkTemperature(temperature);
    const given = this.tokenizer.charactersToIds(prompt);
    const most = maxTokens(this.settings);
    if (given.length > most) {
      throw new RangeError(
        `prompt '${prompt}' has ${given.length} characters: use at most ${most}`,
      );
    }
    return this.tokenizer.decode(this.generate(rng, temperature, given, most));
  }

  /**
   * Token ids of a new document, without BOS: those given, and then one draw for each.
   *
   * @param {PythonRandom} rng
   * @param {number} temperature
   * @param {number[]} given
   * @param {number} most tokens that it may have
   */
  generate(rng, temperature, given, most) {
    const { bos } = this.tokenizer;
    const tokens = [];
    let token = bos;
    this.network.start();
    for (let t = 0; t < most; t++) {
      const probs = this.network.nextProbs(token, temperature);
      token = given[t] ?? rng.choices(this.tokens, probs)[0];
      if (token === bos) break;
      tokens.push(token);
    }
    return tokens;
  }
}

/**
 * A model to be trained, with weights drawn from rng, or for train0 with nothing counted.
 *
 * @param {Tokenizer} tokenizer
 * @param {PythonRandom} rng
 * @param {string} [stage]
 * @param {Sizes} [sizes]
 */
export function newModel(tokenizer, rng, stage, sizes) {
  const model = new Model(tokenizer, stage, sizes);
  if (!(model.network instanceof Bigram)) model.weights.draw(rng);
  return model;
}
