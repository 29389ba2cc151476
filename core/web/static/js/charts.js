/* Draws `<figure data-chart="…">` with ECharts, which is fetched when the first chart comes into view.

   Drawn on a canvas in the colours of the page. The figures stand in a table beside it, which is closed once the chart
   is there; whoever reads with a screen reader or a keyboard opens it, and its links lead where the marks do. */

import { each } from "./ready.js";

const COLOURS = ["teal", "orange", "blue", "purple", "amber", "pink", "green", "cyan", "red", "gray"];
const ROW = 34;
const drawn = new Map();
let loading;

function echarts() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/echarts.js", import.meta.url);
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

each("[data-chart]", (figure) => {
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    draw(figure);
  }, { rootMargin: "200px" }).observe(figure);
});

async function draw(figure) {
  if (drawn.has(figure)) return;
  const area = figure.querySelector(".gx-chart-area");
  const told = JSON.parse(figure.dataset.chart);
  if (told.kind === "bars") area.style.height = `${told.labels.length * ROW + 70}px`;
  const kit = await echarts();
  if (!figure.isConnected) return;
  const table = figure.querySelector(".gx-chart-table");
  if (table && !figure.classList.contains("gx-drawn")) table.open = false;
  figure.classList.add("gx-drawn");
  const chart = kit.init(area, null, { renderer: "canvas" });
  chart.setOption(option(told, figure));
  chart.on("click", ({ seriesIndex, dataIndex }) => {
    const url = told.series[seriesIndex]?.urls[dataIndex];
    if (url) location.assign(url);
  });
  const watch = new ResizeObserver(() => (figure.isConnected ? chart.resize() : forget(figure)));
  watch.observe(area);
  drawn.set(figure, { chart, told, watch });
}

function forget(figure) {
  const { chart, watch } = drawn.get(figure);
  watch.disconnect();
  chart.dispose();
  drawn.delete(figure);
}

function redraw() {
  for (const [figure, { chart, told }] of drawn) {
    if (figure.isConnected) chart.setOption(option(told, figure), true);
    else forget(figure);
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
addEventListener("beforeprint", () => {
  for (const figure of document.querySelectorAll("[data-chart]:not(.gx-drawn)")) draw(figure);
  for (const table of document.querySelectorAll(".gx-chart-table")) table.open = true;
});

/* --- what ECharts is told --- */

function option(told, figure) {
  const look = looks(figure);
  const colours = told.kind === "ring" ? told.labels.map((_label, at) => COLOURS[at % COLOURS.length])
    : told.series.map((one, at) => one.colour || COLOURS[at % COLOURS.length]);
  const several = told.kind === "ring" || told.series.length > 1;
  return {
    color: colours.map((name) => look.colour(name)),
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 350,
    textStyle: { fontFamily: look.font, color: look.ink },
    legend: several ? { top: 0, left: 0, type: "scroll", icon: "circle", itemWidth: 9, itemHeight: 9, itemGap: 16, textStyle: { color: look.ink, fontSize: 12 }, pageTextStyle: { color: look.ink }, pageIconColor: look.ink, pageIconInactiveColor: look.line } : undefined,
    tooltip: tip(told, look),
    ...(told.kind === "ring" ? ring(told, look) : axes(told, look, several)),
  };
}

function tip(told, look) {
  const around = told.kind === "ring" ? {} : { trigger: "axis", axisPointer: { type: told.kind === "lines" ? "line" : "shadow", lineStyle: { color: look.line }, shadowStyle: { color: look.shade } } };
  return {
    ...around,
    renderMode: "richText", // the page's policy lets no styles stand in what is written into it
    confine: true, backgroundColor: look.raised, borderColor: look.line, borderWidth: 1, padding: [8, 12],
    textStyle: { color: look.strong, fontSize: 12, lineHeight: 18 },
    formatter: (given) => {
      const marks = Array.isArray(given) ? given : [given];
      const lines = marks.map((mark) => `${mark.marker ? "● " : ""}${told.kind === "ring" ? mark.name : mark.seriesName}:  ${told.series[mark.seriesIndex].said[mark.dataIndex]}`);
      return told.kind === "ring" ? lines[0] : [told.labels[marks[0].dataIndex], ...lines].join("\n");
    },
  };
}

function axes(told, look, several) {
  const lying = told.kind === "bars";
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(language, told.unit === "percent" ? { style: "percent", maximumFractionDigits: 0 } : { notation: "compact", maximumFractionDigits: 1 });
  const names = {
    type: "category", data: told.labels, inverse: lying, axisTick: { show: false }, axisLine: { lineStyle: { color: look.line } },
    axisLabel: { color: look.ink, ...labels(told, look) },
  };
  const values = {
    type: "value", minInterval: told.unit === "percent" ? 0 : 1, splitLine: { lineStyle: { color: look.line } },
    axisLabel: { color: look.ink, formatter: (value) => number.format(value) },
    name: told.axis, nameTextStyle: { color: look.ink, align: lying ? "right" : "left", padding: lying ? 0 : [0, 0, 4, -30] },
  };
  return {
    grid: { left: 4, right: lying ? 40 : 12, top: (several ? 34 : 12) + (told.axis && !lying ? 18 : 0), bottom: 4, containLabel: true },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: told.series.map((one, at) => ({
      name: one.name, data: one.values, cursor: one.urls.length ? "pointer" : "default",
      ...(told.kind === "lines" || one.line
        ? { type: "line", symbolSize: 6, lineStyle: { width: 2 }, z: 3 }
        : {
            type: "bar", stack: told.stacked ? "all" : undefined, barMaxWidth: 32, barGap: "20%",
            itemStyle: { borderRadius: told.stacked && at < told.series.length - 1 ? 0 : lying ? [0, 4, 4, 0] : [4, 4, 0, 0] },
            label: { show: lying && !told.stacked && told.series.length === 1, position: "right", color: look.ink, formatter: ({ dataIndex }) => one.said[dataIndex] },
          }),
    })),
  };
}

/* Long names are cut where they stand beside lying bars, and broken below a few columns; below many, some are left out. */
function labels(told, look) {
  if (told.kind === "bars") return { width: Math.min(170, look.width * 0.32), overflow: "truncate" };
  const room = (look.width - 60) / told.labels.length;
  return room > 52 ? { interval: 0, width: room - 8, overflow: "break" } : { hideOverlap: true };
}

function ring(told, look) {
  const [one] = told.series;
  return {
    series: [{
      type: "pie", radius: ["48%", "76%"], center: ["50%", "56%"], itemStyle: { borderColor: look.surface, borderWidth: 2 },
      label: { show: false }, data: told.labels.map((name, at) => ({ name, value: one.values[at] })),
    }],
  };
}

/* --- the colours of the page, as a canvas takes them --- */

function looks(figure) {
  const style = getComputedStyle(figure);
  return {
    ink: seen(figure, "", "var(--gx-ink-2)"), strong: seen(figure, "", "var(--gx-ink)"), line: seen(figure, "", "var(--gx-line)"),
    shade: seen(figure, "", "var(--gx-hover)"), raised: seen(figure, "", "var(--gx-raised)"), surface: seen(figure, "", "var(--gx-surface)"),
    font: style.fontFamily, width: figure.clientWidth,
    colour: (name) => seen(figure, `gx-${COLOURS.includes(name) ? name : "gray"} gx-chart-colour`),
  };
}

/* A new element each time: one that changed its colour would be on its way to it. */
function seen(figure, classes, value = "") {
  const probe = Object.assign(document.createElement("span"), { className: classes });
  probe.style.color = value;
  figure.append(probe);
  const colour = plain(getComputedStyle(probe).color);
  probe.remove();
  return colour;
}

function plain(colour) {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}
