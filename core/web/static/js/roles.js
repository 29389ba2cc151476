/* The pages of a role: what was changed is marked and counted; a preset sets its line; lines follow "all others". */

import { each } from "./ready.js";

const OTHERS = "others";

each("[data-role-form]", (form) => {
  const count = form.querySelector("[data-role-count]");
  const mark = () => {
    let changed = 0;
    for (const control of form.querySelectorAll("[data-saved]")) {
      const value = control.type === "checkbox" ? (control.checked ? "1" : "") : control.value;
      const differs = value !== control.dataset.saved && !control.closest(".gx-matrix-follows");
      (control.closest("td, label") ?? control).classList.toggle("gx-changed", differs);
      if (differs) changed += 1;
    }
    if (count) count.textContent = changed ? count.dataset.some.replace("{n}", changed) : count.dataset.none;
    form.classList.toggle("gx-role-changed", changed > 0);
  };
  const matrix = form.querySelector("[data-matrix]");
  if (matrix) prepareMatrix(form, matrix);
  if (form.matches("[data-role-fields]")) prepareFields(form);
  form.addEventListener("change", () => queueMicrotask(mark));
  mark();
});

// --- the matrix ---------------------------------------------------------------------------------------

function prepareMatrix(form, matrix) {
  const lines = [...matrix.querySelectorAll("[data-line]")];
  const others = lines.find((line) => line.dataset.line === OTHERS);
  const follow = () => {
    for (const line of lines) {
      const follows = line.querySelector("[data-preset]").value === "inherit";
      line.classList.toggle("gx-matrix-follows", follows);
      if (follows) setLine(line, grantsOf(others));
    }
  };
  matrix.addEventListener("change", ({ target }) => {
    const line = target.closest("[data-line]");
    if (target.matches("[data-preset]")) {
      const grants = target.selectedOptions[0].dataset.grants;
      if (grants) setLine(line, JSON.parse(grants));
    } else if (target.matches("[data-scope]")) {
      line.querySelector("[data-preset]").value = "chosen";
      showCondition(line, target);
    } else return;
    follow();
  });
  follow();
  pickOnPhone(form, lines);
}

function cells(line) {
  return line.querySelectorAll("[data-scope]");
}

function grantsOf(line) {
  return Object.fromEntries([...cells(line)].map((cell) => [cell.dataset.scope, cell.value]));
}

function setLine(line, grants) {
  for (const cell of cells(line)) {
    cell.value = grants[cell.dataset.scope] ?? "none";
    if (cell.dataset.conditionUrl) showCondition(line, cell);
  }
}

function showCondition(line, cell) {
  const place = line.querySelector("[data-conditions]");
  const name = cell.name.replace(/^s-/, "if-");
  const wanted = cell.value === "if";
  const there = place.querySelector(`[data-condition="${name}"]`);
  if (there) there.hidden = !wanted;
  else if (wanted) {
    const target = document.createElement("div");
    place.firstElementChild.append(target);
    window.htmx.ajax("GET", cell.dataset.conditionUrl, { source: target, target, swap: "outerHTML" });
  }
  place.hidden = ![...cells(line)].some((each) => each.value === "if");
}

function pickOnPhone(form, lines) {
  const pick = form.querySelector("[data-role-pick]");
  const faulty = lines.find((line) => line.matches("[data-odd]") || line.querySelector("[aria-invalid]"));
  const show = () => {
    for (const line of lines) line.classList.toggle("gx-matrix-picked", line.dataset.line === pick.querySelector("select").value);
  };
  pick.hidden = false;
  if (faulty) pick.querySelector("select").value = faulty.dataset.line;
  pick.addEventListener("change", show);
  show();
}

// --- the fields ---------------------------------------------------------------------------------------

function prepareFields(form) {
  const rows = [...form.querySelectorAll("[data-field]")];
  const shown = () => rows.filter((row) => !row.hidden);
  const find = form.querySelector("input[type=search]");
  find.addEventListener("input", () => {
    const words = find.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.dataset.field.includes(words);
    form.querySelector("[data-none-found]").hidden = shown().length > 0;
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  form.querySelector("[data-pick-all]").addEventListener("change", ({ target }) => {
    for (const row of shown()) for (const box of row.querySelectorAll("[name=pick]")) box.checked = target.checked;
  });
  form.querySelector("[data-set]").addEventListener("click", (event) => {
    event.preventDefault();
    for (const row of rows.filter((each) => each.querySelector("[name=pick]:checked"))) {
      const level = row.querySelector("[data-level]");
      const wanted = form.elements["set-level"].value;
      if ([...level.options].some((option) => option.value === wanted)) level.value = wanted;
      row.querySelector("[data-except]").value = form.elements["set-except"].value;
    }
    form.dispatchEvent(new Event("change"));
  });
  const ask = () => {
    for (const row of rows) row.querySelector("[data-except]").disabled = row.querySelector("[data-level]").value === "open";
  };
  form.addEventListener("change", ask);
  ask();
}
