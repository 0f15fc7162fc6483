/* Deciding doubtful fields. Fields and their crops are fetched ahead, so the next one is there at once; decisions are
   sent in the background, one after the other, and kept in this browser until the site has them. */
(() => {
  const form = document.getElementById("decide");
  if (!form) return;
  const part = (name) => document.getElementById(`decide-${name}`);
  const AHEAD = 5; // fields that are here already; fewer, and more are fetched
  const RENEWED_S = 45; // fields are held for two minutes
  const PAUSES_S = [1, 2, 4, 8, 15, 30]; // between attempts to send
  const WORDS = { x: "marked", "": "not marked" };
  const address = form.action;
  const stored = `decide:${form.dataset.user}:${form.dataset.stack}`;

  let ahead = []; // the first is on the page
  let outbox = []; // acts that the site does not know yet: { act, value, text, force, shown }
  let done = []; // what was decided here, the last at the end: fields with `said`
  let left = Number(form.dataset.left);
  let remark = ""; // about a text that was refused, until the next decision
  let attempts = 0;
  let isSending = false;
  let isFetching = false;
  const pictures = new Map(); // crops, decoded, by address

  const current = () => ahead[0];
  const input = part("text");

  /* What is on the page */
  function show(focus = true) {
    const value = current();
    form.hidden = !value;
    part("done").hidden = Boolean(value);
    part("left").textContent = Math.max(0, left);
    if (!value) {
      part("done-title").textContent = left > 0 ? "Other people are looking at the fields that are left" : "No field is left to decide";
      part("again").hidden = left <= 0;
      part("done-title").focus();
      return;
    }
    const isCheck = value.kind === "check";
    form.elements.value.value = value.id;
    part("name").textContent = value.name;
    part("where").textContent = value.where;
    part("reason").textContent = value.reason;
    part("crop").src = value.crop;
    part("crop").alt = `${value.name} as it is written`;
    part("error").hidden = !value.error;
    part("error").textContent = value.error || "";
    part("force").hidden = !value.error;
    input.readOnly = isCheck;
    input.inputMode = isCheck ? "none" : value.decimals ? "decimal" : "numeric";
    write(value.said ?? value.text);
    place(value);
    const choices = isCheck ? ["x", ""] : value.others;
    part("others").replaceChildren(...choices.map((text) => choice(text, isCheck ? WORDS[text] : text)));
    part("empty").hidden = isCheck;
    if (focus) {
      input.focus({ preventScroll: true });
      if (!isCheck) input.select();
    }
    announce(value);
  }

  function place(value) {
    part("place").setAttribute("viewBox", `0 0 ${value.width} ${value.height}`);
    const sheet = part("thumbnail");
    if (sheet.getAttribute("href") !== value.thumbnail) sheet.setAttribute("href", value.thumbnail);
    sheet.setAttribute("width", value.width);
    sheet.setAttribute("height", value.height);
    ["x", "y", "width", "height"].forEach((name, at) => part("box").setAttribute(name, value.box[at]));
    part("page").href = value.page;
  }

  function choice(text, words) {
    const button = document.createElement("button");
    Object.assign(button, { className: "button button--large", type: "submit", name: "other", value: text });
    button.textContent = words[0].toUpperCase() + words.slice(1);
    return button;
  }

  function announce(value) {
    const reading = value.kind === "check" ? WORDS[value.text] : value.text || "nothing";
    const words = [`${value.name}, ${value.where}.`, `Read: ${reading}.`, value.error || value.reason];
    document.getElementById("announcer").textContent = words.filter(Boolean).join(" ");
  }

  const isCheck = () => current()?.kind === "check";
  let mark = ""; // of a check box: what the field shows in words
  function write(text) {
    mark = text;
    input.value = isCheck() ? WORDS[text] ?? text : text;
  }
  const written = () => (isCheck() ? mark : input.value.trim());

  /* Deciding */
  function decide(act, text) {
    const value = ahead.shift();
    if (!value) return;
    const force = act === "force";
    outbox.push({ act: act === "empty" ? "empty" : "take", value: value.id, text, force, field: { ...value, error: "" } });
    done.push({ ...value, said: act === "empty" ? "" : text, error: "" });
    left -= 1;
    remark = "";
    show();
    keep();
    send();
    fetchMore();
  }

  function undo() {
    const last = done.pop();
    const waiting = last && outbox.findIndex((each) => each.value === last.id && each.act !== "undo");
    if (last && waiting > 0 - !isSending) outbox.splice(waiting, 1); // the site has not heard of it
    else outbox.push({ act: "undo", value: last?.id || "" });
    if (last) {
      ahead.unshift(last);
      left += 1;
      show();
    }
    keep();
    send();
  }

  function next(step) {
    const choices = [current().text, ...current().others];
    const at = choices.indexOf(input.value);
    write(choices[(at + step + choices.length) % choices.length]);
    input.select();
  }

  /* Sending */
  function keep() {
    try {
      if (outbox.length) localStorage.setItem(stored, JSON.stringify(outbox));
      else localStorage.removeItem(stored);
    } catch {
      /* storage may be forbidden or full; the page then warns before it is left */
    }
    const many = outbox.length === 1 ? "One decision is" : `${outbox.length} decisions are`;
    part("status").dataset.state = attempts ? "waiting" : "";
    part("status").textContent = attempts ? `${many} not sent yet. This page tries again; do not close it.` : remark;
  }

  async function post(fields) {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const response = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (response.redirected || response.status === 403) throw new Error("signed out");
    if (!isJson || response.status >= 500 || response.status === 429) throw new Error("not answered");
    return { ok: response.ok, status: response.status, answer: await response.json() };
  }

  async function send() {
    if (isSending || !outbox.length) return;
    isSending = true;
    const act = outbox[0];
    try {
      const fields = [["act", act.act], ["value", act.value], ["text", act.text || ""], ["force", Boolean(act.force)]];
      const { ok, status, answer } = await post(fields);
      attempts = 0;
      outbox.shift();
      if (!ok) refused(act, status, answer.detail);
      else if (act.act === "undo" && !act.value && !answer.value) window.digitsite.notice("You have decided nothing here that can be undone.");
      else if (act.act === "undo") undone(answer.value);
    } catch (error) {
      if (error.message === "signed out") window.digitsite.signInAgain();
      const pause = PAUSES_S[Math.min(attempts, PAUSES_S.length - 1)];
      attempts += 1;
      setTimeout(send, pause * 1000);
    }
    isSending = false;
    keep();
    if (!attempts) send();
  }

  /** A text against the rules comes again, as the next field; what somebody else has decided does not. */
  function refused(act, status, sentence) {
    done = done.filter((each) => each.id !== act.value);
    if (!act.field || status === 409 || status === 404) {
      if (act.act !== "undo") window.digitsite.notice(act.field ? `${act.field.name}, ${act.field.where}: ${sentence}` : sentence);
      return;
    }
    const again = { ...act.field, said: act.act === "empty" ? "" : act.text, error: sentence };
    left += 1;
    ahead.splice(Math.min(1, ahead.length), 0, again);
    if (ahead.length === 1) show();
    else remark = `${again.name}: ${sentence} This field comes again.`;
  }

  /** What the site has undone is on the page or decided again already, unless it was decided before the page was opened. */
  function undone(value) {
    const known = [...ahead.map(({ id }) => id), ...outbox.map((act) => act.value)];
    if (!value || known.includes(value.id)) return;
    left += 1;
    ahead.unshift(value);
    preload([value]);
    show();
  }

  /* Fetching ahead */
  function preload(values) {
    for (const { crop, thumbnail } of values) {
      for (const source of [crop, thumbnail]) {
        if (pictures.has(source)) continue;
        const picture = new Image();
        picture.src = source;
        picture.decode().catch(() => pictures.delete(source)); // fetched again when it is shown
        pictures.set(source, picture);
      }
    }
    const needed = new Set([...ahead, ...done.slice(-3)].flatMap(({ crop, thumbnail }) => [crop, thumbnail]));
    for (const source of pictures.keys()) if (!needed.has(source)) pictures.delete(source);
  }

  async function fetchMore(always = false) {
    if (isFetching || (!always && ahead.length >= AHEAD) || (!always && left <= ahead.length)) return;
    isFetching = true;
    try {
      const have = ahead.map((each) => ["have", each.id]);
      const sent = outbox.map((each) => ["sent", each.value]).filter(([, id]) => id);
      const { ok, answer } = await post([["act", "next"], ...have, ...sent]);
      if (ok) add(answer, new Set(have.map(([, id]) => id)));
    } catch {
      /* sending says it; the next decision asks again */
    }
    isFetching = false;
  }

  function add({ values, kept, left: open }, asked) {
    const wasEmpty = !current();
    const unsent = new Set(outbox.filter((each) => each.act !== "undo").map((each) => each.value));
    const lost = (value) => asked.has(value.id) && !kept.includes(value.id) && !value.error;
    ahead = ahead.filter((value, at) => at === 0 || !lost(value)); // others are asked about it now
    const known = new Set([...ahead.map((value) => value.id), ...unsent]);
    ahead.push(...values.filter((value) => !known.has(value.id)));
    left = Math.max(open - unsent.size, ahead.length);
    preload(ahead);
    part("left").textContent = left;
    if (wasEmpty) show();
  }

  /* Keys and buttons */
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, value } = event.submitter || { name: "act", value: "take" };
    if (name === "other") decide("take", value);
    else if (value === "undo") undo();
    else decide(value, written());
  });
  part("undo-last").addEventListener("submit", (event) => {
    event.preventDefault();
    undo();
  });

  const KEYS = {
    Tab: (event) => !isCheck() && event.target === input && !event.shiftKey && (decide("empty", ""), true),
    ArrowDown: () => !isCheck() && (next(1), true),
    ArrowUp: () => !isCheck() && (next(-1), true),
    x: () => isCheck() && (write(mark ? "" : "x"), true),
    " ": (event) => isCheck() && event.target === input && (write(mark ? "" : "x"), true),
    u: () => (undo(), true),
    y: () => Boolean(current().error) && (decide("force", written()), true),
    "?": () => (help(), true),
    Escape: () => (input.blur(), true),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isOurs = event.target === input || event.target === document.body || event.target.closest("#decide, #decide-done");
    if (!isOurs) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.repeat && key !== "ArrowDown" && key !== "ArrowUp") {
      if (key === "Enter" || key === "Tab") event.preventDefault(); // a key that is held decides one field only
      return;
    }
    if (!current() && key !== "u") return;
    if (key === "Enter" && event.target === document.body) decide("take", written());
    else if (KEYS[key]?.(event)) event.preventDefault();
  });

  function help() {
    part("help").hidden = !part("help").hidden;
    part("keys").setAttribute("aria-expanded", String(!part("help").hidden));
  }
  part("keys").addEventListener("click", help);

  /* Coming and going */
  addEventListener("online", send);
  addEventListener("beforeunload", (event) => outbox.length && event.preventDefault());
  addEventListener("pagehide", () => {
    const body = new FormData();
    body.append("act", "release");
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    navigator.sendBeacon(address, body);
  });
  addEventListener("pageshow", (event) => event.persisted && fetchMore(true));
  setInterval(() => document.visibilityState === "visible" && current() && fetchMore(true), RENEWED_S * 1000);

  function begin() {
    try {
      outbox = JSON.parse(localStorage.getItem(stored) || "[]"); // of an earlier visit
    } catch {
      outbox = [];
    }
    const unsent = new Set(outbox.map((each) => each.value));
    ahead = JSON.parse(part("ahead").textContent).filter((value) => !unsent.has(value.id));
    left -= unsent.size;
    const error = part("error").textContent;
    if (error && current()) Object.assign(current(), { error, said: input.value });
    preload(ahead);
    show();
    send();
    fetchMore();
  }
  begin();
})();
