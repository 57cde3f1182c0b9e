// npm oidc-provider as the city's own provider: one client, everybody who types a name is let in.
// Its argument is JSON: {port, clientId, clientSecret, redirect}. Prints one line when it listens; stopped from outside.
const { createServer } = require("node:http");
const { load } = require("./shared.cjs");

const PEOPLE = {
  chen: { groups: ["hr-check", "staff"], dept: "hr", area: ["370700"], name: "Chen" },
  nobody: { groups: ["staff"], name: "Nobody" },
};

async function main(asked) {
  const { default: Provider } = await load("oidc-provider");
  const issuer = `http://127.0.0.1:${asked.port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: asked.clientId,
        client_secret: asked.clientSecret,
        redirect_uris: [asked.redirect],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub", "groups", "dept", "area", "name"], profile: ["name"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, ...PEOPLE[id] }),
    }),
  });
  createServer(provider.callback()).listen(asked.port, "127.0.0.1", () => {
    process.stdout.write("listening\n");
  });
}

main(JSON.parse(process.argv[2]));
