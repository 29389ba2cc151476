/* A form with `data-passkey="get"` or `"create"` asks the device for a passkey before it is sent: the question comes from
   `data-question`, the answer goes into its field `credential`. Browsers without passkeys do not see the form.
   Those that can offer their passkeys beneath the field that `data-offered-in` selects, as they offer addresses. */

import { each } from "./ready.js";

const FRESH = 4 * 60 * 1000; // a question waits a little longer than this for its answer
let offer = null;

each("[data-passkey]", (form) => {
  if (!window.PublicKeyCredential) form.hidden = true;
  else if (form.dataset.offeredIn) offerIn(document.querySelector(form.dataset.offeredIn), form);
});

async function offerIn(field, form) {
  if (!field || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  let asked = 0;
  const ask = async () => {
    if (Date.now() - asked < FRESH) return;
    asked = Date.now();
    withdrawOffer();
    const mine = (offer = new AbortController());
    try {
      const publicKey = await question(form, mine.signal);
      if (offer === mine) send(form, await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal }));
    } catch {
      // Withdrawn, or nothing chosen: the button is still there.
    }
  };
  field.addEventListener("focus", ask);
  if (document.activeElement === field) ask();
}

function withdrawOffer() {
  offer?.abort();
  offer = null;
}

function send(form, credential) {
  const answer = form.elements.credential;
  answer.value = JSON.stringify(written(credential));
  form.requestSubmit();
  answer.value = "";
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-passkey]");
  const answer = form?.elements.credential;
  if (!form || answer.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  prove(form);
}, true);

async function prove(form) {
  const button = form.querySelector("button");
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  button.disabled = true;
  withdrawOffer();
  try {
    const options = await question(form);
    const create = form.dataset.passkey === "create";
    const credential = await navigator.credentials[create ? "create" : "get"]({ publicKey: options });
    button.disabled = false;
    send(form, credential);
  } catch (error) {
    problem.textContent = problem.dataset[error.name === "InvalidStateError" ? "known" : "problem"];
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
}

async function question(form, signal) {
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
  const response = await fetch(form.dataset.question, { method: "POST", headers, signal });
  if (!response.ok || response.redirected) throw new Error("no question");
  const options = await response.json();
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    options[list] = (options[list] ?? []).map((known) => ({ ...known, id: bytes(known.id) }));
  }
  return options;
}

function written({ id, rawId, type, response, authenticatorAttachment }) {
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) said[part] = text(response[part]);
  }
  if (response.getTransports) said.transports = response.getTransports();
  return { id, rawId: text(rawId), type, authenticatorAttachment, response: said, clientExtensionResults: {} };
}

const bytes = (written) => Uint8Array.from(atob(written.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
