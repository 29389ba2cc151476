/* The editor of a choice's options: rows are added, moved, dragged and taken away; several lines pasted are several rows. */

import { each } from "./ready.js";
import { sortable } from "./sortable.js";

each("[data-options-editor]", async (editor) => {
  const list = editor.querySelector("ol");
  const rows = () => [...list.children];
  const label = (row) => row.querySelector("input[type=text]");
  const add = (text = "", after = list.lastElementChild) => {
    const row = list.firstElementChild.cloneNode(true);
    label(row).removeAttribute("id");
    label(row).value = text;
    row.querySelector("input[type=hidden]").value = "";
    const colours = row.querySelector("select");
    colours.selectedIndex = rows().length % colours.options.length;
    paint(colours);
    after.after(row);
    return row;
  };
  editor.querySelector("[data-add]").addEventListener("click", () => label(add()).focus());
  editor.addEventListener("click", ({ target }) => {
    const row = target.closest(".gx-option-row");
    const move = target.closest("[data-move]");
    if (move) {
      const beside = move.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
      if (beside) beside[move.dataset.move === "1" ? "after" : "before"](row);
      move.focus();
    } else if (target.closest("[data-remove]")) {
      if (rows().length > 1) row.remove();
      else label(row).value = "";
    }
  });
  editor.addEventListener("change", ({ target }) => target.matches("select") && paint(target));
  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input[type=text]")) return;
    event.preventDefault();
    label(add("", event.target.closest(".gx-option-row"))).focus();
  });
  editor.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    if (lines.length < 2 || !event.target.matches("input[type=text]")) return;
    event.preventDefault();
    let row = event.target.closest(".gx-option-row");
    label(row).value ||= lines.shift();
    for (const line of lines) row = add(line, row);
  });
  (await sortable()).create(list, { animation: 150, handle: "[data-grip]", ghostClass: "gx-ghost" });
});

function paint(colours) {
  colours.parentElement.className = `gx-colour-pick gx-${colours.value}`;
}
