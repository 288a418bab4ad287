// The page's one Python, seen from the page: it starts, runs a cell's text, and can be ended.
//
// It lives in a worker. Nothing interrupts a worker but its end, so that whoever ends it starts
// another and runs again what is still needed.
//
// A worker that is started from an address is held by the policy which that file is served with:
// by none, on most hosts. One that is started from a blob takes over the page's own policy, so
// that whatever runs in Python reaches the site and nothing else.

/**
 * @typedef {{ kind: string, cell: string, data: any }} Message
 * @typedef {{ ok: boolean, ended: "" | "stopped" | "late" | "crashed" }} Ending
 * @typedef {[name: string, status: string, message: string, cause: string]} CheckResult
 */

const GRACE = 250; // ms that a check may be late, for the messages' way

export class Python {
  /**
   * @param {string} address of the worker's script
   * @param {(message: Message) => void} hear is told all that a cell shows
   */
  constructor(address, hear) {
    const script = `import ${JSON.stringify(address)};`;
    this.blob = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.hear = hear;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Promise<void> | null} */
    this.ready = null;
    /** @type {(reason: Error) => void} */
    this.giveUp = () => undefined;
    /** @type {((ending: Ending) => void) | null} */
    this.settle = null;
    /** @type {CheckResult[]} */
    this.results = [];
    this.timer = 0;
  }

  /** Start Python, unless it has; the promise is fulfilled when cells can run. */
  start() {
    if (this.ready) return this.ready;
    const worker = new Worker(this.blob, { type: "module" });
    /** @type {Promise<void>} */
    const ready = new Promise((resolve, reject) => {
      this.giveUp = reject;
      worker.onmessage = ({ data }) => {
        if (worker !== this.worker) return;
        if (data.kind === "ready") resolve();
        else if (data.kind === "failed") reject(new Error(data.data));
        else this.receive(data);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message || "its files couldn't be loaded"));
        if (worker === this.worker) this.end("crashed");
      };
    });
    ready.catch(() => {
      if (worker === this.worker) this.end("crashed");
    });
    this.worker = worker;
    this.ready = ready;
    worker.postMessage({ recall: this.results });
    return ready;
  }

  /**
   * Run a text as a cell's; the promise is fulfilled when it has ended, in whatever way.
   * @param {string} cell
   * @param {string} source
   * @returns {Promise<Ending>}
   */
  run(cell, source) {
    return this.ask({ run: source, cell });
  }

  /**
   * Let something that plays answer to new choices.
   * @param {string} cell
   * @param {number} number
   * @param {Record<string, string | number>} choices
   */
  choose(cell, number, choices) {
    return this.ask({ choose: choices, number, cell });
  }

  /**
   * @param {object} request
   * @returns {Promise<Ending>}
   */
  ask(request) {
    return new Promise((resolve) => {
      this.settle = resolve;
      this.worker?.postMessage(request);
    });
  }

  /**
   * End Python at once, whatever it does.
   * @param {Ending["ended"]} how
   */
  end(how) {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.ready = null;
    this.giveUp(new Error(how)); // which matters only while it loads
    this.finish({ ok: how === "late", ended: how });
  }

  /** @param {Ending} ending */
  finish(ending) {
    const settle = this.settle;
    this.settle = null;
    settle?.(ending);
  }

  /** @param {Message} message */
  receive(message) {
    const { kind, data } = message;
    if (kind === "done") this.finish({ ok: data, ended: "" });
    else if (kind === "crashed") this.end("crashed");
    else if (kind === "check") this.watch(message);
    else if (kind === "checked") this.remember(data);
    else this.hear(message);
  }

  /**
   * End Python if a check takes longer than it may, and say what it says then.
   * @param {Message} message
   */
  watch({ cell, data }) {
    const { name, seconds, late, text } = data;
    this.timer = window.setTimeout(
      () => {
        const others = this.results.filter((result) => result[0] !== name);
        this.results = [...others, [name, late[0], late[1], late[2]]];
        this.hear({ kind: "stream", cell, data: text });
        this.end("late");
      },
      seconds * 1000 + GRACE,
    );
  }

  /** @param {CheckResult[]} results */
  remember(results) {
    clearTimeout(this.timer);
    this.results = results;
  }
}
