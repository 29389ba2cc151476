/* Signing on a canvas with a pen, a finger or the mouse, or by writing one's name; sent as a picture with the form. */

import { add, waitFor } from "./files.js";
import { each } from "./ready.js";

const INK = "#14202b";

each("[data-signature]", (box) => {
  const canvas = box.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const name = box.querySelector("[data-signature-name]");
  const form = box.closest("form");
  let last = null;
  let isSigned = false;

  function clear() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    mark(false);
  }

  function mark(signed) {
    isSigned = signed;
    box.classList.toggle("gx-signed", signed);
  }

  function at(event) {
    const seen = canvas.getBoundingClientRect();
    return [((event.clientX - seen.left) * canvas.width) / seen.width, ((event.clientY - seen.top) * canvas.height) / seen.height];
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (name.value) clear();
    name.value = "";
    last = at(event);
    mark(true);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const next = at(each);
      pen.strokeStyle = INK;
      pen.lineCap = pen.lineJoin = "round";
      pen.lineWidth = 5 + 5 * (each.pressure || 0.3);
      pen.beginPath();
      pen.moveTo(...last);
      pen.lineTo(...next);
      pen.stroke();
      last = next;
    }
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => (last = null));

  name.addEventListener("input", () => {
    clear();
    const text = name.value.trim();
    if (!text) return;
    pen.fillStyle = INK;
    let size = 150;
    do pen.font = `italic ${size}px "Segoe Script", "Snell Roundhand", "Brush Script MT", "Kaiti SC", KaiTi, STKaiti, cursive`;
    while (pen.measureText(text).width > canvas.width - 120 && (size -= 6) > 20);
    pen.textBaseline = "middle";
    pen.fillText(text, 60, canvas.height / 2);
    mark(true);
  });
  box.querySelector("[data-signature-clear]").addEventListener("click", () => {
    name.value = "";
    clear();
    canvas.focus();
  });

  form?.addEventListener("submit", (event) => {
    if (!isSigned) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.sentWith = event.submitter;
    const sent = new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
      .then((blob) => add(box.querySelector("[data-uploads]"), new File([blob], "signature.png", { type: "image/png" })))
      .then(() => box.querySelector(".gx-upload-error").hidden && clear());
    waitFor(form, sent);
  }, true);
});
