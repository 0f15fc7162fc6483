/* The form beside the page: name, kind and rules of the selected field, table or column. */
(() => {
  const model = window.sheetEditor;
  if (!model) return;
  const form = document.getElementById("field-form");
  const title = document.getElementById("field-form-title");
  const count = document.getElementById("f-allowed-count");
  const input = (name) => document.getElementById(`f-${name}`);
  const RULES = { "digits-from": "digits_from", "digits-to": "digits_to", decimals: "decimals", lowest: "lowest", highest: "highest" };

  const named = () => model.columnOf(model.selected) || model.find(model.selected);
  const fill = (name, value) => {
    const element = input(name);
    if (document.activeElement !== element) element.value = value ?? "";
  };

  function show() {
    const part = model.find(model.selected);
    form.hidden = !part;
    if (!part) return;
    const ruled = model.ruled(model.selected);
    const kinds = { table: model.selected.kind === "table" && !ruled, column: Boolean(model.selected.column), part: Boolean(ruled),
      boxes: ruled?.kind === "boxes", number: ruled && ruled.kind !== "check" };
    for (const element of form.querySelectorAll("[data-for]")) element.hidden = !kinds[element.dataset.for];
    title.textContent = kinds.table ? "Table" : kinds.column ? `Column of ${part.name}` : "Field";
    fill("name", named().name);
    if (kinds.table) {
      fill("rows", part.rows);
      fill("columns", part.columns.length);
    }
    if (ruled) showRules(ruled);
    for (const name of ["kind", "cells", "rows", "columns", "share", "up", "down", "remove"]) input(name).disabled = model.locked;
  }

  function showRules(ruled) {
    const rules = ruled.rules || {};
    fill("kind", ruled.kind);
    fill("cells", ruled.cells);
    fill("share", ruled.share);
    input("required").checked = Boolean(rules.is_required);
    for (const [name, rule] of Object.entries(RULES)) fill(name, rules[rule]);
    input("digits-to").placeholder = input("digits-to").max = ruled.cells || model.data.most.cells;
    if (input("digits-to").value >= model.data.most.cells && !ruled.cells) fill("digits-to", "");
    fill("checksum", rules.checksum);
    fill("allowed", (rules.allowed || []).join("\n"));
    const values = (rules.allowed || []).length;
    count.textContent = values ? `${values.toLocaleString("en")} value${values === 1 ? "" : "s"} in the list.` : "";
  }

  const whole = (element, least, most) =>
    element.value === "" || !element.validity.valid ? null : model.clamp(Math.round(Number(element.value)), least, most);

  function setRule(rule, value) {
    model.change(`rule ${rule}`, () => {
      const rules = (model.ruled(model.selected).rules ||= {});
      if (value === null || value === "" || value === false) delete rules[rule];
      else rules[rule] = value;
    });
  }

  const CHANGES = {
    name: (element) => model.change("name", () => (named().name = element.value)),
    rows: (element) => {
      const rows = whole(element, 1, model.data.most.fields);
      if (rows) model.change("rows", () => (model.find(model.selected).rows = rows));
    },
    columns: (element) => {
      const wanted = whole(element, 1, 50);
      if (!wanted) return;
      model.change("columns", () => {
        const { columns } = model.find(model.selected);
        const like = columns.at(-1);
        while (columns.length < wanted) model.newColumn(columns, like.kind, like.cells);
        columns.length = wanted;
      });
    },
    share: (element) => {
      if (element.value && element.validity.valid) model.change("share", () => (model.ruled(model.selected).share = Number(element.value)));
    },
    kind: (element) => model.change("", () => {
      const ruled = model.ruled(model.selected);
      ruled.kind = element.value;
      ruled.cells = element.value === "boxes" ? (model.selected.column ? 2 : model.likelyCells(ruled.box)) : 0;
      ruled.rules = ruled.rules?.is_required ? { is_required: true } : {};
    }),
    cells: (element) => {
      const cells = whole(element, 1, model.data.most.cells);
      if (!cells) return;
      model.change("cells", () => {
        const ruled = model.ruled(model.selected);
        if (ruled.rules?.digits_to >= ruled.cells) delete ruled.rules.digits_to; // as many as there are boxes
        ruled.cells = cells;
      });
    },
    required: (element) => setRule("is_required", element.checked),
    checksum: (element) => setRule("checksum", element.value),
    lowest: (element) => element.validity.valid && setRule("lowest", element.value === "" ? null : Number(element.value)),
    highest: (element) => element.validity.valid && setRule("highest", element.value === "" ? null : Number(element.value)),
    "digits-from": (element) => setRule("digits_from", whole(element, 1, model.data.most.cells)),
    "digits-to": (element) => setRule("digits_to", whole(element, 1, model.data.most.cells)),
    decimals: (element) => setRule("decimals", whole(element, 0, model.data.most.cells - 1)),
  };
  for (const [name, change] of Object.entries(CHANGES)) {
    input(name).addEventListener("input", () => change(input(name)));
    input(name).addEventListener("change", model.endChange);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.save();
  });

  /** Has the site read a pasted list or a file, which says what is wrong with it. */
  async function readList(body) {
    const asked = model.selected;
    const answer = await model.post(model.data.allowed, body);
    if (!answer) return;
    model.selected = asked;
    setRule("allowed", answer.values);
    model.endChange();
    input("allowed").value = answer.values.join("\n");
  }
  input("allowed").addEventListener("change", () => {
    const text = input("allowed").value;
    if (!text.trim()) return setRule("allowed", null);
    const body = new FormData();
    body.set("text", text);
    return readList(body);
  });
  input("allowed-file").addEventListener("change", async () => {
    const [file] = input("allowed-file").files;
    if (!file) return;
    const body = new FormData();
    body.set("file", file);
    await readList(body);
    input("allowed-file").value = "";
  });

  input("up").addEventListener("click", () => model.reorder(model.selected, -1));
  input("down").addEventListener("click", () => model.reorder(model.selected, 1));
  input("remove").addEventListener("click", () => model.remove(model.selected));

  model.editName = () => {
    input("name").focus({ preventScroll: true });
    input("name").select();
  };
  model.listen(show);
})();
