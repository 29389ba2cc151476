/* `/` search, `c` create, `g` then a letter go, `?` help, Ctrl+K search. */

let going = 0;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return use(event, search);
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (Date.now() - going < 1200) {
    going = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (link) return use(event, () => link.click());
  }
  if (event.key === "g") going = Date.now();
  else if (event.key === "/") use(event, search);
  else if (event.key === "c") use(event, create);
  else if (event.key === "?") use(event, help);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keyboard-help]")) help();
});

function use(event, act) {
  event.preventDefault();
  act();
}

function search() {
  const field = document.getElementById("search");
  field?.focus();
  field?.select();
}

function create() {
  const button = document.querySelector("[data-create]") ?? document.querySelector(".gx-create");
  button?.click();
  const menu = button?.popoverTargetElement;
  menu?.querySelector(".gx-menu-item")?.focus();
}

function help() {
  document.getElementById("keyboard-help")?.showModal();
}

function isTyping(element) {
  return element.closest?.("input, textarea, select, [contenteditable]") !== null;
}
