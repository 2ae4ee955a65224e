// What the page says of second factors. Pure.

/**
 * @param {{app_since: number | null, passkeys: unknown[]}} factors
 */
export function factorsWords({ app_since, passkeys }) {
  if (app_since === null && !passkeys.length) return "Your password alone opens this account. Add an app or a passkey, and a stolen password is not enough.";
  return "Your password alone is not enough to sign in.";
}

/**
 * How a new passkey is called until the person renames it.
 * @param {string} agent what the browser says that it is
 */
export function deviceName(agent) {
  const known = /** @type {[RegExp, string][]} */ ([
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/CrOS/, "Chromebook"],
    [/Windows/, "Windows"],
    [/Mac OS X|Macintosh/, "Mac"],
    [/Linux/, "Linux"],
  ]);
  const name = known.find(([pattern]) => pattern.test(agent))?.[1];
  return name ? `Passkey on ${name}` : "Passkey";
}
