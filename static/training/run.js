/* Keeps the scroll position of a run's log across swaps; a log scrolled to its end follows new lines. */
(() => {
  const find = () => document.getElementById("run-log");
  let place = null; // null: at the end

  function keep() {
    const log = find();
    if (!log) return;
    place = log.scrollHeight - log.scrollTop - log.clientHeight < 24 ? null : log.scrollTop;
  }

  function restore() {
    const log = find();
    if (log) log.scrollTop = place === null ? log.scrollHeight : place;
  }

  document.addEventListener("htmx:beforeSwap", keep);
  document.addEventListener("htmx:afterSwap", restore);
  restore();
})();
