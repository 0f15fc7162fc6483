/* Selects digits, and removes deleted ones from the list. */
(() => {
  const boxes = () => [...document.querySelectorAll("input[name=ids]")];

  function count() {
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    const words = document.querySelector("[data-selected]");
    if (words) words.textContent = ticked ? `${ticked} selected` : "";
    document.querySelectorAll("[data-needs-selection]").forEach((button) => { button.disabled = !ticked; });
    const button = document.querySelector("[data-select-all]");
    if (button) button.textContent = ticked && ticked === all.length ? "Select none" : "Select all shown";
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("input[name=ids]")) count();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-select-all]")) {
      const all = boxes();
      const every = all.every((box) => box.checked);
      all.forEach((box) => { box.checked = !every; });
      count();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("select, textarea, input:not([type=checkbox])")) return;
    const card = document.activeElement?.closest(".card") || [...document.querySelectorAll(".card:hover")].pop();
    const box = card?.querySelector("input[name=ids]");
    if (box) box.click();
  });

  /* Leaves empty fields out of the address. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "filters") return;
    const given = event.detail.formData;
    for (const name of new Set(given.keys())) {
      const kept = given.getAll(name).filter((value) => value !== "");
      given.delete(name);
      kept.forEach((value) => given.append(name, value));
    }
  });

  document.addEventListener("digits-deleted", (event) => {
    for (const drawing of event.detail.drawings) {
      document.querySelectorAll(`[data-drawing="${drawing}"]`).forEach((card) => card.remove());
    }
    count();
  });
  document.addEventListener("htmx:afterSwap", count);
  count();
})();
