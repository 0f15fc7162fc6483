/* Saying what a digit is by one key: 0 to 9, n for "not a digit", u or Backspace to take it back.
   Each key presses the button that says the same: of the card that is pointed at or has the focus (history), else of
   the answer that stands open (pad, a digit's page). */
(() => {
  const WORDS = { n: "none", u: "back", Backspace: "back" };

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
    const value = WORDS[event.key] || (/^[0-9]$/.test(event.key) ? event.key : null);
    const button = value && subject()?.querySelector(`button[value="${value}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  /* The form that was pressed is replaced: the focus goes on to what stands in its place, and the words are said. */
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
    if (text && announcer) setTimeout(() => { announcer.textContent = text; }); // after what every swap says
  });
})();
