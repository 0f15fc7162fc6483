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

  /* The browser's own bars have the colour of the theme: the chosen one, or else the system's. */
  const colours = document.querySelectorAll("meta[name=theme-color]");
  function colourBars() {
    const { theme } = root.dataset;
    for (const meta of colours) {
      const { scheme } = meta.dataset;
      meta.media = !theme ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? "all" : "not all";
    }
  }
  colourBars();
  document.addEventListener("themechange", colourBars);
})();
