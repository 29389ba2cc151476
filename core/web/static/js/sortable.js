/* SortableJS, fetched when something on the page is first to be dragged. */

let loading;

export function sortable() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/sortable.js", import.meta.url);
    script.onload = () => resolve(window.Sortable);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

/* Posts a move and, should the server refuse it, calls `back`. */
export async function post(url, { source, swap = "outerHTML", target = source, values, back }) {
  const refused = ({ detail }) => detail.ctx.sourceElement === source && detail.ctx.response?.status >= 400 && back();
  document.addEventListener("htmx:response:error", refused);
  try {
    await window.htmx.ajax("POST", url, { source, target, swap, values });
  } finally {
    document.removeEventListener("htmx:response:error", refused);
  }
}
