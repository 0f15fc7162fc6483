/* The pad: pen strokes in, answers out.

   Keeps strokes as [x, y, ms] in the pad's own 280 × 280 units and sends them alone; the server makes the picture.
   Five parts: the drawing (what is on the pad), the choice (one digit or a number), the paper (canvas and pointers),
   the post (saving, whatever the network does), and the answer panel. */
(() => {
  const pad = document.getElementById("pad");
  if (!pad) return;
  const canvas = document.getElementById("pad-canvas");
  const status = document.getElementById("pad-status");
  const buttons = Object.fromEntries(["undo", "redo", "clear"].map((n) => [n, document.getElementById(`pad-${n}`)]));
  const WIDTH = Number(pad.dataset.width);
  const HEIGHT = Number(pad.dataset.height);
  const PREVIEW_EVERY_MS = 350;
  const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
  const blankAnswer = document.getElementById("answer-blank").innerHTML;

  // --- the drawing ---------------------------------------------------------------------------------------------

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID(); // missing where a page came by plain http
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  const newDrawing = () => ({ id: newId(), revision: 0, strokes: [], undone: [], began: null, pointer: "mouse" });
  let drawing = newDrawing();
  let pen = Number(pad.dataset.pen);
  let stroke = null; // the one under way
  let oneDigit = "false"; // whether all of it is said to be one digit

  function fields(strokes) {
    return new URLSearchParams({
      drawing: drawing.id, revision: Math.max(1, drawing.revision), strokes: JSON.stringify(strokes),
      width: WIDTH, height: HEIGHT, pen, pointer: drawing.pointer, one_digit: oneDigit,
    });
  }

  /** The drawing became another one: a new revision, to be stored. */
  function changed() {
    previewTurn += 1; // a preview still on its way is about something older
    drawing.revision += 1;
    failures = 0; // somebody is at work here: no long pause before the next try
    outbox.set(drawing.id, { id: drawing.id, revision: drawing.revision, body: fields(drawing.strokes) });
    show();
    send();
  }

  function undo() {
    if (stroke || !drawing.strokes.length) return;
    drawing.undone.push(drawing.strokes.pop());
    changed();
  }

  function redo() {
    if (stroke || !drawing.undone.length) return;
    drawing.strokes.push(drawing.undone.pop());
    changed();
  }

  /** Start afresh. The old drawing stays in the history; what of it is not stored yet still will be. */
  function startAfresh(note) {
    if (stroke) return;
    previewTurn += 1;
    drawing = newDrawing();
    show();
    say(note, "idle");
  }

  function clear() {
    if (stroke || !(drawing.strokes.length || drawing.undone.length)) return;
    const kept = drawing.strokes.length > 0;
    startAfresh(kept ? "Cleared. The drawing is kept in your history." : "");
    swapAnswer(blankAnswer);
  }

  // --- the choice ----------------------------------------------------------------------------------------------

  /* It stands at the pad and at the pictures: all of them say the same, and so does the next visit. */
  function choose(value) {
    oneDigit = value === "true" ? "true" : "false";
    for (const field of document.getElementsByName("one_digit")) {
      if (field.type === "radio") field.checked = field.value === oneDigit;
      else field.value = oneDigit;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.name !== "one_digit") return;
    choose(event.target.value);
    try {
      localStorage.setItem("one_digit", oneDigit);
    } catch {
      /* storage may be forbidden; the choice then holds for this page */
    }
    if (drawing.strokes.length) changed(); // the same strokes are read in another way
  });
  try {
    choose(localStorage.getItem("one_digit"));
  } catch {
    choose("false");
  }

  // --- the paper -----------------------------------------------------------------------------------------------

  const paper = canvas.getContext("2d");
  let scale = 1; // canvas pixels per unit of the pad

  function fit() {
    const box = canvas.getBoundingClientRect();
    const side = Math.max(1, Math.round(box.width * (window.devicePixelRatio || 1)));
    if (canvas.width !== side) {
      canvas.width = side;
      canvas.height = Math.round((side * HEIGHT) / WIDTH);
    }
    scale = canvas.width / WIDTH;
    paint();
  }

  function prepare() {
    paper.setTransform(scale, 0, 0, scale, 0, 0);
    paper.strokeStyle = paper.fillStyle = getComputedStyle(canvas).color;
    paper.lineWidth = pen;
    paper.lineCap = paper.lineJoin = "round";
  }

  function paintStroke(points, from = 0) {
    const start = Math.max(0, from - 1);
    paper.beginPath();
    paper.moveTo(points[start][0], points[start][1]);
    for (const [x, y] of points.slice(start)) paper.lineTo(x, y); // a line to itself is a dot: caps are round
    paper.stroke();
  }

  function paint() {
    paper.setTransform(1, 0, 0, 1, 0, 0);
    paper.clearRect(0, 0, canvas.width, canvas.height);
    prepare();
    drawing.strokes.forEach((points) => paintStroke(points));
    if (stroke) paintStroke(stroke.points);
  }

  function show() {
    paint();
    const inked = drawing.strokes.length > 0 || stroke !== null;
    pad.classList.toggle("pad--inked", inked);
    pad.dataset.strokes = drawing.strokes.length;
    pad.dataset.drawing = drawing.id;
    for (const [button, enabled] of [
      [buttons.undo, drawing.strokes.length > 0],
      [buttons.redo, drawing.undone.length > 0],
      [buttons.clear, drawing.strokes.length > 0 || drawing.undone.length > 0],
    ]) {
      // A button that is switched off loses the focus, and the keyboard its place: hand it to the paper's frame.
      if (!enabled && document.activeElement === button) pad.focus({ preventScroll: true });
      button.disabled = !enabled;
    }
  }

  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const y = ((event.clientY - box.top) / box.height) * HEIGHT;
    drawing.began ??= event.timeStamp;
    return [Math.round(x * 10) / 10, Math.round(y * 10) / 10, Math.max(0, Math.round(event.timeStamp - drawing.began))];
  }

  function penDown(event) {
    if (!event.isPrimary || event.button !== 0) return; // second fingers, palms and right buttons do not draw
    if (stroke) {
      // A pen that comes down while a hand rests on the glass: the hand's stroke was no stroke.
      if (event.pointerType !== "pen" || stroke.type === "pen") return;
      stroke = null;
    }
    event.preventDefault();
    try {
      canvas.setPointerCapture(event.pointerId); // the stroke goes on where the pointer leaves the paper
    } catch {
      /* the pointer is gone already: a tap's dot is drawn all the same */
    }
    stroke = { id: event.pointerId, type: event.pointerType, points: [pointOf(event)] };
    drawing.pointer = event.pointerType || "mouse";
    say("", "drawing");
    show();
  }

  function penMove(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    const from = stroke.points.length;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const point = pointOf(each);
      const last = stroke.points.at(-1);
      if (point[0] !== last[0] || point[1] !== last[1]) stroke.points.push(point);
    }
    if (stroke.points.length === from) return;
    prepare();
    paintStroke(stroke.points, from);
    preview();
  }

  function penUp(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    drawing.strokes.push(stroke.points);
    drawing.undone = [];
    stroke = null;
    changed();
  }

  function penLost(event) {
    if (!stroke || event.pointerId !== stroke.id) return;
    stroke = null; // the system took the pointer (a gesture, a palm): not meant as ink
    previewTurn += 1;
    show();
  }

  canvas.addEventListener("pointerdown", penDown);
  canvas.addEventListener("pointermove", penMove);
  canvas.addEventListener("pointerup", penUp);
  canvas.addEventListener("pointercancel", penLost);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press is a slow pen
  // Older Safari scrolls in spite of touch-action.
  canvas.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
  new ResizeObserver(fit).observe(canvas);
  matchMedia("(resolution: 1dppx)").addEventListener("change", fit); // moved to a screen of another density
  document.addEventListener("themechange", paint);

  buttons.undo.addEventListener("click", undo);
  buttons.redo.addEventListener("click", redo);
  buttons.clear.addEventListener("click", clear);
  pad.addEventListener("change", (event) => {
    if (event.target.name !== "pen") return;
    pen = Number(event.target.value);
    if (drawing.strokes.length) changed(); // the same strokes with another pen are another picture
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    if (event.target.closest?.("select, textarea, [contenteditable], input:not([type=radio])")) return;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    const action =
      command && key === "z" ? (event.shiftKey ? redo : undo)
      : command && key === "y" ? redo
      : !command && (key === "escape" || key === "delete") ? clear
      : null;
    if (!action) return;
    event.preventDefault();
    action();
  });

  // --- the post ------------------------------------------------------------------------------------------------

  /* Newest unsaved state of each drawing, oldest drawing first. A cleared drawing may still wait here while the
     next is under way. One request at a time: what changes meanwhile replaces what was waiting. */
  const outbox = new Map();
  let sending = false;
  let failures = 0;
  let retryTimer = null;

  function say(text, state) {
    status.textContent = text;
    status.dataset.state = state;
  }

  function post(address, body) {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href,
      ...JSON.parse(document.body.getAttribute("hx-headers")) };
    return fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
  }

  const isFragment = (html) => html.includes('id="answer"') && !/^\s*<(!doctype|html)/i.test(html);

  async function send() {
    if (sending || !outbox.size) return;
    clearTimeout(retryTimer);
    sending = true;
    const letter = outbox.values().next().value;
    const isCurrent = () => letter.id === drawing.id && letter.revision === drawing.revision;
    if (isCurrent()) say("Saving …", "saving");
    let again = false;
    try {
      const response = await post(pad.dataset.save, letter.body);
      const html = await response.text();
      const signedOut = response.redirected || response.headers.has("HX-Redirect") || [401, 403].includes(response.status);
      if (signedOut) {
        say("You are signed out, so this is not saved.", "signed-out");
        window.digitsite.signInAgain();
        outbox.clear(); // sending it again would not help, and leaving the page to sign in is right
      } else if (response.status >= 500 || response.status === 429) {
        again = true;
        say("The site is busy. Your drawing is kept here and saved as soon as possible.", "busy");
        if (isCurrent() && !stroke && isFragment(html)) swapAnswer(html);
      } else {
        if (outbox.get(letter.id)?.revision === letter.revision) outbox.delete(letter.id);
        if (isCurrent()) {
          const saved = response.ok && drawing.strokes.length > 0;
          say(saved ? "Saved in your history." : "", saved ? "saved" : "idle");
          if (isFragment(html)) swapAnswer(html);
          else if (!response.ok) window.digitsite.notice("The drawing could not be saved. Please reload the page.");
        }
      }
    } catch {
      again = true;
      say("Offline: your drawing is kept here and saved when the connection is back.", "offline");
      if (letter.id === drawing.id) document.getElementById("answer").classList.add("answer--stale");
    }
    sending = false;
    if (!again) {
      failures = 0;
      send();
    } else {
      retryTimer = setTimeout(send, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
      failures += 1;
    }
  }

  window.addEventListener("online", send);
  window.addEventListener("beforeunload", (event) => {
    if (outbox.size) event.preventDefault();
  });

  // --- the answer panel ----------------------------------------------------------------------------------------

  let previewTurn = 0; // goes up whenever a preview under way has become stale
  let previewing = false;
  let lastPreview = 0;

  function swapAnswer(html) {
    htmx.swap("#answer", html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  }

  /** Ask what the unfinished drawing looks like: a few times a second at most, and never twice at once. */
  async function preview() {
    const now = performance.now();
    if (previewing || outbox.size || now - lastPreview < PREVIEW_EVERY_MS) return;
    previewing = true;
    lastPreview = now;
    const turn = previewTurn;
    try {
      const response = await post(pad.dataset.preview, fields([...drawing.strokes, stroke.points]));
      const html = response.status === 200 && !response.redirected ? await response.text() : "";
      if (stroke && turn === previewTurn && isFragment(html)) swapAnswer(html);
    } catch {
      /* a preview may be lost: the stroke's end is what counts */
    }
    previewing = false;
  }

  /* An answer that came another way (a picture, a sample) is not about what stands on the pad; neither is anything
     after the drawing's answer was deleted. */
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!event.detail.successful) return;
    if (form.matches("[data-way-in]")) startAfresh("");
    if (form.matches("[data-deletes-answer]")) {
      startAfresh("Deleted.");
      swapAnswer(blankAnswer);
    }
  });

  pad.tabIndex = -1; // a place for the focus when a button switches itself off
  fit();
  show();
})();
