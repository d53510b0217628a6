// What the daemon says of itself, in words.
import { byId, bytes, describe, duration, make, milliseconds, number } from "./dom.js";

const kinds = {
  running: "good", up: "good", degraded: "warn", paused: "warn", stale: "warn", warming_up: "warn", starting: "warn", greeting: "warn",
  camera_lost: "bad", lost: "bad", fault: "bad", closed: "bad",
};
const words = (state) => state.replaceAll("_", " ");
let before = null;

export function showState(state) {
  pill(state.state);
  byId("fps").textContent = number(state.fps, 1);
  byId("age50").textContent = milliseconds(state.age.p50_ms);
  byId("age99").textContent = milliseconds(state.age.p99_ms);
  byId("dropped").textContent = number(state.camera.dropped);
  showStages(state);
  showCamera(state.camera);
  showModel(state.model);
  showLinks(state.links);
  showBoard(state);
  before = state;
}

export function pill(state) {
  byId("state").textContent = words(state);
  byId("state").className = `pill ${kinds[state] ?? ""}`;
}

export function showReport(report) {
  const target = report.target;
  byId("target").replaceChildren(...(target
    ? [
        make("b", {}, target.class ?? `class ${target.class_id}`), make("span", { class: "muted" }, `#${target.track}`),
        reading("yaw", signed(target.yaw_degrees)), reading("pitch", signed(target.pitch_degrees)),
        reading("distance", target.distance_mm ? `${number(target.distance_mm / 1000, 2)} m` : "–"),
      ]
    : [make("span", { class: "muted" }, report.classes ? "a classifier has no target" : "no target")]));
  const objects = report.classes ?? (report.tracks.length > 0 ? report.tracks : report.detections);
  byId("count").textContent = report.classes ? "likeliest classes" : `${count(report.detections.length, "detection")}, ${count(report.tracks.length, "track")}`;
  byId("objects").replaceChildren(...(objects.length > 0 ? objects.slice(0, 20).map((object) => item(object, target)) : [make("li", { class: "muted" }, "nothing is seen")]));
}

const count = (howMany, what) => `${howMany} ${what}${howMany === 1 ? "" : "s"}`;
const reading = (name, value) => make("span", {}, make("small", {}, name), make("b", {}, value));
const signed = (degrees) => `${degrees < 0 ? "−" : "+"}${number(Math.abs(degrees), 1)}°`;

function item(object, target) {
  const chosen = target && object.track === target.track;
  return make("li", { class: `${chosen ? "chosen " : ""}${object.predicted ? "predicted" : ""}`, "data-box": object.box?.join(" ") },
    make("span", { class: "id" }, object.track ? `#${object.track}` : ""),
    make("span", {}, object.class ?? `class ${object.class_id}`),
    make("span", { class: "share" }, number(object.confidence, 2)),
    bar(object.confidence));
}

function bar(share) {
  const part = make("i");
  part.style.width = `${100 * share}%`;
  return make("span", { class: "meter" }, part);
}

function showStages({ stages, age }) {
  byId("stages").tBodies[0].replaceChildren(...[...stages, age].map((stage) => make("tr", {},
    make("td", {}, make("i", { class: stage.name.replaceAll(" ", "-") }), stage.name),
    ...[stage.last_ms, stage.p50_ms, stage.p99_ms].map((value) => make("td", {}, number(value, 2))))));
}

function showCamera(camera) {
  describe(byId("camera"), [
    ["state", words(camera.state), kinds[camera.state]],
    ["source", camera.description],
    ["picture", camera.width ? `${camera.width} × ${camera.height}` : "–"],
    ["frames/s", number(camera.fps, 1)],
    ["captured", number(camera.captured)],
    ["dropped", `${number(camera.dropped)} (${number(100 * camera.dropped / Math.max(1, camera.captured), 1)} %)`],
    ["opened again", number(camera.reopened)],
    ...(camera.detail ? [["", camera.detail, "warn"]] : []),
  ]);
}

function showModel(model) {
  describe(byId("model"), [
    ["file", model.path.split("/").at(-1)],
    ["computed by", model.backend],
    ["task", model.task],
    ["input", `${model.input_width} × ${model.input_height}`],
    ["classes", number(model.classes)],
    ["confidence", number(model.confidence, 2)],
    ...(model.iou == null ? [] : [["IoU", number(model.iou, 2)]]),
    ...model.remarks.map((remark) => ["", remark, "muted"]),
  ]);
}

function showLinks(links) {
  const lists = links.map((link) => {
    const list = make("dl");
    describe(list, [
      ["", link.description, "head"],
      ["state", words(link.state), kinds[link.state]],
      ["sent", number(link.sent)],
      ["acknowledged", number(link.acknowledged)],
      ["replaced", number(link.dropped)],
      ["errors", number(link.errors), link.errors > 0 ? "warn" : ""],
      ["opened again", number(link.reopened)],
      ["round trip", link.round_trip_ms > 0 ? milliseconds(link.round_trip_ms) : "–"],
      ...(link.detail ? [["", link.detail, "warn"]] : []),
    ]);
    return list;
  });
  byId("links").replaceChildren(...(lists.length > 0 ? lists : [make("p", { class: "muted" }, "Nobody is told: Link:Port and Output:Json are empty.")]));
}

function showBoard({ board, care, uptime_s, frames, watching }) {
  const cores = before && uptime_s > before.uptime_s ? (board.cpu_s - before.board.cpu_s) / (uptime_s - before.uptime_s) : 0;
  describe(byId("board"), [
    ["running for", duration(uptime_s)],
    ["frames", number(frames)],
    ["processor", `${number(100 * cores / board.cores)} % of ${board.cores} cores`],
    ["temperature", board.temperature_c > 0 ? `${board.temperature_c} °C` : "not told", board.temperature_c > 80 ? "bad" : ""],
    ["clock held down", board.throttled ? "yes" : "no", board.throttled ? "bad" : ""],
    ["given up", care.level > 0 ? care.steps.slice(0, care.level).join(", ") : "nothing", care.level > 0 ? "warn" : ""],
    ["given up next", care.steps.slice(care.level).join(", ") || "nothing more"],
    ...(care.trouble ? [["", `${care.trouble[0].toUpperCase()}${care.trouble.slice(1)}.`, "warn"]] : []),
    ["load", board.load == null ? "not told" : number(board.load, 1)],
    ["memory free", board.free_memory == null ? "not told" : bytes(board.free_memory)],
    ["disk free", bytes(board.free_disk)],
    ["memory", `${bytes(board.memory)} (${bytes(board.managed_memory)} managed)`],
    ["collections", number(board.collections)],
    ["watching", `${watching.pictures} pictures, ${watching.events} events`],
  ]);
}
