/* Dragging entries of a calendar to other days. With Alt, the arrow keys move the one in focus by a day or a week. */

import { each } from "./ready.js";
import { post, sortable } from "./sortable.js";

each("[data-calendar]", async (calendar) => {
  const Sortable = await sortable();
  for (const day of calendar.querySelectorAll("[data-day]")) {
    Sortable.create(day, {
      group: calendar.dataset.calendar,
      draggable: "[data-entry]",
      sort: false,
      forceFallback: true, // an entry is a link, which browsers would drag by themselves
      fallbackOnBody: true,
      fallbackTolerance: 4,
      animation: 150,
      delay: 150,
      delayOnTouchOnly: true,
      ghostClass: "gx-ghost",
      dragClass: "gx-drag",
      onEnd: ({ item, from, oldIndex }) => moved(calendar, item, from, oldIndex),
    });
  }
});

async function moved(calendar, entry, from, oldIndex) {
  const day = entry.parentElement;
  if (day === from) return;
  const back = () => {
    from.insertBefore(entry, from.children[oldIndex] ?? null);
    mark(from);
    mark(day);
  };
  mark(from);
  mark(day);
  await post(calendar.dataset.calendar, { source: entry, values: { id: entry.dataset.entry, to: day.dataset.day }, back });
}

function mark(day) {
  day.closest(".gx-cal-day").classList.toggle("gx-cal-empty", !day.querySelector("[data-entry]"));
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

document.addEventListener("keydown", async (event) => {
  const entry = event.target.closest?.("[data-entry]");
  const calendar = entry?.closest("[data-calendar]");
  if (!calendar || !event.altKey || !(event.key in STEPS)) return;
  event.preventDefault();
  const days = [...calendar.querySelectorAll("[data-day]")];
  const from = entry.parentElement;
  const to = days[days.indexOf(from) + STEPS[event.key]];
  if (!to) return;
  const id = entry.id;
  const oldIndex = [...from.children].indexOf(entry);
  to.append(entry);
  await moved(calendar, entry, from, oldIndex);
  document.getElementById(id)?.querySelector("a")?.focus();
});
