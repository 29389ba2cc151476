/* Rules that were dragged are sent in their new order; a rule's form shows only what its strategy uses. */

function sendOrder(form) {
  form.querySelector("[data-order]").addEventListener("update", () => form.requestSubmit());
}

function showUsed(strategies) {
  const form = strategies.closest("form");
  const show = () => {
    const used = strategies.querySelector("input:checked")?.dataset.uses.split(" ") ?? [];
    for (const part of form.querySelectorAll("[data-used]")) {
      part.hidden = !part.dataset.used.split(" ").some((name) => used.includes(name));
    }
  };
  strategies.addEventListener("change", show);
  show();
}

function look(root) {
  for (const form of root.querySelectorAll("[data-rules]:not([data-ready])")) {
    form.dataset.ready = "";
    sendOrder(form);
  }
  for (const each of root.querySelectorAll("[data-strategies]:not([data-ready])")) {
    each.dataset.ready = "";
    showUsed(each);
  }
}

look(document);
document.addEventListener("htmx:after:process", ({ target }) => look(target.parentElement ?? document));
