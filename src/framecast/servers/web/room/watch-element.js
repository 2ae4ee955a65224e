// The element <framecast-watch>: a video that the members of a room watch together. docs/reference/room.md describes it.
//
// It belongs to a <framecast-room>, whose connection it shares. In a private room it shows the video that the room watches; in the room of a video it
// steers the player of the page, and is hidden until somebody watches together there.

import { el } from "../static/dom.js";
import { Remote } from "./watch-controller.js";
import { VideoMedia } from "./watch-media.js";
import { WatchSession } from "./watch-session.js";
import { WatchView } from "./watch-view.js";
import { refusalWords } from "./watch-words.js";

/**
 * @import {FramecastVideo} from "../video/element.js"
 * @import {RoomConnection} from "./connection.js"
 * @import {Choosable} from "./watch-pick.js"
 *
 * @typedef {{connection: RoomConnection, key: string, server: string, token: string}} WatchRoom
 */

/** Beside the bundle, static/room.js. */
const PLAYER_FILE = new URL("video-player.js", import.meta.url).href;
const MOST_VIDEOS = 50;
/** @type {MediaSessionAction[]} */
const KEYS = ["play", "pause", "seekbackward", "seekforward", "nexttrack"];
const SKIP_S = 10;

export class FramecastWatch extends HTMLElement {
  #view = new WatchView(this, {
    choose: () => this.choose(),
    leave: () => this.leave(),
    rejoin: () => this.rejoin(),
    goOn: () => void this.#session?.act("play"),
    take: () => void this.#session?.act("lead"),
    hand: () => this.#handOver(),
  });
  /** @type {WatchRoom | null} */
  #room = null;
  /** @type {FramecastVideo | null} */
  #player = null;
  /** @type {WatchSession | null} */
  #session = null;
  /** The player is this element's own, and shows what the room watches. */
  #isOwn = false;
  /** @type {(() => void)[]} */
  #offs = [];
  #onSeen = () => document.hidden || this.#session?.wake();
  #onPlayer = () => this.#show();
  #onItem = () => this.#session?.wake();

  /**
   * Watch with the members of a room.
   * @param {WatchRoom} room a <framecast-room>
   * @param {FramecastVideo | null} [player] that of the page; none: this element shows one
   * @param {{video: string, at: number} | null} [wanted] the video to begin with, if this member may choose
   */
  async join(room, player = null, wanted = null) {
    this.leaveRoom();
    this.#room = room;
    this.#isOwn = player === null;
    if (!player) await import(PLAYER_FILE);
    this.#hold(player ?? this.#makePlayer(room));
    document.addEventListener("visibilitychange", this.#onSeen);
    this.#offs = [room.connection.on("state", () => this.#show())];
    if (wanted) this.#offs.push(room.connection.on("state", ({ state }) => state === "open" && this.#begin(wanted)));
  }

  /** Once: a room that watches something already goes on with that. @param {{video: string, at: number}} wanted */
  #begin(wanted) {
    this.#offs.pop()?.();
    const session = /** @type {WatchSession} */ (this.#session);
    const isNew = this.#isOwn ? session.playback?.video !== wanted.video : !session.isPlaying;
    if (isNew && session.mayPlay) void (this.#isOwn ? this.watch(wanted.video, wanted.at) : session.act("seek", { position_s: wanted.at }));
    if (!session.isInSync) session.rejoin();
  }

  /** End it; the player is that of its own member again. */
  leaveRoom() {
    this.#session?.stop();
    for (const off of this.#offs) off();
    document.removeEventListener("visibilitychange", this.#onSeen);
    for (const key of KEYS) navigator.mediaSession?.setActionHandler(key, null);
    this.#player?.removeEventListener("state", this.#onPlayer);
    this.#player?.removeEventListener("item", this.#onItem);
    if (this.#player) this.#player.controller = null;
    if (this.#isOwn) this.#player?.remove();
    this.#session = this.#player = this.#room = null;
  }

  disconnectedCallback() {
    queueMicrotask(() => this.isConnected || this.leaveRoom());
  }

  /** The state of watching together, for pages and tests; null before `join`. */
  get session() {
    return this.#session;
  }

  get player() {
    return this.#player;
  }

  /** Watch alone. */
  leave() {
    this.#session?.leave();
  }

  /** Go where the room is. */
  rejoin() {
    this.#session?.rejoin();
  }

  /** Let somebody choose the video for all. */
  choose() {
    const question = { title: "Choose a video for all", none: "No video was found.", hasSearch: true, find: (/** @type {string} */ words) => this.#videos(words) };
    this.#view.pick.open(question, (id) => void this.watch(id));
  }

  /** Show a video to all. @param {string} id @param {number} [at] where it begins */
  watch(id, at = 0) {
    return this.#session?.act("video", { video: id, position_s: at });
  }

  #handOver() {
    const members = (this.#session?.presence.members ?? []).filter((one) => one.id !== this.#session?.you?.id);
    const rows = members.map(({ id, name, role }) => ({ id, title: name, note: role === "member" ? "" : role, picture: "" }));
    const question = { title: "Hand over the remote", none: "Nobody else is here.", hasSearch: false, find: async () => rows };
    this.#view.pick.open(question, (target) => void this.#session?.act("lead", { target }));
  }

  // --- the player

  /** @param {WatchRoom} room */
  #makePlayer({ server, token }) {
    const player = /** @type {FramecastVideo} */ (el("framecast-video", { server, preload: "auto", start: "0", "page-keys": true, ...(token ? { token } : {}) }));
    this.append(player);
    return player;
  }

  /** @param {FramecastVideo} player */
  #hold(player) {
    const room = /** @type {WatchRoom} */ (this.#room);
    this.#player = player;
    const session = new WatchSession(room.connection, new VideoMedia(player, () => this.#show()), {
      onChange: () => this.#show(),
      onVideo: (id) => this.#follow(id),
      onRefused: (words) => player.toast(words),
    });
    this.#session = session;
    session.isInSync = this.#isOwn;
    player.controller = new Remote(session, { onRefused: () => player.toast(refusalWords(this.#now(session))), onChoose: () => this.choose() });
    player.addEventListener("state", this.#onPlayer);
    player.addEventListener("item", this.#onItem);
    this.#takeKeys(player);
    this.dispatchEvent(new CustomEvent("player"));
    session.start();
    if (room.connection.isOpen) room.connection.reopen(); // the welcome says what the room watches
    this.#show();
  }

  /** Keys of keyboards and headphones, and the buttons of the small window, go the way of the controls. @param {FramecastVideo} player */
  #takeKeys(player) {
    const acts = [() => player.do("play"), () => player.do("pause"), () => player.skip(-SKIP_S), () => player.skip(SKIP_S), () => player.do("next")];
    KEYS.forEach((key, at) => navigator.mediaSession?.setActionHandler(key, acts[at]));
  }

  /** @param {string} id */
  #follow(id) {
    if (this.#isOwn && this.#player && this.#player.src !== id) this.#player.src = id;
  }

  // --- what is shown

  #show() {
    const session = this.#session;
    if (!session || !this.#player) return;
    const now = this.#now(session);
    this.hidden = !this.#isOwn && !now.isInSync && !(now.hasVideo && now.others > 0 && !this.#isOver(session));
    this.#view.show({ ...now, mayLead: now.mayPlay || (session.you?.may_moderate ?? false), mayChoose: now.mayPlay && this.#isOwn });
    this.#player.show();
  }

  /** @param {WatchSession} session */
  #isOver({ target, media }) {
    return media.duration > 0 && target >= media.duration;
  }

  /** @param {WatchSession} session @returns {import("./watch-words.js").Together} */
  #now(session) {
    const { playback, presence, media } = session;
    return {
      isOpen: this.#room?.connection.isOpen ?? false,
      hasVideo: !!playback?.video,
      isInSync: session.isInSync,
      isBeside: !this.#isOwn,
      isBlocked: media.isBlocked,
      isStalled: session.isStalled,
      waitingFor: playback?.waiting_for ?? [],
      me: session.you?.name ?? "",
      others: Math.max(0, presence.count - 1),
      mayPlay: session.mayPlay,
      isLeader: session.isLeader,
      leader: session.leader,
      hasLeader: playback?.leader != null,
      remote: session.remote,
    };
  }

  /** @param {string} words @returns {Promise<Choosable[]>} */
  async #videos(words) {
    const { server, token } = /** @type {WatchRoom} */ (this.#room);
    const url = new URL("api/videos", server);
    for (const [name, value] of [["q", words], ["token", token], ["state", "ready"], ["most", String(MOST_VIDEOS)]]) if (value) url.searchParams.set(name, value);
    const answer = await fetch(url, { cache: "no-store" });
    const found = await answer.json();
    if (!answer.ok) throw new Error(String(found.message ?? answer.status));
    return found.videos.map((/** @type {any} */ one) => ({
      id: one.id,
      title: one.title,
      note: [one.owner?.display_name || one.owner?.name, lengthOf(one.duration_s)].filter(Boolean).join(" · "),
      picture: one.media?.poster ? new URL(one.media.base + one.media.poster, server).href : "",
    }));
  }
}

/** @param {number | null} seconds */
function lengthOf(seconds) {
  return seconds ? `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}` : "";
}
