// How the search ranks passages, and what it makes of the words that a reader types.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nearly, Ranking, read, stem, words } from "../../book/live/ranking.mjs";

const passage = (anchor, title, text, code = "", also = "") => [anchor, title, text, code, also];
const ranking = new Ranking(
  read([
    ["book/glossary.html", [
      passage("", "Glossary", "Terms."),
      passage("term-token", "token", "One of the units that text is cut into."),
      passage("term-residual", "residual connection", "Adding an input to an output."),
    ]],
    ["notebooks/train0.html", [
      passage("", "train0", "A lesson about a token, a token, and one more token."),
      passage("loss", "The loss", "How surprised a model is.", "softmax math", "cross entropy"),
    ]],
    ["notebooks/solutions/train0.html", [passage("loss", "The loss", "How surprised a model is.")]],
  ]),
);
const urls = (query) => ranking.find(query).found.map(({ url }) => url);

test("forms of a word have one stem, and other words have others", () => {
  for (const [a, b] of ["token tokens", "dividing divided", "memorizing memorise", "boxes box",
    "entropy entropies", "initialization initialise", "gradient gradients"].map((p) => p.split(" "))) {
    assert.equal(stem(a), stem(b));
  }
  assert.notEqual(stem("loss"), stem("lose"));
  assert.notEqual(stem("string"), stem("str"));
});

test("a name counts whole and in its parts", () => {
  assert.deepEqual(words("zero_grad(x)"), ["zero_grad", "zero", "grad", "x"]);
});

test("what is called so comes before what only has the word", () => {
  assert.equal(urls("what is a token?")[0], "book/glossary.html#term-token");
});

test("a heading, code and the index are looked through, and solutions come last", () => {
  assert.deepEqual(urls("loss"), ["notebooks/train0.html#loss", "notebooks/solutions/train0.html#loss"]);
  assert.deepEqual(urls("softmax"), ["notebooks/train0.html#loss"]);
  assert.deepEqual(urls("entropy"), ["notebooks/train0.html#loss"]);
});

test("what others call it finds what the course calls it", () => {
  assert.deepEqual(urls("skip connections"), ["book/glossary.html#term-residual"]);
});

test("a word that none has is left out, by name", () => {
  assert.deepEqual(ranking.find("xyzzy token").left, ["xyzzy"]);
  assert.deepEqual(urls("xyzzy token"), urls("token"));
  assert.deepEqual(ranking.find("xyzzy").found, []);
  assert.deepEqual(ranking.find("").found, []);
});

test("words of a question count where there are no others", () => {
  assert.equal(urls("how is")[0], "notebooks/train0.html#loss");
});

test("one letter amiss is mended, two aren't", () => {
  for (const typed of ["tokn", "tokken", "tqken", "tkoen"]) assert.ok(nearly("token", typed), typed);
  for (const typed of ["toen1", "tkn", "nekot"]) assert.ok(!nearly("token", typed), typed);
});
