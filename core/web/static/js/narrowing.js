/* A field above a long list of choices leaves those that hold what is typed; what is ticked stays in sight. */

import { each } from "./ready.js";

each("[data-narrows]", (field) => {
  const choices = () => document.querySelectorAll(`${field.dataset.narrows} .gx-choice`);
  field.addEventListener("input", () => {
    const typed = field.value.trim().toLocaleLowerCase();
    for (const choice of choices()) {
      choice.hidden = !choice.querySelector("input").checked && !choice.textContent.toLocaleLowerCase().includes(typed);
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    [...choices()].find((choice) => !choice.hidden)?.querySelector("input").click();
  });
});
