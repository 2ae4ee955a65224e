// A real OpenID Connect provider for tests: `oidc-provider` on a port of this machine, with its own pages for login and consent.
//
// stdin has one line of JSON {"modules", "clients", "people": {subject: claims}}; stdout gets one line with the issuer. POST /test/keys gives the
// provider new signing keys, as an operator does; GET /test/asked says how often its keys were asked for. It ends with its stdin.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin });
const { value: line } = await lines[Symbol.asyncIterator]().next();
const { modules, clients, people } = JSON.parse(line);
const { Provider } = await import(pathToFileURL(createRequire(`${modules}/`).resolve("oidc-provider")).href);

/** A signing key with an id of its own. */
function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };
}

function newProvider(issuer) {
  return new Provider(issuer, {
    clients,
    jwks: { keys: [signingKey()] },
    cookies: { keys: ["tests"] },
    claims: { openid: ["sub", "groups"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_context, sub) => (people[sub] ? { accountId: sub, claims: () => ({ sub, ...people[sub] }) } : undefined),
  });
}

let answer;
let keysAsked = 0;
const server = createServer((request, response) => {
  if (request.url === "/test/keys" && request.method === "POST") {
    answer = newProvider(issuer).callback();
    response.end();
  } else if (request.url === "/test/asked") {
    response.end(String(keysAsked));
  } else {
    if (request.url === "/jwks") keysAsked += 1;
    answer(request, response);
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
answer = newProvider(issuer).callback();
process.stdout.write(`${issuer}\n`);
lines.on("close", () => process.exit(0));
