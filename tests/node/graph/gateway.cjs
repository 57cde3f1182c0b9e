// Composes our subgraph with the archive and runs queries through a gateway.
// Standard input: {url, ours, archive, files, boxes, queries: [{query, variables}]}; standard output: {errors} or {answers}.
const { readFileSync } = require("node:fs");
const { composeServices } = require("@apollo/composition");
const { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { parse } = require("graphql");
const { archive } = require("./archive.cjs");

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

async function answers(asked, supergraphSdl) {
  const local = new LocalGraphQLDataSource(archive(asked.archive, asked.files, asked.boxes));
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: QUIET,
    buildService: ({ name }) =>
      name === "archive" ? local : new RemoteGraphQLDataSource({ url: asked.url }),
  });
  const { schema, executor } = await gateway.load();
  const found = [];
  for (const { query, variables = {} } of asked.queries) {
    found.push(await run({ schema, executor }, query, variables));
  }
  await gateway.stop();
  return found;
}

async function run({ schema, executor }, query, variables) {
  const { data, errors } = await executor({
    request: { query, variables },
    document: parse(query),
    schema,
    queryHash: query,
    context: {},
    cache: new Map(),
    metrics: {},
    logger: QUIET,
    operationName: null,
    operation: parse(query).definitions[0],
    overallCachePolicy: { restrict() {} },
  });
  return { data, errors };
}

async function main() {
  const asked = JSON.parse(readFileSync(0, "utf8"));
  const composed = composeServices([
    { name: "fourfold", url: asked.url, typeDefs: parse(asked.ours) },
    { name: "archive", url: asked.url, typeDefs: parse(asked.archive) },
  ]);
  const errors = composed.errors?.map((error) => error.message);
  return errors ? { errors } : { answers: await answers(asked, composed.supergraphSdl) };
}

main().then((told) => process.stdout.write(JSON.stringify(told)));
