// What a guess means, and how far it is from the answer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { comparison, distance, parseNumber, trouble } from "../../book/live/guess.mjs";

test("a number is understood with a point or a comma, with a unit, as a fraction", () => {
  const said = {
    "3.2958": 3.2958,
    "3,3": 3.3,
    " 12 ": 12,
    ".5": 0.5,
    "-0.5": -0.5,
    "−2": -2,
    "3 nats": 3,
    "25 µs": 25,
    "about 3": 3,
    "≈3.3": 3.3,
    "~ 4": 4,
    "1/6": 1 / 6,
    "45%": 0.45,
    "1e-3": 0.001,
    "15k": 15000,
    "2 million": 2e6,
    "1,024.5": 1024.5,
    "1.024,5": 1024.5,
    "1,234,567": 1234567,
    "3.": 3,
  };
  for (const [text, number] of Object.entries(said)) {
    assert.ok(Math.abs(parseNumber(text, false) - number) < 1e-12, text);
  }
});

test("where whole numbers are asked for, a comma before three digits parts thousands", () => {
  for (const text of ["6,368", "6368", "6.368", "6 368", "6'368", "6,368 times"]) {
    assert.equal(parseNumber(text, true), 6368, text);
  }
  assert.equal(parseNumber("6,368", false), 6.368);
  assert.equal(parseNumber("6,3", true), 6.3);
});

test("what is no number is told, and what would be right", () => {
  for (const text of ["many", "ln 27", "3 or 4", "1.2.3,4,5x6", "--2", "nats"]) {
    assert.ok(Number.isNaN(parseNumber(text, false)), text);
  }
  const question = { ask: "the loss", shown: "3.2958", digits: 4 };
  assert.equal(trouble("many", question), "“many” isn't a number: type one such as 2.5.");
  assert.match(trouble("x", { ...question, digits: 0 }), /such as 12\.$/);
  assert.equal(trouble("3,1", question), "");
  assert.equal(trouble("", question), "");
  assert.equal(trouble("q", { ask: "after", shown: "j" }), "");
});

test("the distance has the digits of the answer, or those of the guess", () => {
  assert.equal(distance(3, { ask: "", shown: "3.2958", digits: 4 }), "0.2958");
  assert.equal(distance(100, { ask: "", shown: "6,368", digits: 0 }), "6,268");
  assert.equal(distance(3.5, { ask: "", shown: "4", digits: 0 }), "0.5");
  assert.equal(distance(3.3, { ask: "", shown: "3.3", digits: 1 }), "0");
});

test("guess and answer stand side by side, a word without a distance", () => {
  const number = { ask: "", shown: "3.2958", digits: 4 };
  assert.deepEqual(comparison("3,1", number), ["3,1", "3.2958", "0.1958"]);
  assert.deepEqual(comparison(" ", number), ["", "3.2958", ""]);
  assert.deepEqual(comparison(" q", { ask: "", shown: "j" }), ["q", "j", ""]);
});
