// The list of jobs: what the service tells is shown, nothing is kept here.
const body = document.getElementById("jobs");
const said = document.getElementById("said");
const rows = new Map();

async function ask(address, options = {}) {
  const response = await fetch(address, options);
  const found = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(found.error || `The service answers ${response.status}.`);
  return found;
}

function say(text) {
  said.textContent = text;
}

function element(name, text = "", facts = {}) {
  const made = Object.assign(document.createElement(name), facts);
  made.textContent = text;
  return made;
}

function progressOf(job) {
  const cell = element("td");
  if (job.error) {
    cell.append(element("span", job.error, { className: "failed" }));
  } else if (job.progress) {
    const left = job.progress.seconds_left;
    cell.append(element("progress", "", { value: job.progress.share, max: 1 }));
    cell.append(` ${job.progress.phase}${left == null ? "" : `, about ${Math.ceil(left)} s left`}`);
  } else if (job.status && job.status !== "done") {
    cell.append(job.status);
  }
  return cell;
}

function button(text, method, address) {
  const made = element("button", text, { type: "button" });
  made.addEventListener("click", async () => {
    try {
      await ask(address, { method });
    } catch (error) {
      say(error.message);
    }
  });
  return made;
}

async function showFiles(job, cell) {
  const { files } = await ask(`/api/v1/jobs/${job.id}/files`);
  for (const file of files) {
    cell.append(element("a", file.name, { href: file.href.split("/").map(encodeURIComponent).join("/"), download: "" }), " ");
  }
}

function show(job) {
  const before = rows.get(job.id);
  const row = element("tr");
  const name = element("td", job.name);
  if (job.state === "done" && job.links?.review) {
    name.append(" ", element("a", "look", { href: job.links.review }));
  }
  const last = element("td");
  const ended = !["queued", "running"].includes(job.state);
  if (job.state === "done") showFiles(job, last).catch((error) => say(error.message));
  last.append(
    ended ? button("Remove", "DELETE", `/api/v1/jobs/${job.id}`) : button("Cancel", "POST", `/api/v1/jobs/${job.id}/cancel`), " ",
  );
  row.append(element("td", job.number), name, element("td", job.cancelling ? "cancelling" : job.state), progressOf(job), last);
  if (before) before.replaceWith(row);
  else if (rows.size && job.number < newest) body.append(row);
  else body.prepend(row);
  newest = Math.max(newest, job.number);
  rows.set(job.id, row);
}

let newest = 0;

async function load() {
  const { jobs } = await ask("/api/v1/jobs?limit=500");
  rows.clear();
  body.replaceChildren();
  newest = 0;
  for (const job of jobs) show(job);
}

async function refresh(id) {
  show(await ask(`/api/v1/jobs/${id}`));
}

const news = new EventSource("/api/v1/events");
news.addEventListener("hello", () => load().catch((error) => say(error.message)));
news.addEventListener("job", (event) => {
  const job = JSON.parse(event.data);
  if (job.state === "done") refresh(job.id).catch((error) => say(error.message));
  else show(job);
});
news.addEventListener("removed", (event) => {
  const { id } = JSON.parse(event.data);
  rows.get(id)?.remove();
  rows.delete(id);
});

document.getElementById("submit").addEventListener("submit", async (event) => {
  event.preventDefault();
  const layout = document.getElementById("layout").value;
  const files = [...document.getElementById("files").files];
  const url = document.getElementById("url").value;
  try {
    for (const file of files) {
      say(`Uploading ${file.name} …`);
      const query = layout ? `?layout=${layout}` : "";
      await ask(`/api/v1/uploads/${encodeURIComponent(file.name)}${query}`, { method: "PUT", body: file });
    }
    if (url) {
      await ask("/api/v1/jobs", { method: "POST", body: JSON.stringify({ url, settings: layout ? { layout } : {} }) });
    }
    say(files.length || url ? "Submitted." : "Choose a video, or write an address.");
    event.target.reset();
  } catch (error) {
    say(error.message);
  }
});
