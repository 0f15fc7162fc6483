/* Runs before the first paint, so that a chosen theme never flashes; digitsite.js does the rest. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    /* storage may be forbidden; the system's choice then holds */
  }
})();
