// The lesson as a notebook with the reader's cells, there and back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hash } from "../../book/live/memory.mjs";
import { filled, parseNotebook, readBack } from "../../book/live/notebook.mjs";

const NOTHING = { lesson: "t", guesses: {}, passed: {} };

function cells() {
  return [
    { id: "t-00000001", name: "cell:t-00000001", printed: "x = 1\ny = 2" },
    { id: "t-00000002", name: "answer:t.one", printed: "..." },
    {
      id: "t-00000003",
      name: "cell:t-00000003",
      printed: 'check("t.one", one)',
    },
  ].map((cell) => ({ ...cell, text: cell.printed }));
}

function notebook() {
  const code = cells().map((cell) => ({
    cell_type: "code",
    id: cell.id,
    source: cell.printed.match(/[^\n]*\n|[^\n]+$/g),
    metadata: cell.printed.startsWith("check") ? { tags: ["check"] } : {},
    outputs: [{ output_type: "stream", name: "stdout", text: ["printed\n"] }],
    execution_count: 1,
  }));
  const text = {
    cell_type: "markdown",
    id: "t-00000009",
    source: ["# T"],
    metadata: {},
  };
  return {
    cells: [text, ...code],
    metadata: { kernelspec: {} },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

const edited = (text) => {
  const all = cells();
  all[1].text = text;
  return all;
};

test("an untouched lesson goes along as it was printed, with its ids", () => {
  const made = filled(notebook(), cells(), NOTHING);
  assert.deepEqual(
    made.cells.map(({ source, outputs }) => [source, outputs]),
    notebook().cells.map(({ source, outputs }) => [source, outputs]),
  );
  assert.equal(made.cells[1].metadata.id, "t-00000001");
  assert.deepEqual(readBack(made, cells(), "t", "t.ipynb").edits, []);
});

test("an answer stands in its cell, and what its check had printed is dropped", () => {
  const text = "def one():\n    return 1\n";
  const made = filled(notebook(), edited(text), NOTHING);
  assert.deepEqual(made.cells[2].source, ["def one():\n", "    return 1\n"]);
  const outputs = made.cells.slice(1).map((cell) => cell.outputs.length);
  assert.deepEqual(outputs, [1, 0, 0]);
  const [{ cell, text: back }, ...more] = readBack(
    made,
    cells(),
    "t",
    "t.ipynb",
  ).edits;
  assert.deepEqual([cell.id, back, more], ["t-00000002", text, []]);
});

test("guesses and passed checks go along and come back", () => {
  const passed = { "t.one": { text: "12345678", from: "87654321" } };
  const guesses = { "t-00000001": { text: "2.5", from: "11111111" } };
  const made = filled(notebook(), cells(), { ...NOTHING, guesses, passed });
  assert.equal(made.cells[1].metadata.guess, "2.5");
  const found = readBack(made, cells(), "t", "t.ipynb");
  assert.deepEqual([found.guesses, found.passed], [guesses, passed]);
});

test("a notebook that Colab saved has its ids in the cells' metadata", () => {
  const made = filled(notebook(), edited("mine"), NOTHING);
  for (const cell of made.cells) delete cell.id;
  assert.equal(readBack(made, cells(), "t", "t.ipynb").edits[0].text, "mine");
});

test("a notebook that was never taken along is read by its cells' ids", () => {
  const plain = notebook();
  plain.cells[2].source = "mine";
  const found = readBack(plain, cells(), "t", "t.ipynb");
  assert.deepEqual(
    found.edits.map(({ cell, text }) => [cell.id, text]),
    [["t-00000002", "mine"]],
  );
});

test("an answer for an older version is brought back as such, and an untouched one isn't", () => {
  const made = filled(notebook(), edited("mine"), NOTHING);
  const now = cells();
  now[0].id = "t-0000000a";
  now[0].name = "cell:t-0000000a";
  Object.assign(now[1], {
    id: "t-0000000b",
    printed: "... # new",
    text: "... # new",
  });
  const found = readBack(made, now, "t", "t.ipynb");
  assert.deepEqual(found.edits, []);
  assert.deepEqual(found.older, [
    { name: "answer:t.one", text: "mine", from: hash("...") },
  ]);
});

test("a changed cell that the page no longer has is kept", () => {
  const all = cells();
  all[0].text = "x = 7";
  const made = filled(notebook(), all, NOTHING);
  const found = readBack(made, cells().slice(1), "t", "t.ipynb");
  const from = hash("x = 1\ny = 2");
  assert.deepEqual(found.older, [
    { name: "cell:t-00000001", text: "x = 7", from },
  ]);
});

test("wrong files get a sentence", () => {
  const sentence = (text) => {
    try {
      return (
        readBack(parseNotebook(text, "f.ipynb"), cells(), "t", "f.ipynb") && ""
      );
    } catch (error) {
      return error.message;
    }
  };
  for (const text of [
    "",
    "GIF89a",
    "[]",
    "7",
    "null",
    '{"cells": 7}',
    '{"cells": [{"source": 7}]}',
  ]) {
    assert.match(
      sentence(text),
      /^f\.ipynb isn't a notebook: choose the \.ipynb file/,
    );
  }
  assert.match(sentence('{"cells": []}'), /not of this course's t\.$/);
  const other = filled(notebook(), cells(), { ...NOTHING, lesson: "u" });
  assert.match(
    sentence(JSON.stringify(other)),
    /is the notebook of u: bring it back on that/,
  );
  const plain = JSON.stringify(notebook()).replaceAll("t-0000", "u-0000");
  assert.match(sentence(plain), /is the notebook of u/);
});

test("what somebody put into a notebook's metadata does no harm", () => {
  const made = filled(notebook(), edited("mine"), NOTHING);
  made.metadata.course.passed = {
    "u.one": { text: "1", from: "2" },
    "t.one": 7,
    "t.two": null,
  };
  made.metadata.course.cells = {
    "t-0000000f": { name: "theme", from: "0" },
    "t-00000002": 7,
  };
  const bad = { cell_type: "code", source: "x", id: 7 };
  made.cells.push(bad, { ...bad, id: "t-0000000f", metadata: null });
  const found = readBack(made, cells(), "t", "t.ipynb");
  assert.deepEqual([found.passed, found.older], [{}, []]);
});
