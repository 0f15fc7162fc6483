/* Keys that label a digit: 0 to 9, n for "not a digit", y for "Yes, that is right", u or Backspace to undo.
   Each key presses the matching button: in the history of the card that has the focus or is under the pointer,
   elsewhere of the open answer. For a number, a figure begins to write in its field instead. */
(() => {
  const WORDS = { n: "none", y: "right", u: "back", Backspace: "back" };

  // A French keyboard has digits only with Shift: then the place of the key counts.
  const digitOf = (event) =>
    /^[0-9]$/.test(event.key) ? event.key : (/^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? null);

  const isSeen = (element) => element.getClientRects().length > 0;

  // Whether the pointer moved after the focus did: of two cards the one chosen last counts.
  let points = false;
  document.addEventListener("pointermove", () => { points = true; }, { passive: true });
  document.addEventListener("focusin", () => { points = false; });

  function subject() {
    const focused = document.activeElement?.closest(".card");
    const hovered = [...document.querySelectorAll(".card:hover")].pop();
    const card = points ? hovered || focused : focused || hovered;
    if (card) return card.querySelector(".said, .whole");
    const part = document.activeElement?.closest("#answer .part");
    if (part) return part.querySelector(".correction form");
    return document.querySelector("#answer.answer--number .whole") || [...document.querySelectorAll("#answer .correction form")].find(isSeen);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.("select, textarea, [contenteditable], input:not([type=radio], [type=checkbox])")) return;
    const value = WORDS[event.key] || digitOf(event);
    const form = value && subject();
    if (!form) return;
    if (form.matches(".whole") && digitOf(event)) {
      form.elements.text.select(); // and the key writes there
      return;
    }
    const button = form.querySelector(`button[value="${value}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  /* The form is replaced: the new one receives the focus, and its words are announced. */
  let hadFocus = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    hadFocus = event.detail.target.contains(document.activeElement);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const path = event.detail.requestConfig?.path || "";
    if (!/\/(correction|number)\/$/.test(path)) return;
    const forms = [...document.querySelectorAll(".said, .whole, .correction form")];
    const now = forms.find((form) => form.getAttribute("action") === path);
    if (!now) return;
    if (hadFocus) (now.closest(".card")?.querySelector(".card__link") || now.querySelector("button")).focus();
    const words = now.closest(".correction")?.querySelector(".correction__said")
      || now.querySelector(".whole__error, .whole__said, .said__words, legend, label");
    const announcer = document.getElementById("announcer");
    const text = words?.textContent.replace(/\s+/g, " ").trim();
    if (text && announcer) setTimeout(() => { announcer.textContent = text; }); // after the announcement of the swap
  });
})();
