// One member that watches together: hears of the room's playback, measures the server's clock, holds the player in step, reports how it does.
// Pure but for the connection and the media that it is given.

import { ServerClock } from "./watch-clock.js";
import { Follower, TICK_S } from "./watch-follower.js";
import { Stall } from "./watch-stall.js";
import { positionAt } from "./watch-target.js";

/**
 * @import {Media} from "./watch-follower.js"
 * @import {SharedPlayback} from "./watch-target.js"
 * @import {Presence, You} from "./wire.js"
 *
 * @typedef {object} Line what is used of a `RoomConnection`
 * @property {boolean} isOpen
 * @property {(kind: string, listener: (fields: any) => void) => () => void} on
 * @property {(fields: Record<string, any>) => Promise<any>} send
 * @property {(fields: Record<string, any>) => boolean} post
 * @property {() => Promise<{sentMs: number, receivedMs: number, serverS: number}>} ping
 *
 * @typedef {"play" | "pause" | "seek" | "speed" | "video" | "lead"} RoomAct
 *
 * @typedef {object} SessionEvents
 * @property {() => void} onChange something that is shown has changed
 * @property {(id: string) => void} onVideo the room watches another video
 * @property {(words: string) => void} onRefused what somebody wanted was not done, and why
 *
 * @typedef {object} SessionClock
 * @property {() => number} now milliseconds that only grow, the same as those of `ping`
 * @property {(run: () => void, ms: number) => number} later
 * @property {(timer: number) => void} cancel
 */

const FIRST_PINGS = 5;
const PING_EVERY_S = 10;
const REPORT_EVERY_S = 2;
/** So long the player stays as its own member has set it, until the room's answer is there. */
const OWN_S = 1;
/** At the end of a video `play` means: from the beginning. */
const VIDEO_END_S = 0.25;

/** @type {SessionClock} */
const BROWSER = { now: () => performance.now(), later: (run, ms) => Number(setTimeout(run, ms)), cancel: (timer) => clearTimeout(timer) };

export class WatchSession {
  clock = new ServerClock();
  isInSync = true;
  /** @type {SharedPlayback | null} */
  playback = null;
  /** @type {You | null} */
  you = null;
  /** @type {Presence} */
  presence = { count: 0, members: null, typing: [], stalled: [] };
  /** Who may steer, by the settings of the room. */
  remote = "moderators";
  #follower;
  #stall = new Stall();
  /** @type {(() => void)[]} */
  #offs = [];
  #timer = 0;
  #pingedAt = -Infinity;
  #reportedAt = -Infinity;
  #ownUntil = -Infinity;
  #pings = 0;
  /** The place that this member has asked for last, until the room is there. */
  #wanted = NaN;

  /**
   * @param {Line} line
   * @param {Media} media
   * @param {SessionEvents} events
   * @param {SessionClock} [time]
   */
  constructor(line, media, events, time = BROWSER) {
    this.line = line;
    this.media = media;
    this.events = events;
    this.time = time;
    this.#follower = new Follower(media);
  }

  start() {
    const { line } = this;
    this.#offs = [
      line.on("welcome", (fields) => this.#onWelcome(fields)),
      line.on("events", ({ events }) => this.#onEvents(events)),
      line.on("you", (fields) => this.#onYou(fields)),
      line.on("presence", (fields) => this.#onPresence(fields)),
    ];
    this.#tick();
  }

  stop() {
    for (const off of this.#offs) off();
    this.#offs = [];
    this.time.cancel(this.#timer);
  }

  get isStalled() {
    return this.#stall.isStalled;
  }

  get mayPlay() {
    return this.you?.may_play ?? false;
  }

  get isLeader() {
    return this.you !== null && this.playback?.leader === this.you.id;
  }

  /** The name of the leader, "" if there is none or it is not known. */
  get leader() {
    return this.presence.members?.find((one) => one.id === this.playback?.leader)?.name ?? "";
  }

  /** Where the room is, in seconds; NaN before the server's clock is known. */
  get target() {
    return this.playback ? positionAt(this.playback, this.clock.now(this.#nowS), this.media.duration) : NaN;
  }

  /** Whether the room plays, or would if it did not wait for somebody. */
  get isPlaying() {
    return this.playback !== null && (this.playback.is_playing || this.playback.waiting_for.length > 0);
  }

  /** Whether this player follows the room now. */
  get isFollowing() {
    return this.isInSync && !!this.playback?.video && this.clock.isKnown;
  }

  // --- what its member does

  /** Watch alone: what the room plays goes on here, also if it was about to jump, or waited for somebody. */
  leave() {
    this.isInSync = false;
    if (this.isPlaying && this.media.isPaused && this.#isAble) this.media.play();
    this.media.setRate(this.playback?.speed ?? 1);
    this.#report();
    this.events.onChange();
  }

  /** Go where the room is. */
  rejoin() {
    this.isInSync = true;
    this.media.isBlocked = false; // somebody has clicked
    this.#ownUntil = -Infinity;
    this.#follower.reset();
    if (this.playback?.video) this.events.onVideo(this.playback.video);
    this.#tick();
    this.events.onChange();
  }

  /** The page is seen again, or its video is another one: look at once. */
  wake() {
    this.#pings = 0;
    this.#follower.reset();
    this.#tick();
  }

  /**
   * Do something for all.
   * @param {RoomAct} action
   * @param {Record<string, any>} [fields]
   */
  async act(action, fields = {}) {
    if (action === "pause") this.media.pause();
    this.#ownUntil = this.#nowS + OWN_S;
    try {
      await this.line.send({ type: "play", action, ...this.#placeOf(action), ...fields });
    } catch (error) {
      this.events.onRefused(error instanceof Error ? error.message : String(error));
    }
    this.#ownUntil = -Infinity;
    this.#tick();
  }

  /** Go somewhere with all. The own player goes at once; of the places that are asked for meanwhile, such as by a key that is held, the last one is sent. @param {number} at */
  async seek(at) {
    this.media.seek(at);
    const isSending = !Number.isNaN(this.#wanted);
    this.#wanted = at;
    this.#ownUntil = this.#nowS + OWN_S;
    if (isSending) return;
    for (let sent = NaN; sent !== this.#wanted; ) {
      sent = this.#wanted;
      await this.act("seek", { position_s: sent });
    }
    this.#wanted = NaN;
  }

  /** Where everybody goes with an act: to the picture that this member sees. @param {RoomAct} action */
  #placeOf(action) {
    if (action !== "play" && action !== "pause") return {};
    const { at, duration } = this.media;
    return { position_s: action === "play" && duration > 0 && duration - at < VIDEO_END_S ? 0 : at };
  }

  // --- what the server says

  /** @param {any} welcome */
  #onWelcome(welcome) {
    this.you = welcome.you;
    this.presence = welcome.presence ?? this.presence;
    this.remote = welcome.room.settings?.remote ?? this.remote;
    this.#pings = 0;
    this.#take(welcome.room.playback, true);
    this.#report();
    this.#tick();
  }

  /** @param {any[]} events */
  #onEvents(events) {
    const newest = events.findLast((one) => one.kind === "playback");
    const settings = events.findLast((one) => one.kind === "settings")?.settings;
    if (settings) this.remote = settings.remote;
    if (settings) this.events.onChange();
    if (newest) this.#take(newest.playback, false);
  }

  /** @param {any} you */
  #onYou(you) {
    this.you = /** @type {You} */ ({ ...this.you, ...you });
    this.events.onChange();
  }

  /** @param {any} presence */
  #onPresence(presence) {
    this.presence = presence;
    this.events.onChange();
  }

  /** @param {SharedPlayback | null} playback @param {boolean} isWhole it counts, also if its version is an older one */
  #take(playback, isWhole) {
    if (!isWhole && playback && this.playback && playback.version < this.playback.version) return;
    const before = this.playback?.video ?? null;
    this.playback = playback;
    this.#follower.playback = playback;
    this.#ownUntil = -Infinity;
    if (playback?.video && playback.video !== before && this.isInSync) this.events.onVideo(playback.video);
    this.#tick();
    this.events.onChange();
  }

  // --- the clockwork

  get #nowS() {
    return this.time.now() / 1000;
  }

  get #isAble() {
    return this.media.isAble && !this.media.isBlocked;
  }

  #tick() {
    this.time.cancel(this.#timer);
    const nowS = this.#nowS;
    this.#ping(nowS);
    const againS = this.isFollowing && this.#isAble && nowS >= this.#ownUntil ? this.#follower.tick(nowS, this.clock.now(nowS)) : TICK_S;
    this.#judge(nowS);
    if (nowS - this.#reportedAt >= REPORT_EVERY_S) this.#report();
    this.#timer = this.time.later(() => this.#tick(), Math.max(5, 1000 * Math.min(TICK_S, againS)));
  }

  /** @param {number} nowS */
  #ping(nowS) {
    const isDue = this.#pings < FIRST_PINGS || nowS - this.#pingedAt >= PING_EVERY_S;
    if (!isDue || !this.line.isOpen || (this.#pings < FIRST_PINGS && nowS - this.#pingedAt < TICK_S / 2)) return;
    this.#pingedAt = nowS;
    this.#pings += 1;
    this.line.ping().then(({ sentMs, receivedMs, serverS }) => this.#onPong(sentMs / 1000, receivedMs / 1000, serverS), () => {});
  }

  /** @param {number} sentS @param {number} receivedS @param {number} serverS */
  #onPong(sentS, receivedS, serverS) {
    const wasKnown = this.clock.isKnown;
    this.clock.note(sentS, receivedS, serverS);
    if (!wasKnown) this.#tick();
  }

  /** @param {number} nowS */
  #judge(nowS) {
    const { media } = this;
    const place = this.target;
    const shouldPlay = this.isFollowing && this.isPlaying && this.#isAble && !(media.duration > 0 && place >= media.duration);
    const aheadS = shouldPlay ? media.aheadS(place) : Infinity;
    if (!this.#stall.note({ shouldPlay, hasData: media.hasData, aheadS, nowS })) return;
    this.#report();
    this.events.onChange();
  }

  #report() {
    this.#reportedAt = this.#nowS;
    if (!this.playback?.video) return;
    this.line.post({ type: "state", position_s: this.media.at, is_stalled: this.isStalled, in_sync: this.isInSync });
  }
}

