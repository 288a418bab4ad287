// What a page shows as shapes of SVG: grounds, top and left borders, and its text, line by line.
// Text stays text, which can be searched and copied. Chromium evaluates this in the page; selector
// names the element to draw.
(selector) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colors = new Map();
  const number = (x) => String(Math.round(100 * x) / 100);
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const root = document.querySelector(selector);

  // A color as #rrggbb, whatever function it's written with; "" if nothing is seen of it.
  function hex(color) {
    if (!colors.has(color)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      const digits = [r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("");
      colors.set(color, a ? `#${digits}` : "");
    }
    return colors.get(color);
  }

  function rectangle(x, y, width, height, color) {
    const fill = width && height && hex(color);
    const [left, top, w, h] = [x, y, width, height].map(number);
    return fill ? `<rect x="${left}" y="${top}" width="${w}" height="${h}" fill="${fill}"/>` : "";
  }

  function grounds(element) {
    const look = getComputedStyle(element);
    const [top, left] = [look.borderTopWidth, look.borderLeftWidth].map(parseFloat);
    return [...element.getClientRects()].flatMap((box) => [
      rectangle(box.x, box.y, box.width, box.height, look.backgroundColor),
      rectangle(box.x, box.y, box.width, top, look.borderTopColor),
      rectangle(box.x, box.y, left, box.height, look.borderLeftColor),
    ]);
  }

  // How a piece of text looks, as attributes, and how far its baseline lies below its top.
  function style(element) {
    const look = getComputedStyle(element);
    const { fontStyle, fontWeight, fontSize, fontFamily } = look;
    pen.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
    const slanted = fontStyle === "italic" ? ' font-style="italic"' : "";
    const family = fontFamily.replaceAll('"', "'");
    return {
      ascent: pen.measureText("x").fontBoundingBoxAscent,
      font: `font-family="${family}" font-size="${number(parseFloat(fontSize))}"`,
      own: `font-weight="${fontWeight}"${slanted} fill="${hex(look.color)}"`,
    };
  }

  function block(element) {
    return getComputedStyle(element).display === "inline" ? block(element.parentElement) : element;
  }

  // {block and height: pieces of text in one style}, each with its place
  const lines = new Map();
  function read(node) {
    const element = node.parentElement;
    if (element.closest(".poster-word, input, script, button")) return;
    const range = document.createRange();
    const look = style(element);
    let last = null;
    for (let i = 0; i < node.length; i++) {
      range.setStart(node, i);
      range.setEnd(node, i + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      const key = block(element);
      const top = Math.round(box.top);
      if (!lines.has(key)) lines.set(key, new Map());
      const line = lines.get(key);
      const name = `${Math.round(box.top + look.ascent)} ${look.font}`;
      if (!line.has(name)) line.set(name, []);
      if (!last || last.top !== top) {
        last = { x: box.x, top, y: box.top + look.ascent, text: "", ...look };
        line.get(name).push(last);
      }
      last.text += node.data[i];
    }
  }

  function written(pieces) {
    const first = pieces.findIndex((piece) => piece.text.trim());
    if (first < 0) return "";
    const spans = pieces.slice(first).map((piece) => {
      return `<tspan x="${number(piece.x)}" ${piece.own}>${escaped(piece.text)}</tspan>`;
    });
    return `<text y="${number(pieces[first].y)}" ${pieces[first].font}>${spans.join("")}</text>`;
  }

  const shapes = [...root.querySelectorAll("*")].flatMap(grounds);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) read(walker.currentNode);
  for (const line of lines.values()) shapes.push(...[...line.values()].map(written));
  return shapes.filter(Boolean).join("\n");
}
