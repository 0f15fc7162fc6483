/* Runs before the first paint, so the page does not flash in another theme; digitsite.js switches themes. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    /* storage may be forbidden; the system's choice then applies */
  }
})();
