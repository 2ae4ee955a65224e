// Which videos have changed: the server says so (/api/videos/events). While it does not, the page asks every few seconds.

import { address } from "./api.js";

const POLL_MS = 5000;
/** A browser that gave up a connection tries again after this time. */
const AGAIN_MS = 30_000;
/** Changes within this time are one: progress changes often. */
const GATHER_MS = 250;

/**
 * Follow changes.
 * @param {(ids: Set<string>) => void} onChange ids of videos; without any, everything may have changed
 * @param {boolean} [mayListen] false: nobody is signed in, and the server tells nothing
 * @returns {() => void} stops it
 */
export function followVideos(onChange, mayListen = true) {
  /** @type {Set<string>} */
  let ids = new Set();
  let isAny = false;
  let gathering = 0;
  let polling = 0;
  let again = 0;
  let wasLost = false;
  /** @type {EventSource | null} */
  let source = null;

  const tell = () => {
    const changed = isAny ? new Set() : ids;
    [ids, isAny, gathering] = [new Set(), false, 0];
    onChange(/** @type {Set<string>} */ (changed));
  };
  /** @param {string} id "" if everything may have changed */
  const note = (id) => {
    if (id) ids.add(id);
    else isAny = true;
    gathering ||= setTimeout(tell, GATHER_MS);
  };
  const poll = () => {
    if (!document.hidden) note("");
  };
  const open = () => {
    source = new EventSource(address("api/videos/events"));
    source.onopen = () => {
      clearInterval(polling);
      polling = 0;
      if (wasLost) note(""); // nobody said what changed meanwhile
    };
    source.onmessage = ({ data }) => {
      try {
        note(String(JSON.parse(data).id ?? ""));
      } catch {
        note("");
      }
    };
    source.onerror = () => {
      wasLost = true;
      polling ||= setInterval(poll, POLL_MS);
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
    };
  };
  if (mayListen) open();
  else polling = setInterval(poll, AGAIN_MS);
  return () => {
    source?.close();
    for (const timer of [gathering, again]) clearTimeout(timer);
    clearInterval(polling);
  };
}
