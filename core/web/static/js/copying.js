/* A button with `data-copy="#id"` copies the text of that element and says so by its icon for a moment. */

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.querySelector(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.classList.add("gx-copied");
    setTimeout(() => button.classList.remove("gx-copied"), 1500);
  } catch {
    getSelection().selectAllChildren(source);
  }
});
