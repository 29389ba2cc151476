/* The dialog over the page, the question before something grave, and closing both. */

const dialog = () => document.getElementById("dialog");
const body = () => document.getElementById("dialog-body");
const agreed = new WeakSet();

document.addEventListener("htmx:after:swap", ({ detail }) => {
  const target = detail.ctx.target;
  if (target?.id === "dialog-body" && target.childElementCount) open();
  else if (target?.id === "main" || detail.ctx.select === "#main") close();
});

function open() {
  const heading = body().querySelector("h1, h2");
  if (heading) heading.id ||= "dialog-title";
  if (!dialog().open) dialog().showModal();
  const first = body().querySelector("[data-focus], [autofocus], [aria-invalid]") ?? body().querySelector("input:not([type=hidden]), select, textarea");
  first?.focus();
}

function close() {
  if (dialog()?.open) dialog().close();
}

document.addEventListener("close", ({ target }) => target === dialog() && body().replaceChildren(), true);
document.addEventListener("close-dialog", close);

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  const around = closer?.closest("dialog");
  if (around) {
    event.preventDefault();
    event.stopImmediatePropagation();
    around.close();
  } else if (event.target instanceof HTMLDialogElement && event.target.open && isOutside(event)) {
    event.target.close("no");
  }
}, true);

function isOutside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

function ask(element, goOn) {
  const confirmation = document.getElementById("confirm");
  const yes = confirmation.querySelector("[value=yes]");
  const danger = element.hasAttribute("data-confirm-danger");
  confirmation.querySelector("p").textContent = element.dataset.confirm;
  yes.textContent = element.dataset.confirmLabel ?? yes.dataset.label;
  yes.classList.toggle("gx-btn-danger", danger);
  yes.classList.toggle("gx-btn-primary", !danger);
  confirmation.returnValue = "no";
  confirmation.addEventListener("close", () => confirmation.returnValue === "yes" && goOn(), { once: true });
  confirmation.showModal();
}

function intercept(event, element, goOn) {
  if (agreed.delete(element)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(element, () => {
    agreed.add(element);
    goOn();
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm) intercept(event, form, () => form.requestSubmit(event.submitter));
}, true);

document.addEventListener("click", (event) => {
  const element = event.target.closest("a[data-confirm], button[data-confirm]");
  if (element) intercept(event, element, () => element.click());
}, true);
