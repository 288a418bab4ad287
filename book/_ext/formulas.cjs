// Sets formulas with MathJax, for formulas.py: from a list of [TeX, on a line of its own] on
// standard input to their HTML and the style sheet that it needs, on standard output. Each formula
// also carries itself as MathML, for readers who use a screen reader.
"use strict";

const { readFileSync } = require("node:fs");

/** The HTML of a formula. */
function set(MathJax, tex, display) {
  const node = MathJax.tex2chtml(tex, { display });
  const html = MathJax.startup.adaptor.outerHTML(node);
  const fault = /data-mjx-error="([^"]*)"/.exec(html);
  if (fault) throw new Error(`${fault[1]}: ${tex}`);
  const said = tex.replace(/[&<"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const math = MathJax.tex2mml(tex, { display })
    .replace(/>\s+</g, "><")
    .replace("<math ", `<math alttext="${said}" `);
  const spoken = `<mjx-assistive-mml unselectable="on">${math}</mjx-assistive-mml>`;
  return html
    .replace('display="true">', 'display="true" tabindex="0">') // it scrolls, by the keyboard too
    .replace("<mjx-math ", '<mjx-math aria-hidden="true" ')
    .replace(/(?=<\/mjx-container>$)/, spoken);
}

async function main() {
  const MathJax = await require("mathjax").init({
    loader: { load: ["input/tex-full", "output/chtml", "adaptors/liteDOM"] },
    tex: { packages: { "[-]": ["noerrors", "noundefined"] } }, // what hides faults
    chtml: { fontURL: "fonts/mathjax", matchFontHeight: false },
  });
  const formulas = JSON.parse(readFileSync(0, "utf-8"));
  const html = formulas.map(([tex, display]) => set(MathJax, tex, display));
  const css = MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet());
  process.stdout.write(JSON.stringify({ html, css }));
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
