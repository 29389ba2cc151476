/* The panel under the search field: opens while one types, is walked by arrow keys. */

const field = document.getElementById("search");
const panel = document.querySelector("[data-search-panel]");

if (field && panel) {
  const show = (on) => (panel.hidden = !on);
  field.addEventListener("input", () => field.value.trim() || show(false));
  field.addEventListener("focus", () => field.value.trim() && panel.querySelector("a") && show(true));
  document.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx.sourceElement === field && show(document.activeElement === field && field.value.trim()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".gx-search") || event.target.closest("[data-search-panel] a")) show(false);
  });
  field.form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      show(false);
      field.blur();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [field, ...panel.querySelectorAll("a")];
    event.preventDefault();
    stops.at((stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)) % stops.length)?.focus();
  });
  field.form.addEventListener("submit", () => show(false));
}
