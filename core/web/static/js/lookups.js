/* Finding a record as one types: the words in a text field, its id in the hidden field before it. Where several may be
   chosen, each becomes a ticked box above. */

import { each } from "./ready.js";

each("[data-lookup]", (lookup) => {
  const field = lookup.querySelector("[role=combobox]");
  const many = lookup.dataset.many;
  const value = many ? document.createElement("input") : lookup.querySelector("input[type=hidden]");
  const list = lookup.querySelector("[role=listbox]");
  let timer;
  let asked = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  list.popover = "manual";
  list.hidden = false;
  const isOpen = () => list.matches(":popover-open");

  function show(on) {
    list.togglePopover(on);
    field.setAttribute("aria-expanded", String(on));
    if (on) place();
    else field.removeAttribute("aria-activedescendant");
  }

  function place() {
    const box = field.getBoundingClientRect();
    const below = innerHeight - box.bottom > Math.min(list.scrollHeight, 272) + 8 || box.top < innerHeight - box.bottom;
    list.style.left = `${box.left}px`;
    list.style.width = `${Math.max(box.width, 224)}px`;
    list.style.top = below ? `${box.bottom + 4}px` : "auto";
    list.style.bottom = below ? "auto" : `${innerHeight - box.top + 4}px`;
  }

  addEventListener("scroll", (event) => isOpen() && !list.contains(event.target) && place(), { capture: true, passive: true });

  async function ask() {
    const mine = ++asked;
    const url = new URL(lookup.dataset.lookup, location.href);
    url.searchParams.set("q", value.value ? "" : field.value.trim());
    const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== field) return;
    list.innerHTML = await answer.text();
    options().forEach((option, index) => (option.id = `${list.id}-${index}`));
    show(true);
  }

  function add(option) {
    const chosen = lookup.querySelector("[data-chosen]");
    show(false);
    field.value = "";
    if ([...chosen.querySelectorAll("input")].some((box) => box.value === option.dataset.value)) return;
    const label = document.createElement("label");
    label.className = "gx-choice";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: many, value: option.dataset.value, checked: true });
    const title = Object.assign(document.createElement("span"), { textContent: option.dataset.title });
    label.append(box, title);
    chosen.append(label);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function choose(option) {
    if (many) return add(option);
    value.value = option.dataset.value;
    field.value = option.dataset.title;
    show(false);
    value.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function mark(option) {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
  }

  field.addEventListener("focus", () => value.value || ask());
  field.addEventListener("click", () => isOpen() || ask());
  field.addEventListener("input", () => {
    value.value = "";
    clearTimeout(timer);
    timer = setTimeout(ask, 180);
  });
  field.addEventListener("blur", () => show(false));
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) return ask();
      const all = options();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(all.at((all.indexOf(active()) + step + all.length) % all.length));
    } else if (event.key === "Enter" && isOpen() && active()) {
      event.preventDefault();
      choose(active());
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      show(false);
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
});
