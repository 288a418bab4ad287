/**
 * Characters to token ids and back, and documents from a text, as in `tokenizer.py`, `data.py`.
 *
 * A character is a code point, as in Python, and not one of JavaScript's halves of it.
 */

/** One id per character, in sorted order, and one more, `bos`, which marks both ends. */
export class Tokenizer {
  /** @param {Iterable<string>} docs */
  constructor(docs) {
    const characters = new Set();
    for (const doc of docs) for (const character of doc) characters.add(character);
    /** @type {string[]} */
    this.characters = [...characters].sort((a, b) => codePoint(a) - codePoint(b));
    this.ids = new Map(this.characters.map((character, id) => [character, id]));
    this.bos = this.characters.length; // the id that is no character
    this.vocabSize = this.characters.length + 1;
  }

  /**
   * Token ids (characters + 2,): BOS, the characters, BOS.
   *
   * @param {string} doc
   */
  encode(doc) {
    return [this.bos, ...this.charactersToIds(doc), this.bos];
  }

  /**
   * Token ids (characters,) of a text, without BOS.
   *
   * @param {string} text
   * @throws {RangeError} for a character that the vocabulary lacks
   */
  charactersToIds(text) {
    return Array.from(text, (character) => {
      const id = this.ids.get(character);
      if (id !== undefined) return id;
      const known = this.characters.join("");
      throw new RangeError(`character '${character}' is not in the vocabulary: ${known}`);
    });
  }

  /**
   * The text of some token ids; BOS adds nothing to it.
   *
   * @param {number[]} tokens
   */
  decode(tokens) {
    return tokens.map((token) => this.characters[token] ?? "").join("");
  }
}

/** @param {string} character */
const codePoint = (character) => /** @type {number} */ (character.codePointAt(0));

/**
 * The lines of a text, without the blanks around them; empty lines left out.
 *
 * @param {string} text
 * @throws {RangeError} for a text without documents, or with control characters
 */
export function readDocs(text) {
  const lines = text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n");
  lines.forEach((line, i) => {
    const control = /(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.exec(line);
    if (control === null) return;
    const character = JSON.stringify(control[0]);
    throw new RangeError(`line ${i + 1} has the control character ${character}: take it out`);
  });
  // NB: trim() would also take \uFEFF away, which Python's strip() leaves
  const docs = lines.map((line) => line.replace(/^[^\S\uFEFF]+|[^\S\uFEFF]+$/g, ""));
  const found = docs.filter((doc) => doc !== "");
  if (found.length === 0) throw new RangeError("there are no documents: write one per line");
  return found;
}
