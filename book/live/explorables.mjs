// Makes the explorables of a page live. The page has a still picture of each, with its data beside
// it. Its module is loaded when the figure is less than a screen away: then it is there when the
// reader arrives, what shifts does so out of sight, and who never scrolls there loads nothing.

/**
 * @typedef {object} Start what an explorable starts from
 * @property {string} name
 * @property {string} stage
 * @property {[wide: number, phone: number]} heights pixels to keep free for it
 * @property {any} data
 * @property {string} caption
 * @typedef {{ get(name: string): any, on(): void, off(): void }} Model
 * @typedef {{ render(given: { model: Model, el: HTMLElement }): any }} Explorable
 */

const MODULES = new URL("./modules/VERSION/lab/explorables/", import.meta.url);
const AHEAD = "100% 0px"; // of the screen, above and below it

/** @type {WeakMap<HTMLElement, () => void>} */
const endings = new WeakMap();

/**
 * What a module may ask for; the caption and the color are the page's matter.
 * @param {Start} start
 * @returns {Model}
 */
function modelOf({ data }) {
  const nothing = () => undefined;
  return { get: (name) => (name === "data" ? data : undefined), on: nothing, off: nothing };
}

/**
 * Put the live explorable in the place of the still one, which stays if anything goes wrong.
 * @param {HTMLElement} figure
 * @param {Start} start
 */
export async function mount(figure, start) {
  if (figure.dataset.mounted) return;
  figure.dataset.mounted = "loading";
  const place = /** @type {HTMLElement} */ (figure.querySelector(".explorable-stage"));
  const live = document.createElement("div");
  try {
    const module = await import(new URL(`${start.name}.mjs`, MODULES).href);
    const explorable = /** @type {Explorable} */ (module.default);
    const cleanup = await explorable.render({ model: modelOf(start), el: live });
    place.replaceChildren(live);
    endings.set(figure, () => typeof cleanup === "function" && cleanup());
    figure.dataset.mounted = "live";
  } catch (error) {
    figure.dataset.mounted = "still";
    console.error(`The explorable ${start.name} stays a still picture:`, error);
  }
}

/**
 * Stop what a figure does, before it is taken away.
 * @param {HTMLElement} figure
 */
export function end(figure) {
  endings.get(figure)?.();
  endings.delete(figure);
}

/**
 * Fill a figure with an explorable that the page's Python has made. Its still picture has a root of
 * its own, so that its lettering isn't part of the output's text.
 * @param {HTMLElement} figure
 * @param {Start} start
 * @param {string} still
 */
export function show(figure, start, still) {
  const place = document.createElement("div");
  place.className = "explorable-stage";
  place.attachShadow({ mode: "open" }).innerHTML = `<slot>${still}</slot>`;
  const caption = document.createElement("figcaption");
  caption.textContent = start.caption;
  figure.classList.add(start.stage);
  figure.dataset.explorable = start.name;
  figure.style.cssText = `--wide: ${start.heights[0]}px; --phone: ${start.heights[1]}px`;
  figure.replaceChildren(place, caption);
  void mount(figure, start);
}

/**
 * The data that the page has for a figure.
 * @param {HTMLElement} figure
 * @returns {Start}
 */
function startOf(figure) {
  return JSON.parse(figure.querySelector("script")?.textContent ?? "{}");
}

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      const figure = /** @type {HTMLElement} */ (target);
      void mount(figure, startOf(figure));
    }
  },
  { rootMargin: AHEAD },
);
for (const figure of document.querySelectorAll("figure[data-explorable]:not([data-mounted])")) {
  watcher.observe(figure);
}
