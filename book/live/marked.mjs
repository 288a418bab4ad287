// Marks lessons as begun and done on pages without live cells: one classic script, which a page
// from a folder of files can load as well.

import { mark } from "./marks.mjs";
import { Memory } from "./memory.mjs";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const site = new URL("../../", script.src).pathname;
const memory = new Memory(site);
const show = () => mark(memory, site);

show();
window.addEventListener("storage", show);
window.addEventListener("pageshow", (event) => event.persisted && show());
