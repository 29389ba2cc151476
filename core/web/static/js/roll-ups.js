/* The settings of a roll-up: only the fields of the records that are summed up are on offer. */

import { each } from "./ready.js";

each("[data-relation]", (relation) => {
  const form = relation.closest("form");
  const adapt = () => {
    for (const select of form.querySelectorAll("[data-related]")) {
      for (const group of select.querySelectorAll("optgroup")) {
        const mine = group.dataset.of === relation.value;
        group.hidden = group.disabled = !mine;
      }
      if (select.selectedOptions[0]?.parentElement.hidden) select.value = "";
    }
  };
  relation.addEventListener("change", adapt);
  adapt();
});
