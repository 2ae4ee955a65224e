// The controls of the player while it is in step: what somebody does there is done for all, if that one may use the remote.

/**
 * @import {Act, PlaybackController} from "../video/controls.js"
 * @import {WatchSession} from "./watch-session.js"
 *
 * @typedef {object} RemoteEvents
 * @property {() => void} onRefused somebody may not steer
 * @property {() => void} onChoose another video is wanted
 */

/** @implements {PlaybackController} */
export class Remote {
  /** @param {WatchSession} session @param {RemoteEvents} events */
  constructor(session, events) {
    this.session = session;
    this.events = events;
  }

  get isPlaying() {
    return this.session.isFollowing ? this.session.isPlaying : null;
  }

  get speed() {
    return this.session.isFollowing ? (this.session.playback?.speed ?? 1) : null;
  }

  /** @param {Act} act @param {number} value */
  act(act, value) {
    const { session } = this;
    const wasBlocked = session.media.isBlocked;
    session.media.isBlocked = false; // whatever was clicked lets this player begin; then it goes where the room is
    if (!session.isFollowing) return false;
    return wasBlocked && act === "play" && session.isPlaying ? false : this.#send(act, value);
  }

  /** @param {Act} act @param {number} value */
  #send(act, value) {
    const { session } = this;
    if (!session.mayPlay) this.events.onRefused();
    else if (act === "seek") void session.seek(Math.max(0, Math.min(value, session.media.duration || value)));
    else if (act === "speed") void session.act("speed", { speed: value });
    else if (act === "next" || act === "previous") this.events.onChoose();
    else void session.act(act);
    return true;
  }
}
