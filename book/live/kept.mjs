// The caches that hold the site for use without a network: their names, and which are whole.
// Read by the page, which fills them, and by the service worker, which answers from them.

export const LIST = "offline.json"; // put into a cache last of all: a cache with it is whole

/**
 * What the names of a site's caches begin with: other sites of the same origin have other paths.
 * @param {string} home the site's address
 */
export function prefix(home) {
  return `course:${new URL(home).pathname}:`;
}

/**
 * The names of the site's caches, whole or not, newest first.
 * @param {string} home
 * @returns {Promise<string[]>}
 */
export async function cacheNames(home) {
  return (await caches.keys()).filter((name) => name.startsWith(prefix(home))).reverse();
}

/**
 * Whether a cache is there and whole. It isn't opened, as that would make it anew after its end.
 * @param {string} home
 * @param {string} name
 */
export async function isWhole(home, name) {
  return Boolean(await caches.match(home + LIST, { cacheName: name }));
}

/**
 * The addresses under which a file may be kept that is asked for as `address`: hosts serve a page
 * with and without its ending, and a folder's index as the folder.
 * @param {string} address
 * @returns {string[]}
 */
export function addressesOf(address) {
  const url = new URL(address);
  url.hash = "";
  const exact = url.href;
  url.search = "";
  const plain = url.href;
  if (plain.endsWith("/")) return [exact, `${plain}index.html`];
  const named = /\.[^/]+$/.test(url.pathname);
  return named ? [exact, plain] : [exact, plain, `${plain}.html`];
}
