/* Lines inside of a form: add, remove and move rows, and add up columns of numbers. Without it there is an empty row. */

import { each } from "./ready.js";

each("[data-lines]", (box) => {
  const body = box.querySelector("tbody");
  const foot = box.querySelector("tfoot");
  const add = box.querySelector("[data-lines-add]");
  const most = Number(box.dataset.linesMost);
  const spare = body.lastElementChild.cloneNode(true);
  let next = body.rows.length;

  const number = (text) => {
    const plain = text.replace(/[,，\s¥￥$€£]/g, "");
    return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
  };

  const settle = () => {
    let summed = false;
    for (const cell of foot.querySelectorAll("[data-lines-sum]")) {
      const at = cell.cellIndex;
      const inputs = [...body.rows].map((row) => row.cells[at].querySelector("[data-lines-number]")).filter((input) => input?.value.trim());
      const values = inputs.map((input) => number(input.value));
      const whole = cell.dataset.linesSum && values.length > 1 && !values.includes(null);
      const total = values.reduce((sum, value) => sum + value, 0);
      cell.textContent = whole ? total.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 6 }) : "";
      summed ||= whole;
    }
    foot.hidden = !summed;
    [...body.rows].forEach((row, n, all) => {
      row.querySelector("[data-lines-up]").disabled = n === 0;
      row.querySelector("[data-lines-down]").disabled = n === all.length - 1;
    });
    add.disabled = body.rows.length >= most;
  };

  const changed = () => {
    settle();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const fresh = () => {
    const row = spare.cloneNode(true);
    const old = row.querySelector(`[name="${CSS.escape(box.dataset.lines)}-row"]`).value;
    const [before, after] = [`${box.dataset.lines}-${old}-`, `${box.dataset.lines}-${next}-`];
    for (const input of row.querySelectorAll("[name]")) {
      if (input.name.startsWith(before)) input.name = after + input.name.slice(before.length);
      else input.value = next;
    }
    next += 1;
    show(row);
    body.append(row);
    changed();
    return row;
  };

  const show = (row) => row.querySelectorAll("button").forEach((button) => (button.hidden = false));

  for (const row of body.rows) show(row);
  add.hidden = false;
  add.addEventListener("click", () => fresh().querySelector("input:not([type=hidden]), select, textarea")?.focus());

  body.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("tr");
    if (!row) return;
    if (button.matches("[data-lines-drop]")) {
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (beside ?? fresh()).querySelector("[data-lines-drop]").focus();
    } else if (button.matches("[data-lines-up]")) {
      row.previousElementSibling?.before(row);
      button.focus();
    } else {
      row.nextElementSibling?.after(row);
      button.focus();
    }
    changed();
  });

  /* Enter in the last row begins another one, and does not send the form. */
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input, select")) return;
    event.preventDefault();
    const row = event.target.closest("tr").nextElementSibling ?? (body.rows.length < most ? fresh() : null);
    row?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });

  /* What was copied from a spreadsheet fills cells to the right and rows below. */
  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
    if (!/[\t\n]/.test(text) || event.target.matches("textarea")) return;
    event.preventDefault();
    let row = event.target.closest("tr");
    const at = event.target.closest("td").cellIndex;
    for (const line of text.split(/\r?\n/)) {
      row ??= body.rows.length < most ? fresh() : null;
      if (!row) break;
      line.split("\t").forEach((value, n) => put(row.cells[at + n]?.querySelector("input:not([type=hidden]), select, textarea"), value.trim()));
      row = row.nextElementSibling;
    }
    changed();
  });

  const put = (input, value) => {
    if (!input) return;
    const option = input.options && [...input.options].find((each) => each.value === value || each.text === value);
    input.value = option ? option.value : value;
  };

  body.addEventListener("input", settle);
  settle();
});
