// Talks to the daemon, of the camera that the page's own address names; of the first one without.
const camera = new URLSearchParams(location.search).get("camera");

/** The address of something that belongs to the camera. */
export const of = (path) => (camera ? `${path}${path.includes("?") ? "&" : "?"}camera=${encodeURIComponent(camera)}` : path);

async function ask(path, options) {
  const answer = await fetch(of(path), options);
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({ detail: `${path} answered ${answer.status}.` }));
  throw new Error(problem.detail);
}

export const read = async (path) => (await ask(path)).json();

export const readText = async (path) => (await ask(path)).text();

export const post = async (path) => (await ask(path, { method: "POST" })).json();

/** Changes settings: a JSON merge patch in the shape of the configuration file. */
export const change = async (patch) => (await ask("api/settings", {
  method: "PATCH",
  headers: { "Content-Type": "application/merge-patch+json" },
  body: JSON.stringify(patch),
})).json();
