// Where shared playback stands. Pure.

/** @typedef {{version: number, video: string | null, position_s: number, at_s: number, speed: number, is_playing: boolean, leader: string | null, waiting_for: string[]}} SharedPlayback */

/** Whether the time of the video moves: it is played, and nobody is waited for. @param {SharedPlayback} playback */
export function isMoving(playback) {
  return playback.is_playing && playback.waiting_for.length === 0;
}

/**
 * The place in the video, in seconds.
 * @param {SharedPlayback} playback
 * @param {number} serverS the server's time
 * @param {number} durationS of the video; 0 if it is not known yet
 */
export function positionAt(playback, serverS, durationS) {
  const passed = isMoving(playback) ? Math.max(0, serverS - playback.at_s) * playback.speed : 0;
  return Math.min(Math.max(0, playback.position_s + passed), durationS > 0 ? durationS : Infinity);
}
