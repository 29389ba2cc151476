/* The eye beside a password shows what was typed, until the form is sent. */

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show-password]");
  if (button) show(button, button.getAttribute("aria-pressed") !== "true");
});

document.addEventListener("submit", ({ target }) => {
  for (const button of target.querySelectorAll("[data-show-password][aria-pressed=true]")) show(button, false);
}, true);

function show(button, shown) {
  button.setAttribute("aria-pressed", shown);
  button.previousElementSibling.type = shown ? "text" : "password";
}
