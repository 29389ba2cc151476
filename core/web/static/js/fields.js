/* Small manners of fields: Escape leaves an inline form. */

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest?.(".gx-fact-form")?.querySelector("[data-cancel]")?.click();
});
