/* The panel under the search field: opens while one types, is walked by arrow keys. */

const field = () => document.getElementById("search");
const panel = () => document.querySelector("[data-search-panel]");

function show(on) {
  if (panel()) panel().hidden = !on;
}

document.addEventListener("input", ({ target }) => target === field() && !target.value.trim() && show(false));

document.addEventListener("focusin", ({ target }) => target === field() && target.value.trim() && panel().querySelector("a") && show(true));

document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx.sourceElement === field()) show(document.activeElement === field() && field().value.trim());
});

document.addEventListener("click", ({ target }) => {
  if (!target.closest(".gx-search") || target.closest("[data-search-panel] a")) show(false);
});

document.addEventListener("submit", ({ target }) => target.matches(".gx-search") && show(false));

document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.(".gx-search")) return;
  if (event.key === "Escape") {
    show(false);
    field().blur();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const stops = [field(), ...panel().querySelectorAll("a")];
    event.preventDefault();
    stops.at((stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)) % stops.length)?.focus();
  }
});
