// The choice of a camera, where there are several. The page's address names the one that it shows, so that it can be kept as a bookmark.
import { byId, make } from "./dom.js";

const list = byId("cameras");

/** Shows which cameras there are and how each is; the one that is looked at is chosen. */
export function choose({ name, cameras }) {
  list.hidden = cameras.length < 2;
  if (list.hidden) return;
  if (list.options.length !== cameras.length) list.replaceChildren(...cameras.map((camera) => make("option", { value: camera.name })));
  cameras.forEach((camera, index) => {
    const trouble = camera.state === "running" ? "" : ` – ${camera.state.replaceAll("_", " ")}`;
    list.options[index].textContent = `${camera.name}${camera.for_robot ? " → robot" : ""}${trouble}`;
  });
  if (document.activeElement !== list) list.value = name;
}

list.addEventListener("change", () => { location.search = `?camera=${encodeURIComponent(list.value)}`; });
