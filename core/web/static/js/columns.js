/* Columns of a list: dragged by their heads, widened by their edges, ordered in their panel.
   On a head, Alt+Shift+Left and Right move its column, Alt+Shift+Up and Down make it wider and narrower. */

import { each } from "./ready.js";
import { sortable } from "./sortable.js";

const NARROWEST = 60;

each("[data-columns]", async (table) => {
  const Sortable = await sortable();
  Sortable.create(table.tHead.rows[0], {
    draggable: "[data-column]",
    filter: "[data-resize]",
    preventOnFilter: false,
    animation: 150,
    delay: 200,
    delayOnTouchOnly: true,
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: 6,
    fallbackClass: "gx-drag-head",
    ghostClass: "gx-ghost",
    onEnd: ({ oldIndex, newIndex }) => oldIndex !== newIndex && send(table),
  });
});

function heads(table) {
  return [...table.tHead.rows[0].querySelectorAll("[data-column]")];
}

function send(table) {
  const columns = heads(table).map((head) => {
    const width = head.getAttribute("width");
    return width ? `${head.dataset.column}:${width}` : head.dataset.column;
  });
  const values = { columns: columns.join(",") };
  const form = document.getElementById(`arrange-${table.closest("[id^=list-]").id.slice(5)}`);
  for (const field of form?.elements ?? []) if (field.type === "hidden") values[field.name] ??= field.value;
  for (const key of ["sort", "group", "density", "totals"]) {
    const given = new URL(location.href).searchParams.get(key);
    if (given !== null && key !== "density") values[key] ??= given;
  }
  const main = document.getElementById("main"); // as the source, the table would send the ticked rows along
  return window.htmx.ajax("POST", table.dataset.columns, { source: main, target: main, swap: "none", values });
}

document.addEventListener("pointerdown", (event) => {
  const edge = event.target.closest?.("[data-resize]");
  if (!edge) return;
  event.preventDefault();
  event.stopPropagation();
  const head = edge.closest("th");
  const start = head.offsetWidth;
  const from = event.clientX;
  const rtl = getComputedStyle(head).direction === "rtl" ? -1 : 1;
  const move = ({ clientX }) => widen(head, start + (clientX - from) * rtl);
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
    if (head.offsetWidth !== start) send(head.closest("table"));
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}, true);

function widen(head, width) {
  const column = head.cellIndex;
  head.setAttribute("width", Math.max(NARROWEST, Math.round(width)));
  for (const row of head.closest("table").tBodies[0].rows) row.cells[column]?.classList.add("gx-sized");
}

document.addEventListener("keydown", (event) => {
  const head = event.target.closest?.("[data-column]");
  if (!head || !event.altKey || !event.shiftKey || !event.key.startsWith("Arrow")) return;
  event.preventDefault();
  const table = head.closest("table");
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    widen(head, head.offsetWidth + (event.key === "ArrowUp" ? 20 : -20));
  } else {
    const all = heads(table);
    const to = all[all.indexOf(head) + (event.key === "ArrowRight" ? 1 : -1)];
    if (!to) return;
    if (event.key === "ArrowRight") to.after(head);
    else to.before(head);
  }
  send(table);
});

/* The panel. */

each("[data-arrange]", async (list) => {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-up], [data-down]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li");
    if (button.matches("[data-up]")) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    button.focus();
  });
  const Sortable = await sortable();
  Sortable.create(list, { handle: "[data-grip]", draggable: "li", animation: 150, forceFallback: true, ghostClass: "gx-ghost" });
});
