// The button of the program's page that copies the whole program: one classic script, which a page
// from a folder of files can load as well.

/**
 * Put a text on the clipboard; false if the browser doesn't allow it.
 * @param {string} text
 */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text); // there is no clipboard on an address without https
  }
}

/**
 * The same in the old way, by a field whose text is selected.
 * @param {string} text
 */
function copySelected(text) {
  const field = Object.assign(document.createElement("textarea"), { value: text });
  field.style.cssText = "position: fixed; opacity: 0";
  document.body.append(field);
  field.focus();
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

/** @param {HTMLElement} button names the element whose text, as JSON, it copies */
function serve(button) {
  const told = button.parentElement?.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    const kept = document.getElementById(button.dataset.copies ?? "")?.textContent ?? '""';
    const copied = await copy(JSON.parse(kept));
    button.focus();
    if (!told) return;
    told.textContent = copied
      ? "Copied. Paste it into a file called microgpt.py."
      : "This browser doesn't let a page copy: use the download.";
  });
}

document.querySelectorAll("[data-copies]").forEach((button) => {
  if (button instanceof HTMLElement) serve(button);
});
