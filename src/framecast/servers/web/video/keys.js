// The keys of a player. Pure: a key in, the name of an action and its number out.

/** @typedef {{name: "toggle" | "skip" | "seekTo" | "volume" | "mute" | "fullscreen" | "theatre" | "pip" | "captions" | "detections" | "speed" | "frame" | "help" | "next" | "previous", by: number}} Action */

/** @type {Record<string, [Action["name"], number]>} */
const KEYS = {
  " ": ["toggle", 0],
  k: ["toggle", 0],
  j: ["skip", -10],
  l: ["skip", 10],
  ArrowLeft: ["skip", -5],
  ArrowRight: ["skip", 5],
  ArrowUp: ["volume", 0.05],
  ArrowDown: ["volume", -0.05],
  Home: ["seekTo", 0],
  End: ["seekTo", 1],
  m: ["mute", 0],
  f: ["fullscreen", 0],
  t: ["theatre", 0],
  i: ["pip", 0],
  p: ["pip", 0],
  c: ["captions", 0],
  d: ["detections", 0],
  "<": ["speed", -1],
  ">": ["speed", 1],
  ",": ["frame", -1],
  ".": ["frame", 1],
  "?": ["help", 0],
  N: ["next", 0],
  P: ["previous", 0],
};
/** These go on while the key is held. */
const REPEATED = ["skip", "volume", "frame"];

/** Keys and words for people, in the order of the help. */
export const HELP = [
  ["Space, k", "Play or pause"],
  ["j, l", "10 seconds back, forward"],
  ["←, →", "5 seconds back, forward"],
  ["0 … 9", "Jump to 0 … 90 %"],
  [", .", "One frame back, forward"],
  ["↑, ↓", "Volume"],
  ["m", "Sound off, on"],
  ["c", "Subtitles"],
  ["d", "Detections"],
  ["< >", "Slower, faster"],
  ["f", "Fullscreen"],
  ["t", "Theatre"],
  ["p", "Picture in picture"],
  ["?", "This list"],
];

/**
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, repeat: boolean}} event
 * @returns {Action | null}
 */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (/^\d$/.test(event.key)) return { name: "seekTo", by: Number(event.key) / 10 };
  const found = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : KEYS[event.key.length === 1 ? event.key.toLowerCase() : ""];
  if (!found || (event.repeat && !REPEATED.includes(found[0]))) return null;
  return { name: found[0], by: found[1] };
}
