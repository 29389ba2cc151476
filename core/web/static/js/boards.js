/* Dragging cards between the lanes of a board; a move that the server refuses is taken back. Arrow keys with Alt move too. */

import { each } from "./ready.js";
import { post, sortable } from "./sortable.js";

each("[data-board]", async (board) => {
  const Sortable = await sortable();
  for (const lane of board.querySelectorAll("[data-lane]")) {
    Sortable.create(lane, {
      group: board.dataset.board,
      draggable: "[data-card]",
      animation: 150,
      delay: 150,
      delayOnTouchOnly: true,
      ghostClass: "gx-ghost",
      dragClass: "gx-drag",
      onEnd: ({ item, from, oldIndex }) => moved(board, item, from, oldIndex),
    });
  }
});

async function moved(board, card, from, oldIndex) {
  const lane = card.parentElement;
  if (lane === from && [...lane.children].indexOf(card) === oldIndex) return;
  const values = { id: card.dataset.card, to: lane.dataset.lane, after: card.previousElementSibling?.dataset.card ?? "" };
  await post(board.dataset.board, { source: card, values, back: () => from.insertBefore(card, from.children[oldIndex] ?? null) });
}

document.addEventListener("keydown", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card || !event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const board = card.closest("[data-board]");
  if (!board) return;
  const lanes = [...board.querySelectorAll("[data-lane]")];
  const from = card.parentElement;
  const to = lanes[lanes.indexOf(from) + (event.key === "ArrowRight" ? 1 : -1)];
  if (!to) return;
  event.preventDefault();
  const oldIndex = [...from.children].indexOf(card);
  to.prepend(card);
  card.querySelector("a")?.focus();
  moved(board, card, from, oldIndex);
});
