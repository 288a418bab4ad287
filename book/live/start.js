// Wakes the cells of a page: all that a page loads before its first Run, but for page.js.
// A page that can't run says why: one from a folder of files, as no module is loaded there, and
// one in an older browser. So this is written in words that any browser can read.
"use strict";

(function () {
  var VERSION = "VERSION";
  var script = /** @type {HTMLScriptElement} */ (document.currentScript);

  /**
   * Whether the browser has what the pages need, and their styles. The first browsers that have
   * it all are Chrome and Edge 111, for color-mix; Firefox 115, for toSorted and, one before it,
   * workers that are modules; and Safari 16.4, for CompressionStream and classes' static blocks.
   */
  function serves() {
    return (
      "WebAssembly" in window &&
      "Worker" in window &&
      "noModule" in HTMLScriptElement.prototype &&
      "toSorted" in Array.prototype &&
      "CompressionStream" in window &&
      CSS.supports("color", "color-mix(in srgb, red, blue)")
    );
  }

  /**
   * Put a line above the first cell.
   * @param {(string | Node)[]} parts
   */
  function tell(parts) {
    var note = document.createElement("p");
    var cell = document.querySelector("[data-cell]");
    note.className = "live-note";
    parts.forEach(function (part) {
      note.appendChild(typeof part === "string" ? document.createTextNode(part) : part);
    });
    if (cell && cell.parentNode) cell.parentNode.insertBefore(note, cell);
  }

  /** @param {string} text */
  function code(text) {
    var element = document.createElement("code");
    element.textContent = text;
    return element;
  }

  function wake() {
    var module = document.createElement("script");
    module.type = "module";
    module.src = script.src.replace(/[^/]*$/, "page.js?v=" + VERSION);
    document.head.appendChild(module);
  }

  if (location.protocol === "file:") {
    tell([
      "The code on this page runs where the page is served: ",
      code("make site"),
      " serves this copy.",
    ]);
  } else if (serves()) wake();
  else {
    tell([
      "The code on this page runs in a newer browser: Chrome or Edge from version 111, Firefox " +
        "from 115, Safari from 16.4, all of 2023. What it prints is shown below.",
    ]);
  }
})();
