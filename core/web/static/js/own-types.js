/* Making record types: icons found by a word, columns dragged into order, a state in its colour. */

import { sortable } from "./sortable.js";
import { each } from "./ready.js";

each("[data-icons]", (picker) => {
  const choices = [...picker.querySelectorAll("[data-words]")];
  const none = picker.querySelector(".gx-icons-none");
  const search = picker.querySelector("input[type=search]");
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const choice of choices) choice.hidden = !words.every((word) => choice.dataset.words.includes(word));
    none.hidden = choices.some((choice) => !choice.hidden);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  const grid = picker.querySelector(".gx-icons-grid");
  const chosen = picker.querySelector("input:checked")?.parentElement;
  if (chosen) grid.scrollTop = chosen.offsetTop - grid.offsetTop - grid.clientHeight / 2;
});

each("[data-order]", async (list) => {
  const Sortable = await sortable();
  Sortable.create(list, { handle: ".gx-grip", animation: 120 });
});

each("[data-state-color]", (select) => {
  select.addEventListener("change", () => {
    const state = select.closest(".gx-state");
    state.className = `gx-state gx-${select.value}`;
  });
});
