/* Filters that answer as one types, files that are dropped, faults that get the focus. */

import { each } from "./ready.js";

each("form[data-autosubmit]", (form) => {
  let timer;
  const send = () => form.requestSubmit();
  form.addEventListener("input", (event) => {
    if (!event.target.matches("input[type=text], input[type=search], input[type=number], input:not([type])")) return;
    clearTimeout(timer);
    timer = setTimeout(send, 300);
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=checkbox], input[type=radio], input[type=date]")) send();
  });
  form.addEventListener("submit", () => clearTimeout(timer));
});

each("[data-drop]", (zone) => {
  const input = zone.querySelector("input[type=file]");
  const name = zone.querySelector(".gx-drop-name");
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, () => zone.classList.add("gx-over"));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("gx-over"));
  input.addEventListener("change", () => (name.textContent = [...input.files].map((file) => file.name).join(", ")));
});

each("[data-focus]", (element) => element.focus());
