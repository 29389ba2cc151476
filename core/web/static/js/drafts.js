/* Keeps what was typed into a form with `data-draft` until the form has been accepted. */

import { each } from "./ready.js";

const PREFIX = "draft:";

each("form[data-draft]", (form) => {
  const key = PREFIX + location.pathname.split("/").slice(0, 3).join("/") + ":" + form.dataset.draft;
  if (!form.querySelector("[aria-invalid]")) restore(form, key);
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => keep(form, key), 400);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    keep(form, key);
    sessionStorage.setItem("draft-sent", key);
  });
});

document.addEventListener("htmx:after:request", ({ detail }) => detail.ctx.response?.status < 400 && forget(detail.ctx.request.method));
if (!document.querySelector("form[data-draft] [aria-invalid]")) forget("POST");

function forget(method) {
  const sent = sessionStorage.getItem("draft-sent");
  if (!sent || method !== "POST") return;
  localStorage.removeItem(sent);
  sessionStorage.removeItem("draft-sent");
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && field.name !== "csrf_token" && !["hidden", "password", "file", "submit", "button"].includes(field.type) && !field.matches("[data-sealed], [data-uploads] *, [data-signature] *"));
}

function keep(form, key) {
  const values = fields(form).map((field) => [field.name, ["checkbox", "radio"].includes(field.type) ? field.checked : field.value]);
  localStorage.setItem(key, JSON.stringify(values));
}

function restore(form, key) {
  let values;
  try {
    values = JSON.parse(localStorage.getItem(key));
  } catch {
    return;
  }
  if (!Array.isArray(values)) return;
  fields(form).forEach((field, index) => {
    const [name, value] = values[index] ?? [];
    if (name !== field.name) return;
    if (["checkbox", "radio"].includes(field.type)) field.checked = value;
    else field.value = value;
  });
}
