// Makes the code cells of a page live: window.course, and behind it one Python for the page.
// Nothing of Python is loaded before the first Run.

import { Cell, inWords, LONG } from "./cell.mjs";
import { askForGuesses } from "./guess.mjs";
import { mark } from "./marks.mjs";
import { Memory } from "./memory.mjs";
import { hasQuickForm, lostAt, needed, outdated } from "./order.mjs";
import { Progress } from "./progress.mjs";
import { Python } from "./python.mjs";
import { offerStrays } from "./strays.mjs";
import { reportFromView, showWork } from "./work.mjs";

/** @typedef {{ state: import("./cell.mjs").State }} Ended */

const HERE = new URL("./", import.meta.url);
const SITE = new URL("../../", HERE).pathname;
const WORKER = new URL(`worker.mjs${new URL(import.meta.url).search}`, HERE).href;
const ENDINGS = {
  late: "The check took too long, so Python was ended.",
  stopped: "Stopped.",
  crashed: "Python ended, perhaps for want of memory.",
};

class Course {
  /** @param {Memory} memory */
  constructor(memory) {
    const actions = {
      run: (/** @type {Cell} */ cell) => void this.run(cell.id),
      quick: (/** @type {Cell} */ cell) => void this.run(cell.id, true),
      stop: () => void this.stop(),
      reset: (/** @type {Cell} */ cell) => void this.reset(cell.id),
      choose: this.choose.bind(this),
      changed: (/** @type {Cell} */ cell) => {
        this.offerQuickForms();
        this.progress?.changed(cell);
      },
      kept: (/** @type {Cell} */ cell) => this.progress?.kept(cell),
    };
    /** @type {Progress | undefined} */
    this.progress = undefined; // until all cells are there
    /** @type {Cell[]} */
    this.all = [];
    this.all = liveElements().map(([root, code]) => new Cell(root, code, actions, memory));
    this.progress = new Progress(memory, this.all);
    this.offerQuickForms();
    this.python = new Python(WORKER, ({ kind, cell, data }) => this.hear(kind, cell, data));
    this.python.results = this.progress.results;
    this.queue = Promise.resolve();
    this.turn = 0; // of Stop: what was asked for before it no longer runs
    /** @type {Cell | null} */
    this.target = null;
    this.muted = false; // while cells run again only for what they define
    this.began = 0; // when the running cell did
  }

  offerQuickForms() {
    for (const cell of this.all) {
      if (cell.quickButton) cell.quickButton.disabled = !hasQuickForm(this.all, cell);
    }
  }

  /** @param {string} id */
  find(id) {
    const cell = this.all.find((one) => one.id === id);
    if (!cell) throw new RangeError(`no live cell ${id}: use one of course.cells`);
    return cell;
  }

  /**
   * @param {string} kind
   * @param {string} id
   * @param {any} data
   */
  hear(kind, id, data) {
    if (this.muted) return;
    const cell = this.find(id);
    if (kind === "losses") void cell.showLosses(data, (performance.now() - this.began) / 1000);
    else cell.output?.show(kind, data);
  }

  /**
   * Let a job run when those before it have ended, unless Stop is pressed until then.
   * @param {() => Promise<void>} job
   */
  enqueue(job) {
    const turn = this.turn;
    const done = this.queue.then(() => (turn === this.turn ? job() : undefined));
    this.queue = done.catch(() => undefined);
    return done;
  }

  /**
   * Run a cell, after those above it that haven't run.
   * @param {string} id
   * @param {boolean} quickly in its quick form, if it has one that still holds
   * @returns {Promise<Ended>}
   */
  async run(id, quickly = false) {
    const cell = this.find(id);
    this.progress?.touched(cell);
    if (this.target) cell.say("Waits for its turn.");
    await this.enqueue(() => this.perform(cell, quickly));
    return { state: cell.state };
  }

  /**
   * @param {Cell} target
   * @param {boolean} quickly
   */
  async perform(target, quickly) {
    this.target = target;
    if (target.quick && target.ran !== null) this.startOver(target);
    target.begin(true);
    try {
      if (!(await this.wake(target))) return;
      const above = needed(this.all, target);
      if (!(await this.runAbove(above, target))) return;
      await this.execute(target, true, quickly && hasQuickForm(this.all, target));
      if (this.python.ready) document.dispatchEvent(new Event("course:ran")); // see offline.mjs
    } finally {
      this.target = null;
    }
  }

  /**
   * Forget all that ran: what a cell trains would else begin with what it has trained before.
   * @param {Cell} target
   */
  startOver(target) {
    this.python.end("stopped");
    const edited = target.text !== target.ran;
    const place = this.all.indexOf(target);
    for (const [i, cell] of this.all.entries()) {
      if (cell.ran !== null && edited && i > place) forget(cell);
      cell.ran = null;
    }
  }

  /**
   * Load Python, unless it is there; whether that worked.
   * @param {Cell} cell which says what goes on
   */
  async wake(cell) {
    const { turn } = this;
    if (!this.python.ready) cell.say("Python is loading …");
    try {
      await this.python.start();
      return true;
    } catch (error) {
      if (turn !== this.turn) this.close(cell, "error", ENDINGS.stopped);
      else {
        this.close(cell, "error", "Python couldn't be loaded. Run tries again.");
        cell.output?.show("error", `${error instanceof Error ? error.message : error}\n`);
      }
      return false;
    }
  }

  /**
   * Run the cells above; whether the target's turn has come.
   * @param {Cell[]} above
   * @param {Cell} target
   */
  async runAbove(above, target) {
    const quick = new Set(above.filter((cell) => hasQuickForm(this.all, cell)));
    const slow = above.filter((cell) => !quick.has(cell));
    const seconds = slow.reduce((sum, cell) => sum + cell.seconds, 0);
    const long = seconds >= LONG ? `, about ${inWords(seconds)} in all` : "";
    for (const [i, cell] of above.entries()) {
      target.say(`First the cells above: ${i + 1} of ${above.length}${long} …`);
      await (quick.has(cell) ? this.runQuickly(cell) : this.execute(cell, false));
      if (target.state !== "running") return false; // stopped
      if (cell.state === "error" && !cell.exercise) {
        this.close(target, "error", "A cell above ended with an error, so this one didn't run.");
        return false;
      }
    }
    return true;
  }

  /**
   * Run a cell in its quick form, which binds the same names; what it shows stays as it was.
   * @param {Cell} cell
   */
  async runQuickly(cell) {
    this.muted = true;
    cell.state = "running";
    cell.ran = cell.text;
    const { ok, ended } = await this.python.run(cell.id, cell.quick);
    this.muted = false;
    if (ended) return this.ended(cell, ended);
    if (!ok) cell.ran = null;
    this.close(cell, ok ? "done" : "error", "Ran in its quick form. Run runs it whole.");
  }

  /**
   * Run one cell, and let its state and the others' follow.
   * @param {Cell} cell
   * @param {boolean} pressed
   * @param {boolean} quickly
   */
  async execute(cell, pressed, quickly = false) {
    const stale = outdated(this.all, cell);
    const long = !quickly && cell.seconds >= LONG;
    this.began = performance.now();
    cell.begin(pressed);
    cell.say(long ? `Running, about ${inWords(cell.seconds)} …` : "Running …");
    cell.ran = cell.text;
    const { ok, ended } = await this.python.run(cell.id, quickly ? cell.quick : cell.text);
    for (const other of stale) if (other !== this.target) other.outdate();
    if (ended) return this.ended(cell, ended);
    if (!ok && !cell.exercise) cell.ran = null;
    const seconds = ((performance.now() - this.began) / 1000).toFixed(1);
    const words = quickly ? `The quick form ran in ${seconds} s` : `Ran in ${seconds} s`;
    const further = ok ? (this.progress?.ran(cell, this.python.results) ?? "") : "";
    this.close(cell, ok ? "done" : "error", ok ? `${words}${further}` : "Error");
  }

  /**
   * A cell has ended.
   * @param {Cell} cell
   * @param {import("./cell.mjs").State} state
   * @param {string} words
   */
  close(cell, state, words) {
    cell.say(words);
    cell.state = state;
  }

  /**
   * Python was ended while a cell ran: start it anew, and run again the cells above.
   * @param {Cell} cell
   * @param {"stopped" | "late" | "crashed"} how
   */
  ended(cell, how) {
    const asked = this.target ?? cell;
    const { again, lost } = lostAt(this.all, cell);
    for (const other of [...again, ...lost]) other.ran = null;
    for (const other of lost) if (other !== cell && other.state !== "running") forget(other);
    for (const one of new Set([cell, asked])) {
      this.close(one, how === "late" && one === cell ? "done" : "error", ENDINGS[how]);
    }
    void this.enqueue(() => this.restore(again, asked, ENDINGS[how]));
  }

  /**
   * @param {Cell[]} again the cells to run again, for what they define
   * @param {Cell} asked
   * @param {string} why
   */
  async restore(again, asked, why) {
    if (!again.length) return;
    this.muted = true;
    this.target = asked;
    asked.stopButton.disabled = false;
    try {
      await this.python.start();
      for (const [i, cell] of again.entries()) {
        asked.say(`${why} Running again what stands above: ${i + 1} of ${again.length} …`);
        const text = hasQuickForm(this.all, cell) ? cell.quick : cell.text;
        const { ended } = await this.python.run(cell.id, text);
        if (ended) {
          for (const other of again) forget(other);
          asked.say(`${why} The cells above run again when they are needed.`);
          return;
        }
        cell.ran = cell.text;
      }
      const cells = again.length === 1 ? "the cell" : `the ${again.length} cells`;
      asked.say(`${why} Python was started anew, and ${cells} above ran again.`);
    } catch {
      asked.say(`${why} Python couldn't be started again; Run tries it.`);
    } finally {
      this.muted = false;
      this.target = null;
      asked.refresh();
    }
  }

  /** End what runs; the promise is fulfilled when it has ended. */
  async stop() {
    if (!this.target) return;
    this.turn += 1;
    this.python.end("stopped");
    for (const cell of this.all) if (cell.status.textContent?.startsWith("Waits")) cell.say("");
    while (this.target && this.target.state === "running") await pause();
  }

  /**
   * Give a cell another text.
   * @param {string} id
   * @param {string} text
   */
  async edit(id, text) {
    this.find(id).edit(text);
  }

  /**
   * Bring back a cell's printed text and output.
   * @param {string} id
   */
  async reset(id) {
    const cell = this.find(id);
    if (cell.state === "running") await this.stop();
    cell.reset();
  }

  /**
   * @param {Cell} cell
   * @param {number} number
   * @param {Record<string, string | number>} choices
   */
  choose(cell, number, choices) {
    const began = cell.output;
    void this.enqueue(async () => {
      if (cell.ran === null || cell.output !== began) return; // of a Python that is no more
      this.target = cell;
      cell.state = "running";
      const { ok, ended } = await this.python.choose(cell.id, number, choices);
      if (ended) this.ended(cell, ended);
      else cell.state = ok ? "done" : "error";
      this.target = null;
    });
  }
}

/**
 * A cell's results are no longer in Python; what it shows stays.
 * @param {Cell} cell
 */
function forget(cell) {
  cell.ran = null;
  if (cell.state === "done") cell.outdate();
}

/** Let what is due happen first. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve));
}

/** The page's live cells, each with the element that holds its code. */
function liveElements() {
  const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-cell]"));
  return [...roots].flatMap((root) => {
    const code = /** @type {HTMLElement | null} */ (root.querySelector(".cell_input pre"));
    if (!code) return [];
    if (!root.dataset.tags?.split(" ").includes("desk")) return [[root, code]];
    const note = Object.assign(document.createElement("p"), { className: "live-note" });
    note.textContent = "Runs in JupyterLab or Colab: it needs a library that pages don't have.";
    (code.closest("details") ?? code.closest(".cell_input"))?.after(note);
    return [];
  });
}

const memory = new Memory(SITE);
const course = new Course(memory);
const showAll = () => (refreshWork(), mark(memory, SITE));
const refreshWork = showWork(course, memory);
if (course.progress) course.progress.heard = showAll;
offerStrays(memory, course.all);
askForGuesses(memory, () => course.progress?.heard());
document.addEventListener("course:guessed", ({ target }) => {
  const id = /** @type {HTMLElement} */ (target).closest("[data-cell]")?.id;
  course.progress?.touched(course.find(id ?? ""));
});
reportFromView(course.all.map((cell) => cell.root));
mark(memory, SITE);

/** Another tab, or a page that the reader came back from, may have kept something. */
function compare() {
  for (const cell of course.all) cell.compare();
  course.progress?.showPassed();
  showAll();
}
window.addEventListener("storage", compare);
window.addEventListener("pageshow", (event) => event.persisted && compare());
window.addEventListener("pagehide", () => course.all.forEach((cell) => cell.keep()));

Object.defineProperty(window, "course", {
  value: Object.freeze({
    get cells() {
      return course.all.map(({ id, tags, state, text, printed }) =>
        Object.freeze({
          id,
          tags: [...tags].filter(Boolean),
          state,
          text,
          edited: text !== printed,
        }),
      );
    },
    run: (/** @type {string} */ id) => course.run(id),
    edit: (/** @type {string} */ id, /** @type {string} */ text) => course.edit(id, text),
    stop: () => course.stop(),
    reset: (/** @type {string} */ id) => course.reset(id),
  }),
});
