/* Runs something for each matching element: those on the page now, and those that htmx brings later. */

export function each(selector, prepare) {
  const seen = new WeakSet();
  const look = (root) => {
    for (const element of root.querySelectorAll?.(selector) ?? []) use(element);
    if (root.matches?.(selector)) use(root);
  };
  const use = (element) => {
    if (!seen.has(element)) {
      seen.add(element);
      prepare(element);
    }
  };
  look(document);
  document.addEventListener("htmx:after:process", (event) => look(event.target));
}
