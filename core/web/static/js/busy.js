/* The thin line at the top while something is on its way, and the spinner in the button that was pressed. */

let running = 0;

document.addEventListener("htmx:before:request", ({ detail }) => {
  if (isQuiet(detail.ctx)) return;
  running += 1;
  document.documentElement.classList.add("gx-loading");
  wait(detail.ctx.request.submitter ?? detail.ctx.sourceElement, true);
});

document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (isQuiet(detail.ctx)) return;
  running = Math.max(0, running - 1);
  if (!running) document.documentElement.classList.remove("gx-loading");
  wait(detail.ctx.request.submitter ?? detail.ctx.sourceElement, false);
});

function isQuiet(ctx) {
  return ["every", "load", "intersect"].includes(ctx?.sourceEvent?.type);
}

function wait(element, on) {
  if (!element?.matches?.("button.gx-btn")) return;
  element.classList.toggle("gx-waiting", on);
  element.toggleAttribute("aria-busy", on);
}
