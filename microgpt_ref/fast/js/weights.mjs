/**
 * The numbers of a model, as one long vector and as matrices by name, which are views of it.
 *
 * An optimizer goes through the vector, a layer works on the matrices, and both change the same
 * numbers.
 */

/** @typedef {Record<string, [rows: number, columns: number]>} Shapes in drawing order */
/** @typedef {Record<string, number[][]>} Lists matrices as a checkpoint has them, lists of rows */
/** @typedef {import("./random.mjs").PythonRandom} PythonRandom */

/** A matrix (rows, columns), its numbers row after row. */
export class Matrix {
  /**
   * @param {Float64Array} data
   * @param {number} rows
   * @param {number} columns
   */
  constructor(data, rows, columns) {
    this.data = data;
    this.rows = rows;
    this.columns = columns;
  }
}

/** Matrices of zeros, until `draw` or `setLists` fills them. */
export class Weights {
  /** @param {Shapes} shapes */
  constructor(shapes) {
    const sizes = Object.values(shapes).map(([rows, columns]) => rows * columns);
    this.numbers = new Float64Array(sizes.reduce((sum, size) => sum + size, 0));
    /** @type {Record<string, Matrix>} */
    this.matrices = {};
    let first = 0;
    for (const [name, [rows, columns]] of Object.entries(shapes)) {
      const data = this.numbers.subarray(first, first + rows * columns);
      this.matrices[name] = new Matrix(data, rows, columns);
      first += rows * columns;
    }
  }

  /**
   * Draw every number from a bell curve around 0.
   *
   * @param {PythonRandom} rng
   */
  draw(rng, spread = 0.08) {
    for (let i = 0; i < this.numbers.length; i++) this.numbers[i] = rng.gauss(0, spread);
  }

  /**
   * The matrices as lists of rows, by name.
   *
   * @returns {Lists}
   */
  toLists() {
    /** @type {Lists} */
    const lists = {};
    for (const [name, { data, rows, columns }] of Object.entries(this.matrices)) {
      const row = (/** @type {number} */ i) => [...data.subarray(i * columns, (i + 1) * columns)];
      lists[name] = Array.from({ length: rows }, (_, i) => row(i));
    }
    return lists;
  }

  /**
   * Take over the numbers of such lists.
   *
   * @param {Lists} lists of the same names and shapes
   */
  setLists(lists) {
    for (const [name, { data }] of Object.entries(this.matrices)) data.set(lists[name].flat());
  }
}
