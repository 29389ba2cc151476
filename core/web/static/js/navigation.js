/* Going from page to page inside the frame: what to do with answers that are no such page, and where the focus goes. */

import { each } from "./ready.js";
import { toast } from "./toasts.js";

const words = () => document.getElementById("words")?.dataset ?? {};

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const answer = ctx.response;
  if (!answer || ctx.hx?.reswap === "none") return;
  const isPage = /^\s*<!doctype html/i.test(ctx.text ?? "");
  const hasMain = /id="main"/.test(ctx.text ?? "") && /class="gx-framed"/.test(ctx.text ?? "");
  const lost = ctx.select === "#main" ? !hasMain : isPage && ctx.target !== document.body;
  if ((lost && answer.status < 500) || (answer.status >= 400 && answer.status !== 422 && isPage && ctx.request.method === "GET")) {
    event.preventDefault();
    location.assign(answer.raw.url || ctx.request.action);
  }
});

document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx.select !== "#main") return;
  const main = document.getElementById("main");
  if (!main?.contains(document.activeElement) && document.activeElement === document.body) main?.focus({ preventScroll: true });
});

document.addEventListener("htmx:response:error", ({ detail }) => {
  if (!detail.ctx.hx?.trigger && detail.ctx.response.status >= 500) toast(words().broken, "error");
});

document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.error?.name === "TypeError" && !detail.ctx?.response) toast(words().offline, "error");
});

/* Of tabs that do not all fit, the one at hand is in sight. */
each(".gx-tabs [aria-current]", (tab) => {
  const tabs = tab.parentElement, [place, room] = [tab.getBoundingClientRect(), tabs.getBoundingClientRect()];
  tabs.scrollLeft += place.left + place.width / 2 - room.left - room.width / 2;
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-fold]")) return;
  const root = document.documentElement;
  root.dataset.side = root.dataset.side === "narrow" ? "wide" : "narrow";
  const [name, secure] = location.protocol === "https:" ? ["__Host-side", "; secure"] : ["side", ""];
  document.cookie = `${name}=${root.dataset.side}; path=/; max-age=31536000; samesite=lax${secure}`;
});
