/* What every page needs: the theme button, words for screen readers, notices when a request goes wrong. */
(() => {
  const root = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches);

  const showTheme = () => document.getElementById("theme-button")?.setAttribute("aria-pressed", String(isDark()));

  function themeChanged() {
    showTheme();
    // The pad and the charts paint with the stylesheet's colours and have to do it again.
    document.dispatchEvent(new CustomEvent("themechange"));
  }

  function switchTheme() {
    const wanted = isDark() ? "light" : "dark";
    const sameAsSystem = (wanted === "dark") === systemIsDark.matches;
    if (sameAsSystem) delete root.dataset.theme; // back to following the system
    else root.dataset.theme = wanted;
    try {
      if (sameAsSystem) localStorage.removeItem("theme");
      else localStorage.setItem("theme", wanted);
    } catch {
      /* storage may be forbidden; the choice then holds for this page */
    }
    themeChanged();
  }

  document.getElementById("theme-button")?.addEventListener("click", switchTheme);
  systemIsDark.addEventListener("change", themeChanged);
  showTheme();

  /* A live region has to stand in the page before its text changes: so one stays put, outside of what is
     swapped, and is told the sentence alone. Chart and table are there to be explored, not to be read out. */
  function announce(answer) {
    const region = document.getElementById("announcer");
    const sentence = answer?.querySelector("[data-announce]");
    if (!region || !sentence || answer.dataset.preview === "true") return;
    const text = sentence.textContent.replace(/\s+/g, " ").trim();
    // An answer that is waited for comes back every second: said once is enough.
    if (text !== region.textContent || answer.dataset.state === "done") region.textContent = text;
  }

  function notice(text, link) {
    const list = document.getElementById("notices");
    if (!list || list.dataset.says === text) return; // a poll that fails every second says so once
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
    list.replaceChildren(item); // the newest trouble is enough
  }

  function clearNotices() {
    const list = document.getElementById("notices");
    list?.replaceChildren();
    delete list?.dataset.says;
  }

  const loginAddress = () => `${document.body.dataset.login}?next=${encodeURIComponent(location.pathname)}`;
  const sentenceFor = (status) =>
    status === 404 ? "That is no longer there. Reload the page to see what is."
    : status === 413 ? "That picture is too large."
    : status === 429 ? "That was a lot at once. Wait a moment, then try again."
    : status >= 500 ? "Something went wrong on our side. Please try again."
    : "That did not work. Please reload the page and try again.";

  window.digitsite = {
    notice,
    signInAgain: () => notice("You are signed out.", { href: loginAddress(), text: "Sign in again" }),
  };

  /* Fragments are swapped whatever their status says (see htmx-config in base.html). A whole page that comes
     in place of a fragment (signed out, an error page) must never land in the middle of this one. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (!/^\s*<(!doctype|html)/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    const { elt } = event.detail.requestConfig;
    // A waiting answer asks on until it is replaced: a copy that htmx does not know no longer asks.
    if (elt.id === "answer" && xhr.status < 500) elt.replaceWith(elt.cloneNode(true));
    const address = new URL(xhr.responseURL || location.href);
    if (address.pathname === document.body.dataset.login || xhr.status === 403) window.digitsite.signInAgain();
    else notice(sentenceFor(xhr.status));
  });
  document.addEventListener("htmx:sendError", () =>
    notice("The site cannot be reached. Check your connection, then try again."));
  document.addEventListener("htmx:timeout", () => notice("That took too long. Please try again."));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") clearNotices();
  });

  /* Whoever opened the table of all ten keeps it open from answer to answer. */
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
    clearNotices(); // the site has answered: whatever was wrong is over
    const { requestConfig, target } = event.detail;
    if (requestConfig?.path.endsWith("/why/")) announce(target.querySelector(".why") || document.querySelector(".why"));
    else announce(document.getElementById("answer") || document.querySelector("[data-announces]"));
  });

  /* Deleting from an answer swaps nothing: the pad starts afresh by itself, any other page has lost its subject. */
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.matches("[data-deletes-answer]") && !document.getElementById("pad")) {
      location.assign(form.dataset.next);
    }
  });

  /* The account's menu closes as menus do. Before the pad hears of the key, for which Escape means "clear". */
  const menu = document.querySelector(".account-menu");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu?.open) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  }, true);
  document.addEventListener("pointerdown", (event) => {
    if (menu?.open && !menu.contains(event.target)) menu.open = false;
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
      getSelection().selectAllChildren(source); // plain http has no clipboard: leave it selected instead
    }
    button.querySelector("[data-copy-label]").textContent = done ? "Copied" : "Selected: press Ctrl+C";
  });
})();
