// The server audits of graphql-http. Standard input: {url, headers}; standard output: [{name, status, reason}].
const { readFileSync } = require("node:fs");
const { auditServer } = require("graphql-http");

const { url, headers } = JSON.parse(readFileSync(0, "utf8"));
const fetchFn = (input, init) =>
  fetch(input, { ...init, headers: { ...init?.headers, ...headers } });

auditServer({ url, fetchFn }).then((results) => {
  const told = results.map(({ name, status, reason }) => ({ name, status, reason }));
  process.stdout.write(JSON.stringify(told));
});
