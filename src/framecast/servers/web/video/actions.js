// What the keys do.

import { nextSpeed, speedWords } from "./times.js";

/**
 * @import {FramecastVideo} from "./element.js"
 * @import {Action} from "./keys.js"
 */

const USUAL_RATE = 25;

/** @type {Record<Action["name"], (player: FramecastVideo, by: number) => unknown>} */
const ACTIONS = {
  toggle: (player) => player.togglePlay(),
  skip: (player, by) => player.skip(by),
  seekTo: (player, by) => player.do("seek", by * player.duration),
  volume: (player, by) => setVolume(player, player.volume + by),
  mute: (player) => player.toggleMute(),
  fullscreen: (player) => player.toggleFullscreen(),
  theatre: (player) => player.toggleTheatre(),
  pip: (player) => player.togglePictureInPicture(),
  captions: (player) => toggleCaptions(player),
  detections: (player) => toggleDetections(player),
  speed: (player, by) => setSpeed(player, nextSpeed(player.speed, by > 0 ? 1 : -1)),
  frame: (player, by) => player.paused && player.skip(by / (player.item?.fps || USUAL_RATE)),
  help: (player) => player.toggleHelp(),
  next: (player) => player.do("next"),
  previous: (player) => player.do("previous"),
};

/** @param {FramecastVideo} player @param {Action} action */
export function act(player, { name, by }) {
  void ACTIONS[name](player, by);
}

/** @param {FramecastVideo} player @param {number} volume */
function setVolume(player, volume) {
  player.volume = volume;
  player.toast(`Volume ${Math.round(100 * player.volume)} %`);
}

/** @param {FramecastVideo} player @param {number} speed */
function setSpeed(player, speed) {
  if (player.do("speed", speed)) player.toast(`Speed: ${speedWords(speed)}`);
}

/** @param {FramecastVideo} player */
function toggleCaptions(player) {
  player.captions.toggle();
  const { labels, chosen } = player.captions;
  player.toast(labels.length ? `Subtitles: ${labels[chosen] ?? "off"}` : "This video has no subtitles.");
}

/** @param {FramecastVideo} player */
function toggleDetections(player) {
  player.detections.toggle();
  const { labels, chosen } = player.detections;
  player.toast(labels.length ? `Detections: ${labels[chosen] ?? "off"}` : "This video has no detections.");
}
