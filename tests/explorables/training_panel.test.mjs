// The panel that trains the GPT: what can be chosen, which lists work, what is shown when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Trainer } from "../../microgpt_ref/fast/js/trainer.mjs";
import {
  DEFAULTS,
  OPTIONS,
  choose,
  described,
  fits,
  milestones,
  watched,
} from "../../microgpt_ref/lab/explorables/training_panel/choices.mjs";
import {
  description,
  limits,
  runningMeans,
  singleLosses,
  ticks,
} from "../../microgpt_ref/lab/explorables/training_panel/curve.mjs";
import { start } from "../../microgpt_ref/lab/explorables/training_panel/engine.mjs";
import {
  MOST_CHARACTERS,
  cut,
  inspect,
  readFile,
  readPrompt,
  summary,
} from "../../microgpt_ref/lab/explorables/training_panel/list.mjs";
import { Playback } from "../../microgpt_ref/lab/explorables/training_panel/playback.mjs";
import {
  Session,
  keptSession,
} from "../../microgpt_ref/lab/explorables/training_panel/session.mjs";

const range = (n) => Array.from({ length: n }, (_, i) => i);

// Choices

test("every width, heads, layers, steps and rate that can be chosen together can be trained", async () => {
  for (const width of OPTIONS.width) {
    for (const heads of OPTIONS.heads.filter((heads) => fits(width, heads))) {
      const choices = { ...DEFAULTS, width, heads, steps: 1 };
      const heard = [];
      const trainer = new Trainer((message) => heard.push(message.type));
      await trainer.receive(start(choices, 42, 1, "anna\nbob"));
      assert.equal(heard.at(-1), "done", JSON.stringify(choices));
    }
  }
});

test("a width that can't be shared among the heads takes fewer of them", () => {
  assert.deepEqual(choose({ ...DEFAULTS, heads: 8 }, { width: 4 }), { ...DEFAULTS, width: 4 });
  assert.deepEqual(choose(DEFAULTS, { width: 8 }), { ...DEFAULTS, width: 8 });
  assert.equal(fits(4, 8), false);
});

test("names are kept after 0, 10, 50 … steps, and after the last", () => {
  assert.deepEqual(milestones(1000), [0, 10, 50, 100, 300, 1000]);
  assert.deepEqual(milestones(100), [0, 10, 50, 100]);
  assert.deepEqual(milestones(10000), [0, 10, 50, 100, 300, 1000, 3000, 10000]);
});

test("the model is watched at all milestones, and seldom enough", () => {
  for (const steps of OPTIONS.steps) {
    const found = watched(steps);
    assert.ok(milestones(steps).every((step) => found.includes(step)));
    assert.ok(found.length < 90 && found[0] === 0 && found.at(-1) === steps);
    assert.deepEqual(
      found,
      [...new Set(found)].sort((a, b) => a - b),
    );
  }
});

test("only what differs from the course's own run is described", () => {
  assert.equal(described(DEFAULTS), "");
  const choices = { width: 4, heads: 1, layers: 2, steps: 10000, rate: 0.1 };
  assert.equal(described(choices), "width 4, 1 head, 2 layers, 10,000 steps, rate 0.1");
});

// Lists

test("a common list has nothing to be said of", () => {
  const found = inspect("anna\nbob\n");
  assert.deepEqual([found.names, found.letters.join(""), found.problem], [2, "abno", ""]);
  assert.deepEqual(found.notes, []);
  assert.equal(summary(found), "2 names, 4 different characters: abno");
});

test("an empty list says what would be right", () => {
  for (const text of ["", " \n\t\n"]) {
    assert.equal(inspect(text).problem, "The list is empty: write one name per line.");
  }
});

test("capitals work, and are said to be letters of their own", () => {
  const found = inspect("Anna\nBob");
  assert.deepEqual([found.problem, found.capitals], ["", true]);
  assert.deepEqual(found.notes, ["To the model, “A” and “a” are two different letters."]);
  assert.equal(inspect("ANNA\nBOB".toLowerCase()).capitals, false);
});

test("foreign letters work", async () => {
  const text = "Анна\nБорис\nΣοφία\n李娜\n😀😀";
  assert.equal(inspect(text).problem, "");
  assert.ok(inspect(text).letters.includes("😀"));
  const heard = [];
  const trainer = new Trainer((message) => heard.push(message));
  await trainer.receive(start({ ...DEFAULTS, steps: 3 }, 42, 1, text));
  assert.equal(heard.at(-1).type, "done");
  assert.deepEqual(heard[0].characters, inspect(text).letters);
});

test("control characters, a foreign encoding and too many letters are refused with the reason", () => {
  assert.match(
    inspect("anna\nb\u0000b").problem,
    /can't be read: line 2 has the control character/,
  );
  assert.match(inspect("Andr\uFFFD").problem, /isn't UTF-8 text: save it as UTF-8/);
  const many = range(1001).map((i) => String.fromCodePoint(0x4e00 + i));
  assert.match(inspect(many.join("\n")).problem, /1,001 different characters: with at most 1,000/);
  assert.equal(inspect(many.slice(1).join("\n")).problem, "");
});

test("long names, and all names on one line, get a note", () => {
  const [long, one] = [inspect("a\n" + "b".repeat(17)), inspect("anna, bob, cai")];
  assert.deepEqual(long.notes, ["1 of them has more than 16 letters, and is cut."]);
  assert.match(one.notes[0], /only one line: write one name per line/);
});

test("a text that is too long is cut at the end of a line", () => {
  assert.equal(cut("anna\nbob"), null);
  const text = "anna\n".repeat(MOST_CHARACTERS / 5) + "bob\n";
  assert.equal(cut(text), text.slice(0, MOST_CHARACTERS - 1));
});

test("of a file of 10 MB no more is read than is used, and it is said", async () => {
  const file = new Blob(["anna\nböb\n".repeat(1_100_000)]);
  const read = [];
  const { text, whole } = await readFile({
    size: file.size,
    slice: (first, end) => {
      read.push(end - first);
      return file.slice(first, end);
    },
  });
  assert.ok(file.size > 1e7 && read.length === 1 && read[0] <= MOST_CHARACTERS + 4);
  const found = inspect(text, whole);
  assert.deepEqual([found.problem, found.letters.join("")], ["", "abnö"]);
  assert.match(found.notes[0], /^The file is long: its first [\d,]+ lines are used, 1,000,000/);
  assert.deepEqual(await readFile(new Blob(["anna\nböb"])), { text: "anna\nböb", whole: true });
});

test("a prompt is read in the letters of the list", () => {
  const letters = [..."abno"];
  assert.deepEqual(readPrompt("Ann", letters), { prompt: "ann", problem: "" });
  assert.deepEqual(readPrompt("", letters), { prompt: "", problem: "" });
  assert.equal(readPrompt("A", ["A", "a"]).prompt, "A");
  assert.match(readPrompt("anz", letters).problem, /never seen “z”: use letters of its list/);
  assert.match(readPrompt("a".repeat(16), letters).problem, /at most 16 letters: begin with fewer/);
});

// Runs

const started = { type: "started", run: 2, characters: ["a", "b"], parameters: 5, documents: 2 };

test("a session takes in the messages of its own run alone", () => {
  const session = new Session(DEFAULTS, 42, 2);
  session.receive({ ...started, run: 1 }, 0);
  assert.equal(session.phase, "loading");
  session.receive(started, 1);
  session.receive({ type: "losses", run: 2, first: 0, losses: [2, 1] }, 1);
  session.receive({ type: "losses", run: 1, first: 0, losses: [9] }, 1);
  session.receive({ type: "snapshot", run: 2, step: 1, samples: ["ab"] }, 1);
  session.receive({ type: "done", run: 2, samples: ["ba"] }, 1.5);
  assert.deepEqual([session.phase, session.losses, session.samples], ["done", [2, 1], ["ba"]]);
  assert.deepEqual([session.seconds, session.chance], [0.5, Math.log(3)]);
  assert.deepEqual(
    [session.namesAt(0), session.namesAt(1), session.namesAt(9)],
    [[], ["ab"], ["ab"]],
  );
});

test("an error is told as a sentence", () => {
  const session = new Session(DEFAULTS, 42, 2);
  session.receive({ type: "error", run: 2, message: "the loss is not a number", step: 3 }, 0);
  assert.deepEqual([session.phase, session.problem], ["failed", "The loss is not a number."]);
});

test("a run is compared with one of other choices or another seed, on the same list", () => {
  const one = new Session(DEFAULTS, 42, 1);
  assert.ok(!new Session({ ...DEFAULTS }, 42, 2).differs(one));
  assert.ok(new Session({ ...DEFAULTS, width: 8 }, 42, 2).differs(one));
  assert.ok(new Session(DEFAULTS, 43, 2).differs(one));
  const other = Object.assign(new Session(DEFAULTS, 43, 2), { list: "anna" });
  assert.ok(!other.differs(one));
});

test("a kept run is one that is finished", () => {
  const kept = {
    losses: [3],
    snapshots: [],
    samples: ["a"],
    letters: ["a"],
    parameters: 1,
    pairs: 2,
  };
  const session = keptSession({ ...kept, known: [] });
  assert.deepEqual([session.phase, session.losses, session.pairs], ["kept", [3], 2]);
});

test("a quick run is shown at leisure, at first slowly, and comes to its end", () => {
  const playback = new Playback(1000);
  const shown = range(40).map((i) => playback.at(10 + i / 10, 1000));
  assert.equal(shown[0], 0);
  assert.ok(shown[5] > 10 && shown[5] < 100 && shown[15] < 600);
  assert.equal(shown.at(-1), 1000);
  assert.deepEqual(
    shown,
    [...shown].sort((a, b) => a - b),
  );
});

test("a slow run is shown as it goes", () => {
  const playback = new Playback(1000);
  assert.deepEqual(
    [0, 5, 6, 7].map((now) => playback.at(now, 20 * now)),
    [0, 100, 120, 140],
  );
});

test("a pause takes no time, and a still picture waits for none", () => {
  const playback = new Playback(1000);
  playback.at(0, 1000);
  const before = playback.at(1, 1000);
  playback.pause();
  assert.equal(playback.at(100, 1000), before);
  playback.hurry();
  assert.equal(playback.at(100, 1000), 1000);
  assert.equal(new Playback(1000, true).at(0, 7), 7);
});

// The curve

test("a running mean is the mean of the last sixty losses", () => {
  const losses = range(200);
  const means = runningMeans(losses);
  assert.deepEqual(means[0], [12, 5.5]);
  assert.deepEqual(means.at(-1), [200, 169.5]);
  assert.deepEqual(runningMeans(losses, 20, 200), means.slice(0, 9));
});

test("a long run is drawn with at most a thousand points, its last one among them", () => {
  const losses = range(10_000).map(() => 2);
  assert.ok(singleLosses(losses).length <= 1000);
  assert.ok(runningMeans(losses).length <= 1000);
  assert.deepEqual(runningMeans(losses, 4321, 10_000).at(-1), [4321, 2]);
});

test("the chart has room for the curve and for knowing nothing", () => {
  const [low, high] = limits(Math.log(27), [
    [12, 3.1],
    [1000, 2.4],
  ]);
  assert.deepEqual([low, high], [1.5, 3.6]);
  assert.deepEqual(ticks([low, high]), [1.5, 2, 2.5, 3, 3.5]);
  assert.ok(limits(Math.log(3), [[12, 0.1]])[0] === 0);
  assert.ok(limits(Math.log(27), [[12, 30]])[1] < 6);
});

test("the description has the key numbers", () => {
  assert.equal(
    description(
      range(12).map(() => 3),
      Math.log(27),
      2.476,
    ),
    "The loss of each of 12 steps as a dot, and its running mean as a line, from 3.00 to 3.00. " +
      "Knowing nothing costs 3.30, counting letter pairs 2.48.",
  );
});
