/* The panel under the search field: places to go and things to do that match, then what the server found. */

const field = () => document.getElementById("search");
const panel = () => document.querySelector("[data-search-panel]");

function show(on) {
  if (panel()) panel().hidden = !on;
}

function suggest() {
  const query = field().value.trim().toLowerCase();
  const links = document.querySelectorAll("#nav a, a[data-command]");
  const matching = [...links].filter((link) => link.textContent.toLowerCase().includes(query));
  const list = panel().querySelector("[data-commands]");
  list.replaceChildren(...matching.slice(0, query ? 5 : 8).map(command));
  window.htmx?.process(list);
}

function command(link) {
  const copy = link.cloneNode(true);
  copy.className = "gx-menu-item";
  for (const name of ["data-go", "data-command", "data-htmx-powered", "aria-current", "title"]) copy.removeAttribute(name);
  copy.querySelector(".gx-count")?.remove();
  if (link.dataset.command) copy.append(Object.assign(document.createElement("small"), { textContent: link.dataset.command }));
  const item = document.createElement("li");
  item.append(copy);
  return item;
}

for (const kind of ["input", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target !== field()) return;
    suggest();
    show(true);
  });
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest(".gx-search") || target.closest("[data-search-panel] a")) show(false);
});

document.addEventListener("focusin", ({ target }) => !target.closest(".gx-search") && show(false));

document.addEventListener("submit", ({ target }) => target.matches(".gx-search") && show(false));

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".gx-search")) return;
  if (event.key === "Escape") {
    show(false);
    field().blur();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [field(), ...panel().querySelectorAll("a")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length)?.focus();
  }
});
