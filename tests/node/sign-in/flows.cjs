// Every flow of a client system through openid-client, against a running server.
// Standard input: {issuer, login, password, rotate: [program, argument...], systems: [{id, secret, redirect, bye}],
// desk: {id, secret}, kiosk: {id, redirect}, backChannelPort}. Standard output: {flow: what happened}.
const { execFileSync } = require("node:child_process");
const { createServer } = require("node:http");
const { Browser, given, load, told } = require("./shared.cjs");

let oidc;
let jose;

async function configured(asked, { id, secret }) {
  const auth = secret ? oidc.ClientSecretBasic(secret) : oidc.None();
  const options = { execute: [oidc.allowInsecureRequests] };
  return oidc.discovery(new URL(asked.issuer), id, {}, auth, options);
}

async function started(config, redirect, extra = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: "openid profile",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...extra,
  });
  return { url: url.href, checks };
}

async function signedIn(asked, browser, config, redirect, extra) {
  const { url, checks } = await started(config, redirect, extra);
  let page = await browser.follow(url, [redirect]);
  const wasAsked = !page.location;
  if (wasAsked) {
    page = await browser.send(page, { login: asked.login, password: asked.password }, [redirect]);
  }
  const back = new URL(page.location);
  return { wasAsked, back, checks, tokens: await oidc.authorizationCodeGrant(config, back, checks) };
}

async function refusal(work) {
  try {
    await work();
    return "accepted";
  } catch (error) {
    return error.error ?? error.cause?.error ?? error.code ?? error.message;
  }
}

// Where departments are told of a sign-out; verified with jose as OpenID Connect Back-Channel Logout says.
function backChannel(asked, port) {
  const seen = [];
  const keys = jose.createRemoteJWKSet(new URL(`${asked.issuer}/oauth/jwks`));
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const token = new URLSearchParams(body).get("logout_token");
    const { payload } = await jose.jwtVerify(token, keys, {
      issuer: asked.issuer,
      audience: request.url.slice(1),
      typ: "logout+jwt",
      requiredClaims: ["iat", "jti", "sid", "sub", "events"],
    });
    seen.push({ client: request.url.slice(1), sid: payload.sid });
    response.end();
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve({ seen, server })));
}

async function until(condition) {
  for (let tries = 0; tries < 200 && !condition(); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return condition();
}

async function tokensFlow(asked, browser, config, system) {
  const first = await signedIn(asked, browser, config, system.redirect);
  const claims = first.tokens.claims();
  const user = await oidc.fetchUserInfo(config, first.tokens.access_token, claims.sub);
  const second = await oidc.refreshTokenGrant(config, first.tokens.refresh_token);
  const reuse = await refusal(() => oidc.refreshTokenGrant(config, first.tokens.refresh_token));
  const family = await refusal(() => oidc.refreshTokenGrant(config, second.refresh_token));
  const replayed = await signedIn(asked, browser, config, system.redirect);
  const replay = await refusal(() =>
    oidc.authorizationCodeGrant(config, replayed.back, replayed.checks),
  );
  const after = await refusal(() => oidc.refreshTokenGrant(config, replayed.tokens.refresh_token));
  return { roles: user.roles, acr: claims.acr, reuse, family, replay, after };
}

async function askingFlow(asked, browser, config, system, desk) {
  const { tokens } = await signedIn(asked, browser, config, system.redirect);
  const before = await oidc.tokenIntrospection(desk, tokens.access_token);
  const stranger = await oidc.tokenIntrospection(await configured(asked, asked.systems[1]), tokens.access_token);
  await oidc.tokenRevocation(config, tokens.refresh_token);
  const refused = await refusal(() => oidc.refreshTokenGrant(config, tokens.refresh_token));
  return { active: before.active, client: before.client_id, stranger: stranger.active, refused };
}

async function rotationFlow(asked, browser, config, system) {
  const keys = jose.createRemoteJWKSet(new URL(`${asked.issuer}/oauth/jwks`));
  const checked = async (token) =>
    (await jose.jwtVerify(token, keys, { issuer: asked.issuer })).protectedHeader.kid;
  const before = await checked((await signedIn(asked, browser, config, system.redirect)).tokens.id_token);
  execFileSync(asked.rotate[0], asked.rotate.slice(1));
  const { tokens } = await signedIn(asked, browser, config, system.redirect);
  const after = await checked(tokens.id_token);
  return { changed: before !== after, verified: Boolean(after) };
}

async function logoutFlow(asked, browser, configs, told) {
  const [one, other] = asked.systems;
  const first = await signedIn(asked, browser, configs[0], one.redirect);
  const second = await signedIn(asked, browser, configs[1], other.redirect);
  const url = oidc.buildEndSessionUrl(configs[0], {
    id_token_hint: first.tokens.id_token,
    post_logout_redirect_uri: one.bye,
    state: "away",
  });
  const left = await browser.follow(url.href, [one.bye]);
  await until(() => told.seen.length >= 2);
  const refresh = await refusal(() => oidc.refreshTokenGrant(configs[1], second.tokens.refresh_token));
  const again = await started(configs[0], one.redirect);
  const page = await browser.follow(again.url, [one.redirect]);
  return {
    secondWasAsked: second.wasAsked,
    location: left.location,
    told: [...new Set(told.seen.map(({ client }) => client))].sort(),
    sameSession: told.seen.every(({ sid }) => sid === first.tokens.claims().sid),
    refresh,
    asksAgain: !page.location && page.text.includes('name="password"'),
  };
}

async function badFlow(asked, browser, config, system) {
  const errorOf = async (extra) => {
    const { url } = await started(config, system.redirect, extra);
    const page = await browser.follow(url, [system.redirect]);
    return page.location ? new URL(page.location).searchParams.get("error") : `page ${page.status}`;
  };
  const wrong = await configured(asked, { ...system, secret: "wrong" });
  return {
    plain: await errorOf({ code_challenge_method: "plain" }),
    nobody: await errorOf({ prompt: "none" }),
    suffix: await errorOf({ redirect_uri: `${system.redirect}/more` }),
    secret: await refusal(() => oidc.refreshTokenGrant(wrong, "x")),
  };
}

told(async () => {
  const asked = await given();
  [oidc, jose] = [await load("openid-client"), await load("jose")];
  const told = await backChannel(asked, asked.backChannelPort);
  const configs = await Promise.all(asked.systems.map((system) => configured(asked, system)));
  const desk = await configured(asked, asked.desk);
  const [system] = asked.systems;
  const kiosk = await signedIn(asked, new Browser(), await configured(asked, asked.kiosk), asked.kiosk.redirect);
  const browser = new Browser();
  return {
    bad: await badFlow(asked, new Browser(), configs[0], system),
    kiosk: { wasAsked: kiosk.wasAsked, acr: kiosk.tokens.claims().acr },
    tokens: await tokensFlow(asked, browser, configs[0], system),
    asking: await askingFlow(asked, browser, configs[0], system, desk),
    rotation: await rotationFlow(asked, browser, configs[0], system),
    logout: await logoutFlow(asked, browser, configs, told),
  };
});
