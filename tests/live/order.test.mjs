// Which cells run before another, and which are out of date after it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasQuickForm, lostAt, needed, outdated } from "../../book/live/order.mjs";

// A page of cells a, b, …; `ran` lists those that Python holds, `tags` those that have a tag.
function page(names, { ran = "", tags = {}, edited = "" } = {}) {
  return [...names].map((id) => ({
    id,
    tags: new Set([tags[id]].filter(Boolean)),
    printed: id,
    text: edited.includes(id) ? `${id}!` : id,
    ran: ran.includes(id) ? id : null,
  }));
}
const ids = (cells) => cells.map((cell) => cell.id).join("");

test("a cell needs those above it that haven't run", () => {
  const cells = page("abcd", { ran: "b" });
  assert.equal(ids(needed(cells, cells[3])), "ac");
  assert.equal(ids(needed(cells, cells[0])), "");
});

test("a cell needs those above it that were edited since they ran", () => {
  const cells = page("abc", { ran: "ab", edited: "b" });
  assert.equal(ids(needed(cells, cells[2])), "b");
});

test("checks, live cells and those for a desk are never needed", () => {
  const cells = page("abcd", { tags: { a: "check", b: "live", c: "desk" } });
  assert.equal(ids(needed(cells, cells[3])), "");
});

test("an edit that runs makes those below that ran out of date", () => {
  const cells = page("abcd", { ran: "abd", edited: "b" });
  assert.equal(ids(outdated(cells, cells[1])), "d");
});

test("a text that ran before as it stands makes nothing out of date", () => {
  const cells = page("abc", { ran: "abc" });
  assert.equal(ids(outdated(cells, cells[0])), "");
  assert.equal(ids(outdated(page("ab", { ran: "b" }), cells[0])), "");
});

test("a printed text that comes back makes those below out of date", () => {
  const cells = page("ab", { ran: "ab" });
  cells[0].ran = "a!";
  assert.equal(ids(outdated(cells, cells[0])), "b");
});

test("what is above a stopped cell runs again, and the rest is lost", () => {
  const cells = page("abcde", { ran: "abde", tags: { b: "check" } });
  const { again, lost } = lostAt(cells, cells[3]);
  assert.equal(ids(again), "a");
  assert.equal(ids(lost), "bde");
});

test("a quick form holds as long as nothing that the cell is made from was edited", () => {
  const holds = (options, change = () => undefined) => {
    const cells = page("abcd", options);
    cells[2].quick = "quick";
    change(cells);
    return hasQuickForm(cells, cells[2]);
  };
  assert.ok(holds({}) && holds({ ran: "abcd" }));
  assert.ok(holds({ edited: "d" }), "below");
  assert.ok(!holds({ edited: "a" }) && !holds({ edited: "c" }));
  assert.ok(holds({ edited: "a", tags: { a: "check" } }) && holds({ edited: "b", tags: { b: "live" } }));
  assert.ok(!holds({}, (cells) => delete cells[2].quick), "without one");
});

test("an answer leaves a quick form alone unless it binds a name that other cells use", () => {
  const holds = (text) => {
    const cells = page("abcd", { tags: { b: "exercise" } });
    Object.assign(cells[0], { text: "import math, mlp", printed: "import math, mlp" });
    Object.assign(cells[2], { quick: "q", text: "train(mlp, loss)", printed: "train(mlp, loss)" });
    cells[1].text = text;
    return hasQuickForm(cells, cells[2]);
  };
  const harmless = ["def my_loss(x):\n    loss = mlp(x)\n    return loss", "my_slope = loss + 3"];
  for (const text of [...harmless, "print(loss)", "x == loss", "# mlp = 3"]) {
    assert.ok(holds(text), text);
  }
  const edits = ["def mlp(w, x):\n    pass", "loss = 3", "a, mlp = 1, 2", "from x import y as mlp"];
  for (const text of [...edits, "for loss in y:\n    pass", "class train: pass", "mlp += 1"]) {
    assert.ok(!holds(text), text);
  }
});
