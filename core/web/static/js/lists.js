/* Ticking rows of a list, and the bar that appears once some are ticked. */

document.addEventListener("change", (event) => {
  const box = event.target;
  const table = box.closest?.("table");
  if (!table || !box.matches("[data-check-all], .gx-check input")) return;
  const boxes = [...table.querySelectorAll("tbody .gx-check input")];
  const all = table.querySelector("[data-check-all]");
  if (box === all) for (const one of boxes) one.checked = all.checked;
  const ticked = boxes.filter((one) => one.checked).length;
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  const bar = (table.closest("form") ?? document).querySelector("[data-bulk]");
  if (bar) {
    bar.hidden = ticked === 0;
    bar.querySelector("[data-bulk-count]").textContent = ticked;
  }
});
