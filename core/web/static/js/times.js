/* Keeps "3 minutes ago" true. */

const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
const UNITS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

setInterval(() => document.querySelectorAll("time[data-relative]").forEach(tell), 30000);

function tell(element) {
  const seconds = (new Date(element.dateTime) - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size * 0.98) ?? UNITS.at(-1);
  element.textContent = words.format(Math.round(seconds / length) || 0, unit);
}
