// Puts the page together: one stream of events, one of pictures, both only while the page is seen.
import { byId, toast } from "./dom.js";
import { of, read } from "./api.js";
import { choose } from "./cameras.js";
import { Chart } from "./chart.js";
import { pill, showReport, showState } from "./cards.js";
import { follow } from "./controls.js";
import * as picture from "./picture.js";
import * as player from "./player.js";

const chart = new Chart(byId("chart"));
let events = null;
let heard = 0;

const absent = {
  starting: "The camera is being opened …", warming_up: "Waiting for the first picture …", camera_lost: "The camera is lost; it is opened again until it answers.",
  stale: "No fresh picture comes.", paused: "The robot asked for a pause.",
};

function open() {
  events = new EventSource(of("api/events"));
  events.addEventListener("report", (event) => showReport(JSON.parse(event.data)));
  events.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    heard = performance.now();
    choose(state);
    showState(state);
    chart.add(state);
    picture.cover(absent[state.state]);
    player.follow(state.recording);
    follow(state).catch((error) => toast(error.message, true));
  });
  events.addEventListener("error", () => lost());
  events.addEventListener("open", () => {
    picture.play();
    player.list().catch((error) => toast(error.message, true));
  });
}

function lost() {
  pill("no connection");
  picture.cover("The daemon does not answer; the page goes on when it does.", true);
  // Perhaps there is no such camera; whatever the reason is, the daemon says it in a sentence.
  read("api/labels").catch((error) => error instanceof TypeError || picture.cover(error.message, true));
  // A browser gives up on some errors; opening again is never wrong.
  if (events?.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) { close(); open(); } }, 2000);
}

function close() {
  events?.close();
  events = null;
  picture.stop();
}

setInterval(() => { if (events && heard > 0 && performance.now() - heard > 4000) lost(); }, 1000);
document.addEventListener("visibilitychange", () => (document.hidden ? close() : events || open()));

const themes = ["", "light", "dark"];
const theme = (name) => {
  document.documentElement.dataset.theme = name;
  chart.draw();
};
theme(localStorage.getItem("theme") ?? "");
byId("theme").addEventListener("click", () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
  localStorage.setItem("theme", next);
  theme(next);
  toast(next === "" ? "Colours as the system has them." : `Colours: ${next}.`);
});

open();
