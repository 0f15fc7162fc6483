/* A drawing as the pad holds it, and the one that a reload or the Back button brings back in this tab. */
(() => {
  const SHEET = "sheet"; // in the session's storage

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID(); // missing on plain http
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  const newDrawing = () => ({ id: newId(), revision: 0, strokes: [], undone: [], began: null, pointer: "mouse" });

  function keepSheet(owner, drawing) {
    try {
      sessionStorage.setItem(SHEET, JSON.stringify({ owner, drawing }));
    } catch {
      /* storage may be forbidden or full; a reload then begins a new drawing, and this one stays in the history */
    }
  }

  /** Returns the drawing that was on the pad before a reload or a visit of another page; null without one. */
  function keptSheet(owner) {
    const [visit] = performance.getEntriesByType("navigation");
    if (!["reload", "back_forward"].includes(visit?.type)) return null;
    try {
      const kept = JSON.parse(sessionStorage.getItem(SHEET));
      return kept?.owner === owner && kept.drawing.strokes.length ? kept.drawing : null;
    } catch {
      return null;
    }
  }

  window.digitsite = window.digitsite || {};
  Object.assign(window.digitsite, { keepSheet, keptSheet, newDrawing });
})();
