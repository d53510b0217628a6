// The settings that can be changed while looking.
import { byId, make, toast } from "./dom.js";
import { change, post, read, readText } from "./api.js";

const form = byId("controls");
const touched = new Map(); // settings that somebody is moving now, and until when they are left alone
let settings = {};
let model = {};
let modelFile = "";
let revision = -1;
let labelsOf = null;

// Before the daemon's first answer there is nothing to change.
form.inert = true;

/** Takes note of the daemon's state; reads the settings again when somebody has changed them. */
export async function follow(state) {
  model = state.model;
  if (state.settings_revision !== revision) {
    revision = state.settings_revision;
    await refresh();
  }
}

async function refresh() {
  settings = await read("api/settings");
  await showModels();
  if (labelsOf !== model.path) {
    labelsOf = model.path;
    await showClasses();
  }
  for (const field of form.querySelectorAll("[data-setting]")) show(field);
  for (const box of byId("classes").querySelectorAll("input")) box.checked = settings.Target.Classes.includes(box.value);
  form.inert = false;
}

function valueOf(key) {
  const [section, name] = key.split(":");
  return settings[section]?.[name];
}

function show(field) {
  const key = field.dataset.setting;
  if ((touched.get(key) ?? 0) > performance.now()) return;
  let value = valueOf(key);
  if (field.type === "radio") field.checked = field.value === value;
  else if (field.type === "range") {
    if (value == null) value = key === "Model:Confidence" ? model.confidence : model.iou;
    field.disabled = value == null;
    field.value = value ?? 0;
    say(field);
  } else if (key === "Model:Path") field.value = modelFile;
  else if (document.activeElement !== field) field.value = value ?? "";
}

function say(field) {
  field.closest("label").querySelector("output").textContent =
    field.disabled ? "–" : Number(field.value).toFixed(2) + (valueOf(field.dataset.setting) == null ? " (model)" : "");
}

async function showClasses() {
  const labels = await read("api/labels");
  byId("classes").replaceChildren(...labels.map((label) =>
    make("label", {}, make("input", { type: "checkbox", value: label }), make("span", {}, label))));
  byId("class-filter").hidden = labels.length < 13;
  byId("class-filter").value = "";
}

async function showModels() {
  const { current, models } = await read("api/models");
  modelFile = current;
  // A list that somebody has open stays as it is while its names do.
  if ([...byId("models").options].map((option) => option.value).join() !== models.join())
    byId("models").replaceChildren(...models.map((name) => make("option", { value: name }, name)));
}

async function apply(patch, slow) {
  if (slow) form.classList.add("busy");
  try {
    const done = await change(patch);
    if (done.remarks.length > 0) toast(done.remarks.join(" "));
    if (done.need_restart.length > 0) toast(`Changes with the next start: ${done.need_restart.join(", ")}.`);
  } catch (error) {
    toast(error.message, true);
    touched.clear();
    await refresh();
  } finally {
    form.classList.remove("busy");
  }
}

function patchOf(key, value) {
  const [section, name] = key.split(":");
  return { [section]: { [name]: value } };
}

// A slider that is dragged sends what it has come to, one change at a time, the last one for sure.
let sending = false;
const waiting = new Map();
async function send(key, value) {
  waiting.set(key, value);
  if (sending) return;
  sending = true;
  while (waiting.size > 0) {
    const [next, latest] = waiting.entries().next().value;
    waiting.delete(next);
    await apply(patchOf(next, latest), false);
  }
  sending = false;
}

form.addEventListener("input", (event) => {
  const field = event.target;
  if (field.type !== "range") return;
  touched.set(field.dataset.setting, performance.now() + 1500);
  const [section, name] = field.dataset.setting.split(":");
  settings[section][name] = Number(field.value);
  say(field);
  send(field.dataset.setting, Number(field.value));
});

form.addEventListener("change", (event) => {
  const field = event.target, key = field.dataset.setting;
  if (field.closest("#classes")) {
    const chosen = [...byId("classes").querySelectorAll(":checked")].map((box) => box.value);
    apply({ Target: { Classes: chosen.length > 0 ? chosen : null } }, false);
  } else if (key === "Model:Path" || key === "Inference:Backend") apply(patchOf(key, field.value), true);
  else if (field.type === "radio") apply(patchOf(key, field.value), false);
  else if (field.type === "number") apply(patchOf(key, field.value === "" ? null : Number(field.value)), false);
});

form.addEventListener("click", (event) => {
  const key = event.target.dataset?.reset;
  if (!key) return;
  touched.delete(key);
  apply(patchOf(key, null), false);
});
form.addEventListener("submit", (event) => event.preventDefault());

byId("class-filter").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const chip of byId("classes").children) chip.hidden = !chip.textContent.toLowerCase().includes(wanted);
});

byId("reload").addEventListener("click", async () => {
  form.classList.add("busy");
  await post("api/model/reload").then(() => toast("The model was loaded again."), (error) => toast(error.message, true));
  form.classList.remove("busy");
});

byId("copy").addEventListener("click", async () => {
  const text = await readText("api/settings?only=changed");
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied: what differs from the defaults, as a configuration file.");
  } catch {
    // Browsers give the clipboard to secure origins only.
    const dialog = byId("text");
    dialog.querySelector("textarea").value = text;
    dialog.showModal();
    dialog.querySelector("textarea").select();
  }
});
