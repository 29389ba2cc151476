/* Boxes that modules fill, each in its own request once it is looked at. A module that fails, or is slow, leaves a note
   and a way to try again. */

import { each } from "./ready.js";

const watch = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    watch.unobserve(target);
    fetchInto(target);
  }
}, { rootMargin: "200px" });

const begin = () => each("[data-panel-body]", (body) => watch.observe(body));
if (document.readyState === "complete") begin();
else addEventListener("load", begin);

document.addEventListener("htmx:response:error", ({ detail }) => fail(detail.ctx?.sourceElement));
document.addEventListener("htmx:error", ({ detail }) => fail(detail.ctx?.sourceElement));

document.addEventListener("htmx:after:swap", () => {
  for (const panel of document.querySelectorAll("[data-panel][aria-busy]:not(:has([data-panel-body]))")) panel.removeAttribute("aria-busy");
});

document.addEventListener("click", (event) => {
  const panel = event.target.closest("[data-panel-retry]")?.closest("[data-panel]");
  if (!panel) return;
  show(panel, false);
  fetchInto(panel.querySelector("[data-panel-body]"));
});

function fetchInto(body) {
  body?.dispatchEvent(new CustomEvent("seen"));
}

function fail(element) {
  const panel = element?.matches?.("[data-panel-body]") && element.closest("[data-panel]");
  if (panel) show(panel, true);
}

function show(panel, failed) {
  panel.querySelector("[data-panel-failed]").hidden = !failed;
  panel.querySelector("[data-panel-body]").hidden = failed;
}
