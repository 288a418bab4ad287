/**
 * The worker of a page: `new Worker(url, { type: "module" })`. Its messages: see `trainer.mjs`.
 */

import { Trainer } from "./trainer.mjs";

const trainer = new Trainer((message) => postMessage(message));

addEventListener("message", ({ data }) => trainer.receive(data));
