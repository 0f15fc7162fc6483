/* Brings what a visitor has kept into the account that they have just signed in to.

   In the tab in which they asked for it, it is saved at once. Elsewhere somebody else may have signed in, for example
   on a computer in a classroom, so it is offered. */
(() => {
  const { pad, withoutOwner, forgetDrawing, keepPicture, keptPicture, takeMark } = window.digitsite;
  const offer = document.getElementById("offer");
  const form = document.getElementById("upload-form");

  /** Sends the kept picture as if it had just been chosen. If that fails, the browser keeps it. */
  async function sendPicture() {
    const picture = await keptPicture({ take: true });
    if (!picture) return;
    const one = new DataTransfer();
    one.items.add(picture.file);
    form.elements.image.files = one.files;
    form.elements.source.value = picture.source || "upload";
    form.addEventListener("htmx:configRequest", (event) => event.detail.formData.set("one_digit", picture.oneDigit), {
      once: true,
    });
    form.addEventListener("htmx:afterRequest", (event) => {
      const { status } = event.detail.xhr;
      if (!status || status >= 500 || status === 429) keepPicture(picture);
    }, { once: true });
    form.requestSubmit();
  }

  function showOffer(drawings, picture) {
    const count = drawings.length + (picture ? 1 : 0);
    if (!count) return;
    const words = count === 1 ? (picture ? "A picture" : "A drawing") : `${count} drawings and pictures`;
    offer.querySelector("[data-offered]").textContent =
      `${words} from before you signed in ${count === 1 ? "is" : "are"} still in this browser.`;
    offer.hidden = false;
    offer.querySelector("[data-keep]").addEventListener("click", () => {
      offer.hidden = true;
      drawings.forEach(pad.adopt);
      if (picture) sendPicture();
    });
    offer.querySelector("[data-discard]").addEventListener("click", () => {
      offer.hidden = true;
      drawings.forEach(forgetDrawing);
      if (picture) keptPicture({ take: true });
    });
  }

  async function adopt() {
    const mark = takeMark();
    const drawings = withoutOwner();
    const wanted = drawings.find((drawing) => drawing.id === mark);
    if (wanted) pad.adopt(wanted);
    if (mark === "picture") await sendPicture();
    showOffer(drawings.filter((drawing) => drawing !== wanted), await keptPicture());
  }

  document.addEventListener("DOMContentLoaded", adopt); // after htmx, which knows no form before
})();
