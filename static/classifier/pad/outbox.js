/* The outbox: states of drawings that the site has not stored yet.

   They wait in the browser's storage, so that neither a reload nor a sign-in in between loses one. One request runs at
   a time, and a newer state of a drawing replaces the waiting one. Each message has the `id` and `revision` of the
   drawing, its `strokes`, the `body` to send, and its `owner`: the person who drew it, empty without an account.
   `isEarlier` marks those that waited when the page was opened. */
(() => {
  const PREFIX = "waiting-drawing:";
  const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
  const RETRY_MS = [1000, 2000, 5000, 10000, 30000];

  /** Returns the stored messages for which `test` holds, the oldest first, and removes those kept for too long. */
  function stored(test) {
    const messages = [];
    try {
      for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
        const message = JSON.parse(localStorage.getItem(key));
        if (Date.now() - message.at > KEPT_MS) localStorage.removeItem(key);
        else if (test(message)) messages.push(message);
      }
    } catch {
      /* storage may be forbidden or contain something else; then nothing waits */
    }
    return messages.sort((one, other) => one.at - other.at);
  }

  /** Stores a message until the site has it. Returns false if the browser stores nothing. */
  function store(message) {
    try {
      localStorage.setItem(PREFIX + message.id, JSON.stringify(message));
      return true;
    } catch {
      return false;
    }
  }

  function forget(message) {
    try {
      const kept = JSON.parse(localStorage.getItem(PREFIX + message.id));
      if (kept && kept.revision <= message.revision) localStorage.removeItem(PREFIX + message.id);
    } catch {
      /* nothing is stored */
    }
  }

  /**
   * Sends the messages of one person to `address`. Without `keeps`, the browser stores none of them.
   *
   * post(address, body) returns a promise of the response. tell(event, message, html) hears "saving", "saved",
   * "rejected", "busy", "many-draw" (with the seconds until the next try), "offline" and "signed-out".
   */
  function createOutbox({ owner, address, post, tell, keeps = true }) {
    const waiting = new Map(
      stored((message) => keeps && message.owner === owner).map((message) => [message.id, { ...message, isStored: true, isEarlier: true }]),
    );
    let sending = false;
    let failures = 0;
    let timer = null;
    let pausedUntil = 0; // the site has asked to wait until then (performance.now)

    const isSignedOut = (response) =>
      response.redirected || response.headers.has("HX-Redirect") || [401, 403].includes(response.status);

    /** Sends the oldest message. Returns whether to retry it after a pause, null if the person must sign in first. */
    async function sendFirst() {
      const message = waiting.values().next().value;
      tell("saving", message);
      try {
        const response = await post(address, message.body);
        const html = await response.text();
        if (isSignedOut(response)) {
          tell("signed-out", message, response.headers.get("HX-Trigger") || "");
          return null;
        }
        if (response.status >= 500 || response.status === 429) {
          const pause = window.digitsite.pauseIn(response.headers.get("HX-Trigger"));
          if (pause) pausedUntil = performance.now() + pause.seconds * 1000;
          if (pause) tellPause(message);
          else tell("busy", message, html);
          return true;
        }
        if (waiting.get(message.id)?.revision === message.revision) waiting.delete(message.id);
        if (keeps) forget(message);
        tell(response.ok ? "saved" : "rejected", message, html);
        return false;
      } catch {
        tell("offline", message);
        return true;
      }
    }

    const pauseMs = () => Math.max(0, pausedUntil - performance.now());
    const tellPause = (message) => tell("many-draw", message, Math.ceil(pauseMs() / 1000));

    async function send() {
      if (sending || !waiting.size || pauseMs()) return; // the timer sends it after the pause
      clearTimeout(timer);
      sending = true;
      const retry = await sendFirst();
      sending = false;
      if (retry === null) return; // the next stroke or the next visit sends it again
      if (!retry) {
        failures = 0;
        send();
        return;
      }
      timer = setTimeout(sendAgain, pauseMs() || RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
    }

    function sendAgain() {
      pausedUntil = 0; // a timer may ring a fraction of a millisecond early
      send();
    }

    window.addEventListener("online", send);
    return {
      send,
      isEmpty: () => waiting.size === 0,
      /** Whether closing the page would lose a drawing, because the browser stores nothing. */
      wouldLose: () => [...waiting.values()].some((message) => !message.isStored),
      put(message) {
        const dated = { ...message, owner, at: Date.now() };
        waiting.set(message.id, { ...dated, isStored: !keeps || store(dated) });
        failures = 0; // the person is drawing: retry without a long pause
        if (pauseMs()) tellPause(dated);
        send();
      },
    };
  }

  window.digitsite = window.digitsite || {};
  Object.assign(window.digitsite, {
    createOutbox,
    /** The drawings made here without an account. */
    withoutOwner: () => stored((message) => message.owner === ""),
    keepWithoutOwner: (message) => store({ ...message, owner: "", at: Date.now() }),
    forgetDrawing: forget,
  });
})();
