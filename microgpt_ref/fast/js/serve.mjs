/**
 * The process of Node behind `python -m microgpt_ref train --engine js`.
 *
 * Each line of stdin is a request in JSON, each line of stdout its answer, in order: see
 * `answers.mjs`. The process ends with its stdin, and leaves Ctrl-C to the one that started it.
 */

import { createInterface } from "node:readline";

import { newAnswers } from "./answers.mjs";

/** Seconds of processor time and megabytes of memory that this process took so far. */
function usage() {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return [(userCPUTime + systemCPUTime) / 1e6, maxRSS / 1e3];
}

const answer = newAnswers({ usage });
process.on("SIGINT", () => {});
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${answer(line)}\n`);
}
