/* Keys that label a digit: 0 to 9, n for "not a digit", u or Backspace to undo.
   Each key presses the matching button: in the history of the card that has the focus or is under the pointer,
   elsewhere of the open answer. */
(() => {
  const WORDS = { n: "none", u: "back", Backspace: "back" };

  // A French keyboard has digits only with Shift: then the place of the key counts.
  const digitOf = (event) =>
    /^[0-9]$/.test(event.key) ? event.key : (/^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? null);

  const isSeen = (element) => element.getClientRects().length > 0;

  function subject() {
    const focused = document.activeElement?.closest(".card");
    const card = focused || [...document.querySelectorAll(".card:hover")].pop();
    if (card) return card.querySelector(".said");
    return [...document.querySelectorAll("#answer .correction form")].find(isSeen);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.("select, textarea, [contenteditable], input:not([type=radio], [type=checkbox])")) return;
    const value = WORDS[event.key] || digitOf(event);
    const button = value && subject()?.querySelector(`button[value="${value}"]`);
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
    if (!path.endsWith("/correction/")) return;
    const now = [...document.querySelectorAll(".said, .correction form")].find((form) => form.getAttribute("action") === path);
    if (!now) return;
    if (hadFocus) (now.closest(".card")?.querySelector(".card__link") || now.querySelector("button")).focus();
    const words = now.closest(".correction")?.querySelector(".correction__said") || now.querySelector(".said__words, legend");
    const announcer = document.getElementById("announcer");
    const text = words?.textContent.replace(/\s+/g, " ").trim();
    if (text && announcer) setTimeout(() => { announcer.textContent = text; }); // after the announcement of the swap
  });
})();
