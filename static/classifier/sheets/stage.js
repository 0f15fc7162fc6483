/* The picture of a page with its fields: drawing, moving and resizing with mouse, touch and keys. */
(() => {
  const model = window.sheetEditor;
  if (!model) return;
  const stage = document.getElementById("stage");
  const paper = document.getElementById("stage-page");
  const picture = document.getElementById("stage-picture");
  const svg = document.getElementById("stage-fields");
  const SVG = "http://www.w3.org/2000/svg";
  const HANDLES = [["nw", 0, 0], ["n", 0.5, 0], ["ne", 1, 0], ["e", 1, 0.5], ["se", 1, 1], ["s", 0.5, 1], ["sw", 0, 1], ["w", 0, 0.5]];
  const CLICK = 6; // px on the screen: a shorter movement draws nothing
  const STEP = 4; // px of the page for each press of a key
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let drag = null; // { what, from, box, ... } while a pointer is down
  let drawn = null; // the box that is being drawn
  let zoom = 1;

  model.tool = model.locked || matchMedia("(pointer: coarse)").matches ? "select" : "field";

  function add(parent, name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  }

  const perPixel = () => model.pageData().width / (svg.clientWidth || 1); // px of the page for one of the screen
  const rectangle = ([left, top, width, height], page) =>
    ({ x: left * page.width, y: top * page.height, width: width * page.width, height: height * page.height });

  function edgesOf(table) {
    const total = table.columns.reduce((sum, each) => sum + each.share, 0);
    let sum = 0;
    return table.columns.slice(0, -1).map((each) => (sum += each.share / total));
  }

  function lines(group, { x, y, width, height }, across, down, name) {
    for (const share of across) add(group, "line", { class: name, x1: x + share * width, x2: x + share * width, y1: y, y2: y + height });
    for (const share of down) add(group, "line", { class: name, x1: x, x2: x + width, y1: y + share * height, y2: y + share * height });
  }
  const parts = (count) => Array.from({ length: Math.max(count - 1, 0) }, (_, index) => (index + 1) / count);

  function drawPart({ kind, part }, page) {
    const isSelected = model.selected?.kind === kind && model.selected.key === part.key;
    const group = add(svg, "g", { class: `stage__part${isSelected ? " stage__part--selected" : ""}`, "data-kind": kind, "data-key": part.key });
    const box = rectangle(part.box, page);
    add(group, "rect", { class: `stage__field stage__field--${kind === "table" ? "table" : part.kind}`, ...box });
    if (kind === "field" && part.kind === "boxes") lines(group, box, parts(part.cells), [], "stage__line");
    if (kind === "table") {
      lines(group, box, edgesOf(part), parts(part.rows), "stage__line");
      part.columns.forEach((column, index) => {
        const [start, end] = [[0, ...edgesOf(part)][index], [...edgesOf(part), 1][index]];
        const own = { ...box, x: box.x + start * box.width, width: (end - start) * box.width };
        if (column.kind === "boxes") lines(group, own, parts(column.cells), [], "stage__line stage__line--cell");
        if (isSelected && model.selected.column === column.key) add(group, "rect", { class: "stage__column", ...own });
      });
    }
    const size = 13 * perPixel();
    const above = box.y > 1.4 * size ? box.y - 0.35 * size : box.y + box.height + size;
    add(group, "text", { class: "stage__name", x: box.x, y: above, "font-size": size }, part.name);
    return { group, box, isSelected };
  }

  function drawHandles(part, box, kind) {
    const size = (matchMedia("(pointer: coarse)").matches ? 20 : 12) * perPixel();
    for (const [name, across, down] of HANDLES) {
      if ((across === 0.5 && box.width < 4 * size) || (down === 0.5 && box.height < 4 * size)) continue; // no room
      const x = box.x + across * box.width - size / 2;
      const y = box.y + down * box.height - size / 2;
      add(svg, "rect", { class: `stage__handle stage__handle--${name}`, "data-handle": name, x, y, width: size, height: size });
    }
    if (kind !== "table") return;
    edgesOf(part).forEach((share, index) =>
      add(svg, "rect", { class: "stage__divider", "data-divider": index, x: box.x + share * box.width - size / 2, y: box.y, width: size, height: box.height }));
  }

  function render() {
    const page = model.pageData();
    if (picture.getAttribute("src") !== page.picture) {
      picture.src = page.picture;
      picture.alt = `Page ${page.number} of the form`;
      picture.width = page.width;
      picture.height = page.height;
    }
    svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
    svg.dataset.tool = model.tool;
    svg.replaceChildren();
    model.offers.forEach((offer, index) =>
      add(svg, "rect", { class: "stage__offer", "data-offer": index, ...rectangle(offer.box, page) }));
    const shown = model.parts().filter(({ part }) => part.page === model.page);
    const found = shown.map((each) => ({ ...each, ...drawPart(each, page) })).find((each) => each.isSelected);
    if (found && !model.locked) drawHandles(found.part, found.box, found.kind);
    if (drawn) add(svg, "rect", { class: "stage__drawn", ...rectangle(drawn, page) });
  }

  function place(event) {
    const box = svg.getBoundingClientRect();
    return [model.clamp((event.clientX - box.left) / box.width, 0, 1), model.clamp((event.clientY - box.top) / box.height, 0, 1)];
  }

  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const target = event.target;
    const from = place(event);
    const start = { from, at: [event.clientX, event.clientY], isMoved: false };
    const group = target.closest("[data-key]");
    const selected = model.find(model.selected);
    if (target.dataset.offer) return model.acceptOffer(Number(target.dataset.offer));
    if (target.dataset.handle) drag = { ...start, what: "resize", side: target.dataset.handle, box: [...selected.box] };
    else if (target.dataset.divider) {
      drag = { ...start, what: "divide", index: Number(target.dataset.divider), shares: selected.columns.map((each) => each.share) };
    } else if (group) {
      const { kind, key } = group.dataset;
      if (model.selected?.key !== key) model.select({ kind, key });
      drag = { ...start, what: "move", box: [...model.find(model.selected).box] };
    } else if (model.tool !== "select" && !model.locked) drag = { ...start, what: "draw" };
    else return model.select(null);
    if (model.locked) drag = null;
    else svg.setPointerCapture(event.pointerId);
  });

  svg.addEventListener("pointermove", (event) => {
    if (!drag || !event.isPrimary) return;
    drag.isMoved ||= Math.hypot(event.clientX - drag.at[0], event.clientY - drag.at[1]) >= CLICK;
    if (!drag.isMoved) return;
    const [x, y] = place(event);
    const [dx, dy] = [x - drag.from[0], y - drag.from[1]];
    if (drag.what === "draw") {
      drawn = [Math.min(x, drag.from[0]), Math.min(y, drag.from[1]), Math.abs(dx), Math.abs(dy)];
      render();
    } else if (drag.what === "move") model.move(model.selected, [drag.box[0] + dx, drag.box[1] + dy, drag.box[2], drag.box[3]], "drag");
    else if (drag.what === "resize") model.move(model.selected, resized(drag, dx, dy), "drag");
    else divide(dx);
  });

  function resized({ box: [left, top, width, height], side }, dx, dy) {
    let [x1, y1, x2, y2] = [left, top, left + width, top + height];
    if (side.includes("w")) x1 += dx;
    if (side.includes("e")) x2 += dx;
    if (side.includes("n")) y1 += dy;
    if (side.includes("s")) y2 += dy;
    return [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)];
  }

  /** Moves the line between two columns. */
  function divide(dx) {
    const table = model.find(model.selected);
    const { index, shares } = drag;
    const total = shares.reduce((sum, each) => sum + each, 0);
    const most = shares[index] + shares[index + 1];
    const share = model.clamp(shares[index] + (dx / table.box[2]) * total, 0.05 * most, 0.95 * most);
    model.change("drag", () => {
      table.columns[index].share = Math.round(share * 1000) / 1000;
      table.columns[index + 1].share = Math.round((most - share) * 1000) / 1000;
    });
  }

  function end(event) {
    if (!drag) return;
    const { what, isMoved } = drag;
    const box = drawn;
    drag = drawn = null;
    model.endChange();
    if (what === "draw" && isMoved && event.type === "pointerup") {
      const kind = model.tool;
      model.change("", () => model.add(kind, box, kind === "table" ? { cells: 1 } : {}));
      if (event.pointerType === "mouse") model.editName?.();
    } else if (what === "draw" && !isMoved) model.select(null);
    else render();
  }
  svg.addEventListener("pointerup", end);
  svg.addEventListener("pointercancel", end);

  /** Keys on the page and in the list of fields. Returns whether the key meant something. */
  model.pressed = (event) => {
    const part = model.find(model.selected);
    if (!part || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Escape") model.select(null);
    else if (model.locked) return false;
    else if (event.key === "Delete" || event.key === "Backspace") model.remove(model.selected);
    else if (event.key in ARROWS) {
      const page = model.pageData();
      const [dx, dy] = [(ARROWS[event.key][0] * STEP) / page.width, (ARROWS[event.key][1] * STEP) / page.height];
      const [left, top, width, height] = part.box;
      const box = event.shiftKey ? [left, top, width + dx, height + dy] : [left + dx, top + dy, width, height];
      model.move(model.selected, box, `${event.shiftKey ? "size" : "move"} ${part.key}`);
    } else return false;
    return true;
  };
  svg.addEventListener("keydown", (event) => {
    if (model.pressed(event)) event.preventDefault();
  });

  /** Where a field that is added by key appears: below what is selected, or in the part of the page that is visible. */
  model.freeBox = (width, height) => {
    const part = model.find(model.selected);
    if (part && part.page === model.page) return [part.box[0], part.box[1] + part.box[3] + 0.01, width, height];
    const top = (stage.getBoundingClientRect().top < 0 ? -stage.getBoundingClientRect().top : 0) / (svg.clientHeight || 1);
    return [0.1, top + 0.1, width, height];
  };
  model.zoom = (factor) => {
    zoom = model.clamp(zoom * factor, 1, 4);
    paper.style.width = `${zoom * 100}%`;
    render();
  };
  model.listen(render);
  new ResizeObserver(render).observe(paper);
})();
