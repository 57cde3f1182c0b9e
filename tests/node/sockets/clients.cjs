// Clients of graphql-ws and graphql-sse. Standard input: {url, token, query}; standard output: what each was told.
const { readFileSync } = require("node:fs");
const WebSocket = require("ws");
const ws = require("graphql-ws");
const sse = require("graphql-sse");

const { url, token, query } = JSON.parse(readFileSync(0, "utf8"));
const socket = url.replace("http", "ws");
const signedIn = { Authorization: `Bearer ${token}` };
const READ = "{ sources { name } }";

const overWs = (connectionParams) =>
  ws.createClient({ url: socket, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: true });
const overSse = (headers) => sse.createClient({ url, headers, retryAttempts: 0 });

/** The names in the first four answers; then the client stops listening. */
async function names(client, asked) {
  const found = [];
  for await (const answer of client.iterate({ query: asked })) {
    if (answer.errors) return answer.errors.map((error) => error.extensions.code);
    found.push(answer.data.sourceChanged.name);
    if (found.length === 4) break;
  }
  return found;
}

/** The codes of an operation that was refused. */
async function codes(client, asked) {
  try {
    return await names(client, asked);
  } catch (errors) {
    return errors.map((error) => error.extensions.code);
  }
}

/** What a client that is not let in meets. */
async function refusal(client, of) {
  try {
    await names(client, query);
    return null;
  } catch (error) {
    return of(error);
  }
}

/** How it ends for a client of the older protocol. */
const legacy = () =>
  new Promise((resolve) => new WebSocket(socket, "graphql-ws").on("close", resolve).on("error", () => {}));

async function main() {
  const client = overWs(signedIn);
  const told = {
    ws: await names(client, query),
    wsQuery: await codes(client, READ),
    wsWithoutToken: await refusal(overWs({}), (event) => event.code),
    sse: await names(overSse(signedIn), query),
    sseQuery: await codes(overSse(signedIn), READ),
    sseWithoutToken: await refusal(overSse({}), (error) => error.response.status),
    legacy: await legacy(),
  };
  await client.dispose();
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
}

main();
