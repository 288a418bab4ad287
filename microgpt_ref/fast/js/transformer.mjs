/**
 * train3 and train4: a network that sees all that came before, as in `transformer.py`, `gpt.py`.
 *
 *     x = rmsnorm(wte[token] + wpe[position])
 *     x = block(x), for each layer
 *     logits = lm_head x
 *
 * train3 is a train4 of one layer with one head, whose weights have other names and another order.
 *
 * A figure finds all numbers of the last document in place: `positions[t]` has token and logits,
 * `blocks[i].states[t]` the rest, such as `attentionWeights[h][j]`, how much head h looks at
 * position j from position t.
 */

import { Block } from "./block.mjs";
import { linear, linearBackward, NO_NORM, RMSNORM } from "./layers.mjs";
import { Network, Position } from "./network.mjs";
import { gptShapes, transformerShapes } from "./shapes.mjs";

/** @typedef {import("./shapes.mjs").Shapes} Shapes */
/** @typedef {import("./shapes.mjs").Sizes} Sizes */

class TransformerPosition extends Position {
  /**
   * @param {number} vocabSize
   * @param {number} n_embd
   */
  constructor(vocabSize, n_embd) {
    super(vocabSize);
    this.embedded = new Float64Array(n_embd);
    this.first = new Float64Array(n_embd); // x before the first block
    this.scale = 0;
    this.last = this.first; // x after the last block
    this.dx = new Float64Array(n_embd); // of whatever x the way back has come to
  }
}

/** @extends {Network<TransformerPosition>} */
export class Transformer extends Network {
  /**
   * @param {Shapes} shapes
   * @param {Sizes} sizes
   * @param {string[]} prefixes of the names of each block's weights
   */
  constructor(shapes, sizes, prefixes) {
    super(shapes);
    this.n_embd = sizes.n_embd;
    this.vocabSize = shapes.wte[0];
    const [weights, grads] = [this.weights.matrices, this.grads.matrices];
    this.blocks = prefixes.map((prefix) => new Block(weights, grads, prefix, sizes));
    this.dembedded = new Float64Array(sizes.n_embd);
    this.norm = RMSNORM;
  }

  /**
   * Do without some parts from now on, to find out what they are worth.
   *
   * @param {string[]} parts "rmsnorm", "residuals"
   */
  leaveOut(parts) {
    this.norm = parts.includes("rmsnorm") ? NO_NORM : RMSNORM;
    for (const block of this.blocks) {
      block.norm = this.norm;
      block.residuals = !parts.includes("residuals");
    }
  }

  newPosition() {
    return new TransformerPosition(this.vocabSize, this.n_embd);
  }

  /**
   * @param {TransformerPosition} position
   * @param {number} t
   */
  forward(position, t) {
    const { wte, wpe, lm_head } = this.weights.matrices;
    const { n_embd } = this;
    const { token, embedded, first, logits } = position;
    for (let i = 0; i < n_embd; i++) {
      embedded[i] = wte.data[token * n_embd + i] + wpe.data[t * n_embd + i];
    }
    position.scale = this.norm.forward(embedded, first);
    position.last = this.blocks.reduce((x, block) => block.forward(x, t), first);
    linear(lm_head, position.last, logits);
  }

  backward() {
    const positions = this.positions.slice(0, this.length);
    const [{ lm_head }, grads] = [this.weights.matrices, this.grads.matrices];
    for (const { dx, last, dlogits } of positions) {
      dx.fill(0);
      linearBackward(lm_head, last, dlogits, dx, grads.lm_head);
    }
    const dxs = positions.map((position) => position.dx);
    for (const block of [...this.blocks].reverse()) block.backward(dxs);
    positions.forEach((position, t) => this.embeddingBackward(position, t));
  }

  /**
   * Add dx of what went into the first block to the gradients of the embeddings.
   *
   * @param {TransformerPosition} position
   * @param {number} t
   */
  embeddingBackward({ token, first, scale, dx }, t) {
    const { n_embd, dembedded } = this;
    const { wte, wpe } = this.grads.matrices;
    dembedded.fill(0);
    this.norm.backward(first, scale, dx, dembedded);
    for (let i = 0; i < n_embd; i++) {
      wte.data[token * n_embd + i] += dembedded[i];
      wpe.data[t * n_embd + i] += dembedded[i];
    }
  }
}

/**
 * The network of train3.
 *
 * @param {number} vocabSize
 * @param {Sizes} settings
 */
export function newTransformer(vocabSize, settings) {
  const sizes = { ...settings, n_layer: 1, n_head: 1 };
  return new Transformer(transformerShapes(vocabSize, sizes), sizes, [""]);
}

/**
 * The network of train4.
 *
 * @param {number} vocabSize
 * @param {Sizes} settings
 */
export function newGPT(vocabSize, settings) {
  const prefixes = Array.from({ length: settings.n_layer }, (_, i) => `layer${i}.`);
  return new Transformer(gptShapes(vocabSize, settings), settings, prefixes);
}
