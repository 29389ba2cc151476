/* Fields of a public form that come up only when another one has such an answer. The server looks again, by the same
   rule (services/forms/asking.py); without scripts all of them are there, each with a line that says when it counts. */

const plain = (text) => text.trim().split(/\s+/).filter(Boolean).join(" ").toLowerCase();

for (const form of document.querySelectorAll("[data-asking]")) {
  const dependent = [...form.querySelectorAll("[data-when]")].map((place) => ({ place, when: JSON.parse(place.dataset.when) }));
  if (!dependent.length) continue;
  const look = () => {
    for (const { place, when } of dependent) place.hidden = !met(form, when);
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.classList.add("leads-asking");
  look();
}

function met(form, when) {
  const asked = form.querySelector(`.leads-ask[data-key="${CSS.escape(when.field)}"]`);
  if (!asked || asked.hidden) return false;
  const given = new Set(new FormData(form).getAll(when.field).filter((value) => typeof value === "string").map(plain).filter(Boolean));
  if (when.op === "filled") return given.size > 0;
  return when.value.some((value) => given.has(plain(value))) === (when.op === "is");
}
