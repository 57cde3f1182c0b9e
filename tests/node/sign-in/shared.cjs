// What the scripts share: packages that are ES modules, and a browser of forms and cookies.
const { pathToFileURL } = require("node:url");

const load = (name) => import(pathToFileURL(require.resolve(name)).href);

class Browser {
  #jars = new Map();

  async fetch(url, { form } = {}) {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map();
    this.#jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      method: form ? "POST" : "GET",
      body: form ? new URLSearchParams(form) : undefined,
      headers: { cookie, ...(form ? { origin } : {}) },
      redirect: "manual",
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return { status: answer.status, location: where(answer, url), text: await answer.text(), url };
  }

  // Follows redirects until a page, or an address that begins with one of `ends`.
  async follow(url, ends) {
    let page = await this.fetch(url);
    while (page.location && !ends.some((end) => page.location.startsWith(end))) {
      page = await this.fetch(page.location);
    }
    return page;
  }

  async send(page, fields, ends) {
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)[1];
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const form = Object.fromEntries(hidden.map(([, name, value]) => [name, unescaped(value)]));
    const done = await this.fetch(new URL(action, page.url).href, { form: { ...form, ...fields } });
    if (!done.location || ends.some((end) => done.location.startsWith(end))) return done;
    return this.follow(done.location, ends);
  }
}

function where(answer, url) {
  const location = answer.headers.get("location");
  return location && new URL(location, url).href;
}

function unescaped(text) {
  return text.replaceAll("&quot;", '"').replaceAll("&#x27;", "'").replaceAll("&amp;", "&");
}

async function given() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

// Runs and prints as JSON; what goes wrong ends the process with its stack.
function told(main) {
  main()
    .then((found) => process.stdout.write(JSON.stringify(found), () => process.exit(0)))
    .catch((error) => {
      process.stderr.write(`${error.stack}\n${JSON.stringify(error.cause) ?? ""}\n`);
      process.exit(1);
    });
}

module.exports = { Browser, given, load, told };
