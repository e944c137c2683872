// Shows an SVG string and tells Python what the hand does to the elements in it that carry a data-key. No build step, no imports.
//   data-key   what Python calls the element      data-name   what a screen reader calls it
//   data-aim   tells where over the element the pointer is, as it moves
//   data-group elements of a group have one Tab stop, and arrow keys walk from one to the next
//   data-drag  the pointer may be dragged from here, by x and y of the picture      data-hover (here or around) reports hovering
//   data-drop  tells also where it was let go
const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(("svg g defs title desc rect circle ellipse line polyline polygon path text tspan image use marker pattern " +
  "clipPath mask linearGradient radialGradient stop").split(" "));
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
const TOWARDS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Leaves only what draws: no scripts, handlers, links or HTML, and nothing that would be loaded from elsewhere.
function clean(node) {
  for (const { name, value } of [...node.attributes]) {
    const elsewhere = /href$/i.test(name) ? !/^(#|data:image\/(png|jpeg|webp|gif);)/i.test(value) : /url\(\s*["']?(?!#)|\\/i.test(value);
    if (/^on/i.test(name) || (elsewhere && !/^(aria-|data-)/.test(name))) node.removeAttribute(name);
  }
  for (const child of [...node.children]) {
    if (child.namespaceURI === SVG && DRAWN.has(child.localName)) clean(child);
    else child.remove();
  }
  return node;
}

// Makes `old` like `fresh` and keeps every element that can stay, so that nothing flickers and the focus stays where it is.
function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (!fresh.attributes) return old.data === fresh.data || (old.data = fresh.data);
  const image = (name) => name === "href" && fresh.hasAttribute("data-image");
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !image(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const have = [...old.childNodes], want = [...fresh.childNodes];
  want.forEach((node, i) => (have[i] ? morph(have[i], node) : old.append(node)));
  have.slice(want.length).forEach((node) => node.remove());
}

function render({ model, el }) {
  const [picture, ring, said] = ["div", "div", "div"].map((tag) => el.appendChild(document.createElement(tag)));
  el.style.position = "relative";
  ring.style.cssText = "position:absolute;pointer-events:none;border-radius:4px;box-shadow:0 0 0 2px #fff,0 0 0 5px #0057b8;display:none";
  said.setAttribute("role", "status");
  picture.style.overflowX = "auto"; // a picture may say by min-width below which its letters would be too small
  const focused = () => picture.contains(el.getRootNode().activeElement) && el.getRootNode().activeElement;
  const found = (event) => event.target.closest?.("[data-key]");
  const named = (key) => [...picture.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);

  function surround() {
    const at = focused(), show = at && at.matches(":focus-visible");
    ring.style.display = show ? "block" : "none";
    if (!show) return;
    const [a, b] = [at.getBoundingClientRect(), el.getBoundingClientRect()];
    for (const [side, size] of Object.entries({ left: a.x - b.x, top: a.y - b.y, width: a.width, height: a.height })) ring.style[side] = `${size}px`;
  }

  function draw() {
    const parsed = new DOMParser().parseFromString(model.get("svg"), "image/svg+xml").documentElement;
    if (parsed.localName !== "svg" || parsed.namespaceURI !== SVG || parsed.querySelector("parsererror")) return;
    const svg = document.importNode(clean(parsed), true), key = focused()?.dataset?.key, stops = {};
    const keyed = [...svg.querySelectorAll("[data-key]")];
    for (const node of keyed) {
      const { group, name } = node.dataset;
      if (!node.hasAttribute("role")) node.setAttribute("role", "button");
      if (name) node.setAttribute("aria-label", name);
      const rank = node.dataset.key === key ? 2 : node.getAttribute("aria-checked") === "true" ? 1 : 0;
      if (group && rank >= (stops[group]?.rank ?? 0.5)) stops[group] = { node, rank };
    }
    for (const node of keyed) {
      const group = node.dataset.group;
      const stop = !group || (stops[group]?.node ?? keyed.find((other) => other.dataset.group === group)) === node;
      node.setAttribute("tabindex", stop ? "0" : "-1");
      node.setAttribute("data-lm-suppress-shortcuts", "true"); // else JupyterLab takes m, x, d d and arrows; around them is too late
      node.style.outline = "none"; // the ring is the same in every browser
    }
    if (keyed.length) svg.setAttribute("role", "group"); // an image has no parts for a screen reader
    if (picture.firstChild) morph(picture.firstChild, svg); else picture.append(svg);
    for (const node of picture.querySelectorAll("image[data-image]")) { // large ones come once, by name
      const data = model.get("images")[node.dataset.image] ?? "";
      if (/^data:image\/(png|jpeg|webp|gif);/i.test(data) && node.getAttribute("href") !== data) node.setAttribute("href", data);
    }
    if (key && focused()?.dataset?.key !== key) named(key)?.focus({ preventScroll: true });
    surround();
  }

  // One message at a time: while Python works, what comes is kept, of hovers, drags and repeated keys only the last.
  let sent = null, waiting = [], late;
  function flush() {
    if (sent || !waiting.length) return;
    sent = String(Math.random());
    model.send({ id: sent, touches: waiting.splice(0) });
    late = setTimeout(() => (said.textContent = "No answer from Python yet: it is busy, or its kernel was restarted; then run this cell again."), 4000);
  }
  function tell(kind, key, more = {}) {
    const last = waiting.at(-1);
    if (last?.kind === kind && (kind === "hover" || (last.key === key && kind === "drag") || more.again)) waiting.pop();
    waiting.push({ kind, key, ...more });
    flush();
  }
  function heard(message) {
    if (message.heard !== sent) return;
    clearTimeout(late);
    said.textContent = "";
    sent = null;
    flush();
  }

  function place(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.firstChild.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  }
  function neighbour(node, key) {
    const all = [...picture.querySelectorAll("[data-key]")].filter((other) => other.dataset.group === node.dataset.group);
    if (key === "Home" || key === "End") return all.at(key === "Home" ? 0 : -1);
    const middle = (other) => { const r = other.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
    const [dx, dy] = TOWARDS[key] ?? [0, 0], [x, y] = middle(node);
    const far = (other) => { const [a, b] = middle(other), way = (a - x) * dx + (b - y) * dy;
      return way > 1 ? way + 3 * Math.abs((a - x) * dy + (b - y) * dx) : Infinity; };
    const best = all.reduce((a, b) => (far(b) < far(a) ? b : a), node);
    return best === node || far(best) === Infinity ? null : best;
  }

  let dragged = null, over = null;
  picture.addEventListener("pointerdown", (event) => {
    const node = found(event);
    if (!node || node.dataset.drag === undefined || event.button) return;
    dragged = node.dataset.key;
    picture.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    event.preventDefault(); // no text is selected on the way
    tell("drag", dragged, place(event));
  });
  picture.addEventListener("pointermove", (event) => dragged !== null && tell("drag", dragged, place(event)));
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, (event) => {
    if (dragged !== null && end === "pointerup" && named(dragged)?.dataset.drop !== undefined) tell("drop", dragged, place(event));
    dragged = null;
  });
  picture.addEventListener("click", (event) => {
    const node = found(event);
    if (!node || node.dataset.drag !== undefined) return;
    node.focus({ preventScroll: true });
    tell("click", node.dataset.key, place(event));
  });
  picture.addEventListener("pointermove", (event) => {
    const aimed = found(event);
    if (dragged === null && aimed?.dataset.aim !== undefined) tell("hover", aimed.dataset.key, place(event));
  });
  for (const kind of ["pointerover", "pointerleave"]) picture.addEventListener(kind, (event) => {
    const key = (kind === "pointerover" && event.target.closest?.("[data-hover]") && found(event)?.dataset.key) || null;
    if (key !== over) tell("hover", (over = key));
  });
  picture.addEventListener("keydown", (event) => {
    let node = found(event);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (node.dataset.drag === undefined) tell("click", node.dataset.key);
    } else if (MOVES.includes(event.key)) {
      event.preventDefault(); // the page does not scroll
      if (node.dataset.group && !(node = neighbour(node, event.key))) return;
      node.focus({ preventScroll: true });
      tell("key", node.dataset.key, { arrow: event.key, again: event.repeat });
    }
  });
  for (const kind of ["focusin", "focusout"]) picture.addEventListener(kind, () => requestAnimationFrame(surround));
  const size = new ResizeObserver(surround);
  size.observe(el);
  model.on("change:svg", draw);
  model.on("msg:custom", heard);
  draw();
  return () => { clearTimeout(late); size.disconnect(); model.off("change:svg", draw); model.off("msg:custom", heard); };
}

export default { render };
