/** What the panel adds to the look of all explorables: see `../style.mjs`. */

export const LOOK = /* css */ `
.train-gpt {
  --fine: color-mix(in srgb, var(--x-ink) 11%, var(--x-panel));
}
.train-gpt :is(dl, ul, fieldset) {
  margin: 0;
  padding: 0;
  border: 0;
}
.train-gpt.train-gpt [hidden] {
  display: none;
}
.train-gpt .soft {
  color: var(--x-soft);
}
.train-gpt .small {
  font-size: 0.875rem;
}
.train-gpt p:empty {
  display: none;
}

/* The buttons, and what goes on */
.train-gpt .title {
  margin-bottom: 1rem;
  font: 650 1.65rem/1.15 var(--serif, Georgia, serif);
  letter-spacing: -0.012em;
  text-wrap: balance;
}
.train-gpt .buttons {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.6rem 0.7rem;
}
.train-gpt .main {
  min-width: 8.6rem;
  min-height: 3.25rem;
  padding-inline: 1.6rem;
  font-size: 1.1875rem;
}
.train-gpt .main:active {
  transform: translateY(1px);
}
.train-gpt .said {
  flex: 1 1 14rem;
  color: var(--x-soft);
  font-variant-numeric: tabular-nums;
  text-wrap: balance;
}

/* The curve */
.train-gpt .pictures {
  display: grid;
  gap: 1.1rem 2.2rem;
  margin-top: 1.3rem;
}
.train-gpt .pictures > * {
  min-width: 0;
}
.train-gpt .curve {
  width: 100%;
  height: 13rem;
  overflow: visible;
}
.curve text {
  fill: var(--x-soft);
  font: 400 0.8125rem var(--x-sans);
  font-variant-numeric: tabular-nums;
}
.curve .right {
  text-anchor: end;
}
.curve .grid line {
  stroke: var(--fine);
}
.curve .marks line {
  stroke: var(--x-ink);
  stroke-width: 1.25;
  stroke-dasharray: 1 4;
  stroke-linecap: round;
}
.curve :is(.marks, .note) text {
  fill: var(--x-ink);
  paint-order: stroke;
  stroke: var(--x-panel);
  stroke-width: 4;
  stroke-linejoin: round;
}
.curve .dots {
  fill: none;
  stroke: var(--x-accent);
  stroke-width: 2.6;
  stroke-linecap: round;
  opacity: 0.34;
}
.curve .line {
  fill: none;
  stroke: var(--x-accent);
  stroke-width: 2.75;
  stroke-linejoin: round;
}
.curve .before {
  fill: none;
  stroke: var(--x-soft);
  stroke-width: 1.5;
  stroke-dasharray: 5 4;
}
.curve .head {
  fill: var(--x-accent);
  stroke: var(--x-panel);
  stroke-width: 2;
}
.curve:not(.begun) .head {
  display: none;
}

/* Names on the way: what doesn't fit fades out */
.train-gpt .ladder {
  margin-top: 0.35rem;
  font: 500 0.96875rem/1.3 var(--x-mono);
  font-variant-ligatures: none;
}
.ladder > div {
  display: grid;
  grid-template-columns: 3.4em minmax(0, 1fr);
  gap: 0.9em;
  padding: 0.42rem 0;
  border-top: 1px solid var(--fine);
}
.ladder dt {
  color: var(--x-soft);
  font-weight: 400;
  text-align: right;
}
.ladder dd {
  min-height: 1.3em;
  margin: 0;
  overflow: hidden;
  white-space: pre;
  mask-image: linear-gradient(to right, #000 calc(100% - 2.5em), transparent);
}
.ladder .now,
.ladder .now dt {
  color: color-mix(in srgb, var(--x-accent) 86%, var(--x-ink));
  font-weight: 650;
}

/* The model's names */
.train-gpt .invented {
  margin-top: 1.3rem;
}
.train-gpt .heading {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 0.1rem 1.5rem;
  margin-bottom: 0.6rem;
  padding-bottom: 0.35rem;
  border-bottom: 1px solid var(--fine);
}
.known-sign,
.names .known {
  text-decoration: underline dotted 2px var(--x-soft);
  text-underline-offset: 0.22em;
}
.train-gpt .names {
  display: grid;
  grid-template-columns: repeat(4, minmax(0, 1fr));
  gap: 0.3rem 0.9em;
  list-style: none;
  font: 500 1.3125rem/1.35 var(--x-mono);
  font-variant-ligatures: none;
}
.names li {
  min-height: 1.35em;
  overflow: hidden;
  white-space: pre;
  text-overflow: ellipsis;
}
.names b {
  color: color-mix(in srgb, var(--x-accent) 86%, var(--x-ink));
  font-weight: 750;
}

/* Asking */
.train-gpt .asking {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.6rem 1.6rem;
  margin-top: 0.8rem;
}
.asking label {
  display: inline-flex;
  align-items: center;
  gap: 0.6rem;
  min-height: 2.75rem;
  font-weight: 600;
}
.asking .heat {
  flex: 1 1 16rem;
}
.asking output {
  min-width: 1.8em;
  font-weight: 400;
  font-variant-numeric: tabular-nums;
}
.train-gpt :is(input[type="text"], textarea) {
  border-color: color-mix(in srgb, var(--x-ink) 45%, var(--x-panel));
  font: 500 1.0625rem/1.35 var(--x-mono);
}
.train-gpt ::placeholder {
  color: var(--x-soft);
  opacity: 1;
}
.train-gpt .notes {
  flex: 1 1 100%;
  color: var(--x-soft);
  font-size: 0.94rem;
  overflow-wrap: anywhere;
}
.train-gpt .problem {
  color: var(--x-bad);
  font-weight: 600;
}

/* Changing the model */
.train-gpt .change {
  margin-top: 1rem;
  border-top: 1px solid var(--fine);
}
.change summary {
  padding: 0.75rem 0;
  cursor: pointer;
  font-weight: 600;
}
.change summary .soft {
  margin-left: 0.4rem;
  font-weight: 400;
}
.change summary:focus-visible {
  outline: 3px solid var(--x-accent);
  outline-offset: 2px;
}
.train-gpt .settings {
  display: grid;
  gap: 1rem 2rem;
  padding-bottom: 0.3rem;
}
.settings fieldset {
  min-width: 0;
}
.settings legend {
  margin-bottom: 0.3rem;
  padding: 0;
  color: var(--x-soft);
  font-size: 0.9rem;
}
.settings .options {
  display: flex;
  flex-wrap: wrap;
  gap: 0.35rem;
}
.options label {
  position: relative;
  display: inline-flex;
}
.options input {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  margin: 0;
  opacity: 0;
  cursor: pointer;
}
.options span {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-width: 2.75rem;
  min-height: 2.5rem;
  padding: 0 0.75rem;
  border-radius: 0.5rem;
  box-shadow: inset 0 0 0 1.5px color-mix(in srgb, var(--x-ink) 22%, var(--x-panel));
  font-variant-numeric: tabular-nums;
}
.options input:checked + span {
  background: var(--x-ink);
  box-shadow: none;
  color: var(--x-paper);
  font-weight: 600;
}
.options input:disabled {
  cursor: default;
}
.options input:disabled + span {
  box-shadow: none;
  color: var(--x-soft);
  text-decoration: line-through;
}
.options input:focus-visible + span {
  outline: 3px solid var(--x-accent);
  outline-offset: 2px;
}
.settings .own {
  grid-column: 1 / -1;
  display: grid;
  gap: 0.7rem;
}
.own textarea {
  width: 100%;
  resize: vertical;
}

@container (min-width: 42rem) {
  .train-gpt .pictures {
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
  }
  .train-gpt .curve {
    height: 15rem;
  }
  .train-gpt .names {
    grid-template-columns: repeat(5, minmax(0, 1fr));
  }
  .train-gpt .settings {
    grid-template-columns: auto 1fr;
  }
}
@container (max-width: 34rem) {
  .train-gpt .said {
    flex-basis: 100%;
    min-height: 2.9em;
    text-wrap: wrap;
  }
  .train-gpt .pictures {
    margin-top: 0.6rem;
  }
  .train-gpt .names {
    grid-template-columns: repeat(3, minmax(0, 1fr));
  }
  .asking .heat {
    flex-basis: 100%;
  }
}
@container (max-width: 26rem) {
  .train-gpt .title {
    font-size: 1.4rem;
  }
  .train-gpt .names {
    gap: 0.45rem 0.7em;
    font-size: 1rem;
  }
  .train-gpt .ladder {
    font-size: 0.875rem;
  }
  .train-gpt .curve {
    height: 11.5rem;
  }
  .settings .options {
    gap: 0.3rem;
  }
  .options span {
    min-height: 2.75rem;
    padding: 0 0.45rem;
    font-size: 0.95rem;
  }
  .train-gpt .asking {
    gap: 0.4rem 0.8rem;
  }
  .asking label {
    gap: 0.5rem;
  }
  .asking input[type="text"] {
    width: 7.5rem;
  }
}
@media print {
  .train-gpt :is(.buttons, .asking, .change) {
    display: none;
  }
}
`;
