// The live picture. While nobody sees it, it is not asked for.
import { of } from "./api.js";
import { byId } from "./dom.js";

const live = byId("live"), curtain = byId("curtain"), overlay = byId("overlay");
const query = () => (overlay.checked ? "" : "overlay=false");

export function play() {
  // A new address each time: a browser holds on to a stream that has ended.
  live.src = of(`api/stream.mjpg?${query()}&start=${Date.now()}`);
}

export function stop() {
  live.removeAttribute("src");
}

/** Says a sentence over the picture; before there is one, or when it is of no use any more, in its place. */
export function cover(sentence, opaque = false) {
  curtain.hidden = !sentence;
  if (!sentence) return;
  curtain.textContent = sentence;
  curtain.classList.toggle("note", !opaque && live.naturalWidth > 0);
}

overlay.addEventListener("change", play);
live.addEventListener("error", () => { if (live.hasAttribute("src")) setTimeout(play, 2000); });
