// The live picture. While nobody sees it, it is not asked for.
import { byId, toast } from "./dom.js";

const live = byId("live"), curtain = byId("curtain"), overlay = byId("overlay");
const query = () => (overlay.checked ? "" : "overlay=false");

export function play() {
  // A new address each time: a browser holds on to a stream that has ended.
  live.src = `api/stream.mjpg?${query()}&start=${Date.now()}`;
}

export function stop() {
  live.removeAttribute("src");
}

/** Draws the curtain with a sentence, or opens it. */
export function cover(sentence) {
  curtain.hidden = !sentence;
  if (sentence) curtain.textContent = sentence;
}

overlay.addEventListener("change", play);
live.addEventListener("error", () => { if (live.hasAttribute("src")) setTimeout(play, 2000); });

byId("snapshot").addEventListener("click", async () => {
  const answer = await fetch(`api/picture.jpg?${query()}`);
  if (!answer.ok) return toast((await answer.json()).detail, true);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `frame-${answer.headers.get("X-Frame")}.jpg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
