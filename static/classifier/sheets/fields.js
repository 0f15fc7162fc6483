/* The fields of a sheet in the editor: what they are, which one is selected, and undo. Draws nothing itself.
   A selection is { kind: "field" | "table", key, column? }; column is the key of a table's column. */
(() => {
  const source = document.getElementById("sheet-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const UNDO_AT_MOST = 200;
  const listeners = [];
  const past = []; // earlier descriptions, as JSON
  let lastTag = "";

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const number = (value) => Math.round(value * 1e5) / 1e5;
  const freshKey = (prefix) => `${prefix}-${Math.random().toString(36).slice(2, 8)}`;

  const model = {
    data,
    locked: data.locked,
    description: data.description,
    page: 1,
    selected: null,
    offers: [],
    isSaved: true,

    listen: (listener) => listeners.push(listener),
    update: () => listeners.forEach((listener) => listener()),
    pageData: () => data.pages.find((each) => each.number === model.page),
    listOf: (kind) => model.description[kind === "table" ? "tables" : "fields"],
    parts: () => ["field", "table"].flatMap((kind) => model.listOf(kind).map((part) => ({ kind, part }))),
    find: (selection) => selection && model.listOf(selection.kind).find((part) => part.key === selection.key),
    columnOf: (selection) => selection?.column && model.find(selection)?.columns.find((each) => each.key === selection.column),
    // What has a kind and rules: a field, or a column of a table.
    ruled: (selection) => (selection?.kind === "field" ? model.find(selection) : model.columnOf(selection)),
    canUndo: () => past.length > 0,

    /** Changes the description. Changes in a row with the same tag are undone together. */
    change(tag, how) {
      if (!tag || tag !== lastTag) {
        past.push(JSON.stringify(model.description));
        if (past.length > UNDO_AT_MOST) past.shift();
      }
      lastTag = tag;
      how();
      model.isSaved = false;
      model.update();
    },
    endChange: () => (lastTag = ""),
    undo() {
      if (!past.length) return;
      model.description = JSON.parse(past.pop());
      lastTag = "";
      model.isSaved = false;
      if (!model.find(model.selected)) model.selected = null;
      model.update();
    },
    saved(description, seen) {
      data.seen = seen;
      if (description) model.description = description;
      model.isSaved = true;
      model.update();
    },
    select(selection) {
      model.endChange();
      model.selected = selection;
      const part = model.find(selection);
      if (part) model.page = part.page;
      model.update();
    },

    newName(prefix, among) {
      let count = among.length + 1;
      while (among.some((each) => each.name === `${prefix} ${count}`)) count += 1;
      return `${prefix} ${count}`;
    },
    newColumn(columns, kind = "boxes", cells = 2) {
      const column = { key: freshKey("c"), name: model.newName("Column", columns), kind, share: 1, cells: kind === "boxes" ? cells : 0, rules: {} };
      columns.push(column);
      return column;
    },
    /** Adds a field or table and selects it. box: shares of the page. */
    add(kind, box, { fieldKind = "boxes", cells = 0, rows = 5, columns = 3, page = model.page } = {}) {
      const list = model.listOf(kind);
      const part = { key: freshKey(kind[0]), name: model.newName(kind === "table" ? "Table" : "Field", list), page, box: model.inside(box) };
      if (kind === "table") {
        part.rows = rows;
        part.columns = [];
        for (let count = 0; count < columns; count += 1) model.newColumn(part.columns, fieldKind, cells || 1);
      } else {
        part.kind = fieldKind;
        part.rules = {};
        part.cells = fieldKind === "boxes" ? cells || model.likelyCells(box) : 0;
      }
      list.push(part);
      model.selected = { kind, key: part.key };
      return part;
    },
    /** How many boxes a rectangle of this shape has: boxes are a little higher than wide. */
    likelyCells([, , width, height]) {
      const page = model.pageData();
      return clamp(Math.round((width * page.width) / (height * page.height * 0.8)), 1, data.most.cells);
    },
    remove(selection) {
      const part = model.find(selection);
      if (!part || model.locked) return;
      model.change("", () => {
        if (selection.column && part.columns.length > 1) {
          part.columns = part.columns.filter((each) => each.key !== selection.column);
          model.selected = { kind: "table", key: part.key };
        } else {
          const list = model.listOf(selection.kind);
          const at = list.indexOf(part);
          list.splice(at, 1);
          const next = list[Math.min(at, list.length - 1)];
          model.selected = next ? { kind: selection.kind, key: next.key } : null;
          if (next) model.page = next.page;
        }
      });
    },
    /** Moves what is selected earlier (-1) or later (1) in the order of the results. */
    reorder(selection, step) {
      const list = selection.column ? model.find(selection).columns : model.listOf(selection.kind);
      const at = list.findIndex((each) => each.key === (selection.column || selection.key));
      if (!list[at + step]) return;
      model.change("", () => list.splice(at + step, 0, ...list.splice(at, 1)));
    },
    /** A box that is on the page and not too small, with as many decimals as are useful. */
    inside([left, top, width, height]) {
      const [across, down] = [clamp(width, 0.004, 1), clamp(height, 0.004, 1)];
      return [clamp(left, 0, 1 - across), clamp(top, 0, 1 - down), across, down].map(number);
    },
    move(selection, [left, top, width, height], tag) {
      const part = model.find(selection);
      if (part && !model.locked) model.change(tag, () => (part.box = model.inside([left, top, width, height])));
    },
    clamp,
  };
  window.sheetEditor = model;
})();
