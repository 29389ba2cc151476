/* Forms whose fields depend on what stands in others: the server says, while one types, what is hidden, required, locked. */

import { each } from "./ready.js";

const WAIT = 250;

each("[data-rules-url]", (mark) => {
  const form = mark.closest("form");
  const asked = new Set(mark.dataset.rulesOn.split(" "));
  let timer, request;
  const ask = async () => {
    request?.abort();
    request = new AbortController();
    try {
      const response = await fetch(mark.dataset.rulesUrl, { method: "POST", body: typed(form), signal: request.signal });
      if (response.ok) apply(form, await response.json());
    } catch (error) {
      if (error.name !== "AbortError") console.warn(error);
    }
  };
  const changed = ({ target }) => {
    const name = (target.name ?? "").replace(/(_currency|-[a-z]+)$/, "");
    if (!asked.has(target.name) && !asked.has(name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
});

function typed(form) {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

function apply(form, rules) {
  for (const cell of form.querySelectorAll("[data-rules]")) {
    const rule = rules[cell.dataset.rules];
    if (!rule) continue;
    cell.hidden = rule.hidden;
    cell.disabled = rule.locked;
    cell.classList.toggle("gx-required-now", rule.required);
    for (const control of cell.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea")) control.required = rule.required;
    mark(cell.querySelector(".gx-label"), rule.required);
  }
}

function mark(label, required) {
  const star = label?.querySelector(".gx-required");
  if (!label || Boolean(star) === required) return;
  if (star) return star.remove();
  const made = document.createElement("span");
  made.className = "gx-required";
  made.ariaHidden = "true";
  made.textContent = "*";
  label.append(made);
}
