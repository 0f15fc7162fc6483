/* What a visitor wants to keep, until somebody has signed in: a mark on it in this tab, and a picture in IndexedDB.
   (Drawings are in the outbox.) */
(() => {
  const MARK = "kept"; // in the session's storage: the id of a drawing, or "picture"
  const STORE = "pictures";
  const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  /** Runs `work` on the store in a transaction of its own; resolves to what it returns once all of it is stored. */
  async function inStore(work) {
    const opening = indexedDB.open("digitsite", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    const database = await settled(opening);
    try {
      const transaction = database.transaction(STORE, "readwrite");
      const done = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
      const result = await work(transaction.objectStore(STORE));
      await done;
      return result;
    } finally {
      database.close();
    }
  }

  /** Keeps a picture, { file, source, oneDigit }. Returns whether that has worked. */
  async function keepPicture(picture) {
    try {
      await inStore((store) => settled(store.put({ ...picture, at: Date.now() }, "kept")));
      return true;
    } catch {
      return false; // storage may be forbidden or full
    }
  }

  /** Resolves to the picture, or null. `take`: out of the store, so that no other tab sends it too. */
  async function keptPicture({ take = false } = {}) {
    try {
      const picture = await inStore(async (store) => {
        const kept = await settled(store.get("kept"));
        if (kept && (take || Date.now() - kept.at > KEPT_MS)) await settled(store.delete("kept"));
        return kept;
      });
      return picture && Date.now() - picture.at <= KEPT_MS ? picture : null;
    } catch {
      return null;
    }
  }

  /** Notes in this tab what its visitor wants to keep. */
  function markKept(name) {
    try {
      sessionStorage.setItem(MARK, name);
    } catch {
      /* storage may be forbidden; then nothing is kept */
    }
  }

  /** What was noted in this tab, once. */
  function takeMark() {
    try {
      const name = sessionStorage.getItem(MARK);
      sessionStorage.removeItem(MARK);
      return name;
    } catch {
      return null;
    }
  }

  window.digitsite = window.digitsite || {};
  Object.assign(window.digitsite, { keepPicture, keptPicture, markKept, takeMark });
})();
