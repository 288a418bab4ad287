/**
 * The look that all explorables share, in the colors of the page that they stand in.
 *
 * The book's pages set the variables --ink, --paper and so on; JupyterLab, VS Code and Colab have
 * their own, and what is left falls back on the book's paper. A stage's color is --stage.
 */

export const STYLE = /* css */ `
.explorable {
  --x-ink: var(--ink, var(--jp-content-font-color1, var(--vscode-editor-foreground,
    var(--colab-primary-text-color, #1c1b1a))));
  --x-paper: var(--paper, var(--jp-layout-color0, var(--vscode-editor-background,
    var(--colab-primary-surface-color, #fffdf9))));
  --x-panel: var(--panel, color-mix(in srgb, var(--x-ink) 5%, var(--x-paper)));
  --x-soft: var(--soft, color-mix(in srgb, var(--x-ink) 76%, var(--x-paper)));
  --x-line: color-mix(in srgb, var(--x-ink) 18%, var(--x-panel));
  --x-accent: var(--stage, var(--own-stage, #45413c));
  --x-accent-ink: color-mix(in srgb, var(--x-accent) 72%, var(--x-ink)); /* of text, on any ground */
  --x-on-accent: var(--on-accent, var(--own-on-accent, #ffffff));
  --x-wash: color-mix(in srgb, var(--x-accent) 12%, var(--x-panel));
  --x-good: var(--good, var(--own-good, #1f6b3a));
  --x-bad: var(--bad, var(--own-bad, #a3271c));
  --x-sans: var(--sans, var(--jp-ui-font-family, system-ui, sans-serif));
  --x-mono: var(--mono, var(--jp-code-font-family, ui-monospace, monospace));

  all: initial;
  box-sizing: border-box;
  container-type: inline-size;
  display: block;
  color: var(--x-ink);
  font: 400 1rem/1.45 var(--x-sans);
}
.explorable.alone {
  max-width: 57rem;
  margin: 0.3rem 0;
  padding: 1.2rem;
  border-radius: 1rem;
  background: var(--x-panel);
}
.explorable *,
.explorable *::before {
  box-sizing: border-box;
}
.explorable p {
  margin: 0;
}
.explorable p.caption {
  max-width: 37rem;
  margin-top: 0.9rem;
  color: var(--x-soft);
}
.explorable svg {
  display: block;
  width: 100%;
  height: auto;
  font-family: var(--x-sans);
}
.explorable .number {
  font-family: var(--x-mono);
  font-variant-numeric: tabular-nums;
}

.explorable .controls {
  display: flex;
  flex-wrap: wrap;
  gap: 0.6rem 0.7rem;
  align-items: center;
}
.explorable button {
  min-height: 2.75rem;
  min-width: 2.75rem;
  padding: 0.5rem 1.1rem;
  border: 0;
  border-radius: 0.5rem;
  background: var(--x-accent);
  color: var(--x-on-accent);
  cursor: pointer;
  font: 600 1rem/1.2 var(--x-sans);
  touch-action: manipulation;
}
.explorable button:hover {
  background: color-mix(in srgb, var(--x-accent) 86%, var(--x-ink));
}
.explorable button.quiet {
  background: none;
  box-shadow: inset 0 0 0 1.5px var(--x-line);
  color: var(--x-ink);
}
.explorable button.quiet:hover {
  box-shadow: inset 0 0 0 1.5px var(--x-soft);
}
.explorable button:disabled {
  opacity: 0.45;
  cursor: default;
}
.explorable :is(button, input, select, textarea):focus-visible {
  outline: 3px solid var(--x-accent);
  outline-offset: 2px;
}
.explorable label.field {
  display: inline-flex;
  gap: 0.3rem 0.6rem;
  align-items: center;
  min-height: 2.75rem;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}
.explorable input[type="range"] {
  flex: 1 1 9rem;
  min-width: 6rem;
  height: 2.75rem;
  margin: 0;
  accent-color: var(--x-accent);
}
.explorable :is(input[type="text"], select, textarea) {
  min-height: 2.75rem;
  padding: 0.4rem 0.7rem;
  border: 1.5px solid var(--x-line);
  border-radius: 0.5rem;
  background: var(--x-paper);
  color: var(--x-ink);
  font: 400 1rem/1.3 var(--x-sans);
}

/* A choice between two or three: one row, of which one is pressed in. */
.explorable fieldset.choice {
  display: inline-flex;
  margin: 0;
  padding: 0.2rem;
  border: 0;
  border-radius: 0.7rem;
  background: color-mix(in srgb, var(--x-ink) 9%, var(--x-panel));
}
.explorable fieldset.choice label {
  position: relative;
  display: grid;
  place-items: center;
  min-height: 2.5rem;
  padding: 0.2rem 0.9rem;
  border-radius: 0.5rem;
  cursor: pointer;
  font-weight: 600;
  line-height: 1.15;
  text-align: center;
}
.explorable fieldset.choice input {
  position: absolute;
  inset: 0;
  margin: 0;
  opacity: 0;
  cursor: pointer;
}
.explorable fieldset.choice label:has(:checked) {
  background: var(--x-paper);
  box-shadow: inset 0 0 0 2px var(--x-accent);
}
.explorable fieldset.choice label:has(:focus-visible) {
  outline: 3px solid var(--x-accent);
  outline-offset: 2px;
}
.explorable .unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
@media print {
  .explorable .controls {
    display: none;
  }
}
`;
