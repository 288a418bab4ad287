/** The form in which the trained model is asked: how a name begins, and the temperature. */

import { BLOCK, DRAWING } from "./choices.mjs";
import { element, quietButton, write } from "./elements.mjs";

/** Letters to begin with, a temperature, and a button for other draws. */
export class AskingForm {
  /** @param {() => void} asked called when new names are wanted */
  constructor(asked) {
    this.draws = 0; // how often other draws were asked for
    this.beginning = element("input", {
      type: "text",
      maxlength: BLOCK,
      size: 8,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      placeholder: "ma",
      oninput: asked,
    });
    this.slider = element("input", {
      type: "range",
      min: 0.1,
      max: 2,
      step: 0.1,
      value: DRAWING.temperature,
      oninput: () => {
        this.show();
        asked();
      },
    });
    this.value = element("output", {}, String(DRAWING.temperature));
    const more = () => {
      this.draws += 1;
      asked();
    };
    this.said = element("p", { class: "notes problem", role: "status" });
    this.element = element(
      "form",
      { class: "asking", onsubmit: (event) => event.preventDefault() },
      element("label", {}, "Begin with ", this.beginning),
      quietButton("More names", more),
      element("label", { class: "heat" }, "Temperature ", this.slider, this.value),
      this.said,
    );
  }

  get temperature() {
    return Number(this.slider.value);
  }

  /** True as long as the names are those that the run itself ends with. */
  get untouched() {
    const { temperature } = DRAWING;
    return this.beginning.value === "" && this.draws === 0 && this.temperature === temperature;
  }

  show() {
    write(this.value, this.temperature.toFixed(1));
  }

  /** @param {string} problem */
  say(problem) {
    write(this.said, problem);
  }
}
