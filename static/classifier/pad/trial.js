/* The pad without an account: what "Why?" sends along, and what the browser keeps for the time after signing in. */
(() => {
  const { pad, keepWithoutOwner, keepPicture, markKept } = window.digitsite;
  const entrance = document.body.dataset.login.replace(/[^/]+\/$/, ""); // the addresses of sign-in and sign-up
  let picture = null; // the last picture that was read, { file, source, oneDigit }
  let sent = null; // the picture of the request at work

  const isPictureForm = (form) => form.matches("[data-gives-answer]");

  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt;
    const { formData } = event.detail;
    if (isPictureForm(form)) {
      sent = { file: formData.get("image"), source: formData.get("source"), oneDigit: formData.get("one_digit") };
    }
    if (!form.matches("[data-explains]")) return;
    const drawing = pad.currentMessage();
    if (drawing) {
      for (const [name, value] of new URLSearchParams(drawing.body)) formData.set(name, value);
    } else if (picture) {
      formData.set("image", picture.file);
      formData.set("one_digit", picture.oneDigit);
    }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (isPictureForm(event.detail.elt)) picture = event.detail.successful ? sent : null;
  });

  /** Keeps the drawing or the picture in this browser. Returns whether that has worked. */
  async function keep() {
    const drawing = pad.currentMessage();
    if (drawing) {
      markKept(drawing.id);
      return keepWithoutOwner(drawing);
    }
    markKept("picture");
    return keepPicture(picture);
  }

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !link.pathname.startsWith(entrance) || !(pad.currentMessage() || picture)) return;
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (await keep()) location.assign(link.href);
    else {
      const what = pad.currentMessage() ? "drawing" : "picture";
      window.digitsite.notice(`This browser cannot keep your ${what}. Send it again when you have signed in.`, {
        href: link.href, text: link.textContent.trim(),
      });
    }
  });
})();
