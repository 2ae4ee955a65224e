// Passkeys in the browser: the options of the server in, the answer of the authenticator out, both as JSON.

import { send } from "./send.js";

/** Whether this browser has passkeys on this page at all. */
export const HAS_PASSKEYS = typeof PublicKeyCredential === "function" && Boolean(navigator.credentials);

/** The person has cancelled, or took too long: nothing to report. */
export class Cancelled extends Error {}

/**
 * Sign in by a passkey.
 * @param {boolean} isSecond after the password
 * @param {string} next the page to go to
 * @returns {Promise<string>} where the server sends the browser, relative to its base
 */
export async function signInByPasskey(isSecond, next) {
  const { publicKey } = await send("POST", "api/login/passkey/options", {}, { is_second: isSecond });
  const credential = await asked(() => navigator.credentials.get({ publicKey: requestOptions(publicKey) }));
  const found = await send("POST", "api/login/passkey", {}, { credential: credentialJson(credential), is_second: isSecond, next });
  return found.next;
}

/**
 * Let an authenticator make a passkey.
 * @param {any} publicKey the server's options
 * @returns {Promise<unknown>} its answer
 */
export async function newPasskey(publicKey) {
  return credentialJson(await asked(() => navigator.credentials.create({ publicKey: creationOptions(publicKey) })));
}

/**
 * @param {() => Promise<Credential | null>} ask
 * @returns {Promise<PublicKeyCredential>}
 */
async function asked(ask) {
  try {
    const found = await ask();
    if (found instanceof PublicKeyCredential) return found;
    throw new Cancelled();
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "InvalidStateError") throw new Error("This device has a passkey of your account already.");
    if (name === "NotAllowedError" || name === "AbortError") throw new Cancelled();
    throw error;
  }
}

/**
 * @param {any} json
 * @returns {PublicKeyCredentialRequestOptions}
 */
export function requestOptions(json) {
  return { ...json, challenge: bytes(json.challenge), allowCredentials: descriptors(json.allowCredentials) };
}

/**
 * @param {any} json
 * @returns {PublicKeyCredentialCreationOptions}
 */
export function creationOptions(json) {
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: descriptors(json.excludeCredentials),
  };
}

/** @param {{id: string}[] | undefined} list */
function descriptors(list) {
  return /** @type {any[]} */ ((list ?? []).map((one) => ({ ...one, id: bytes(one.id) })));
}

/**
 * What `PublicKeyCredential.toJSON` gives; older browsers do not have it.
 * @param {PublicKeyCredential} credential
 */
export function credentialJson(credential) {
  const given = /** @type {any} */ (credential.response);
  /** @type {Record<string, unknown>} */
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = text(given[name]);
  }
  if (given.getTransports) response.transports = given.getTransports();
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

/**
 * Bytes of base64url.
 * @param {string} encoded
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytes(encoded) {
  return Uint8Array.from(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/**
 * Base64url of bytes, without padding.
 * @param {ArrayBuffer} buffer
 */
export function text(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
