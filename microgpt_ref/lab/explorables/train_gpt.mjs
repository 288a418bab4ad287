/**
 * Train the GPT: the course's own model learns to invent names while one looks on.
 *
 * It opens on a kept run. Pressed, it has the engine train in a worker, and afterwards invent names
 * from letters of the reader's own. Sizes, steps, rate and the list of names can be changed.
 */

import { Stage } from "./parts.mjs";
import { LOOK } from "./training_panel/look.mjs";
import { Panel } from "./training_panel/panel.mjs";

const newWorker = () =>
  new Worker(new URL("../../fast/js/worker.mjs", import.meta.url), { type: "module" });

/** @param {AbortSignal} signal */
async function fetchNames(signal) {
  const response = await fetch(new URL("../../ssa2018.txt", import.meta.url), { signal });
  if (!response.ok) throw new Error(`the names can't be fetched (${response.status})`);
  return response.text();
}

export default {
  /** @param {import("./parts.mjs").Given} given */
  render(given) {
    const stage = new Stage(given, LOOK);
    const panel = new Panel(given.model.get("data"), { newWorker, fetchNames });
    stage.body.append(panel.view.element);
    return () => {
      panel.end();
      stage.end();
    };
  },
};
