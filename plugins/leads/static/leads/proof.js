/* Proof of work for a public form, by the protocol of ALTCHA: counts in the background until the derived key begins as
   the challenge says. Where a browser cannot, the form is sent without, and the server finds a slower way. */

const OLD = 20 * 60 * 1000;

for (const form of document.querySelectorAll("[data-proof]")) {
  const isLast = Boolean(form.dataset.proofLast);
  let proof, since = 0;
  const begin = () => {
    if (proof && Date.now() - since < OLD) return proof;
    since = Date.now();
    const begun = form.dataset.proofFirst && !proof ? "?begun" : "";
    proof = fetch(form.dataset.proof + begun)
      .then((response) => response.json())
      .then((challenge) => (isLast && challenge.parameters ? solve(challenge) : ""))
      .catch(() => "");
    return proof;
  };
  if (form.dataset.proofFirst) form.addEventListener("input", begin, { once: true });
  else if (isLast) begin();
  if (!isLast) continue;

  form.addEventListener("submit", async (event) => {
    if (form.dataset.proven || event.submitter?.value === "back") return;
    event.preventDefault();
    const button = event.submitter ?? form.querySelector("button");
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = form.dataset.proofWait;
    button.setAttribute("aria-busy", "true");
    const found = await begin();
    if (found) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "gx_proof", value: found }));
    form.dataset.proven = "1";
    label.textContent = before;
    setTimeout(() => form.requestSubmit(button)); // not while the event is still under way: that would do nothing
  });
}

window.addEventListener("pageshow", (event) => event.persisted && location.reload());

async function solve(challenge) {
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
  const counter = new DataView(password.buffer, password.length - 4);
  const settings = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  for (let tried = 0; tried < 1_000_000; tried++) {
    counter.setUint32(0, tried);
    const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const key = hex(new Uint8Array(await crypto.subtle.deriveBits(settings, base, keyLength * 8)));
    if (key.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter: tried, derivedKey: key } }));
  }
  return "";
}

const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const hex = (numbers) => [...numbers].map((number) => number.toString(16).padStart(2, "0")).join("");
