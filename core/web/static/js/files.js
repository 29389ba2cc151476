/* Files that are sent as soon as they are chosen or dropped, with their progress; the form waits for them. */

import { each } from "./ready.js";

const PENDING = new WeakMap();

/* Sends one file. Resolves to {ok, text, trigger}; `progress` gets a share of one. */
export function send(url, values, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) value instanceof File ? body.append(name, value, value.name) : body.append(name, value);
    request.open("POST", url);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("load", () => resolve({
      ok: request.status < 300,
      text: request.responseText,
      told: request.status === 422 && !request.responseText.startsWith("<") ? request.responseText : "",
      trigger: request.getResponseHeader("HX-Trigger"),
    }));
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => resolve({ ok: false, text: "", told: "" }));
    request.send(body);
  });
}

/* The form may be sent only once this is done. */
export function waitFor(form, promise) {
  if (!form) return;
  PENDING.set(form, (PENDING.get(form) ?? 0) + 1);
  promise.finally(() => {
    PENDING.set(form, PENDING.get(form) - 1);
    const submitter = form.sentWith;
    if (!PENDING.get(form) && submitter !== undefined) {
      delete form.sentWith;
      if (!form.querySelector("[data-uploads] .gx-upload-error:not([hidden])")) form.requestSubmit(submitter);
    }
  });
}

document.addEventListener("submit", (event) => {
  if (!PENDING.get(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  event.target.sentWith = event.submitter;
}, true);

function complain(box, message) {
  const error = box.querySelector(".gx-upload-error");
  error.querySelector("span").textContent = message;
  error.hidden = !message;
}

function bar(file) {
  const row = document.createElement("div");
  row.className = "gx-upload gx-upload-going";
  const name = document.createElement("span");
  name.className = "gx-upload-name";
  name.textContent = file.name;
  const progress = document.createElement("progress");
  progress.max = 1;
  progress.setAttribute("aria-label", file.name);
  row.append(name, progress);
  return [row, (share) => (progress.value = share)];
}

function tooLarge(box, file) {
  if (file.size <= box.dataset.limit * 1024 * 1024) return false;
  complain(box, box.dataset.tooLarge.replace("{name}", file.name));
  return true;
}

/* --- a field of a form --- */

/* Puts a file among those of a control. With room for one only, it takes the place of the one that is there. */
export async function add(box, file) {
  const list = box.querySelector(".gx-upload-list");
  const most = Number(box.dataset.most);
  complain(box, "");
  if (tooLarge(box, file)) return;
  const present = [...list.children].filter((row) => !row.querySelector("input[type=checkbox]:checked"));
  if (most > 1 && present.length >= most) return complain(box, box.dataset.tooMany);
  const [row, progress] = bar(file);
  const going = document.createElement("li");
  going.append(row);
  list.append(going);
  const answer = await send(box.dataset.uploads, { kind: box.dataset.kind, name: box.dataset.name, file }, progress);
  if (!answer.ok) {
    going.remove();
    return complain(box, answer.told || box.dataset.failed);
  }
  if (most === 1) list.replaceChildren(going);
  going.outerHTML = answer.text;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

each("[data-uploads]", (box) => {
  const input = box.querySelector("input[type=file]");
  input.addEventListener("change", async (event) => {
    event.stopPropagation();
    const files = [...input.files];
    input.value = "";
    box.querySelector(".gx-drop-name").textContent = "";
    const all = (async () => {
      for (const file of files) await add(box, file);
    })();
    waitFor(box.closest("form"), all);
  });
});

/* --- the files of a record --- */

each("[data-file-add]", (form) => {
  const input = form.querySelector("input[type=file]");
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    form.querySelector(".gx-drop-name").textContent = "";
    complain(form, "");
    let panel, toasts;
    const failures = [];
    for (const file of files) {
      if (tooLarge(form, file)) {
        failures.push(form.querySelector(".gx-upload-error span").textContent);
        continue;
      }
      const [row, progress] = bar(file);
      form.append(row);
      const answer = await send(form.action, { file }, progress);
      row.remove();
      if (answer.ok) [panel, toasts] = [answer.text, answer.trigger];
      else failures.push(said(answer) || form.dataset.failed);
    }
    if (toasts) document.dispatchEvent(new CustomEvent("toast", { detail: JSON.parse(toasts).toast }));
    const section = form.closest("section");
    const place = section.parentElement;
    if (panel) {
      section.outerHTML = panel;
      window.htmx?.process(place);
    }
    const now = document.getElementById(section.id)?.querySelector("[data-file-add]");
    if (now) complain(now, failures.join(" "));
    if (panel) now?.querySelector("input[type=file]").focus();
  });
});

/* What was wrong, told beside the form and not in a message of its own. */
function said({ told, trigger }) {
  try {
    return told || JSON.parse(trigger).toast.toasts[0].message;
  } catch {
    return "";
  }
}
