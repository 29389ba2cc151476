/* Menus are popovers. This tells assistive tools their state, moves by arrow keys, and places them in old browsers. */

const anchored = CSS.supports("position-area", "bottom");

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("[popover]")) return;
  const opener = openerOf(menu);
  const isOpen = event.newState === "open";
  opener?.setAttribute("aria-expanded", String(isOpen));
  if (isOpen && menu.classList.contains("gx-menu") && !anchored && opener) place(menu, opener);
}, true);

document.addEventListener("click", (event) => {
  const item = event.target.closest(".gx-menu a.gx-menu-item, #side a");
  item?.closest("[popover]")?.hidePopover?.();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const opener = event.target.closest?.("[popovertarget][aria-haspopup]");
  const menu = event.target.closest?.(".gx-menu") ?? (opener && document.getElementById(opener.getAttribute("popovertarget")));
  if (!menu || !menu.matches(".gx-menu")) return;
  event.preventDefault();
  if (!menu.matches(":popover-open")) menu.showPopover({ source: opener });
  const items = [...menu.querySelectorAll(".gx-menu-item")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = items.indexOf(document.activeElement);
  items.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % items.length)?.focus();
});

function openerOf(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"][aria-expanded]`);
}

function place(menu, opener) {
  const box = opener.getBoundingClientRect();
  const wide = menu.offsetWidth;
  const left = menu.classList.contains("gx-menu-start") ? box.left : box.right - wide;
  const below = box.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - wide - 8))}px`;
  menu.style.top = below ? `${box.bottom}px` : `${Math.max(8, box.top - menu.offsetHeight - 8)}px`;
}
