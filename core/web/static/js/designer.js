/* Laying out a form: dragging, undoing, and keeping what was left unsaved. Every step is the server's; here is what it is told. */

import { each } from "./ready.js";
import { sortable } from "./sortable.js";

const PREFIX = "layout:";
const steps = new Map();
let looked = "";

each("[data-designer]", async (form) => {
  const name = location.pathname + form.dataset.designer;
  const layout = form.elements.layout;
  const past = steps.get(name) ?? [];
  steps.set(name, past);
  if (past.at(-1) !== layout.value) past.push(layout.value);
  remember(form, name);
  offerUndo(form, past);
  for (const radio of form.querySelectorAll("[name=width]")) radio.addEventListener("change", () => form.classList.toggle("gx-on-phone", radio.value === "phone" && radio.checked));
  form.classList.toggle("gx-on-phone", form.querySelector("[name=width]:checked")?.value === "phone");
  bringIntoView(form);
  const Sortable = await sortable();
  const dragged = () => {
    form.elements.order.value = JSON.stringify(order(form));
    send(form, "order");
  };
  const manners = { animation: 150, delay: 120, delayOnTouchOnly: true, ghostClass: "gx-ghost", onEnd: dragged };
  for (const list of form.querySelectorAll("[data-fields]")) Sortable.create(list, { ...manners, group: "fields", draggable: "[data-key]", filter: ".gx-place-tools", preventOnFilter: false });
  Sortable.create(form.querySelector("[data-palette]"), { ...manners, group: "fields", draggable: "[data-key]", sort: false });
  Sortable.create(form.querySelector("[data-sections]"), { ...manners, draggable: "[data-section]", handle: "[data-section-grip]" });
});

/* On a phone the pane of properties is far below what was touched. */
function bringIntoView(form) {
  const selected = form.elements.selected.value;
  if (selected && selected !== looked && matchMedia("(max-width: 48rem)").matches) form.querySelector(".gx-properties").scrollIntoView();
  looked = selected;
}

function order(form) {
  return [...form.querySelectorAll("[data-section]")].map((section) => ({
    section: Number(section.dataset.section),
    keys: [...section.querySelectorAll("[data-key]")].map((field) => field.dataset.key),
  }));
}

function send(form, step) {
  const button = form.querySelector("[data-designer-step]");
  button.value = step;
  form.requestSubmit(button);
}

/* --- undo ------------------------------------------------------------------------------------------- */

function offerUndo(form, past) {
  const button = form.querySelector("[data-undo]");
  button.hidden = past.length < 2;
  button.addEventListener("click", () => undo(form, past));
}

function undo(form, past) {
  if (past.length < 2) return;
  past.pop();
  form.elements.layout.value = past.pop();
  form.elements.selected.value = "";
  send(form, "");
}

document.addEventListener("keydown", (event) => {
  const form = document.querySelector("[data-designer]");
  if (!form || event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  if (event.target.matches?.("input[type=text], input:not([type]), textarea")) return;
  event.preventDefault();
  undo(form, steps.get(location.pathname + form.dataset.designer) ?? []);
});

/* --- what was left unsaved --------------------------------------------------------------------------- */

function remember(form, name) {
  const kept = localStorage.getItem(PREFIX + name);
  const now = form.elements.layout.value;
  if (now !== form.dataset.saved) return localStorage.setItem(PREFIX + name, now);
  if (steps.get(name).length > 1) localStorage.removeItem(PREFIX + name);
  else if (kept && kept !== now) offerBack(form, name, kept);
}

function offerBack(form, name, kept) {
  const bar = form.querySelector("[data-restore]");
  bar.hidden = false;
  bar.querySelector("[data-restore-yes]").addEventListener("click", () => {
    form.elements.layout.value = kept;
    send(form, "");
  });
  bar.querySelector("[data-restore-no]").addEventListener("click", () => {
    localStorage.removeItem(PREFIX + name);
    bar.hidden = true;
  });
}

document.addEventListener("click", ({ target }) => {
  const form = target.closest?.("[data-discard], [value=save]")?.closest("[data-designer]");
  if (!form) return;
  const name = location.pathname + form.dataset.designer;
  localStorage.removeItem(PREFIX + name);
  steps.delete(name);
});

/* --- a field that was just made ---------------------------------------------------------------------- */

each("[data-field-made]", (made) => {
  const form = document.querySelector("[data-designer]");
  if (!form) return;
  setTimeout(() => {
    document.dispatchEvent(new Event("close-dialog")); // once the dialog has opened for what it was sent
    send(form, `place:${made.dataset.fieldMade}`);
  });
});

/* --- where one was ----------------------------------------------------------------------------------- */

let focused = "";

document.addEventListener("htmx:before:swap", () => {
  const now = document.activeElement;
  focused = now?.closest("[data-designer]") ? now.id : "";
});

document.addEventListener("htmx:after:swap", () => {
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus({ preventScroll: true });
});
