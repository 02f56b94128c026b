// What the page asks the server.

export class Refused extends Error {}

async function answer(address, options) {
  const response = await fetch(address, options);
  if (response.ok) return response;
  let why = `The server says ${response.status}.`;
  try {
    why = (await response.json()).error || why;
  } catch { /* no JSON: the number has to do */ }
  throw new Refused(why);
}

export async function get(address) {
  return (await answer(address)).json();
}

export async function bytes(address) {
  const response = await answer(address);
  return { decided: Number(response.headers.get("x-decided")), content: await response.arrayBuffer() };
}

export async function post(address, body = {}) {
  const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await answer(address, options)).json();
}
