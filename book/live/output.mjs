// What a cell shows below itself while it runs: printed text, figures, values, errors, controls.

const FIGURE = "Figure: ";
const EXPLORABLE = "application/vnd.microgpt.explorable+json";
const EXPLORABLES = new URL("./explorables.js?v=VERSION", import.meta.url).href;

/**
 * @typedef {{ name: string, kind: string, label: string, value: any, values: string[] }} Control
 * @typedef {(number: number, choices: Record<string, string | number>) => void} Choose
 */

export class Output {
  /**
   * @param {HTMLElement} root the element with the attribute data-output
   * @param {Choose} choose is called when a control is moved
   */
  constructor(root, choose) {
    this.root = root;
    this.choose = choose;
    /** @type {HTMLElement} */
    this.place = root;
    /** @type {Map<number, HTMLElement>} */
    this.answers = new Map();
    /** @type {(() => void)[]} */
    this.endings = [];
  }

  clear() {
    for (const end of this.endings.splice(0)) end();
    this.place = this.root;
    this.answers.clear();
    this.root.replaceChildren();
  }

  /**
   * Show one message of Python's.
   * @param {string} kind
   * @param {any} data
   */
  show(kind, data) {
    if (kind === "stream") this.print(data);
    else if (kind === "result") this.add("pre", "live-result", `${data}\n`);
    else if (kind === "error") this.add("pre", "live-error", data).setAttribute("role", "alert");
    else if (kind === "display") this.display(data);
    else if (kind === "controls") this.controls(data);
    else if (kind === "answer") this.answer(data);
  }

  /**
   * @param {string} name of the element
   * @param {string} className
   * @param {string} text
   */
  add(name, className, text = "") {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    this.place.append(element);
    return element;
  }

  /**
   * Add printed text, to what was printed before it if that is the last thing there. The line that
   * follows a figure is its caption, and goes into it.
   * @param {string} text
   */
  print(text) {
    const last = this.place.lastElementChild;
    if (text.startsWith(FIGURE) && last?.classList.contains("live-figure")) {
      const end = text.indexOf("\n") + 1 || text.length;
      last.append(caption(text.slice(FIGURE.length, end)));
      if (end < text.length) this.add("pre", "live-stream", text.slice(end));
    } else if (last?.classList.contains("live-stream")) last.append(text);
    else this.add("pre", "live-stream", text);
  }

  /**
   * Show a figure, a table or an explorable.
   * @param {Record<string, any>} forms by MIME type
   */
  display(forms) {
    if (forms[EXPLORABLE]) void this.explorable(forms[EXPLORABLE], forms["image/svg+xml"]);
    else if (forms["image/svg+xml"]) {
      const figure = this.add("figure", "course-picture live-figure");
      figure.innerHTML = forms["image/svg+xml"];
    } else if (forms["text/html"]) this.add("div", "live-html").innerHTML = forms["text/html"];
    else this.add("pre", "live-result", `${forms["text/plain"]}\n`);
  }

  /**
   * Show an explorable's caption, and the rest as soon as its script is loaded.
   * @param {import("./explorables.mjs").Start} start
   * @param {string} still
   */
  async explorable(start, still) {
    const figure = this.add("figure", "explorable", start.caption);
    const { show, end } = await import(EXPLORABLES);
    this.endings.push(() => end(figure));
    if (figure.isConnected) show(figure, start, still);
  }

  /** @param {{ number: number, question: string, controls: Control[] }} data */
  controls({ number, question, controls }) {
    const box = document.createElement("fieldset");
    box.className = "live-controls";
    box.append(Object.assign(document.createElement("legend"), { textContent: question }));
    for (const control of controls) {
      box.append(
        this.control(control, (choice) => this.choose(number, { [control.name]: choice })),
      );
    }
    const answer = document.createElement("div");
    answer.setAttribute("aria-live", "polite");
    this.answers.set(number, answer);
    this.place.append(box, answer);
  }

  /**
   * A control with its label.
   * @param {Control} control
   * @param {(choice: string | number) => void} choose
   */
  control(control, choose) {
    const label = document.createElement("label");
    label.append(`${control.label} `);
    if (control.kind === "choice") {
      const select = document.createElement("select");
      control.values.forEach((value, i) => select.add(new Option(value, String(i))));
      select.selectedIndex = control.value;
      select.onchange = () => choose(select.selectedIndex);
      label.append(select);
    } else if (control.kind === "slider") label.append(...slider(control, choose));
    else {
      const input = Object.assign(document.createElement("input"), { value: control.value });
      input.onchange = () => choose(input.value);
      label.append(input);
    }
    return label;
  }

  /**
   * What follows is the answer of this number; null: no longer.
   * @param {number | null} number
   */
  answer(number) {
    this.place = (number !== null && this.answers.get(number)) || this.root;
    if (number !== null) this.place.replaceChildren();
  }
}

/**
 * What stands below a figure, as the page's own figures have it.
 * @param {string} text
 */
function caption(text) {
  const element = document.createElement("figcaption");
  const mark = document.createElement("span");
  mark.className = "figure-mark";
  mark.textContent = FIGURE;
  element.append(mark, text);
  return element;
}

/**
 * A slider over a control's values, and what it is set to.
 * @param {Control} control
 * @param {(choice: number) => void} choose
 */
function slider(control, choose) {
  const input = document.createElement("input");
  const shown = document.createElement("output");
  input.type = "range";
  input.min = "0";
  input.max = String(control.values.length - 1);
  input.value = String(control.value);
  const tell = () => {
    shown.textContent = control.values[Number(input.value)];
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  input.oninput = tell;
  input.onchange = () => choose(Number(input.value));
  tell();
  return [input, " ", shown];
}
