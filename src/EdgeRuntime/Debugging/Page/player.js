// Plays a recording: the daemon only hands out files; timing and drawing happen here.
import { byId, bytes, make, toast } from "./dom.js";
import { of, post, read, readText } from "./api.js";

const dialog = byId("player"), screen = dialog.querySelector("canvas"), seek = dialog.querySelector("input"), playing = dialog.querySelector("button");
let frames = [];
let name = "";
let timer = 0;
let at = 0;
let shown = -1;

export async function list() {
  const recordings = await read("api/recordings");
  byId("recordings").replaceChildren(...(recordings.length > 0 ? recordings.map(entry) : [make("li", { class: "muted" }, "none yet")]));
}

function entry(recording) {
  const play = make("button", { type: "button", class: "quiet", title: "Play" }, "▶");
  play.addEventListener("click", () => open(recording.name).catch((error) => toast(error.message, true)));
  return make("li", {}, play, make("span", {}, new Date(recording.taken).toLocaleString("en-GB")), make("span", { class: "muted" }, bytes(recording.bytes)));
}

async function open(recording) {
  const lines = (await readText(`api/recordings/${recording}`)).split("\n");
  // The first line tells of the recording; a last one without its end is torn.
  frames = lines.slice(1, -1).map((line) => JSON.parse(line)).filter((frame) => frame.file);
  if (frames.length === 0) return toast("This recording has no pictures.");
  name = recording;
  dialog.querySelector("h2").textContent = recording;
  seek.max = frames.length - 1;
  dialog.showModal();
  go(0);
  play();
}

function play() {
  playing.textContent = "❚❚";
  const next = frames[at + 1];
  if (!next) return pause();
  timer = setTimeout(() => { go(at + 1); play(); }, Math.max(15, Math.min(2000, (next.at_us - frames[at].at_us) / 1000)));
}

function pause() {
  clearTimeout(timer);
  timer = 0;
  playing.textContent = "▶";
}

async function go(index) {
  at = index;
  seek.value = index;
  const frame = frames[index];
  dialog.querySelector("output").textContent = `${(frame.at_us / 1e6).toFixed(1)} s · frame ${frame.frame}`;
  const picture = new Image();
  picture.src = of(`api/recordings/${name}/${frame.file}`);
  await picture.decode().catch(() => null);
  // Pictures may come out of order while somebody drags the slider.
  if (picture.naturalWidth === 0 || (at !== index && index < shown)) return;
  shown = index;
  draw(picture, frame);
}

function draw(picture, frame) {
  const pen = screen.getContext("2d");
  [screen.width, screen.height] = [picture.naturalWidth, picture.naturalHeight];
  pen.drawImage(picture, 0, 0);
  const scale = picture.naturalWidth / frame.width;
  pen.lineWidth = Math.max(2, picture.naturalWidth / 400);
  pen.font = `${Math.max(13, picture.naturalWidth / 55)}px system-ui, sans-serif`;
  for (const object of frame.tracks?.length > 0 ? frame.tracks : frame.detections ?? []) {
    const [x, y, width, height] = object.box.map((value) => value * scale);
    const colour = `hsl(${(object.class_id * 137.5 + 140) % 360} 90% 60%)`;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.strokeRect(x, y, width, height);
    pen.fillText(`${object.track ? `#${object.track} ` : ""}${object.class ?? object.class_id} ${object.confidence.toFixed(2)}`, x + 3, Math.max(16, y - 6));
  }
}

playing.addEventListener("click", () => {
  if (timer) return pause();
  if (at === frames.length - 1) go(0);
  play();
});
seek.addEventListener("input", () => { pause(); go(Number(seek.value)); });
dialog.addEventListener("close", pause);

const record = byId("record");
let recording = false;
export function follow(state) {
  if (recording && !state.recording) list().catch(() => {});
  recording = state.recording;
  record.classList.toggle("on", recording);
  record.textContent = recording ? `Stop · ${state.frames}` : "Record";
  if (state.detail) record.title = state.detail;
}

record.addEventListener("click", () => post(recording ? "api/recording/stop" : "api/recording/start").then(follow, (error) => toast(error.message, true)));
byId("snapshot").addEventListener("click", async () => {
  try {
    const taken = await post("api/snapshots");
    toast(make("span", {}, "Saved as ", make("a", { href: of(`api/snapshots/${taken.name}`), target: "_blank" }, taken.name)));
  } catch (error) {
    toast(error.message, true);
  }
});
