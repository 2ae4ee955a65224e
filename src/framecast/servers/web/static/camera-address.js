// Addresses of cameras: made of the fields of the form, read back into them, and with their secrets hidden. Pure.

import { MAKERS, MOST_CHANNELS, OTHER, RTSP_PORT, makerOf } from "./camera-makers.js";

/**
 * @typedef {object} CameraFields
 * @property {string} maker its id, or OTHER
 * @property {string} host
 * @property {string} port "" is the maker's own
 * @property {string} user
 * @property {string} password or the stream key
 * @property {number} channel
 * @property {boolean} isSub
 * @property {string} path of another maker
 * @property {boolean} isKept the node has user and password, and they were not typed again
 */

/** What the node shows instead of a secret. */
export const MASK = "***";
const HOST = /^(?:[^\s/?#@:[\]]+|\[[0-9A-Fa-f:.]+(?:%[\w.~-]+)?\])$/;
const IPV6 = /^(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]+(?:%[\w.~-]+)?$/;
const CAMERA = /^rtsp:\/\/(?:(.*)@)?(\[[^\]\s]*\]|[^\s/?#@:[\]]+)(?::(\d{1,5}))?((?:[/?].*)?)$/i;
const SECRET_PARAMETER = /[?&;](?:[\w.-]*(?:pass|pwd|psw|token|secret|key|auth|user|usr)[\w.-]*)=([^&;#]*)/gi;

/**
 * The address of a camera.
 * @param {CameraFields} fields
 */
export function buildAddress(fields) {
  const maker = makerOf(fields.maker);
  const port = fields.port || String(maker?.port ?? RTSP_PORT);
  const host = hostInAddress(fields.host);
  return `rtsp://${userInfo(fields)}${host}${Number(port) === RTSP_PORT ? "" : `:${port}`}${pathOf(fields)}`;
}

/** @param {CameraFields} fields */
function userInfo(fields) {
  if (makerOf(fields.maker)?.isKeyed) return "";
  if (!fields.user && !fields.password) return fields.isKept ? `${MASK}@` : "";
  return `${encode(fields.user)}${fields.password ? `:${encode(fields.password)}` : ""}@`;
}

/** @param {CameraFields} fields */
function pathOf(fields) {
  const maker = makerOf(fields.maker);
  if (maker?.isKeyed) return `/${fields.password ? encode(fields.password) : fields.isKept ? MASK : ""}`;
  if (maker) return maker.path(fields.channel, fields.isSub);
  const path = fields.path.trim();
  return path === "" || path.startsWith("/") || path.startsWith("?") ? path : `/${path}`;
}

/**
 * A host as an address has it: an IPv6 address in brackets.
 * @param {string} host
 */
export function hostInAddress(host) {
  const text = host.trim();
  return IPV6.test(text) ? `[${text}]` : text;
}

/** @param {string} host */
export function isHost(host) {
  return HOST.test(hostInAddress(host));
}

/**
 * The fields of a camera's address; null if it is not one, or has a part that the fields cannot hold.
 * @param {string} address
 * @returns {CameraFields | null}
 */
export function readAddress(address) {
  const found = CAMERA.exec(address.trim());
  if (!found) return null;
  const [, info = "", host, port = "", path = ""] = found;
  const colon = info.indexOf(":");
  const isKept = info === MASK;
  const user = isKept ? "" : decode(colon < 0 ? info : info.slice(0, colon));
  const password = colon < 0 ? "" : decode(info.slice(colon + 1));
  if (user === null || password === null) return null;
  const known = makerOfPath(path, port, info);
  const base = { host: host.replace(/^\[|\]$/g, ""), port: Number(port) === (makerOf(known.maker)?.port ?? RTSP_PORT) ? "" : port, user, password, isKept };
  return { channel: 1, isSub: false, path: "", ...base, ...known };
}

/**
 * @param {string} path
 * @param {string} port
 * @param {string} info user and password
 * @returns {{maker: string} & Partial<CameraFields>}
 */
function makerOfPath(path, port, info) {
  if (!info && port === String(makerOf("unifi")?.port) && /^\/[^/?#]+$/.test(path)) {
    const isKept = path.slice(1) === MASK;
    return { maker: "unifi", isKept, password: isKept ? "" : (decode(path.slice(1)) ?? "") };
  }
  for (const maker of MAKERS.filter((one) => !one.isKeyed && (one.port ?? RTSP_PORT) === Number(port || RTSP_PORT))) {
    for (let channel = 1; channel <= (maker.hasChannels ? MOST_CHANNELS : 1); channel += 1) {
      for (const isSub of maker.hasSub === false ? [false] : [false, true]) {
        if (maker.path(channel, isSub) === path) return { maker: maker.id, channel, isSub };
      }
    }
  }
  return { maker: OTHER, path };
}

/**
 * An address with its secrets hidden, and the secrets in their order. A mask that is there already stands for itself.
 * @param {string} address
 * @returns {{text: string, secrets: string[]}}
 */
export function hideSecrets(address) {
  const places = secretPlaces(address);
  let text = "";
  let at = 0;
  for (const [start, end] of places) {
    text += address.slice(at, start) + MASK;
    at = end;
  }
  return { text: text + address.slice(at), secrets: places.map(([start, end]) => address.slice(start, end)) };
}

/**
 * The address with its secrets again. If the text has more or fewer masks than there are secrets, they stay.
 * @param {string} text
 * @param {string[]} secrets
 */
export function showSecrets(text, secrets) {
  const parts = text.split(MASK);
  if (parts.length !== secrets.length + 1) return text;
  return parts.map((part, at) => part + (secrets[at] ?? "")).join("");
}

/** @param {string} address */
function secretPlaces(address) {
  /** @type {[number, number][]} */
  const places = [];
  const scheme = /^[a-z][\w+.-]*:\/\//i.exec(address)?.[0].length ?? 0;
  if (scheme) {
    const info = infoEnd(address, scheme);
    const colon = address.indexOf(":", scheme);
    if (colon >= 0 && colon + 1 < info) places.push([colon + 1, info]);
    for (const found of address.matchAll(SECRET_PARAMETER)) {
      const start = found.index + found[0].length - found[1].length;
      if (start > info && found[1]) places.push([start, start + found[1].length]);
    }
  }
  for (let at = address.indexOf(MASK); at >= 0; at = address.indexOf(MASK, at + MASK.length)) {
    if (!places.some(([start, end]) => at < end && start < at + MASK.length)) places.push([at, at + MASK.length]);
  }
  return places.sort((one, other) => one[0] - other[0]);
}

/**
 * Where user and password end: the last @ of the authority. A password with a raw / ? or # reaches further; it is hidden, too.
 * @param {string} address
 * @param {number} start
 */
function infoEnd(address, start) {
  const rest = address.slice(start);
  const authority = rest.split(/[/?#]/, 1)[0];
  if (authority.includes("@")) return start + authority.lastIndexOf("@");
  const isOpen = /^[^/?#:[\]]+:(?!\d{1,5}(?:[/?#]|$))/.test(rest);
  return isOpen ? start + rest.lastIndexOf("@") : -1;
}

/** Percent-encode all but RFC 3986's unreserved characters. @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** @param {string} text @returns {string | null} null if it cannot be decoded */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
