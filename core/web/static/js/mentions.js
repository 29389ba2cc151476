/* After an `@`, whom one may mean; Enter or Tab takes the first, arrows go through them. */

import { each } from "./ready.js";

const AT = /[@＠]([^\s@＠]{0,30})$/;

each("[data-mentions]", (area) => {
  const list = document.createElement("div");
  list.className = "gx-lookup-list gx-mentions";
  list.popover = "manual";
  list.setAttribute("role", "listbox");
  area.after(list);
  const names = () => [...list.children];
  const open = () => list.matches(":popover-open");
  const active = () => list.querySelector("[aria-selected=true]") ?? list.firstElementChild;

  async function ask() {
    const typed = area.value.slice(0, area.selectionStart).match(AT);
    if (!typed) return list.hidePopover();
    const url = new URL(area.dataset.mentions, location.href);
    url.searchParams.set("q", typed[1]);
    const answer = await fetch(url).catch(() => null);
    const found = answer?.ok ? await answer.json() : [];
    list.replaceChildren(
      ...found.map((name, index) => {
        const item = Object.assign(document.createElement("div"), { className: "gx-menu-item", textContent: name });
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(index === 0));
        return item;
      }),
    );
    if (!found.length || document.activeElement !== area) return list.hidePopover();
    const box = area.getBoundingClientRect();
    Object.assign(list.style, { left: `${box.left}px`, top: `${box.bottom + 4}px`, bottom: "auto" });
    list.showPopover();
  }

  function take(name) {
    const until = area.value.slice(0, area.selectionStart).replace(AT, `@${name} `);
    area.setRangeText(until, 0, area.selectionStart, "end");
    list.hidePopover();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  area.addEventListener("input", ask);
  area.addEventListener("blur", () => list.hidePopover());
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    if (event.target.closest("[role=option]")) take(event.target.textContent);
  });
  area.addEventListener("keydown", (event) => {
    if (!open()) return;
    if (["Enter", "Tab"].includes(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      take(active().textContent);
    } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const all = names();
      const next = all.at((all.indexOf(active()) + (event.key === "ArrowDown" ? 1 : -1)) % all.length);
      active().setAttribute("aria-selected", "false");
      next.setAttribute("aria-selected", "true");
    } else if (event.key === "Escape") {
      event.stopPropagation();
      list.hidePopover();
    }
  });
});
