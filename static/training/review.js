/* Keys for the review: a accepts, r rejects, j and k or the arrows move, space selects, u undoes.
   They act on the correction whose checkbox has the focus; after a decision the focus moves to the next one. */
(() => {
  const cards = () => [...document.querySelectorAll("#review [data-card]")];
  const tick = (card) => card.querySelector("input[type=checkbox]");
  const current = () => cards().findIndex((card) => card.contains(document.activeElement));
  const STEPS = { j: 1, ArrowRight: 1, ArrowDown: 1, k: -1, ArrowLeft: -1, ArrowUp: -1 };
  let place = 0; // the index of the next correction after this one is gone
  let byKey = false;

  function go(index) {
    const all = cards();
    if (!all.length) return;
    place = Math.max(0, Math.min(index, all.length - 1));
    tick(all[place]).focus();
    all[place].scrollIntoView({ block: "nearest" });
  }

  function showTickAll() {
    const button = document.querySelector("#review [data-tick-all]");
    if (button) button.hidden = false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !document.getElementById("review")) return;
    if (event.target.closest("select, textarea, input:not([type=checkbox])")) return;
    const at = current();
    if (event.key in STEPS) {
      event.preventDefault();
      go(at < 0 ? place : at + STEPS[event.key]);
    } else if (event.key === "u") {
      document.getElementById("review-undo")?.click();
    } else if (event.key === "a" || event.key === "r") {
      if (at < 0) return go(place); // first show which one the key acts on
      place = at;
      byKey = true;
      cards()[at].querySelector(`[data-key="${event.key}"]`).click();
    }
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-tick-all]")) return;
    const boxes = cards().map(tick);
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
  });

  document.addEventListener("htmx:afterSwap", () => {
    showTickAll();
    if (byKey) go(place);
    byKey = false;
  });
  showTickAll();
})();
