// Which checks have passed, how far a lesson got, and where to go on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { goingOn } from "../../book/live/marks.mjs";
import { hash, Memory } from "../../book/live/memory.mjs";
import {
  isDone,
  passed,
  Progress,
  standOf,
  words,
} from "../../book/live/progress.mjs";
import { strays } from "../../book/live/strays.mjs";
import { counted, inWords, keptNames, told } from "../../book/live/work.mjs";
import { storage } from "./storage.mjs";

const root = { closest: () => null };
const bar = { querySelector: () => null };
globalThis.document = {
  createElement: () => ({ dataset: {}, remove: () => undefined }),
};

function cell(id, { text = "", exercise = "", check = "", tags = [] } = {}) {
  const printed = `printed ${id}`;
  const entry = {
    id,
    exercise,
    check,
    printed,
    ran: null,
    root,
    bar,
    tags: new Set(tags),
  };
  return { ...entry, text: text || printed };
}

function lesson() {
  return [
    cell("t-00000001"),
    cell("t-00000002", { exercise: "t.one", text: "one", tags: ["exercise"] }),
    cell("t-00000003", { check: "t.one", tags: ["check"] }),
    cell("t-00000004", { exercise: "t.two", tags: ["exercise"] }),
    cell("t-00000005", { exercise: "t.two.t-00000005", tags: ["exercise"] }),
    cell("t-00000006", { check: "t.two", tags: ["check"] }),
  ];
}

const right = (name) => [[name, "right", "", ""]];

test("a passed check is kept for the answer that passed", () => {
  const memory = new Memory("/", () => kept);
  const kept = storage();
  const cells = lesson();
  const progress = new Progress(memory, cells);
  assert.equal(passed(memory, cells, cells[2]), "");
  progress.touched(cells[2]);
  assert.equal(progress.ran(cells[2], right("t.two")), ""); // of another check
  assert.equal(progress.ran(cells[2], [["t.one", "not right", "", ""]]), "");
  assert.equal(
    progress.ran(cells[2], right("t.one")),
    ". 1 of 2 in this lesson",
  );
  assert.equal(passed(memory, cells, cells[2]), "now");
  cells[1].text = "one, changed";
  assert.equal(passed(memory, cells, cells[2]), "before");
  assert.equal(progress.passed, 1);
  cells[2].printed = "another check";
  assert.equal(passed(memory, cells, cells[2]), "older");
  assert.equal(progress.passed, 0);
});

test("a pass that can't be kept is said to be so", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const full = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  Object.defineProperty(kept, "setItem", { value: full });
  const cells = lesson();
  const said = new Progress(memory, cells).ran(cells[2], right("t.one"));
  assert.match(said, /couldn't keep that it passed/);
});

test("an answer in two cells has passed with both", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const cells = lesson();
  new Progress(memory, cells).ran(cells[5], right("t.two"));
  assert.equal(passed(memory, cells, cells[5]), "now");
  cells[4].text = "changed";
  assert.equal(passed(memory, cells, cells[5]), "before");
});

test("a check that the reader has changed proves nothing", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const cells = lesson();
  cells[2].text = "check = print";
  assert.equal(new Progress(memory, cells).ran(cells[2], right("t.one")), "");
  assert.equal(passed(memory, cells, cells[2]), "");
});

test("a lesson is begun, then half passed, then done", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const cells = lesson();
  const progress = new Progress(memory, cells);
  assert.equal(words(standOf(memory, "t")), "");
  progress.touched(cells[0]);
  assert.equal(words(standOf(memory, "t")), "begun");
  progress.ran(cells[2], right("t.one"));
  assert.equal(words(standOf(memory, "t")), "1 of 2 passed");
  progress.ran(cells[5], right("t.two"));
  assert.equal(words(standOf(memory, "t")), "done");
  assert.equal(standOf(memory, "t").cell, "t-00000001");
});

test("a chapter without checks is done when its last cell has run", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const cells = [
    cell("e-00000001"),
    cell("e-00000002"),
    cell("e-00000003", { tags: ["live"] }),
  ];
  const progress = new Progress(memory, cells);
  progress.touched(cells[0]);
  progress.ran(cells[0], []);
  assert.equal(isDone(standOf(memory, "e")), false);
  progress.ran(cells[1], []);
  assert.equal(isDone(standOf(memory, "e")), true);
});

test("what somebody else wrote is no stand", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  for (const text of ["", "7", "null", "{", '{"cell": 7}']) {
    memory.set("lesson:t", text, "");
    assert.equal(standOf(memory, "t"), null);
  }
});

test("the reader goes on where they were, or after what is done", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const all = ["a", "b", "c"].map((name) => ({
    lesson: name,
    title: name,
    link: null,
  }));
  const stand = (name, at, passed) => {
    const text = {
      cell: `${name}-1`,
      heading: "",
      passed,
      of: 2,
      ended: false,
      at,
    };
    memory.set(`lesson:${name}`, JSON.stringify(text), "");
  };
  assert.equal(goingOn(memory, all), null);
  stand("a", 1, 0);
  stand("b", 2, 1);
  assert.equal(goingOn(memory, all).lesson, "b");
  stand("b", 2, 2);
  assert.deepEqual(
    [goingOn(memory, all).lesson, goingOn(memory, all).stand],
    ["c", null],
  );
  stand("a", 3, 2); // an early lesson, finished later
  assert.equal(goingOn(memory, all).lesson, "c");
  stand("c", 4, 2);
  assert.equal(goingOn(memory, all), null);
});

test("what is kept is counted and told, for a lesson and for the course", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const names = [
    "cell:t1-a",
    "cell:t1-b",
    "answer:t1.x",
    "guess:t1-a",
    "passed:t1.x",
    "lesson:t1",
  ];
  for (const name of [...names, "other:cell:t1-a:1"])
    memory.set(name, "1", "0");
  memory.set("cell:t10-a", "1", "0");
  assert.deepEqual(
    keptNames(memory, "t1").sort(),
    [...names, "other:cell:t1-a:1"].sort(),
  );
  memory.set("offline", "no", ""); // a reader's choice, and no work
  assert.equal(keptNames(memory).length, 8);
  const all =
    "1 answer, 2 edited cells, 1 text put aside, 1 guess and 1 passed check";
  assert.equal(inWords(counted(keptNames(memory, "t1"))), all);
  assert.equal(
    told(memory, "t1"),
    `Kept in this browser, and nowhere else: ${all}.`,
  );
  assert.match(told(memory, "t2"), /^What you write .* goes nowhere else\.$/);
  kept.setItem("course:2:/:cell:t1-a", "1");
  assert.match(told(memory, "t2"), /another version of this site .* stays/);
  const blocked = new Memory("/", () => {
    throw new DOMException("no", "SecurityError");
  });
  assert.match(told(blocked, "t1"), /keeps nothing/);
});

test("texts of cells that a page lacks are found, also those that were put aside", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const gone = [
    "answer:t.gone",
    "cell:t-gone",
    `other:cell:t-gone:${hash("")}`,
  ];
  for (const name of [...gone, "cell:t-here", "other:cell:t-here:1"])
    memory.set(name, "1", "0");
  memory.set("cell:u-gone", "1", "0");
  assert.deepEqual(strays(memory, "t", ["cell:t-here"]).sort(), gone.sort());
});
