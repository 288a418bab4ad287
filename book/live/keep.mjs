// Fills a cache with all that the site needs without a network.
//
// The build lists the site's files with their hashes. A file is kept only if it has its hash, so
// that a cache holds one build and nothing else, whatever a host or a cache on the way serves while
// a new build is put up. Once a cache is whole, those of other builds are deleted.

import { cacheNames, LIST, prefix } from "./kept.mjs";

/**
 * @typedef {object} List what the build wrote
 * @property {string} build
 * @property {Record<string, [hash: string, bytes: number]>} files by address, relative to the site
 */

const AT_ONCE = 4; // files that are fetched at the same time

/**
 * The first digits of the SHA-256 of some bytes.
 * @param {ArrayBuffer} bytes
 */
async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * A file of the build as it is kept: without what a redirect leaves on an answer, which browsers
 * refuse to show as a page.
 * @param {string} address
 * @param {string} expected its hash
 */
async function download(address, expected) {
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
    const answer = await fetch(address, { cache });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    if ((await hash(bytes)) !== expected) continue; // of another build
    const type = answer.headers.get("content-type") ?? "application/octet-stream";
    return new Response(bytes, { headers: { "content-type": type } });
  }
  throw new Error(`${address} is not what this build made`);
}

/**
 * The list of the site's files, as the build of this page made it.
 * @param {string} home
 * @param {string} build
 * @returns {Promise<List>}
 */
async function fetchList(home, build) {
  const answer = await fetch(home + LIST, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${LIST}: ${answer.status}`);
  const list = await answer.json();
  if (list.build !== build) throw new Error("the site has changed since this page was opened");
  return list;
}

/**
 * Keep the files that a cache lacks.
 * @param {Cache} cache
 * @param {string} home
 * @param {List} list
 * @param {(share: number) => void} progress is told which share of all bytes is there
 */
async function fill(cache, home, list, progress) {
  const files = Object.entries(list.files);
  const all = files.reduce((sum, [, [, bytes]]) => sum + bytes, 0);
  let there = 0;
  const next = async () => {
    for (let file = files.pop(); file; file = files.pop()) {
      const [path, [expected, bytes]] = file;
      const address = new URL(path, home).href;
      if (!(await cache.match(address)))
        await cache.put(address, await download(address, expected));
      there += bytes;
      progress(there / all);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

/**
 * Keep a build of the site whole, and no other.
 * @param {string} home the site's address
 * @param {string} build
 * @param {(share: number) => void} progress
 */
export async function keep(home, build, progress) {
  const list = await fetchList(home, build);
  const name = prefix(home) + build;
  const cache = await caches.open(name);
  try {
    await fill(cache, home, list, progress);
    await cache.put(home + LIST, new Response(JSON.stringify(list)));
  } catch (error) {
    // A network that fails leaves what there is, to go on from; a full disk leaves nothing.
    if (isFull(error)) await caches.delete(name);
    throw error;
  }
  await deleteOthers(home, build);
}

/**
 * Delete the caches of other builds. An empty one may come back: Chromium makes a cache anew that
 * is read in the moment of its end.
 * @param {string} home
 * @param {string} build
 */
export async function deleteOthers(home, build) {
  const name = prefix(home) + build;
  for (const other of await cacheNames(home)) if (other !== name) await caches.delete(other);
}

/**
 * Whether an error says that the browser has no room.
 * @param {unknown} error
 */
export function isFull(error) {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

/**
 * Keep nothing of the site any longer.
 * @param {string} home
 */
export async function drop(home) {
  for (const name of await cacheNames(home)) await caches.delete(name);
}
