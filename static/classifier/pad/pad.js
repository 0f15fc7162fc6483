/* The pad: records strokes, saves the drawing through the outbox and shows the answers.

   Strokes are lists of [x, y, ms] in the pad's 280 × 280 units. Only strokes are sent; the server renders the picture.
   The parts in order: the drawing, the choice between one digit and a number, the canvas with its pointers, saving,
   the answer panel, and what a reload brings back. */
(() => {
  const pad = document.getElementById("pad");
  if (!pad) return;
  const canvas = document.getElementById("pad-canvas");
  const status = document.getElementById("pad-status");
  const line = document.getElementById("pad-answer");
  const buttons = Object.fromEntries(["undo", "redo", "clear"].map((n) => [n, document.getElementById(`pad-${n}`)]));
  const WIDTH = Number(pad.dataset.width);
  const HEIGHT = Number(pad.dataset.height);
  const PREVIEW_EVERY_MS = 350;
  const owner = pad.dataset.owner;
  const isTrial = owner === ""; // without an account: the site answers and stores nothing
  const { createOutbox, keepSheet, keptSheet, newDrawing } = window.digitsite;
  const blankAnswer = document.getElementById("answer-blank").innerHTML;

  let drawing = newDrawing();
  let pen = Number(pad.dataset.pen);
  let stroke = null; // the unfinished stroke
  let oneDigit = "false"; // whether the drawing is one digit

  function fields(strokes) {
    return new URLSearchParams({
      drawing: drawing.id, revision: Math.max(1, drawing.revision), strokes: JSON.stringify(strokes),
      width: WIDTH, height: HEIGHT, pen, pointer: drawing.pointer, one_digit: oneDigit,
    });
  }

  /** Makes a new revision of the drawing and saves it. */
  function changed() {
    previewTurn += 1; // a pending preview is about an older state
    drawing.revision += 1;
    show();
    save();
  }

  /** The drawing as the outbox sends and stores it. */
  function message(more = {}) {
    const body = fields(drawing.strokes);
    for (const [name, value] of Object.entries(more)) body.set(name, value);
    return { id: drawing.id, revision: drawing.revision, strokes: drawing.strokes, body: body.toString() };
  }

  const save = (more) => outbox.put(message(more));

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

  /** Starts a new drawing. The old one stays in the history, and its unsaved state is still sent. */
  function startNew(note) {
    if (stroke) return;
    previewTurn += 1;
    drawing = newDrawing();
    show();
    say(note, "idle");
  }

  function clear() {
    if (stroke || !(drawing.strokes.length || drawing.undone.length)) return;
    const kept = drawing.strokes.length > 0;
    startNew(kept && !isTrial ? "Cleared. The drawing stays in your history." : "");
    swapAnswer(blankAnswer);
  }

  /** Sets all choices on the page, beside the pad and the picture forms. The browser remembers the choice. */
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
      /* storage may be forbidden; the choice then applies to this page only */
    }
    if (drawing.strokes.length) changed(); // the same strokes have to be read differently
  });
  try {
    choose(localStorage.getItem("one_digit"));
  } catch {
    choose("false");
  }

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
    for (const [x, y] of points.slice(start)) paper.lineTo(x, y); // a line of length 0 is a dot, because caps are round
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
      // A disabled button loses the focus: move it to the pad, so that keys continue to work.
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
    if (!event.isPrimary || event.button !== 0) return; // ignore further fingers, palms and other buttons
    if (stroke) {
      // A pen that touches while a hand rests on the screen: discard the hand's stroke.
      if (event.pointerType !== "pen" || stroke.type === "pen") return;
      stroke = null;
    }
    event.preventDefault();
    try {
      canvas.setPointerCapture(event.pointerId); // the stroke continues when the pointer leaves the canvas
    } catch {
      /* the pointer is already gone; a tap still draws a dot */
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
    stroke = null; // the system took the pointer (a gesture, a palm): not a stroke
    previewTurn += 1;
    show();
  }

  canvas.addEventListener("pointerdown", penDown);
  canvas.addEventListener("pointermove", penMove);
  canvas.addEventListener("pointerup", penUp);
  canvas.addEventListener("pointercancel", penLost);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press draws
  // Older Safari scrolls despite touch-action, and on an iPad Scribble would take a pen's strokes for writing.
  canvas.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
  new ResizeObserver(fit).observe(canvas);
  matchMedia("(resolution: 1dppx)").addEventListener("change", fit); // moved to a screen with another density
  document.addEventListener("themechange", paint);

  buttons.undo.addEventListener("click", undo);
  buttons.redo.addEventListener("click", redo);
  buttons.clear.addEventListener("click", clear);
  pad.addEventListener("change", (event) => {
    if (event.target.name !== "pen") return;
    pen = Number(event.target.value);
    if (drawing.strokes.length) changed(); // another pen makes another picture
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

  function say(text, state) {
    status.textContent = text;
    status.dataset.state = state;
  }

  function post(address, body) {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href,
      "Content-Type": "application/x-www-form-urlencoded", ...JSON.parse(document.body.getAttribute("hx-headers")) };
    return fetch(address, { method: "POST", body: String(body), headers, credentials: "same-origin" });
  }

  const isFragment = (html) => html.includes('id="answer"') && !/^\s*<(!doctype|html)/i.test(html);

  let earlierSaved = 0;

  /** Shows what became of a message of the outbox. */
  function tell(event, message, html = "") {
    const isCurrent = message.id === drawing.id && message.revision === drawing.revision;
    const done = isTrial ? "read" : "saved";
    const refusal = event === "signed-out" ? window.digitsite.refusalIn(html) : "";
    if (refusal) {
      say(`Not ${done} yet.`, event);
      window.digitsite.notice(refusal);
    } else if (event === "signed-out" && isTrial) {
      say("This page is out of date. Reload it; your drawing stays.", event);
    } else if (event === "signed-out") {
      say("You are signed out. Sign in, and your drawing will be saved.", event);
      window.digitsite.signInAgain();
    } else if (event === "busy") {
      say(`The site is busy. Your drawing will be ${done} as soon as possible.`, event);
      if (isCurrent && !stroke && isFragment(html)) swapAnswer(html);
    } else if (event === "many-draw") {
      const when = html === 1 ? "1 second" : `${html} seconds`;
      say(`Many people are drawing now. Trying again in ${when}; your drawing is kept.`, event);
    } else if (event === "offline") {
      say(`Offline. Your drawing will be ${done} when you are connected again.`, event);
      if (message.id === drawing.id) document.getElementById("answer").classList.add("answer--stale");
    } else if (isCurrent) {
      showResult(event, html);
    } else if (event === "saved" && message.isEarlier) {
      earlierSaved += 1; // they are not on the pad, so nothing else tells that they are not lost
      const waited = earlierSaved === 1 ? "A drawing that waited is" : `${earlierSaved} drawings that waited are`;
      say(`${waited} now saved in your history.`, event);
    }
  }

  function showResult(event, html) {
    if (event === "saving") {
      say(isTrial ? "" : "Saving …", event);
      return;
    }
    const isSaved = event === "saved" && drawing.strokes.length > 0;
    if (isTrial) say(isSaved ? "Not stored. To keep it, sign up or sign in." : "", "idle");
    else say(isSaved ? "Saved in your history." : "", isSaved ? "saved" : "idle");
    if (isFragment(html)) swapAnswer(html);
    else if (event === "rejected") {
      window.digitsite.notice(`The drawing could not be ${isTrial ? "read" : "saved"}. Please reload the page.`);
    }
  }

  window.addEventListener("beforeunload", (event) => {
    if (outbox.wouldLose()) event.preventDefault();
  });

  let previewTurn = 0; // increases when a pending preview becomes outdated
  let previewing = false;
  let lastPreview = 0;

  function swapAnswer(html) {
    htmx.swap("#answer", html, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
  }

  /** Repeats the answer in one line below the paper, for screens on which the panel is further down. */
  function showLine() {
    const short = document.querySelector("#answer [data-short]:not(.why *)")?.dataset.short; // of a sentence that is too long
    const words = [...document.querySelectorAll("#answer :is([data-announce], [data-line]):not(.why *)")];
    line.replaceChildren(...(short ? [short] : words.flatMap((each) => [...each.cloneNode(true).childNodes, " "])));
    line.dataset.state = document.getElementById("answer").dataset.state;
  }

  /** Requests the answer to the unfinished drawing: one request at a time, at most every PREVIEW_EVERY_MS. */
  async function preview() {
    const now = performance.now();
    if (previewing || !outbox.isEmpty() || now - lastPreview < PREVIEW_EVERY_MS) return;
    previewing = true;
    lastPreview = now;
    const turn = previewTurn;
    try {
      const response = await post(pad.dataset.preview, fields([...drawing.strokes, stroke.points]));
      const html = response.status === 200 && !response.redirected ? await response.text() : "";
      if (stroke && turn === previewTurn && isFragment(html)) swapAnswer(html);
    } catch {
      /* a preview may be lost; the finished stroke is saved */
    }
    previewing = false;
  }

  /* An answer to a picture or a sample is not about the drawing on the pad, so the pad is cleared; likewise after the
     drawing was deleted. */
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!event.detail.successful) return;
    if (form.matches("[data-gives-answer]")) startNew("");
    if (form.matches("[data-deletes-answer]")) {
      startNew("Deleted.");
      swapAnswer(blankAnswer);
    }
  });

  document.addEventListener("htmx:afterSwap", showLine);

  /** Puts a drawing on the paper and asks for its answer. The site stores it if it has not yet. */
  function restore(kept) {
    const lastMs = Math.max(0, ...kept.strokes.map((points) => points.at(-1)[2] ?? 0));
    drawing = { ...newDrawing(), ...kept, began: performance.now() - lastMs - 1000 };
    show();
    save({ restored: "true" });
  }

  /** Puts a drawing on the paper that was made before its author signed in; the site stores it now. */
  function adopt(kept) {
    const given = new URLSearchParams(kept.body);
    choose(given.get("one_digit"));
    const field = pad.querySelector(`[name=pen][value="${given.get("pen")}"]`);
    if (field) field.checked = true;
    pen = Number(given.get("pen"));
    restore({ id: kept.id, revision: kept.revision, strokes: kept.strokes, pointer: given.get("pointer") });
  }

  /** Takes over the pen that the browser has restored, as Firefox does after a reload. */
  function readPen() {
    pen = Number(pad.querySelector("[name=pen]:checked").value);
    paint();
  }

  window.addEventListener("pagehide", () => keepSheet(owner, drawing));
  window.addEventListener("pageshow", readPen);

  const outbox = createOutbox({ owner, address: pad.dataset.save, post, tell, keeps: !isTrial });
  pad.tabIndex = -1; // receives the focus when a button becomes disabled
  fit();
  window.digitsite.pad = { adopt, currentMessage: () => (drawing.strokes.length ? message() : null) };
  const kept = keptSheet(owner);
  if (kept) restore(kept);
  else show();
  showLine();
  outbox.send();
})();
