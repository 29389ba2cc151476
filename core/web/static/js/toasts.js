/* Messages in the corner. The server sends them with a page or in the HX-Trigger header. */

import { each } from "./ready.js";

const STAY = { success: 5000, info: 6000, warning: 8000, error: 12000 };

export function toast(message, kind = "success", undo = null, why = null) {
  const template = document.getElementById("toast-template");
  const box = template?.content.querySelector(`[data-kind="${kind}"]`)?.cloneNode(true);
  if (!box) return;
  box.querySelector("p").textContent = message;
  const form = box.querySelector("form");
  if (undo) form.action = undo;
  else form?.remove();
  const reason = box.querySelector("[data-why]");
  if (why) reason.href = why;
  else reason?.remove();
  document.getElementById("toasts").append(box);
  window.htmx?.process(box);
}

function keep(box) {
  let timer;
  const start = () => (timer = setTimeout(() => leave(box), STAY[box.dataset.kind] ?? 5000));
  box.addEventListener("mouseenter", () => clearTimeout(timer));
  box.addEventListener("mouseleave", start);
  box.addEventListener("focusin", () => clearTimeout(timer));
  box.addEventListener("submit", () => leave(box));
  box.querySelector("[data-toast-close]")?.addEventListener("click", () => leave(box));
  start();
}

function leave(box) {
  box.classList.add("gx-leaving");
  setTimeout(() => box.remove(), 200);
}

each("#toasts > .gx-toast", keep);

document.addEventListener("toast", ({ detail }) => {
  for (const { message, kind, undo, why } of detail.toasts ?? []) toast(message, kind, undo, why);
});
