// What watching together says to people. Pure.

/**
 * @typedef {object} Together
 * @property {boolean} isOpen whether there is a connection
 * @property {boolean} hasVideo
 * @property {boolean} isInSync
 * @property {boolean} isBeside it is the room of a video, in which people also watch alone
 * @property {boolean} isBlocked the browser plays nothing before a click
 * @property {boolean} isStalled this player has nothing to play
 * @property {string[]} waitingFor
 * @property {string} me the name of this member
 * @property {number} others how many others are in the room
 * @property {boolean} mayPlay
 * @property {boolean} isLeader
 * @property {string} leader the name of the leader, "" if there is none or it is not known
 * @property {boolean} hasLeader
 * @property {string} remote who may steer: leader, moderators, everyone
 */

/** @param {Together} now */
export function statusWords(now) {
  if (!now.isOpen) return "Connecting to the room …";
  if (!now.hasVideo) return now.mayPlay ? "Choose a video to watch together." : "No video was chosen yet.";
  if (!now.isInSync) return now.isBeside ? "Others watch this video together." : "You watch on your own.";
  if (now.isBlocked) return "Press play to watch with the others.";
  if (now.waitingFor.length) return waitingWords(now.waitingFor, now.me);
  if (now.isStalled) return "Your player loads: it catches up with the others.";
  if (now.others === 0) return "Nobody else is here yet.";
  return now.others === 1 ? "Watching with one other." : `Watching with ${now.others} others.`;
}

/** @param {string[]} names @param {string} me */
export function waitingWords(names, me) {
  const shown = names.map((name) => (name === me ? "you" : name));
  const rest = shown.length - 2;
  const list = rest > 0 ? `${shown[0]}, ${shown[1]} and ${rest === 1 ? "one other" : `${rest} others`}` : shown.join(" and ");
  return `Waiting for ${list} …`;
}

/** Who holds the remote. @param {Together} now */
export function remoteWords(now) {
  if (!now.hasVideo) return "";
  if (now.remote === "everyone") return "Everybody holds the remote.";
  if (now.remote === "moderators") return now.mayPlay ? "You and the other moderators hold the remote." : "The moderators hold the remote.";
  if (now.isLeader) return "You hold the remote.";
  if (!now.hasLeader) return "Nobody holds the remote: the first to press play takes it.";
  return `${now.leader || "The leader"} holds the remote.`;
}

/** What is said to a member that may not steer. @param {Together} now */
export function refusalWords(now) {
  const holder = now.remote === "moderators" ? "The moderators hold" : `${now.leader || "The leader"} holds`;
  return `${holder} the remote. Leave the sync to watch on your own.`;
}
