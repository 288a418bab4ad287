// The service worker: lets the site open and run without a network, once it is kept.
//
// It keeps nothing itself. Pages come from the network, and only without one from the cache, so
// that a new build is seen at once. Files whose address names what is in them come from the cache
// first. Since a new build gives what has changed another address, new pages never meet old
// scripts; and without a network all comes from one whole cache.

import { addressesOf, cacheNames, isWhole } from "./kept.mjs";

const worker = /** @type {any} */ (self);
const HOME = new URL("./", location.href).href;
// Addresses that change with what is in the file: by what they ask for, or by a folder's name.
const NAMED = /\?v=|\/_static\/live\/(?:pyodide-[^/]+|modules\/[^/]+)\//;
const PATIENCE = 4000; // ms that the network may take where something is kept

/**
 * What the newest whole cache holds under one of the addresses, or an older one, or null.
 * @param {string[]} addresses
 * @param {object} options of Cache.match
 * @returns {Promise<Response | null>}
 */
async function find(addresses, options = {}) {
  for (const cacheName of await cacheNames(HOME)) {
    if (!(await isWhole(HOME, cacheName))) continue;
    for (const address of addresses) {
      const found = await caches.match(address, { cacheName, ...options });
      if (found) return found;
    }
  }
  return null;
}

/**
 * The answer for a file that its address names, from the cache first.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function named(request) {
  const kept = await find([request.url]);
  return kept ?? latest(request);
}

/**
 * The answer for any other file: the network's, unless that has none, or takes too long and the
 * file is kept.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function latest(request) {
  const asked = fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
  const answer = await Promise.race([asked.catch(() => null), late]);
  if (answer) return answer;
  const kept = await find(addressesOf(request.url)).catch(() => null);
  return kept ?? (await find([request.url], { ignoreSearch: true }).catch(() => null)) ?? asked;
}

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) =>
  event.waitUntil(worker.clients.claim()),
);
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(HOME)) return;
  event.respondWith(NAMED.test(request.url) ? named(request) : latest(request));
});
