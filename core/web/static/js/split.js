/* The list and the record side by side: a click, or j and k, shows another record. On a phone the links lead to the record. */

import { each } from "./ready.js";

const wide = matchMedia("(min-width: 900px)");

each("[data-split]", (split) => {
  const first = split.querySelector("[data-first]");
  if (first && wide.matches) load(first.dataset.first);
});

function load(url) {
  return window.htmx.ajax("GET", url, { target: "#split-record", swap: "innerHTML" });
}

async function choose(link, { scroll = false } = {}) {
  for (const other of link.closest("ol").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  history.replaceState(history.state, "", link.dataset.here);
  if (scroll) link.scrollIntoView({ block: "nearest" });
  await load(link.dataset.part);
  document.getElementById("split-record").scrollTop = 0;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-split] a[data-part]");
  if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  choose(link);
});

document.addEventListener("keydown", (event) => {
  const split = document.querySelector("[data-split]");
  if (!split || !["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!wide.matches || document.querySelector("dialog[open]") || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const links = [...split.querySelectorAll("a[data-part]")];
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[at + (event.key === "j" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  choose(next, { scroll: true });
});
