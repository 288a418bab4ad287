// What the browser keeps, and what happens where it keeps nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hash, Memory } from "../../book/live/memory.mjs";
import { storage } from "./storage.mjs";

test("a text comes back with what it was made from", () => {
  const memory = new Memory("/course/", () => kept);
  const kept = storage();
  assert.equal(memory.set("cell:a-1", "x = 2", "x = 1"), "");
  assert.deepEqual(memory.get("cell:a-1"), {
    text: "x = 2",
    from: hash("x = 1"),
  });
  assert.deepEqual(Object.keys(kept), ["course:1:/course/:cell:a-1"]);
  memory.remove("cell:a-1", "x = 1");
  assert.equal(memory.get("cell:a-1"), null);
});

test("sites on other paths keep to themselves", () => {
  const kept = storage();
  const [one, other] = ["/one/", "/other/"].map(
    (site) => new Memory(site, () => kept),
  );
  one.set("cell:a-1", "1", "0");
  one.set("answer:a.x", "2", "0");
  assert.equal(other.get("cell:a-1"), null);
  assert.deepEqual(one.names("cell:"), ["cell:a-1"]);
  assert.deepEqual(other.names(""), []);
});

test("what somebody else wrote is no text of ours", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  for (const value of ["{", "7", '{"text": 7}', "null"]) {
    kept.setItem("course:1:/:cell:a-1", value);
    assert.equal(memory.get("cell:a-1"), null);
  }
});

test("blocked and full storage are told apart, and throw nothing", () => {
  const blocked = new Memory("/", () => {
    throw new DOMException("no", "SecurityError");
  });
  assert.match(blocked.set("cell:a-1", "x", "y"), /keeps nothing/);
  assert.equal(blocked.get("cell:a-1"), null);
  assert.deepEqual(blocked.names(""), []);
  blocked.remove("cell:a-1", "y");
  blocked.forget("cell:a-1");
  assert.equal(blocked.blocked, true);
  const full = storage();
  Object.defineProperty(full, "setItem", {
    value: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  assert.match(
    new Memory("/", () => full).set("cell:a-1", "x", "y"),
    /no room left/,
  );
});

test("no site's keys begin like another's", () => {
  const kept = storage();
  const [one, other] = ["/a/", "/a/:cell:/"].map(
    (site) => new Memory(site, () => kept),
  );
  other.set("cell:a-1", "1", "0");
  assert.deepEqual(one.names(""), []);
});

test("what another tab has kept since is put aside, never overwritten", () => {
  const kept = storage();
  const [one, other] = ["one", "other"].map(
    (tab) => new Memory("/", () => kept, tab),
  );
  for (const memory of [one, other]) assert.equal(memory.get("cell:a-1"), null);
  one.set("cell:a-1", "of one", "print");
  assert.equal(other.peek("cell:a-1").text, "of one"); // seen, but not taken up
  other.set("cell:a-1", "of the other", "print");
  assert.equal(other.get("cell:a-1").text, "of the other");
  assert.deepEqual(
    other.others("cell:a-1").map(({ text }) => text),
    ["of one"],
  );
  one.remove("cell:a-1", "print"); // Reset in the first tab
  assert.deepEqual(
    one
      .others("cell:a-1")
      .map(({ text }) => text)
      .sort(),
    ["of one", "of the other"],
  );
});

test("the same text in two tabs, and one's own next text, need no putting aside", () => {
  const kept = storage();
  const [one, other] = ["one", "other"].map(
    (tab) => new Memory("/", () => kept, tab),
  );
  one.set("answer:a.x", "same", "print");
  other.set("answer:a.x", "same", "print");
  other.set("answer:a.x", "next", "print");
  assert.deepEqual(other.others("answer:a.x"), []);
});

test("a text for an older version is put aside before anything is written", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  memory.set("cell:a-1", "mine", "old print");
  memory.get("cell:a-1");
  memory.set("cell:a-1", "mine again", "new print");
  const [{ text, from }, ...more] = memory.others("cell:a-1");
  assert.deepEqual([text, from, more], ["mine", hash("old print"), []]);
  memory.set("cell:a-2", "mine", "old print");
  memory.remove("cell:a-2", "new print");
  assert.equal(memory.others("cell:a-2")[0].text, "mine");
});

test("where there is no room to put a text aside, it stays and the new one isn't kept", () => {
  const kept = storage();
  const [one, other] = ["one", "other"].map(
    (tab) => new Memory("/", () => kept, tab),
  );
  one.set("cell:a-1", "of one", "print");
  const full = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  Object.defineProperty(kept, "setItem", { value: full });
  assert.match(other.set("cell:a-1", "of the other", "print"), /no room left/);
  other.remove("cell:a-1", "print");
  assert.equal(one.peek("cell:a-1").text, "of one");
});

test("keys of older and newer formats are counted, and left alone", () => {
  const kept = storage();
  const memory = new Memory("/", () => kept);
  const others = ["course:0:/:cell:a-1", "course:2:/:cell:a-1"];
  for (const key of others) kept.setItem(key, "7");
  kept.setItem("course:2:/elsewhere/:cell:a-1", "7");
  kept.setItem("course:x:/:cell:a-1", "7");
  kept.setItem("coursework", "7");
  memory.set("cell:a-1", "1", "0");
  assert.equal(memory.foreign(), 2);
  assert.deepEqual(memory.names(""), ["cell:a-1"]);
  memory.names("").forEach((name) => memory.forget(name));
  assert.deepEqual(
    others.map((key) => kept.getItem(key)),
    ["7", "7"],
  );
});

test("hashes tell texts apart", () => {
  assert.notEqual(hash("x = 1"), hash("x = 2"));
  assert.match(hash(""), /^[0-9a-f]{8}$/);
});
