// The losses of a training run, as they come: a curve that grows, and a line every hundred steps.

const [HEIGHT, LEFT, BOTTOM] = [190, 28, 20];
const WINDOW = 50; // steps that the thick line is the mean of
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {object} News
 * @property {number} first the number of the first of the losses, from 0
 * @property {number} steps of the whole run
 * @property {(number | null)[]} losses null where a loss is no number
 */

export class Losses {
  constructor() {
    this.root = Object.assign(document.createElement("div"), { className: "live-losses" });
    this.figure = document.createElementNS(SVG, "svg");
    this.figure.setAttribute("role", "img");
    this.table = Object.assign(document.createElement("pre"), { tabIndex: 0 });
    this.table.setAttribute("aria-label", "Losses");
    this.root.append(this.figure, this.table);
    /** @type {number[]} */
    this.all = [];
    this.steps = 1;
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  /**
   * Take in what is new; the words for whoever doesn't see it.
   * @param {News} news
   */
  add({ first, steps, losses }) {
    this.all.length = first; // another run begins at 0
    this.steps = steps;
    this.all.push(...losses.map((loss) => loss ?? NaN));
    this.draw();
    const words = `step ${grouped(this.all.length)} of ${grouped(steps)}`;
    this.figure.setAttribute("aria-label", `The loss by ${words}: ${this.last()}`);
    return words;
  }

  /** The mean of the last losses, in words. */
  last() {
    const some = this.all.slice(-WINDOW);
    return `mean of the last ${some.length} names ${mean(some).toFixed(4)}`;
  }

  draw() {
    this.table.textContent = this.rows();
    const width = this.figure.clientWidth || 600;
    this.figure.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const means = running(this.all);
    const [low, high] = range(this.all.filter(Number.isFinite));
    /** @param {number} step @param {number} loss */
    const at = (step, loss) => {
      const x = LEFT + ((width - LEFT - 6) * step) / this.steps;
      const share = Math.min(1, Math.max(0, (loss - low) / (high - low)));
      return `${x.toFixed(1)},${(6 + (HEIGHT - BOTTOM - 6) * (1 - share)).toFixed(1)}`;
    };
    /** @param {number[]} numbers */
    const points = (numbers) =>
      numbers.map((n, i) => (Number.isFinite(n) ? at(i + 1, n) : "")).join(" ");
    this.figure.replaceChildren(
      ...ticks(low, high).flatMap((loss) => [
        shape("line", { class: "grid", ...line(at(0, loss), at(this.steps, loss)) }),
        label(LEFT - 6, Number(at(0, loss).split(",")[1]) + 4, String(loss), "end"),
      ]),
      label(LEFT, HEIGHT - 4, "step 1", "start"),
      label(width - 6, HEIGHT - 4, grouped(this.steps), "end"),
      label(width - 6, 18, "loss of each name, and the mean of 50", "end"),
      shape("polyline", { class: "each", points: points(this.all) }),
      shape("polyline", { class: "mean", points: points(means) }),
    );
  }

  /** A line every hundred steps, or every tenth part of a short run. */
  rows() {
    const every = this.steps >= 500 ? 100 : Math.max(1, Math.round(this.steps / 10));
    const rows = [];
    for (let end = every; end <= this.all.length; end += every) {
      const loss = mean(this.all.slice(end - every, end)).toFixed(4);
      rows.push(`step ${grouped(end).padStart(5)}   mean loss ${loss}\n`);
    }
    return rows.join("");
  }
}

/** @param {number} n */
function grouped(n) {
  return n.toLocaleString("en");
}

/** @param {number[]} numbers */
function mean(numbers) {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

/**
 * The mean of each number and up to WINDOW - 1 before it.
 * @param {number[]} numbers
 */
function running(numbers) {
  let sum = 0;
  return numbers.map((n, i) => {
    sum += n - (i >= WINDOW ? numbers[i - WINDOW] : 0);
    return sum / Math.min(i + 1, WINDOW);
  });
}

/**
 * From where to where the losses are drawn, in halves of a nat.
 * @param {number[]} numbers
 */
function range(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const part = (/** @type {number} */ p) => sorted[Math.floor(p * (sorted.length - 1))] ?? 0;
  const low = Math.floor(part(0.01) * 2) / 2;
  return [low, Math.max(low + 1, Math.ceil(part(0.99) * 2) / 2)];
}

/**
 * Whole numbers in a range.
 * @param {number} low
 * @param {number} high
 */
function ticks(low, high) {
  const first = Math.ceil(low);
  const apart = Math.max(1, Math.ceil((high - low) / 5));
  const count = Math.floor((high - first) / apart) + 1;
  return Array.from({ length: count }, (_, i) => first + i * apart);
}

/**
 * @param {string} from
 * @param {string} to
 */
function line(from, to) {
  const [[x1, y1], [x2, y2]] = [from.split(","), to.split(",")];
  return { x1, y1, x2, y2 };
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} anchor
 */
function label(x, y, text, anchor) {
  const element = shape("text", { x: String(x), y: String(y), "text-anchor": anchor });
  element.textContent = text;
  return element;
}
