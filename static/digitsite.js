/* The script of all pages: the theme button, announcements for screen readers, and notices of failed requests. */
(() => {
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);

  const showTheme = () => document.getElementById("theme-button")?.setAttribute("aria-pressed", String(isDark()));

  function themeChanged() {
    showTheme();
    // The pad and the charts are painted in the colours of the stylesheet.
    document.dispatchEvent(new CustomEvent("themechange"));
  }

  function switchTheme() {
    const wanted = isDark() ? "light" : "dark";
    const sameAsSystem = (wanted === "dark") === systemIsDark.matches;
    if (sameAsSystem) delete root.dataset.theme; // follow the system again
    else root.dataset.theme = wanted;
    try {
      if (sameAsSystem) localStorage.removeItem("theme");
      else localStorage.setItem("theme", wanted);
    } catch {
      /* storage may be forbidden; the choice then applies to this page only */
    }
    themeChanged();
  }

  document.getElementById("theme-button")?.addEventListener("click", switchTheme);
  systemIsDark.addEventListener("change", themeChanged);
  showTheme();

  /* A live region must be in the page before its text changes, so one region outside the swapped fragments receives
     the sentence. Screen readers can explore the chart and the table, but do not read them out. */
  function announce(answer) {
    const region = document.getElementById("announcer");
    const sentence = answer?.querySelector("[data-announce]");
    if (!region || !sentence || answer.dataset.preview === "true") return;
    const text = sentence.textContent.replace(/\s+/g, " ").trim();
    // A fragment that polls returns the same sentence every second: announce it once.
    if (text !== region.textContent || answer.dataset.state === "done") region.textContent = text;
  }

  function notice(text, link) {
    const list = document.getElementById("notices");
    if (!list || list.dataset.says === text) return; // a poll that fails every second reports it once
    list.dataset.says = text;
    const item = document.createElement("p");
    item.className = "notice notice--error";
    item.append(text);
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link.href;
      anchor.textContent = link.text;
      item.append(" ", anchor);
    }
    list.replaceChildren(item); // only the newest
  }

  function clearNotices() {
    const list = document.getElementById("notices");
    list?.replaceChildren();
    delete list?.dataset.says;
  }

  const loginAddress = () => `${document.body.dataset.login}?next=${encodeURIComponent(location.pathname)}`;
  const sentenceFor = (status) =>
    status === 404 ? "This no longer exists. Reload the page."
    : status === 413 ? "The picture is too large. Choose a smaller one."
    : status === 429 ? "Too many requests. Wait a moment, then try again."
    : status >= 500 ? "Something went wrong on the site. Try again."
    : "The request failed. Reload the page and try again.";

  window.digitsite = window.digitsite || {};
  Object.assign(window.digitsite, {
    notice,
    // Why the site refuses this request, from the header HX-Trigger; signing in again would not help.
    refusalIn: (header) => (header?.includes('"refused"') ? JSON.parse(header).refused.says : ""),
    // What the site says when more comes than it can do: { says, seconds }, when to try again. Null otherwise.
    pauseIn: (header) => (header?.includes('"busy"') ? JSON.parse(header).busy : null),
    signInAgain: () => notice("You are signed out.", { href: loginAddress(), text: "Sign in again" }),
  });

  const retries = new WeakMap(); // the timers of forms that are sent again

  /** Sends a form again after the pause that the site has asked for. What polls asks again anyway. */
  function tryAgain(form, { says, seconds }) {
    if (!form.matches("form")) {
      notice(`${says} Try again in ${seconds} seconds.`);
      return;
    }
    notice(`${says} Trying again in ${seconds} seconds.`);
    retries.set(form, setTimeout(() => form.isConnected && form.requestSubmit(), seconds * 1000));
  }

  document.addEventListener("htmx:beforeRequest", (event) => clearTimeout(retries.get(event.detail.elt)));

  /* htmx swaps fragments of any status (see htmx-config in base.html). A whole page instead of a fragment (signed
     out, an error page) must not be swapped into this one. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (!/^\s*<(!doctype|html)/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    const pause = window.digitsite.pauseIn(xhr.getResponseHeader("HX-Trigger"));
    if (pause) {
      tryAgain(event.detail.requestConfig.elt, pause);
      return;
    }
    const { elt } = event.detail.requestConfig;
    // A waiting answer polls until it is replaced. A copy is unknown to htmx and does not poll.
    if (elt.id === "answer" && xhr.status < 500) elt.replaceWith(elt.cloneNode(true));
    const address = new URL(xhr.responseURL || location.href);
    const refusal = window.digitsite.refusalIn(xhr.getResponseHeader("HX-Trigger"));
    if (refusal) notice(refusal);
    else if (address.pathname === document.body.dataset.login || xhr.status === 403) window.digitsite.signInAgain();
    else notice(sentenceFor(xhr.status));
  });
  document.addEventListener("htmx:sendError", () =>
    notice("The site cannot be reached. Check your connection, then try again."));
  document.addEventListener("htmx:timeout", () => notice("The site took too long to answer. Try again."));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") clearNotices();
  });

  /* Details that are open stay open when their fragment is replaced. */
  const opened = new Set();
  document.addEventListener("toggle", (event) => {
    const key = event.target.dataset?.keepOpen;
    if (key && event.target.isConnected) event.target.open ? opened.add(key) : opened.delete(key);
  }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const key of opened) {
      const details = document.querySelector(`[data-keep-open="${key}"]`);
      if (details) details.open = true;
    }
    clearNotices(); // the site has answered, so earlier notices are outdated
    const { requestConfig, target } = event.detail;
    if (requestConfig?.path.endsWith("/why/")) announce(target.querySelector(".why") || document.querySelector(".why"));
    else announce(document.getElementById("answer") || document.querySelector("[data-announces]"));
  });

  /* After its digit is deleted, a page leads elsewhere; the pad clears itself. */
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.matches("[data-deletes-answer]") && !document.getElementById("pad")) {
      location.assign(form.dataset.next);
    }
  });

  /* Escape and clicks elsewhere close an open menu. Captured, because Escape also clears the pad. */
  const openMenu = () => document.querySelector("[data-menu][open]");
  document.addEventListener("keydown", (event) => {
    const menu = openMenu();
    if (event.key !== "Escape" || !menu) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  }, true);
  document.addEventListener("pointerdown", (event) => {
    const menu = openMenu();
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    let done = false;
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      done = true;
    } catch {
      getSelection().selectAllChildren(source); // no clipboard on plain http: select the text instead
    }
    button.querySelector("[data-copy-label]").textContent = done ? "Copied" : "Selected: press Ctrl+C";
  });
})();
