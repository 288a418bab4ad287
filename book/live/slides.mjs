// Shows a lesson's slides: one at a time with reveal.js where there is room for one, and as a page
// to read on a phone, on paper and without this script. It's loaded in the page's head, so that the
// first thing on the screen is light or dark as the reader likes it. An address that ends in ?page
// keeps it a page anywhere.

import Reveal from "reveal.js";
// @ts-expect-error esbuild knows style sheets, and makes one of them
import "reveal.js/reveal.css";
import Notes from "reveal.js/plugin/notes";
// @ts-expect-error the same
import "./slides.css";

const ROOM = "(min-width: 700px)"; // where a slide's small print can be read
const NARROWEST = 640; // pixels of a lesson's page that an explorable takes at least
const LEAST = 0.5; // as large as on a lesson's page

/**
 * Take the reader's choice of light or dark, which the other pages keep.
 * @returns {"light" | "dark"}
 */
function chosenTheme() {
  let kept;
  try {
    kept = localStorage.getItem("mode");
  } catch {} // a browser may keep nothing
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Change from light to dark or back: a beamer in a bright room shows dark slides badly. */
function turnTheme() {
  const data = document.documentElement.dataset;
  data.theme = data.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("mode", data.theme);
  } catch {} // a browser may keep nothing
}

/**
 * Let an explorable grow with its slide: it's drawn for a page, which is read from near by.
 * @param {Element} slide
 */
function fitFigure(slide) {
  const place = slide.querySelector(".show");
  const figure = slide.querySelector("figure.explorable");
  const stage = /** @type {HTMLElement | null} */ (slide.querySelector(".explorable-stage"));
  if (!place || !figure || !stage) return;
  const { paddingTop, paddingBottom } = getComputedStyle(figure);
  const room = place.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
  /** @param {number} needed pixels that it's high on a page */
  const setFor = (needed) => {
    const zoom = Math.max(LEAST, Math.min(room / needed, place.clientWidth / NARROWEST));
    stage.style.setProperty("--figure-zoom", zoom.toFixed(3));
  };
  const kept = parseFloat(getComputedStyle(figure).getPropertyValue("--wide"));
  setFor(kept);
  if (stage.scrollHeight > kept) setFor(stage.scrollHeight); // what a page keeps is an estimate
}

/**
 * Call `f` when an explorable has come to life.
 * @param {() => void} f
 */
function onMounted(f) {
  const watcher = new MutationObserver(f);
  for (const figure of document.querySelectorAll("figure.explorable")) {
    watcher.observe(figure, { attributeFilter: ["data-mounted"] });
  }
}

/** Make answers the next step of their slides, instead of folds. */
function unfoldAnswers() {
  for (const answer of document.querySelectorAll("details.answer")) {
    /** @type {HTMLDetailsElement} */ (answer).open = true;
    answer.classList.add("fragment");
  }
}

/** Start the presentation. */
async function present() {
  const slides = /** @type {HTMLElement} */ (document.querySelector(".deck-slides"));
  const frame = /** @type {HTMLElement} */ (slides.parentElement);
  slides.classList.add("slides"); // the names that reveal.js, and its style, know them by
  frame.classList.add("reveal");
  document.documentElement.classList.add("presenting");
  unfoldAnswers();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const deck = new Reveal(frame, {
    controlsTutorial: false,
    disableLayout: true, // the style sheet's matter
    display: "grid",
    hash: true,
    plugins: [Notes],
    slideNumber: "c/t",
    transition: calm ? "none" : "fade",
    transitionSpeed: "fast",
  });
  const fit = () => fitFigure(deck.getCurrentSlide());
  deck.on("ready", fit);
  deck.on("slidechanged", fit);
  addEventListener("resize", fit);
  onMounted(fit);
  await deck.initialize();
  deck.addKeyBinding(
    { keyCode: 68, key: "D", description: "Light or dark" }, // D
    turnTheme,
  );
}

/** Start the presentation, or leave the page as it is where it's to be read. */
function start() {
  const isPreview = /receiver/.test(location.search); // in the speaker's window
  const isPage = /[?&]page\b/.test(location.search);
  if (!isPage && (isPreview || matchMedia(ROOM).matches)) void present();
}

document.documentElement.dataset.theme = chosenTheme();
addEventListener("DOMContentLoaded", start);
