/* The editor of a sheet's fields: the list, tools, offers and saving. fields.js holds what is edited. */
(() => {
  const model = window.sheetEditor;
  if (!model) return;
  const get = (id) => document.getElementById(id);
  const [list, status, error] = ["field-list", "editor-status", "editor-error"].map(get);
  const on = (id, action) => get(id)?.addEventListener("click", action);
  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  function say(message, isError = false) {
    error.hidden = !isError;
    if (isError) error.textContent = message;
    else status.textContent = message;
  }

  /** Posts and returns the site's answer; shows what is wrong and returns null otherwise. */
  model.post = async (address, body, headers = {}) => {
    let response;
    try {
      response = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), ...headers } });
    } catch {
      say("The site cannot be reached. Check your connection, then try again.", true);
      return null;
    }
    const isJson = response.headers.get("Content-Type")?.includes("application/json");
    if (!isJson) {
      if (response.redirected || response.status === 403) window.digitsite.signInAgain();
      else say("The request failed. Try again.", true);
      return null;
    }
    const answer = await response.json();
    if (response.ok) {
      say("", true);
      error.hidden = true;
      return answer;
    }
    say(answer.detail, true);
    return null;
  };

  model.save = async () => {
    say("Saving …");
    const sent = JSON.stringify(model.description);
    const body = JSON.stringify({ description: model.description, seen: model.data.seen });
    const answer = await model.post(model.data.save, body, { "Content-Type": "application/json" });
    if (!answer) {
      status.textContent = "Not saved.";
      showFieldOf(error.textContent);
      return;
    }
    // What was changed while it was being saved is still to be saved.
    const isSame = JSON.stringify(model.description) === sent;
    model.saved(isSame ? answer.description : null, answer.seen);
    if (isSame) say("Saved.");
    else {
      model.isSaved = false;
      model.update();
    }
  };

  /** Selects the field whose name a message quotes. */
  function showFieldOf(message) {
    const names = [...message.matchAll(/“(.+?)”/g)].map((match) => match[1]);
    for (const { kind, part } of model.parts()) {
      const column = part.columns?.find((each) => names.includes(each.name));
      if (column || names.includes(part.name)) return model.select({ kind, key: part.key, ...(column && { column: column.key }) });
    }
  }

  function item(text, selection, note) {
    const button = document.createElement("button");
    const isSelected = model.selected?.key === selection.key && model.selected.column === selection.column;
    button.type = "button";
    button.className = `editor__item${selection.column ? " editor__item--column" : ""}`;
    button.dataset.key = selection.column || selection.key;
    button.setAttribute("aria-pressed", isSelected);
    button.textContent = text || "(no name)";
    const small = document.createElement("span");
    small.className = "editor__note";
    small.textContent = note;
    button.append(small);
    button.addEventListener("click", () => model.select(selection));
    button.addEventListener("keydown", (event) => {
      if (isSelected && model.pressed(event)) event.preventDefault();
    });
    const row = document.createElement("li");
    row.append(button);
    return row;
  }

  const KINDS = { boxes: (part) => `${part.cells} box${part.cells === 1 ? "" : "es"}`, line: () => "line", check: () => "tick" };

  function showList() {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const rows = model.parts().flatMap(({ kind, part }) => {
      const page = model.data.pages.length > 1 ? `, page ${part.page}` : "";
      const note = kind === "table" ? `${part.rows} × ${part.columns.length}` : KINDS[part.kind](part);
      const own = item(part.name, { kind, key: part.key }, note + page);
      const columns = (part.columns || []).map((each) => item(each.name, { kind, key: part.key, column: each.key }, KINDS[each.kind](each)));
      return [own, ...columns];
    });
    list.replaceChildren(...rows);
    if (!rows.length) list.append(Object.assign(document.createElement("li"), { textContent: "No fields yet." }));
    const selected = model.selected?.column || model.selected?.key;
    if (focused) (list.querySelector(`[data-key="${focused}"]`) || list.querySelector(`[data-key="${selected}"]`))?.focus();
  }

  function show() {
    showList();
    if (!model.isSaved) say("Not saved yet.");
    if (get("editor-undo")) get("editor-undo").disabled = !model.canUndo();
    for (const button of document.querySelectorAll("[data-tool]")) {
      if (button.matches("button")) button.setAttribute("aria-pressed", button.dataset.tool === model.tool);
    }
    for (const button of document.querySelectorAll("[data-page]")) {
      button.setAttribute("aria-pressed", Number(button.dataset.page) === model.page);
    }
    for (const form of document.querySelectorAll("[data-turn]")) form.hidden = Number(form.dataset.turn) !== model.page;
    get("offers").hidden = !model.offers.length;
    const count = model.offers.length;
    get("offers-words").textContent = count === 1 ? "One place looks like a field. " : `${count} places look like fields. Choose one on the page, or `;
  }

  for (const button of document.querySelectorAll("button[data-tool]")) {
    button.addEventListener("click", () => {
      model.tool = button.dataset.tool;
      model.update();
    });
  }
  for (const button of document.querySelectorAll("[data-page]")) {
    button.addEventListener("click", () => {
      model.page = Number(button.dataset.page);
      model.offers = [];
      model.select(null);
    });
  }
  function addPart(kind, width, height, options) {
    model.change("", () => model.add(kind, model.freeBox(width, height), options));
    list.querySelector(`[data-key="${model.selected.key}"]`)?.focus();
  }
  on("add-field", () => addPart("field", 0.2, 0.03));
  on("add-table", () => addPart("table", 0.5, 0.2, { cells: 1 }));
  on("editor-undo", model.undo);
  on("editor-save", model.save);
  on("zoom-in", () => model.zoom(1.5));
  on("zoom-out", () => model.zoom(1 / 1.5));

  const take = (offer) => {
    const isTable = offer.rows > 1;
    const cells = isTable ? 1 : offer.cells;
    model.add(isTable ? "table" : "field", offer.box, { fieldKind: offer.kind, cells, rows: offer.rows, columns: Math.max(offer.cells, 1) });
  };
  model.acceptOffer = (index) => model.change("", () => take(model.offers.splice(index, 1)[0]));
  on("offers-accept", () => model.change("", () => model.offers.splice(0).forEach(take)));
  on("offers-discard", () => {
    model.offers = [];
    model.update();
  });
  on("find-offers", async () => {
    const button = get("find-offers");
    const page = model.pageData();
    button.disabled = true;
    status.textContent = "Looking for fields …";
    const answer = await model.post(page.offers);
    button.disabled = false;
    if (!answer || page.number !== model.page) return;
    const taken = model.parts().filter(({ part }) => part.page === model.page).map(({ part }) => part.box);
    model.offers = answer.offers.filter(({ box }) => !taken.some((other) => overlap(box, other)));
    status.textContent = model.offers.length ? "" : "No further place on this page looks like a field.";
    model.update();
  });

  /** Whether two boxes share more than half of the smaller one. */
  function overlap([l1, t1, w1, h1], [l2, t2, w2, h2]) {
    const across = Math.min(l1 + w1, l2 + w2) - Math.max(l1, l2);
    const down = Math.min(t1 + h1, t2 + h2) - Math.max(t1, t2);
    return across > 0 && down > 0 && across * down > 0.5 * Math.min(w1 * h1, w2 * h2);
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const isText = event.target.closest("input:not([type=checkbox]), textarea");
    if (event.key === "z" && !isText && !model.locked) {
      event.preventDefault();
      model.undo();
    } else if (event.key === "s") {
      event.preventDefault();
      model.save();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (!model.isSaved) event.preventDefault();
  });
  for (const form of document.querySelectorAll("[data-turn]")) {
    form.addEventListener("submit", (event) => {
      if (model.isSaved) return;
      event.preventDefault();
      say("Save the fields first, then turn the page.", true);
    });
  }

  const wanted = Number(/^#page-(\d+)$/.exec(location.hash)?.[1]);
  if (model.data.pages.some((each) => each.number === wanted)) model.page = wanted;
  model.listen(show);
  model.update();
})();
