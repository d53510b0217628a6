// Builds elements. Whatever comes from the daemon becomes text, never markup.

export const byId = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Fills a description list; rows are [term, text, class], with a term of "" for a sentence of its own. */
export function describe(list, rows) {
  list.replaceChildren(...rows.flatMap(([term, text, kind]) =>
    term === "" ? [make("dd", { class: `wide ${kind ?? ""}` }, text)] : [make("dt", {}, term), make("dd", { class: kind }, text)]));
}

export function toast(text, bad = false) {
  const note = make("p", bad ? { class: "bad" } : {}, text); // text, or an element
  byId("toasts").append(note);
  setTimeout(() => note.remove(), bad ? 9000 : 3500);
}

export const number = (value, digits = 0) =>
  value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const milliseconds = (value) => `${number(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;

export const bytes = (value) => `${number(value / 1048576)} MiB`;

export function duration(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(seconds)} s`;
}
