// A way to get in touch opens the composer with its channel; in the inbox j and k go from lead to lead, o opens one.
document.addEventListener("click", (event) => {
  const way = event.target.closest("[data-logs]");
  if (!way) return;
  const composer = (way.closest("[data-lead]") ?? document).querySelector(".gx-composer");
  const details = composer?.closest("details");
  if (details) details.open = true;
  const channel = composer?.querySelector(`[name="channel"][value="${CSS.escape(way.dataset.logs)}"]`);
  if (channel) channel.checked = true;
  composer?.querySelector("textarea")?.focus({ preventScroll: false });
});

const rows = () => [...document.querySelectorAll("[data-inbox] summary")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement);
  if (event.key === "j" || event.key === "k") {
    event.preventDefault();
    all[Math.min(all.length - 1, Math.max(0, here + (event.key === "j" ? 1 : -1)))].focus();
  } else if (event.key === "o" && here >= 0) {
    event.preventDefault();
    all[here].closest("li").querySelector("[data-open]").click();
  }
});

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("[data-inbox] details") || !event.target.open) return;
  for (const other of document.querySelectorAll("[data-inbox] details[open]")) if (other !== event.target) other.open = false;
  event.target.querySelector("textarea")?.focus();
}, true);
