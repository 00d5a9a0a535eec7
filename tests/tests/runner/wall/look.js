// What a person sees of a page, measured where it is drawn; evaluated in the page, gives `look`.
(() => {
  const range = document.createRange();
  const pen = document.createElement("canvas").getContext("2d");

  /** Whether anything of an element is painted at all. */
  const shown = (element) => {
    for (let here = element; here; here = here.parentElement) {
      const style = getComputedStyle(here);
      if (style.display === "none" || Number(style.opacity) === 0) return false;
    }
    const { width, height } = element.getBoundingClientRect();
    // What is there for screen readers alone is a pixel in size.
    return getComputedStyle(element).visibility === "visible" && width > 1 && height > 1;
  };

  /** Every text that is seen, with the element it stands in. */
  const texts = (root = document.body) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      if (/\S/.test(node.data) && !node.parentElement.closest("script, style, noscript, template") && shown(node.parentElement)) {
        found.push({ node, text: node.data.trim(), element: node.parentElement });
      }
    }
    return found;
  };

  const measured = new Map();
  /** What a text measures in the font of an element; each word of each font is measured once. */
  const ink = (element, text) => {
    const { fontStyle, fontWeight, fontSize, fontFamily, textTransform } = getComputedStyle(element);
    const font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
    const written = textTransform === "uppercase" ? text.toUpperCase() : text;
    const key = `${font} ${written}`;
    if (!measured.has(key)) {
      pen.font = font;
      measured.set(key, pen.measureText(written));
    }
    return measured.get(key);
  };

  /** How high a capital stands, in pixels. */
  const capital = (element) => ink(element, "H").actualBoundingBoxAscent * scale(element);

  /** What transforms make of a size. */
  const scale = (element) => (element.offsetHeight ? element.getBoundingClientRect().height / element.offsetHeight : 1);

  const colour = (text) => {
    const [red, green, blue, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  const over = (front, back) => {
    const mix = (name) => front[name] * front.alpha + back[name] * (1 - front.alpha);
    return { red: mix("red"), green: mix("green"), blue: mix("blue"), alpha: 1 };
  };
  const luminance = ({ red, green, blue }) => {
    const linear = (part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };

  /** WCAG's contrast of a text with what is behind it; 0 where a picture is behind it. */
  const contrast = (element) => {
    const layers = [];
    let opacity = 1;
    for (let here = element; here; here = here.parentElement) {
      const style = getComputedStyle(here);
      if (style.backgroundImage !== "none") return 0;
      layers.unshift(colour(style.backgroundColor));
      opacity *= Number(style.opacity);
    }
    const white = { red: 255, green: 255, blue: 255, alpha: 1 };
    const back = layers.reduce((below, layer) => over(layer, below), white);
    const own = colour(getComputedStyle(element).color);
    const [light, dark] = [luminance(back), luminance(over({ ...own, alpha: own.alpha * opacity }, back))].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  /** Where the ink of what `range` holds is: its marks included, the empty part of its line not. */
  const inkOf = (element) => {
    const box = ink(element, range.toString());
    return [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0).map((line) => {
      const grown = line.height / (box.fontBoundingBoxAscent + box.fontBoundingBoxDescent);
      const base = line.top + box.fontBoundingBoxAscent * grown;
      const top = base - box.actualBoundingBoxAscent * grown;
      return { left: line.left, right: line.right, top, bottom: base + box.actualBoundingBoxDescent * grown };
    });
  };
  const inked = ({ node, element }) => {
    range.selectNodeContents(node);
    return inkOf(element);
  };
  const inkedLetters = ({ node, element }) =>
    [...node.data].flatMap((letter, at) => {
      if (!/\S/.test(letter)) return [];
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      return inkOf(element);
    });

  /** The window that an element is seen through: the viewport and all that clips above it. */
  const windowOf = (element) => {
    const view = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
    for (let here = element; here && here !== document.documentElement; here = here.parentElement) {
      const style = getComputedStyle(here);
      if (here === document.body || (style.overflowX === "visible" && style.overflowY === "visible")) continue;
      const box = here.getBoundingClientRect();
      if (style.overflowX !== "visible") [view.left, view.right] = [Math.max(view.left, box.left), Math.min(view.right, box.right)];
      if (style.overflowY !== "visible") [view.top, view.bottom] = [Math.max(view.top, box.top), Math.min(view.bottom, box.bottom)];
    }
    return view;
  };

  const SLACK = 1;

  /** Texts of which something is cut off. */
  const cut = () =>
    texts().filter((one) => {
      const { element } = one;
      const tight = getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + SLACK;
      const view = windowOf(element);
      const outside = inked(one).some((box) =>
        box.left < view.left - SLACK || box.right > view.right + SLACK || box.top < view.top - SLACK || box.bottom > view.bottom + SLACK);
      return tight || outside || inked(one).length === 0;
    }).map(({ text }) => text);

  /** Whether something else is painted over a point of a text; what has no ground covers nothing. */
  const covered = (element, x, y) => {
    for (const top of document.elementsFromPoint(x, y)) {
      if (top.contains(element) || element.contains(top)) return false;
      if (colour(getComputedStyle(top).backgroundColor).alpha > 0) return true;
    }
    return false;
  };

  /** Texts that something lies over, and texts that stick out of the box they stand in. */
  const astray = () =>
    texts().filter((one) => inkedLetters(one).some((box) => {
      const { element } = one;
      const middle = (box.left + box.right) / 2;
      return covered(element, middle, box.top + SLACK) || covered(element, middle, box.bottom - SLACK) || sticksOut(element, box);
    })).map(({ text }) => text);

  /** Whether ink leaves the nearest thing above it that has an edge: a ground or lines. */
  const sticksOut = (element, box) => {
    for (let here = element; here && here !== document.body; here = here.parentElement) {
      const { backgroundColor, borderTopWidth, borderBottomWidth } = getComputedStyle(here);
      const grounded = colour(backgroundColor).alpha > 0;
      const lined = parseFloat(borderTopWidth) + parseFloat(borderBottomWidth) > 0;
      const edge = here.getBoundingClientRect();
      if ((grounded || lined) && (box.top < edge.top - SLACK || box.bottom > edge.bottom + SLACK)) return true;
      if (grounded) return box.left < edge.left - SLACK || box.right > edge.right + SLACK;
    }
    return false;
  };

  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;

  /** Pairs of texts that are drawn into each other, letter by letter where their lines come close. */
  const collisions = () => {
    const boxes = texts().flatMap((one) => inked(one).map((box) => ({ ...box, one })));
    const touch = (a, b) => {
      if (a.one === b.one) return false;
      const letters = inkedLetters(b.one);
      return inkedLetters(a.one).some((letter) => letters.some((other) => meet(letter, other)));
    };
    return boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => meet(a, b) && touch(a, b)).map((b) => `${a.one.text} × ${b.one.text}`));
  };

  /** The calls that are seen: their number, and how high the ticket's capitals stand. */
  const calls = () =>
    [...document.querySelectorAll("[data-call-seq]")].flatMap((row) => {
      const ticket = texts(row).filter(({ text }) => text.includes(row.dataset.ticket));
      return ticket.map(({ element }) => ({
        seq: Number(row.dataset.callSeq), ticket: row.dataset.ticket, counter: row.dataset.counter, capital: capital(element), text: row.innerText,
      }));
    });

  const faint = () => texts().filter(({ element }) => contrast(element) < 7).map(({ text, element }) => `${text} ${contrast(element).toFixed(2)}`);
  const scrolls = () => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return scrollWidth > innerWidth || scrollHeight > innerHeight ? `${scrollWidth}×${scrollHeight}` : null;
  };
  const words = () => texts().map(({ text }) => text).join(" ");
  const ended = ({ playState, effect }) => playState !== "running" || effect.getTiming().iterations === Infinity;
  const settled = () => document.fonts.status === "loaded" && document.getAnimations().every(ended);

  /** All of it at one instant; null while something still moves. */
  const verdict = () =>
    settled() ? { cut: cut(), astray: astray(), collisions: collisions(), faint: faint(), scrolls: scrolls(), calls: calls() } : null;

  window.look = { calls, settled, shown, verdict, words };
})();
