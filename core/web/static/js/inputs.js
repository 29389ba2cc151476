/* Controls that are more than an input: choices in steps, addresses, formatted text, colours, codes, places. */

import { each } from "./ready.js";

const changed = (element) => element.dispatchEvent(new Event("change", { bubbles: true }));

/* `icon` is an SVG that the server drew. */
function button(label, icon, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "gx-btn gx-btn-secondary gx-btn-icon", title: label, innerHTML: icon });
  made.setAttribute("aria-label", label);
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", press);
  return made;
}

/* One list of paths becomes a list for each step. */
each("[data-cascade]", (whole) => {
  const tree = JSON.parse(whole.dataset.cascade);
  const steps = document.createElement("div");
  steps.className = "gx-steps";
  const draw = (path) => {
    steps.replaceChildren();
    let level = tree;
    for (let depth = 0; Object.keys(level).length; depth++) {
      const list = document.createElement("select");
      list.className = "gx-input gx-select";
      if (depth === 0) list.id = whole.dataset.id;
      list.setAttribute("aria-label", `${whole.dataset.label} ${depth + 1}`);
      list.append(new Option("", ""), ...Object.keys(level).map((name) => new Option(name, name, false, name === path[depth])));
      list.addEventListener("change", () => {
        const next = [...path.slice(0, depth), ...(list.value ? [list.value] : [])];
        const wanted = next.join(" / ");
        if (![...whole.options].some((option) => option.value === wanted)) whole.append(new Option(wanted, wanted));
        whole.value = wanted;
        draw(next);
        steps.children[Math.min(depth + 1, steps.children.length - 1)].focus();
        changed(whole);
      });
      steps.append(list);
      if (!path[depth] || !level[path[depth]]) break;
      level = level[path[depth]];
    }
  };
  whole.dataset.id = whole.id;
  whole.dataset.label = whole.closest(".gx-field")?.querySelector(".gx-label")?.firstChild.textContent ?? "";
  whole.removeAttribute("id");
  whole.hidden = true;
  whole.after(steps);
  draw(whole.value ? whole.value.split(" / ") : []);
});

/* Province, city, district: suggestions that follow from what stands before. */
let divisions;
each("[data-address]", (address) => {
  const [province, city, district] = address.querySelectorAll("input");
  const suggest = (input, names) => {
    const id = `${input.name}-names`;
    let list = document.getElementById(id);
    if (!list) {
      list = Object.assign(document.createElement("datalist"), { id });
      address.append(list);
      input.setAttribute("list", id);
    }
    list.replaceChildren(...names.map((name) => new Option(name, name)));
  };
  const follow = () => {
    const cities = divisions[province.value] ?? {};
    suggest(province, Object.keys(divisions));
    suggest(city, Object.keys(cities));
    suggest(district, cities[city.value] ?? []);
  };
  address.addEventListener("focusin", async () => {
    divisions ??= await (await fetch(address.dataset.address)).json();
    follow();
  });
  address.addEventListener("change", () => divisions && follow());
});

/* Formatted text: what is seen is typed; the text area behind it is what is sent, and is cleaned by the server. */
each("[data-rich]", (area) => {
  const tools = JSON.parse(area.dataset.rich);
  const tool = (name, press) => button(tools[name].label, tools[name].icon, press);
  const box = document.createElement("div");
  const bar = document.createElement("div");
  const page = document.createElement("div");
  box.className = "gx-rich-input";
  bar.className = "gx-rich-bar";
  page.className = "gx-rich gx-input";
  Object.assign(page, { contentEditable: "true", innerHTML: area.value });
  page.setAttribute("role", "textbox");
  page.setAttribute("aria-multiline", "true");
  page.setAttribute("aria-label", area.closest(".gx-field")?.querySelector(".gx-label")?.firstChild.textContent ?? "");
  const keep = () => {
    area.value = page.textContent.trim() ? page.innerHTML : "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const run = (command, value) => () => {
    page.focus();
    document.execCommand(command, false, typeof value === "function" ? value() : value);
    keep();
  };
  bar.append(
    tool("bold", run("bold")),
    tool("italic", run("italic")),
    tool("list", run("insertUnorderedList")),
    tool("numbers", run("insertOrderedList")),
    tool("quote", run("formatBlock", "blockquote")),
    tool("link", run("createLink", () => getSelection().toString() || "https://")),
    tool("clear", run("removeFormat")),
  );
  page.addEventListener("input", keep);
  page.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  page.addEventListener("blur", () => changed(area));
  area.hidden = true;
  box.append(bar, page);
  area.after(box);
  area.closest(".gx-field")?.querySelector(".gx-label")?.addEventListener("click", () => page.focus());
});

each("[data-color]", (group) => {
  const [picker, code] = group.querySelectorAll("input");
  const show = () => picker.classList.toggle("gx-color-none", !code.value);
  picker.addEventListener("input", () => {
    code.value = picker.value;
    show();
  });
  picker.addEventListener("change", () => changed(code));
  code.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(code.value)) picker.value = code.value;
    show();
  });
  show();
});

each("[data-geo]", (group) => {
  if (!navigator.geolocation) return;
  const point = group.querySelector("input");
  group.append(
    button(group.dataset.geo, group.dataset.icon, () =>
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        point.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
        changed(point);
      }),
    ),
  );
});

/* A bar code is read with the camera where the browser can. */
each("[data-scan]", (group) => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const code = group.querySelector("input");
  const scan = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const video = Object.assign(document.createElement("video"), { srcObject: stream, className: "gx-scan", muted: true });
    group.after(video);
    await video.play();
    const detector = new BarcodeDetector();
    const stop = () => {
      stream.getTracks().forEach((track) => track.stop());
      video.remove();
    };
    video.addEventListener("click", stop);
    const look = async () => {
      if (!video.isConnected) return stop();
      const [found] = await detector.detect(video);
      if (!found) return requestAnimationFrame(look);
      code.value = found.rawValue;
      stop();
      changed(code);
    };
    look();
  };
  group.append(button(group.dataset.scan, group.dataset.icon, scan));
});
