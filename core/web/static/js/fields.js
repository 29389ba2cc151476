/* Small manners of fields: Escape leaves an inline form, options are asked only of a choice. */

import { each } from "./ready.js";

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest?.(".gx-fact-form")?.querySelector("[data-cancel]")?.click();
});

each("[data-kinds]", (kind) => {
  const options = kind.closest("form").querySelector("[data-options]");
  const adapt = () => (options.hidden = !kind.dataset.kinds.split(" ").includes(kind.value));
  kind.addEventListener("change", adapt);
  adapt();
});
