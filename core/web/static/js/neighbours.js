/* Which list one came from, so that a record's page can lead to the one before and after; `j` and `k` go there. */

import { each } from "./ready.js";

each("[data-records-list]", (list) => {
  const { pathname, search } = new URL(list.dataset.recordsList, location.href);
  sessionStorage.setItem(`list ${pathname}`, search);
});

each("[data-neighbours]", async (place) => {
  const query = sessionStorage.getItem(`list ${place.dataset.list}`);
  const answer = await fetch(place.dataset.neighbours + (query ?? "?alone=1"), { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.ok) {
    place.innerHTML = await answer.text();
    window.htmx?.process(place);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
  document.querySelector(`[data-neighbours] [data-key="${CSS.escape(event.key)}"]`)?.click();
});
