// Fullscreen and picture in picture.

/** @import {FramecastVideo} from "./element.js" */

/** @param {FramecastVideo} player */
export function toggleFullscreen(player) {
  return report(player, "The browser does not allow fullscreen here.", async () => {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (player.requestFullscreen) await player.requestFullscreen();
    else /** @type {any} */ (player.video).webkitEnterFullscreen?.(); // iPhones
  });
}

/** @param {FramecastVideo} player */
export function togglePictureInPicture(player) {
  return report(player, "The browser does not allow picture in picture here.", async () => {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await player.video.requestPictureInPicture();
  });
}

/** @param {FramecastVideo} player @param {string} failed @param {() => Promise<unknown>} action */
async function report(player, failed, action) {
  try {
    await action();
  } catch {
    player.toast(failed);
  }
}
