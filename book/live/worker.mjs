// The worker that Python lives in: starts Pyodide, and runs what the page sends.
//
// The first start makes a snapshot of Python's memory, with the course's modules in it, and keeps
// it in the browser's Cache Storage; later starts take it up in a fraction of a second. What a
// snapshot can't do, or a browser that keeps none, ends in the plain start.

// @ts-ignore: it lies there in the built site
import { loadPyodide } from "./pyodide/pyodide.mjs";

const VERSION = "VERSION"; // of the site's live files, as in the address that the page asked for
const indexURL = new URL("./pyodide/", import.meta.url).href;
const CACHE = `course-python:${new URL("../../", import.meta.url).pathname}`;
const SNAPSHOT = new URL(`./snapshot-${VERSION}`, import.meta.url).href;
const MODULES = [
  "random, math, json, linecache, pprint, traceback, ast, decimal, fractions, itertools, statistics",
  "microgpt_ref.model, microgpt_ref.fast, microgpt_ref.lab.page, microgpt_ref.lab.checks",
  "microgpt_ref.lab.figures, microgpt_ref.lab.efficiency",
  ...[0, 1, 2, 3, 4].map((n) => `microgpt_ref.lab.checks.train${n}, microgpt_ref.lab.train${n}`),
];

/** Where snapshots are kept, or null where the browser keeps none. */
async function cache() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

/** The course's package, as a zip file. */
async function fetchPackage() {
  const answer = await fetch(new URL(`./microgpt_ref.zip?v=${VERSION}`, import.meta.url));
  if (!answer.ok) throw new Error(`microgpt_ref.zip: ${answer.status}`);
  return answer.arrayBuffer();
}

/**
 * Python with the package's files in it.
 * @param {object} options Pyodide's
 * @param {Promise<ArrayBuffer>} zip
 */
async function load(options, zip) {
  const python = await loadPyodide({ indexURL, ...options });
  python.unpackArchive(await zip, "zip");
  python.runPython("import importlib; importlib.invalidate_caches()");
  return python;
}

/**
 * Python as it was when the snapshot was made, or null.
 * @param {Cache | null} kept
 * @param {Promise<ArrayBuffer>} zip
 */
async function fromSnapshot(kept, zip) {
  const found = await kept?.match(SNAPSHOT);
  if (!found) return null;
  try {
    return await load({ _loadSnapshot: new Uint8Array(await found.arrayBuffer()) }, zip);
  } catch {
    await kept?.delete(SNAPSHOT);
    return null;
  }
}

/**
 * Python from nothing; keeps a snapshot of it if it can.
 * @param {Cache | null} kept
 * @param {Promise<ArrayBuffer>} zip
 */
async function fromNothing(kept, zip) {
  const python = await load(kept ? { _makeSnapshot: true } : {}, zip);
  python.runPython(MODULES.map((names) => `import ${names}`).join("\n"));
  if (kept) await keep(kept, python).catch(() => undefined);
  return python;
}

/**
 * Keep a snapshot in the place of those of other versions.
 * @param {Cache} kept
 * @param {any} python
 */
async function keep(kept, python) {
  const bytes = python.makeMemorySnapshot();
  for (const old of await kept.keys()) await kept.delete(old);
  await kept.put(SNAPSHOT, new Response(bytes));
}

/**
 * Give Python the JavaScript engine, as the module that microgpt_ref.fast.js asks for.
 * @param {any} python
 * @param {Promise<any>} engine
 */
async function lend(python, engine) {
  python.registerJsModule("course_engine", await engine);
}

/** @type {any} */
let page = null;
let cell = "";

/** @param {import("./python.mjs").CheckResult[]} results */
async function start(results) {
  refuse();
  const zip = fetchPackage();
  const engine = import(new URL(`./engine.js?v=${VERSION}`, import.meta.url).href);
  for (const later of [zip, engine]) later.catch(() => undefined); // they are awaited later
  const kept = await cache();
  const python = (await fromSnapshot(kept, zip)) ?? (await fromNothing(kept, zip));
  await lend(python, engine);
  /** @param {string} kind @param {string} json */
  const post = (kind, json) => postMessage({ kind, cell, data: JSON.parse(json) });
  page = python.pyimport("microgpt_ref.lab.page").start(post);
  page.recall(python.toPy(results));
  self.onmessage = (event) => obey(python, event.data);
  postMessage({ kind: "ready" });
}

/**
 * @param {any} python
 * @param {{ cell: string, run?: string, choose?: object, number?: number }} request
 */
function obey(python, request) {
  cell = request.cell;
  try {
    const ok =
      request.run === undefined
        ? page.choose(request.number, python.toPy(request.choose))
        : page.run(request.run, cell);
    postMessage({ kind: "done", cell, data: ok });
  } catch (error) {
    postMessage({ kind: "crashed", cell, data: String(error) }); // Pyodide itself has given up
  }
}

/** End with a sentence where Python must not start: outside the page's policy, or a stale page. */
function refuse() {
  if (location.protocol !== "blob:") throw new Error("Python runs only under its page's policy.");
  if (new URL(import.meta.url).searchParams.get("v") === VERSION) return;
  throw new Error("This site has changed since the page was opened: reload the page.");
}

/** @param {unknown} error */
const fail = (error) => postMessage({ kind: "failed", data: String(error) });

// Pyodide's own promise is never settled where its files can't be fetched.
self.addEventListener("unhandledrejection", (event) => fail(event.reason));
self.onmessage = (event) => {
  start(event.data.recall).catch(fail);
};
