// A room and its members without browsers: a server's clock, networks that delay, players that take their time. Time passes by `world.run`.

export class World {
  nowMs = 1_000_000;
  #jobs = [];
  #seed;

  constructor(seed) {
    this.#seed = seed;
  }

  random() {
    this.#seed = (this.#seed * 1664525 + 1013904223) % 2 ** 32;
    return this.#seed / 2 ** 32;
  }

  later(run, ms) {
    const job = { at: this.nowMs + ms, run };
    this.#jobs.push(job);
    return job;
  }

  cancel(job) {
    this.#jobs = this.#jobs.filter((one) => one !== job);
  }

  /** Let this many seconds pass. */
  async run(seconds, look = () => {}) {
    const end = this.nowMs + 1000 * seconds;
    for (;;) {
      this.#jobs.sort((one, other) => one.at - other.at);
      const next = this.#jobs[0];
      if (!next || next.at > end) break;
      this.#jobs.shift();
      this.nowMs = Math.max(this.nowMs, next.at);
      next.run();
      for (let turn = 0; turn < 4; turn += 1) await null;
      look();
    }
    this.nowMs = end;
  }
}

/** What a <video> does: it takes time to seek and to begin, and has as much in store as its network has brought. */
export class Player {
  duration = 600;
  isPaused = true;
  isAble = true;
  isBlocked = false;
  /** The browser refuses to play until somebody clicks. */
  isLocked = false;
  seeks = 0;
  rates = new Set();
  #rate = 1;
  #base = 0;
  #since = 0;
  #seekUntil = -1;

  constructor(world, { seekMs = 60, startMs = 30, at = 0 } = {}) {
    Object.assign(this, { world, seekMs, startMs });
    this.#base = at;
    this.isCut = false;
  }

  get isSeeking() {
    return this.world.nowMs < this.#seekUntil;
  }

  get hasData() {
    return !this.isSeeking && !this.isCut;
  }

  get at() {
    if (this.isPaused || this.isSeeking || this.isCut) return this.#base;
    return Math.min(this.duration, this.#base + (Math.max(0, this.world.nowMs - this.#since) / 1000) * this.#rate);
  }

  aheadS() {
    return this.isCut ? 0 : Infinity;
  }

  #hold() {
    this.#base = this.at;
    this.#since = this.world.nowMs;
  }

  play() {
    if (!this.isPaused) return;
    if (this.isLocked) return void Promise.resolve().then(() => (this.isBlocked = true));
    this.isPaused = false;
    this.#since = Math.max(this.world.nowMs, this.#seekUntil) + this.startMs;
  }

  pause() {
    this.#hold();
    this.isPaused = true;
  }

  seek(at) {
    this.seeks += 1;
    this.#base = at;
    this.#seekUntil = this.world.nowMs + this.seekMs * (0.5 + this.world.random());
    this.#since = this.#seekUntil + this.startMs;
  }

  setRate(rate) {
    if (rate === this.#rate) return;
    const late = this.#since > this.world.nowMs ? this.#since : 0;
    this.#hold();
    if (late) this.#since = late;
    this.#rate = rate;
    this.rates.add(rate);
  }

  /** The network is away, or back. */
  cut(isCut) {
    this.#hold();
    this.isCut = isCut;
  }
}

/** The room: its playback, and a clock of its own. */
export class Room {
  members = [];
  playback = { version: 1, video: "v", position_s: 0, at_s: 0, speed: 1, is_playing: false, leader: null, waiting_for: [] };

  constructor(world, offsetS = 0) {
    this.world = world;
    this.offsetS = offsetS;
  }

  get serverS() {
    return this.world.nowMs / 1000 + this.offsetS + 1.7e9;
  }

  get place() {
    const { position_s, at_s, speed, is_playing, waiting_for } = this.playback;
    return position_s + (is_playing && !waiting_for.length ? (this.serverS - at_s) * speed : 0);
  }

  /** Change the playback as the server does, and send it to everybody. */
  change(fields) {
    this.playback = { ...this.playback, position_s: this.place, at_s: this.serverS, version: this.playback.version + 1, ...fields };
    for (const line of this.members) line.hear("events", { events: [{ kind: "playback", playback: this.playback }] });
  }
}

/** The connection of a member, whose machine has a clock and a network of its own. */
export class Line {
  isOpen = true;
  sent = [];
  stalled = false;
  #listeners = new Map();

  constructor(room, { delayMs = 20, jitterMs = 10, clockMs = 0, may = true } = {}) {
    Object.assign(this, { room, world: room.world, delayMs, jitterMs, clockMs, may });
  }

  trip() {
    return this.delayMs + this.jitterMs * this.world.random() ** 3;
  }

  now() {
    return this.world.nowMs + this.clockMs;
  }

  on(kind, listener) {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
    return () => this.#listeners.delete(kind);
  }

  hear(kind, fields) {
    this.world.later(() => (this.#listeners.get(kind) ?? []).forEach((one) => one(fields)), this.trip());
  }

  join() {
    this.room.members.push(this);
    this.hear("welcome", { room: { playback: this.room.playback }, you: { id: "a:1", may_play: this.may }, presence: { count: 1, members: [], typing: [], stalled: [] } });
  }

  ping() {
    const sentMs = this.now();
    return new Promise((resolve) => {
      this.world.later(() => {
        const serverS = this.room.serverS;
        this.world.later(() => resolve({ sentMs, receivedMs: this.now(), serverS }), this.trip());
      }, this.trip());
    });
  }

  post(fields) {
    this.sent.push(fields);
    if (fields.type !== "state" || fields.is_stalled === this.stalled) return true;
    this.stalled = fields.is_stalled;
    this.world.later(() => this.room.onStall?.(this, fields.is_stalled), this.trip());
    return true;
  }

  send(fields) {
    this.sent.push(fields);
    return new Promise((resolve) => this.world.later(() => { this.room.onPlay?.(fields); this.world.later(resolve, this.trip()); }, this.trip()));
  }
}

/** A member of a room; `look` gives its place against the room's. */
export function member(WatchSession, room, { line = {}, player = {} } = {}) {
  const { world } = room;
  const wire = new Line(room, line);
  const media = new Player(world, player);
  const refused = [];
  const videos = [];
  const session = new WatchSession(wire, media, { onChange: () => {}, onVideo: (id) => videos.push(id), onRefused: (words) => refused.push(words) }, { now: () => wire.now(), later: (run, ms) => world.later(run, ms), cancel: (job) => world.cancel(job) });
  session.start();
  wire.join();
  return { session, media, wire, refused, videos, get off() { return media.at - room.place; } };
}
