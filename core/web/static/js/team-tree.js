/* Departments are dragged, below others and among their brothers; the menu of each does the same without dragging. */

import { each } from "./ready.js";
import { post, sortable } from "./sortable.js";

each("[data-team-tree]", async (tree) => {
  const Sortable = await sortable();
  for (const branch of tree.querySelectorAll("[data-below]")) {
    Sortable.create(branch, {
      group: "teams", animation: 150, handle: "[data-grip]", draggable: "[data-team]", ghostClass: "gx-ghost",
      fallbackOnBody: true, swapThreshold: 0.5, emptyInsertThreshold: 10, delay: 120, delayOnTouchOnly: true,
      onStart: () => tree.classList.add("gx-dragging"),
      onEnd: ({ item, to, from, oldDraggableIndex, newDraggableIndex }) => {
        tree.classList.remove("gx-dragging");
        if (to === from && oldDraggableIndex === newDraggableIndex) return;
        const back = () => from.insertBefore(item, from.querySelectorAll(":scope > [data-team]")[oldDraggableIndex] ?? null);
        const values = { parent: to.dataset.below, place: newDraggableIndex };
        post(item.dataset.placeUrl, { source: item, target: "#teams", values, back });
      },
    });
  }
});
