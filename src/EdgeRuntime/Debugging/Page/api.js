// Talks to the daemon.

async function ask(path, options) {
  const answer = await fetch(path, options);
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
