/* A territory that was chosen in the tree is put into the list of those that count. */
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-territory-add]");
  if (!button) return;
  const whole = button.closest("[data-territories]");
  const inputs = [...whole.querySelectorAll("[data-address] input")];
  const territory = inputs.map((input) => input.value.trim()).filter(Boolean).join(" ");
  const list = whole.querySelector("[data-territory-list]");
  const known = [...list.querySelectorAll("input")].map((input) => input.value);
  if (territory && !known.includes(territory)) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "territories", value: territory, checked: true });
    const text = Object.assign(document.createElement("span"), { textContent: territory });
    label.className = "gx-choice";
    label.append(box, text);
    list.append(label);
  }
  for (const input of inputs) input.value = "";
  inputs[0].focus();
});
