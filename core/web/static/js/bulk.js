/* Picking all that match and not only the page, and the dialog that a download leaves behind. */

document.addEventListener("change", ({ target }) => {
  const form = target.closest?.("form");
  const offer = form?.querySelector("[data-bulk-all]");
  if (!offer) return;
  const all = offer.querySelector("input");
  const boxes = [...form.querySelectorAll("tbody .gx-check input")];
  const whole = boxes.length > 0 && boxes.every((box) => box.checked);
  if (!whole) all.checked = false;
  offer.hidden = !whole;
  const bar = form.querySelector("[data-bulk]");
  bar.classList.toggle("gx-bulk-whole", all.checked);
  const ticked = boxes.filter((box) => box.checked).length;
  bar.querySelector("[data-bulk-count]").textContent = all.checked ? all.dataset.total : ticked;
});

document.addEventListener("submit", ({ target }) => {
  if (target.matches("form[data-download]")) setTimeout(() => target.closest("dialog")?.close(), 300);
});
