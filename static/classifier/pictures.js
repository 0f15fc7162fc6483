/* Sends pictures that are chosen, dropped, pasted or photographed, through the forms of the page. */
(() => {
  const upload = document.getElementById("upload-form");
  if (!upload) return;
  const note = document.getElementById("picture-note");

  /** Sends a form's picture, unless it is over the size limit. */
  function submit(form) {
    const [file] = form.elements.image.files;
    if (!file) return;
    const limit = Number(form.dataset.maxMb);
    note.textContent = "";
    if (file.size > limit * 1024 * 1024) {
      const size = (file.size / 1024 / 1024).toFixed(1);
      note.textContent = `The picture has ${size} MB; the limit is ${limit} MB. Make it smaller and try again.`;
      form.elements.image.value = "";
      return;
    }
    form.requestSubmit();
  }

  function take(files, source) {
    const pictures = [...files].filter((file) => file.type.startsWith("image/") || source === "upload");
    if (!pictures.length) return false;
    const one = new DataTransfer();
    one.items.add(pictures[0]);
    upload.elements.image.files = one.files;
    upload.elements.source.value = source;
    submit(upload);
    if (pictures.length > 1 && !note.textContent) note.textContent = "Only the first picture was sent. Send one picture at a time.";
    return true;
  }

  for (const form of document.querySelectorAll("form[data-max-mb]")) {
    form.elements.image.addEventListener("change", () => submit(form));
  }

  document.addEventListener("paste", (event) => {
    if (event.clipboardData && take(event.clipboardData.files, "paste")) event.preventDefault();
  });

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const area of document.querySelectorAll("[data-drop]")) {
    area.addEventListener("dragover", () => area.classList.add("is-target"));
    area.addEventListener("dragleave", (event) => {
      if (!area.contains(event.relatedTarget)) area.classList.remove("is-target");
    });
    area.addEventListener("drop", (event) => {
      area.classList.remove("is-target");
      if (carriesFiles(event)) take(event.dataTransfer.files, "upload");
    });
  }
  // A file that misses the target must not replace the page.
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => carriesFiles(event) && event.preventDefault());

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches("[data-gives-answer]")) return;
    if (window.digitsite.pauseIn(event.detail.xhr.getResponseHeader("HX-Trigger"))) return; // it is sent again
    if (form.elements.image) form.elements.image.value = ""; // allows choosing the same file again
    if (form === upload) form.elements.source.value = "upload";
    // On a phone the answer is further up: scroll to its beginning, unless that is visible.
    const answer = document.getElementById("answer");
    const head = answer.querySelector("[data-announce]")?.getBoundingClientRect();
    if (!head || (head.top >= 0 && head.bottom <= innerHeight)) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    answer.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  });
})();
