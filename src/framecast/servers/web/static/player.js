// <framecast-player src="NAME">: a live stream in any page, near the live edge.
//
// One file on purpose, without imports, so that other sites can load it alone: <script type="module" src=".../static/player.js">.
// It reads downwards: settings, what the browser can play, the socket, MP4 boxes, the live edge, the three screens
// (MSE, JPEG, HLS), recording, clock, the bar with buttons, the element. docs/reference/player.md describes the outside.
// Everything runs on the page's main thread; memory is bounded at each place where bytes can wait.

/**
 * @typedef {"mse" | "mjpeg"} Channel what goes over a transport
 * @typedef {{type: string, value?: any}} Message
 * @typedef {{src: string, server: string, mode: Channel, codecs: string, width: number, token?: string}} Wish
 *
 * @typedef {object} Viewer who gets what a transport brings
 * @property {(message: Message) => void} onMessage
 * @property {(bytes: Uint8Array<ArrayBuffer>) => void} onBinary
 * @property {(words: string) => void} onClosed
 *
 * @typedef {object} Transport
 * @property {(wish: Wish, viewer: Viewer) => () => void} open returns how to close; nothing is called after that
 *
 * @typedef {object} ScreenEvents what a screen tells the player
 * @property {() => void} onPicture a picture stands on the screen
 * @property {(words: string, isFatal: boolean) => void} onBroken it cannot go on; fatal: nor can a new connection of this mode
 *
 * @typedef {object} Figures
 * @property {string} mode
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {number} fps
 * @property {number} bits bits a second
 * @property {number | null} latency_ms
 * @property {number | null} lead_ms
 * @property {number} rate
 * @property {number} shown
 * @property {number} dropped
 * @property {number} stalls
 * @property {number} bytes
 * @property {boolean} hasAudio
 */

const CODECS = [
  ["avc1.640029", "avc1.64002A", "avc1.640033", "hvc1.1.6.L153.B0", "av01.0.08M.08", "vp09.00.50.08"],
  ["mp4a.40.2", "mp4a.40.5", "flac", "opus"],
];
const MODES = ["mse", "hls", "mjpeg"];
const TICK_MS = 100;
const STATS_MS = 1000;
/** Without a new picture for so long, or so many intervals, the old one is covered. */
const SILENCE_S = 1.5;
const SILENCE_INTERVALS = 5;
/** Of slow streams, which the server names, one picture may be missing: two intervals and this. */
const SLOW_INTERVALS = 2;
const SLOW_MARGIN_S = 3;
/** The first picture of a connection may take so long, where the server says that the stream is live. */
const FIRST_S = 8;
/** Pictures come, but none is shown: the decoder is stuck, dial again. */
const STUCK_S = 4;
/** The server says something every two seconds. Without a word for so long the connection is dead, although nobody has closed it. */
export const SILENT_S = 7;
/** The browser's own HLS player loads whole segments, and waits for them. */
const HLS_SILENT_S = 15;
/** The last picture of a connection is kept in this width at most: a wall has many. */
const STILL_WIDTH = 960;
/** A connection that plays for so long has proven that the mode works: what broke before counts no more. */
const PROVEN_S = 60;
/** Out of sight for so long, everything is freed: scrolling by does not cost a connection. */
const UNSEEN_MS = 600;
const KEEP_BEHIND_S = 5;
const MAX_BEHIND_S = 10;
const MAX_WAITING_BYTES = 8 << 20;
const MAX_RECORDED_BYTES = 1 << 30;
const BLOB_BYTES = 8 << 20;

// ---------------------------------------------------------------- what the browser can play

/** Safari on iOS has only the managed kind, Safari on macOS both. @returns {typeof MediaSource | undefined} */
function mediaSource() {
  const all = /** @type {any} */ (globalThis);
  return all.ManagedMediaSource ?? all.MediaSource;
}

/**
 * What this browser plays out of MP4, as the server wants to hear it; '' where it plays no video at all.
 * @param {boolean} [hasAudio] ask for sound, too
 */
export function supportedCodecs(hasAudio = true) {
  const kind = mediaSource();
  const plays = (/** @type {string} */ codec) => kind?.isTypeSupported(`video/mp4; codecs="${codec}"`);
  const [video, audio] = CODECS.map((codecs) => codecs.filter(plays));
  return video.length ? [...video, ...(hasAudio ? audio : [])].join() : "";
}

// ---------------------------------------------------------------- the connection

/** How long to wait before the next try: doubles up to a limit, with jitter so that a wall's players do not dial at once. */
export class Backoff {
  #tries = 0;

  /** @param {() => number} [random] 0 to 1 */
  constructor(random = Math.random) {
    this.random = random;
  }

  /** Milliseconds until the next try. */
  next() {
    const most = Math.min(8000, 400 * 2 ** this.#tries);
    this.#tries += 1;
    return most * (0.75 + 0.25 * this.random());
  }

  /** It worked: begin anew. */
  reset() {
    this.#tries = 0;
  }
}

/** The default transport: a WebSocket for each player, in go2rtc's message shapes. @implements {Transport} */
export class OwnSocket {
  /**
   * @param {Wish} wish
   * @param {Viewer} viewer
   */
  open(wish, viewer) {
    const url = new URL("api/ws", wish.server);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("src", wish.src);
    if (wish.token) url.searchParams.set("token", wish.token);
    if (wish.mode === "mjpeg" && wish.width) url.searchParams.set("w", String(wish.width));
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify(wish.mode === "mse" ? { type: "mse", value: wish.codecs } : { type: "mjpeg" }));
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") viewer.onBinary(new Uint8Array(data));
      else viewer.onMessage(JSON.parse(data));
    };
    socket.onclose = ({ reason }) => viewer.onClosed(reason || "The connection to the server is lost.");
    return () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    };
  }
}

// ---------------------------------------------------------------- MP4 boxes (ISO/IEC 14496-12)

/**
 * @typedef {{kind: "video" | "audio", timescale: number, edit: number, flags: number, duration: number}} TrackBox
 * @typedef {{kind: "video" | "audio", id: number, pts: number, duration: number, isKey: boolean}} Fragment times in seconds
 */

const CONTAINERS = new Set(["moov", "trak", "edts", "mdia", "mvex", "moof", "traf"]);
const NOT_SYNC = 0x10000;

/**
 * Call `found` for each box, containers before what is in them; a box that is cut short ends it.
 * @param {DataView} view
 * @param {(type: string, start: number) => void} found `start` is behind the header
 */
function eachBox(view, found) {
  try {
    eachBoxIn(view, found, 0, view.byteLength);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

/**
 * @param {DataView} view
 * @param {(type: string, start: number) => void} found
 * @param {number} start
 * @param {number} end
 */
function eachBoxIn(view, found, start, end) {
  while (start + 8 <= end) {
    const size = view.getUint32(start);
    const type = String.fromCharCode(view.getUint8(start + 4), view.getUint8(start + 5), view.getUint8(start + 6), view.getUint8(start + 7));
    const next = size === 0 ? end : start + (size === 1 ? Number(view.getBigUint64(start + 8)) : size);
    if (next <= start || next > end) return;
    found(type, start + 8);
    if (CONTAINERS.has(type)) eachBoxIn(view, found, start + 8, next);
    start = next;
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The tracks that an init segment announces, by id; undefined where this is none.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Map<number, TrackBox> | undefined}
 */
export function readInit(bytes) {
  const view = viewOf(bytes);
  /** @type {Map<number, TrackBox> | undefined} */
  let tracks;
  let [id, timescale, edit] = [0, 1, 0];
  eachBox(view, (type, start) => {
    const behindTimes = () => start + (view.getUint8(start) === 1 ? 20 : 12);
    if (type === "moov") tracks = new Map();
    else if (type === "tkhd") [id, edit] = [view.getUint32(behindTimes()), 0];
    else if (type === "elst" && view.getUint32(start + 4)) edit = Math.max(0, view.getUint8(start) === 1 ? Number(view.getBigInt64(start + 16)) : view.getInt32(start + 12));
    else if (type === "mdhd") timescale = view.getUint32(behindTimes()) || 1;
    else if (type === "hdlr") {
      const isVideo = view.getUint32(start + 8) === 0x76696465; // "vide"
      tracks?.set(id, { kind: isVideo ? "video" : "audio", timescale, edit, flags: 0, duration: 0 });
    } else if (type === "trex") {
      const track = tracks?.get(view.getUint32(start + 4));
      if (track) [track.duration, track.flags] = [view.getUint32(start + 12), view.getUint32(start + 20)];
    }
  });
  return tracks;
}

/**
 * What the first track fragment of a movie fragment holds; undefined where this is none.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {Map<number, TrackBox>} tracks
 * @returns {Fragment | undefined}
 */
export function readFragment(bytes, tracks) {
  const view = viewOf(bytes);
  /** @type {Fragment | undefined} */
  let fragment;
  let [flags, duration, decodeTime, runs] = [0, 0, 0, 0];
  /** @type {TrackBox | undefined} */
  let track;
  eachBox(view, (type, start) => {
    if (runs) return;
    const bits = type === "tfhd" || type === "trun" ? view.getUint32(start) & 0xffffff : 0;
    if (type === "tfhd") {
      const id = view.getUint32(start + 4);
      track = tracks.get(id);
      if (!track) return;
      fragment = { kind: track.kind, id, pts: 0, duration: 0, isKey: false };
      let at = start + 8 + (bits & 1 ? 8 : 0) + (bits & 2 ? 4 : 0);
      duration = bits & 8 ? view.getUint32(at) : track.duration;
      at += (bits & 8 ? 4 : 0) + (bits & 16 ? 4 : 0);
      flags = bits & 32 ? view.getUint32(at) : track.flags;
    } else if (type === "tfdt") {
      decodeTime = view.getUint8(start) === 1 ? Number(view.getBigUint64(start + 4)) : view.getUint32(start + 4);
    } else if (type === "trun" && track && fragment) {
      runs += 1;
      const count = view.getUint32(start + 4);
      let at = start + 8 + (bits & 1 ? 4 : 0);
      if (bits & 4) [flags, at] = [view.getUint32(at), at + 4];
      let total = duration * count;
      const width = (bits & 0x100 ? 4 : 0) + (bits & 0x200 ? 4 : 0) + (bits & 0x400 ? 4 : 0) + (bits & 0x800 ? 4 : 0);
      if (bits & 0x100) {
        total = 0;
        for (let sample = 0; sample < count; sample += 1) total += view.getUint32(at + sample * width);
      }
      let field = at + (bits & 0x100 ? 4 : 0) + (bits & 0x200 ? 4 : 0);
      if (bits & 0x400) [flags, field] = [view.getUint32(field), field + 4];
      const offset = bits & 0x800 ? view.getInt32(field) : 0;
      fragment.pts = (decodeTime + offset - track.edit) / track.timescale;
      fragment.duration = total / track.timescale;
      fragment.isKey = (flags & NOT_SYNC) === 0;
    }
  });
  return runs ? fragment : undefined;
}

/**
 * Move the decode times of all tracks in a fragment.
 * @param {Uint8Array<ArrayBuffer>} bytes changed in place
 * @param {Map<number, TrackBox>} tracks
 * @param {number} seconds are taken away
 */
function moveBack(bytes, tracks, seconds) {
  const view = viewOf(bytes);
  let timescale = 1;
  eachBox(view, (type, start) => {
    if (type === "tfhd") timescale = tracks.get(view.getUint32(start + 4))?.timescale ?? 1;
    if (type !== "tfdt") return;
    const away = Math.round(seconds * timescale);
    if (view.getUint8(start) === 1) view.setBigUint64(start + 4, BigInt(Math.max(0, Number(view.getBigUint64(start + 4)) - away)));
    else view.setUint32(start + 4, Math.max(0, view.getUint32(start + 4) - away));
  });
}

// ---------------------------------------------------------------- the live edge

const MARGIN_S = 0.02;
/** Sound needs more: a browser that runs dry of it stops, and then waits for half a second of it. Chromium does so below 60 ms. */
const SOUND_MARGIN_S = 0.1;
const MAX_SOUND_MARGIN_S = 0.5;
const SLOT_S = 1;
const SLOTS = 10;
const SLOWEST = 0.97;
const FASTEST = 1.1;
/** Where people hear it: less than a semitone. */
const FASTEST_HEARD = 1.05;
/** So far behind is no longer live: a machine that was busy for a moment is there again within seconds. */
const FAR_S = 0.5;
const FASTEST_FAR = 1.3;
const FASTEST_FAR_HEARD = 1.1;
const DEAD_S = 0.01;
const JUMP_S = 3;

/**
 * How fast to play so that pictures are shown as late as needed and no later. Pure: times are given, in seconds.
 *
 * Each fragment has an offset: its place on the time line less the time at which it came. Played at that offset it would be due the
 * moment it came. The second least of the last ten seconds, less a margin for decoding, is where playback should be: jitter
 * that comes back is waited for, a single hiccup is not.
 */
export class LiveEdge {
  /** The least offset of each second. @type {{at: number, least: number}[]} */
  #slots = [];
  #isBurst = true;
  #before = { at: -Infinity, pts: -Infinity };
  #rate = 1;
  /** What sound is kept in advance. */
  soundMargin = SOUND_MARGIN_S;

  /**
   * A fragment came.
   * @param {number} now
   * @param {number} pts
   * @param {boolean} [isVideo] sound comes in blocks, often two at once
   */
  note(now, pts, isVideo = true) {
    const offset = pts - now - (isVideo ? 0 : this.soundMargin - MARGIN_S);
    if (isVideo) {
      // Whoever joins gets the kept group of pictures at once: what is old on purpose says nothing about the connection.
      if (this.#isBurst && now - this.#before.at > 0.4 * (pts - this.#before.pts)) this.#isBurst = false;
      this.#before = { at: now, pts };
    }
    const newest = this.#slots.at(-1);
    if (this.#isBurst) {
      if (isVideo) this.#slots = [{ at: now, least: offset }];
    } else if (newest && now - newest.at < SLOT_S) newest.least = Math.min(newest.least, offset);
    else this.#slots.push({ at: now, least: offset });
    while (this.#slots.length > SLOTS) this.#slots.shift();
  }

  /** The time line begins anew. */
  clear() {
    this.#slots = [];
    this.#isBurst = true;
    this.#before = { at: -Infinity, pts: -Infinity };
    this.#rate = 1;
  }

  /** Where playback should be at `now`, undefined while nothing has come. @param {number} now */
  target(now) {
    if (!this.#slots.length) return undefined;
    const least = this.#slots.map((slot) => slot.least).sort((a, b) => a - b);
    return least[least.length >= 4 ? 1 : 0] + now - MARGIN_S;
  }

  /**
   * How to play on from `position`: a rate, or a jump to a place on the time line.
   * @param {number} now
   * @param {number} position
   * @param {boolean} [isFresh] just joined: what is made up now disturbs nobody
   * @param {boolean} [isHeard]
   * @returns {{rate: number, jump?: number}}
   */
  steer(now, position, isFresh = false, isHeard = false) {
    const target = this.target(now);
    // Where the edge is, is known only when the kept group of pictures is in.
    if (target === undefined || (isFresh && this.#isBurst)) return { rate: (this.#rate = 1) };
    const behind = target - position;
    if (behind > (isFresh ? 0.3 : JUMP_S) || behind < -JUMP_S) {
      this.#rate = 1;
      return { rate: 1, jump: target };
    }
    // What was begun is finished: the dead band is left late and entered early. Too near to the edge is worse than too far.
    const dead = this.#rate !== 1 ? DEAD_S / 2 : behind > 0 ? 2 * DEAD_S : DEAD_S;
    if (Math.abs(behind) < dead) this.#rate = 1;
    else {
      const wanted = 1 + behind * (behind > 0 ? 0.5 : 1);
      const fastest = behind > FAR_S ? (isHeard ? FASTEST_FAR_HEARD : FASTEST_FAR) : isHeard ? FASTEST_HEARD : FASTEST;
      this.#rate = Math.round(100 * Math.min(fastest, Math.max(SLOWEST, wanted + Math.sign(behind) * 0.005))) / 100;
    }
    return { rate: this.#rate };
  }
}

// ---------------------------------------------------------------- the source buffer

/**
 * @typedef {{bytes: Uint8Array<ArrayBuffer>, isKey: boolean, isInit: boolean}} Piece
 * @typedef {Piece | ((buffer: SourceBuffer) => void)} Entry
 */

/**
 * Brings bytes into a SourceBuffer, which takes them one append at a time. What waits meanwhile is bounded: too much loses whole
 * groups of pictures, from their key frame to the next.
 */
class Feed {
  /** @type {SourceBuffer | null} */
  #buffer = null;
  /** Bytes, or something to do with the buffer when all before is in. @type {Entry[]} */
  #waiting = [];
  #bytes = 0;
  #needsKey = true;

  /** @param {{position: () => number, onTaken: () => void, onBroken: (words: string) => void}} owner */
  constructor(owner) {
    this.owner = owner;
  }

  /** @param {SourceBuffer} buffer */
  attach(buffer) {
    this.#buffer = buffer;
    buffer.onupdateend = () => {
      this.owner.onTaken();
      this.#trim();
      this.#pump();
    };
    this.#pump();
  }

  close() {
    if (this.#buffer) this.#buffer.onupdateend = null;
    this.#buffer = null;
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** What is buffered, null where nothing is. @returns {TimeRanges | null} */
  get ranges() {
    try {
      return this.#buffer?.buffered.length ? this.#buffer.buffered : null;
    } catch {
      return null; // taken out of its media source: by an error, or by a browser that manages its memory
    }
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  addInit(bytes) {
    this.#needsKey = true;
    this.#add({ bytes, isKey: false, isInit: true });
  }

  /**
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {boolean} isKey
   */
  addMedia(bytes, isKey) {
    if (isKey) this.#needsKey = false;
    if (this.#needsKey) return;
    this.#add({ bytes, isKey, isInit: false });
    if (this.#bytes > MAX_WAITING_BYTES) this.#shed();
  }

  /** The next bytes are of another coding. @param {string} mime */
  change(mime) {
    this.#do((buffer) => {
      buffer.abort();
      buffer.changeType(mime);
    });
  }

  /** Forget what is buffered before what is added next. @param {() => void} onCleared */
  clear(onCleared) {
    this.#do((buffer) => {
      buffer.remove(0, Infinity);
      onCleared();
    });
  }

  /** @param {(buffer: SourceBuffer) => void} work */
  #do(work) {
    this.#waiting.push(work);
    this.#pump();
  }

  /** @param {Piece} piece */
  #add(piece) {
    this.#waiting.push(piece);
    this.#bytes += piece.bytes.length;
    this.#pump();
  }

  #pump() {
    const buffer = this.#buffer;
    try {
      while (buffer && !buffer.updating && this.#waiting.length) {
        const next = this.#waiting[0];
        if (typeof next === "function") {
          next(buffer);
          this.#waiting.shift();
        } else this.#append(buffer);
      }
    } catch (error) {
      this.owner.onBroken(`The browser does not take this picture: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** All bytes up to the next thing to do go at once. @param {SourceBuffer} buffer */
  #append(buffer) {
    const end = this.#waiting.findIndex((entry) => typeof entry === "function");
    const pieces = /** @type {Piece[]} */ (this.#waiting.slice(0, end < 0 ? undefined : end));
    const bytes = pieces.length === 1 ? pieces[0].bytes : joined(pieces);
    try {
      buffer.appendBuffer(bytes);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      this.#makeRoom(buffer);
      return;
    }
    this.#waiting.splice(0, pieces.length);
    this.#bytes -= bytes.length;
  }

  /** The browser's buffer is full. @param {SourceBuffer} buffer */
  #makeRoom(buffer) {
    const start = buffer.buffered.length ? buffer.buffered.start(0) : 0;
    const until = this.owner.position() - 0.5;
    if (until > start + 0.1) buffer.remove(0, until);
    else {
      this.#shed();
      buffer.remove(0, Infinity);
    }
  }

  /** Lose what waits, but for the newest group of pictures if that is small enough; else wait for the next. */
  #shed() {
    const isMedia = (/** @type {Entry} */ entry) => typeof entry !== "function" && !entry.isInit;
    const key = this.#waiting.findLastIndex((entry) => typeof entry !== "function" && entry.isKey);
    const rest = this.#waiting.slice(Math.max(0, key)).reduce((sum, entry) => sum + (typeof entry === "function" ? 0 : entry.bytes.length), 0);
    const keep = key > 0 && rest < MAX_WAITING_BYTES / 2;
    this.#waiting = this.#waiting.filter((entry, place) => !isMedia(entry) || (keep && place >= key));
    this.#needsKey = !keep;
    this.#bytes = this.#waiting.reduce((sum, entry) => sum + (typeof entry === "function" ? 0 : entry.bytes.length), 0);
  }

  #trim() {
    const ranges = this.ranges;
    const buffer = this.#buffer;
    const position = this.owner.position();
    if (!buffer || buffer.updating || !ranges || position - ranges.start(0) < MAX_BEHIND_S) return;
    buffer.remove(0, position - KEEP_BEHIND_S);
  }
}

/** @param {Piece[]} pieces */
function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let at = 0;
  for (const { bytes } of pieces) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

// ---------------------------------------------------------------- the screens: MSE, JPEG, HLS

/** Shows fragments by Media Source Extensions on a <video>. */
class MseScreen {
  #source = /** @type {MediaSource | null} */ (null);
  #url = "";
  #feed = /** @type {Feed | null} */ (null);
  #edge = new LiveEdge();
  #kinds = "";
  #tracks = /** @type {Map<number, TrackBox>} */ (new Map());
  /** The end of the newest picture on the time line, NaN at a beginning. */
  #end = NaN;
  #mustSeek = true;
  #freshUntil = 0;
  #beganAt = 0;
  #frame = 0;
  #isShown = false;
  #shownAt = now();
  #broken = () => this.events.onBroken(`The browser cannot show this picture (${this.video.error?.message || this.video.error?.code}).`, true);
  /** What was shown last, a place on the time line: a browser presents it again where it seeks. */
  #lastShown = NaN;
  #passes = () => {
    const { video } = this;
    if ((this.isOnlySound || !video.requestVideoFrameCallback) && !video.seeking && video.readyState > 1) this.#onShown(video.currentTime, NaN);
  };
  #waits = () => {
    if (!this.#isShown || this.video.seeking) return;
    this.stalls += 1;
    this.#edge.soundMargin = Math.min(MAX_SOUND_MARGIN_S, this.#edge.soundMargin + 0.05);
  };
  mime = "";
  stalls = 0;
  /** The init segment of what is shown. @type {Uint8Array<ArrayBuffer> | null} */
  init = null;
  /** Capture time less place on the time line, seconds; undefined until the server has told it. @type {number | undefined} */
  epoch;
  /** From the capture to the screen, ms. @type {number | null} */
  latency = null;
  /** @type {(fragment: Fragment | undefined, bytes: Uint8Array<ArrayBuffer>, tracks: Map<number, TrackBox>) => void} */
  onBytes = () => {};

  /**
   * @param {HTMLVideoElement} video
   * @param {ScreenEvents} events
   * @param {ServerClock} clock
   */
  constructor(video, events, clock) {
    this.video = video;
    this.events = events;
    this.clock = clock;
    video.preservesPitch = false; // keeping the pitch would need twice the sound in advance, for 5 %
    video.addEventListener("error", this.#broken);
    video.addEventListener("waiting", this.#waits);
    this.#watch();
  }

  get width() {
    return this.video.videoWidth;
  }

  get height() {
    return this.video.videoHeight;
  }

  get hasAudio() {
    return /mp4a|opus|flac|ac-3|ec-3/i.test(this.mime);
  }

  /** What is kept before the picture that is shown, seconds. */
  get lead() {
    return Number.isNaN(this.#end) ? null : this.#end - this.video.currentTime;
  }

  /** True where pictures came, but none has been shown for long. */
  get isStuck() {
    return !this.video.paused && !document.hidden && now() - this.#shownAt > STUCK_S;
  }

  /** The server says what comes now. @param {string} mime */
  begin(mime) {
    const kinds = mime.replace(/.*codecs="?|"/g, "").split(",").map((codec) => /^(mp4a|opus|flac|ac-3|ec-3)/i.test(codec.trim())).join();
    const goesOn = this.#feed && this.#source?.readyState === "open" && kinds === this.#kinds && "changeType" in SourceBuffer.prototype;
    this.#kinds = kinds;
    this.#shownAt = now();
    this.epoch = undefined;
    this.#edge.clear();
    if (goesOn && mime === this.mime) return;
    this.mime = mime;
    if (goesOn) this.#feed?.change(mime);
    else this.#open(mime);
  }

  /**
   * An init segment or a fragment.
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @returns {boolean} true where it is a picture, or sound that stands alone
   */
  take(bytes) {
    const init = readInit(bytes);
    if (init) {
      this.#tracks = init;
      this.init = bytes;
      this.#feed?.addInit(bytes);
      this.onBytes(undefined, bytes, init);
    }
    const fragment = readFragment(bytes, this.#tracks);
    if (!fragment) return false;
    const isMain = fragment.kind === "video" || this.isOnlySound;
    if (isMain) this.#follow(fragment);
    if (!Number.isNaN(this.#end)) this.#edge.note(now(), fragment.pts, isMain);
    if (!init) {
      this.#feed?.addMedia(bytes, isMain && fragment.isKey);
      this.onBytes(fragment, bytes, this.#tracks);
    }
    return isMain;
  }

  /** True where there is nothing to see. */
  get isOnlySound() {
    return this.#tracks.size > 0 && ![...this.#tracks.values()].some((track) => track.kind === "video");
  }

  /** The newest picture was captured at this time. @param {number} capturedMs UTC */
  setCaptured(capturedMs) {
    if (!Number.isNaN(this.#newest)) this.epoch = capturedMs / 1000 - this.#newest;
  }

  tick() {
    const { video } = this;
    if (video.paused || video.seeking) return;
    if (!this.#isShown) {
      // A browser that insists on sound where it begins: go to where there is some.
      if (now() - this.#beganAt > 0.5) this.#leap();
      return;
    }
    const { rate, jump } = this.#edge.steer(now(), video.currentTime, now() < this.#freshUntil, this.hasAudio && !video.muted);
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (jump === undefined) return this.#leap();
    this.#freshUntil = 0; // one jump after joining; what it leaves over is made up by speed
    this.#seek(jump);
  }

  close() {
    this.video.removeEventListener("error", this.#broken);
    this.video.removeEventListener("waiting", this.#waits);
    this.video.removeEventListener("timeupdate", this.#passes);
    this.video.cancelVideoFrameCallback?.(this.#frame);
    this.#release();
    this.video.playbackRate = 1;
    this.video.removeAttribute("src");
    this.video.load(); // frees the decoder
  }

  #newest = NaN;

  /** Note where the time line is, and where it breaks off. @param {Fragment} fragment */
  #follow({ pts, duration }) {
    const gap = pts - this.#end;
    this.#newest = pts;
    if (!(Math.abs(gap) < 1)) {
      if (!Number.isNaN(this.#end)) this.#feed?.clear(() => (this.#mustSeek = true));
      this.#edge.clear();
    }
    this.#end = pts + duration;
  }

  /** @param {string} mime */
  #open(mime) {
    this.#release();
    const Kind = mediaSource();
    if (!Kind) return;
    const source = (this.#source = new Kind());
    const feed = (this.#feed = new Feed({
      position: () => this.video.currentTime,
      onTaken: () => this.#onTaken(),
      onBroken: (words) => this.events.onBroken(this.video.error?.message || words, true),
    }));
    source.addEventListener("sourceopen", () => {
      if (source !== this.#source) return; // the address is by now another source's
      URL.revokeObjectURL(this.#url);
      try {
        feed.attach(source.addSourceBuffer(mime));
      } catch {
        this.events.onBroken(`The browser cannot play ${mime}.`, true);
      }
    }, { once: true });
    this.#url = URL.createObjectURL(source);
    this.video.src = this.#url;
  }

  #release() {
    this.#feed?.close();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#feed = this.#source = null;
    this.#url = "";
    this.#end = this.#newest = NaN;
    this.#mustSeek = true;
    this.#isShown = false;
    this.#lastShown = NaN;
    this.init = null;
    this.#edge.clear();
  }

  /** Bytes have become a part of the time line. */
  #onTaken() {
    const ranges = this.#feed?.ranges;
    if (!ranges || !this.#mustSeek) return;
    // The key frame first, so that there is a picture at once; `tick` goes on to the live edge.
    this.#mustSeek = false;
    this.#isShown = false;
    this.#beganAt = now();
    const start = ranges.start(ranges.length - 1);
    // A time line that begins at zero needs no seek, where sound begins a little later than the picture.
    if (this.video.currentTime > 0 || start > 0.3) this.#seek(start);
  }

  /** Jump over a hole in the time line. */
  #leap() {
    const ranges = this.#feed?.ranges;
    const at = this.video.currentTime;
    for (let place = 0; ranges && place < ranges.length; place += 1) {
      if (at >= ranges.start(place) - 0.01 && at < ranges.end(place)) return;
      if (ranges.start(place) > at && ranges.start(place) < this.#end) return this.#seek(ranges.start(place));
    }
  }

  /** @param {number} position */
  #seek(position) {
    const ranges = this.#feed?.ranges;
    if (!ranges) return;
    const last = ranges.length - 1;
    this.video.currentTime = Math.max(ranges.start(last), Math.min(position, ranges.end(last) - 0.001));
  }

  #watch() {
    this.video.addEventListener("timeupdate", this.#passes);
    if (!this.video.requestVideoFrameCallback) return;
    const turn = (/** @type {number} */ _at, /** @type {VideoFrameCallbackMetadata} */ frame) => {
      this.#frame = this.video.requestVideoFrameCallback(turn);
      this.#onShown(frame.mediaTime, frame.expectedDisplayTime);
    };
    this.#frame = this.video.requestVideoFrameCallback(turn);
  }

  /**
   * @param {number} mediaTime
   * @param {number} displayMs
   */
  #onShown(mediaTime, displayMs) {
    if (!this.#source || mediaTime === this.#lastShown) return;
    this.#shownAt = now();
    this.#lastShown = mediaTime;
    if (!this.#isShown) {
      this.#isShown = true;
      this.#freshUntil = now() + 2;
      this.tick();
    }
    if (this.epoch !== undefined && displayMs) {
      const fresh = this.clock.at(displayMs) - (this.epoch + mediaTime) * 1000;
      this.latency = this.latency === null ? fresh : this.latency + 0.1 * (fresh - this.latency);
    }
    this.events.onPicture();
  }
}

/** Shows JPEG pictures on a canvas; while one is decoded, only the newest waits. */
class JpegScreen {
  #context;
  #next = /** @type {Blob | null} */ (null);
  #isDrawing = false;
  #isClosed = false;
  /** The picture that is shown, as it came. @type {Blob | null} */
  picture = null;
  mime = "image/jpeg";
  stalls = 0;
  latency = null;
  lead = null;
  hasAudio = false;
  isStuck = false;
  shown = 0;
  dropped = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ScreenEvents} events
   */
  constructor(canvas, events) {
    this.canvas = canvas;
    this.events = events;
    this.#context = /** @type {ImageBitmapRenderingContext} */ (canvas.getContext("bitmaprenderer"));
  }

  get width() {
    return this.canvas.width;
  }

  get height() {
    return this.canvas.height;
  }

  begin() {}

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  take(bytes) {
    if (this.#next) this.dropped += 1;
    this.#next = new Blob([bytes], { type: "image/jpeg" });
    if (!this.#isDrawing) void this.#draw();
    return true;
  }

  setCaptured() {}

  tick() {}

  close() {
    this.#isClosed = true;
    this.#next = this.picture = null;
    this.#context.transferFromImageBitmap(null);
  }

  async #draw() {
    this.#isDrawing = true;
    while (this.#next) {
      const picture = this.#next;
      this.#next = null;
      try {
        const bitmap = await createImageBitmap(picture);
        if (this.#isClosed) return bitmap.close();
        [this.canvas.width, this.canvas.height] = [bitmap.width, bitmap.height];
        this.#context.transferFromImageBitmap(bitmap);
        this.picture = picture;
        this.shown += 1;
        this.events.onPicture();
      } catch {
        this.dropped += 1; // a broken picture: the next one comes
      }
    }
    this.#isDrawing = false;
  }
}

/** Lets the browser play HLS by itself: old iPhones. */
class HlsScreen {
  #lastShown = NaN;
  #onPlaying = () => {
    const at = this.video.currentTime;
    if (this.video.seeking || !at || at === this.#lastShown) return;
    this.#lastShown = at;
    this.events.onPicture();
  };
  #onError = () => this.events.onBroken("The browser cannot play the stream.", false);
  mime = "application/vnd.apple.mpegurl";
  stalls = 0;
  latency = null;
  lead = null;
  hasAudio = true;
  isStuck = false;

  /**
   * @param {HTMLVideoElement} video
   * @param {ScreenEvents} events
   * @param {string} url
   */
  constructor(video, events, url) {
    this.video = video;
    this.events = events;
    video.addEventListener("timeupdate", this.#onPlaying);
    video.addEventListener("error", this.#onError);
    video.src = url;
  }

  get width() {
    return this.video.videoWidth;
  }

  get height() {
    return this.video.videoHeight;
  }

  begin() {}

  take() {
    return false;
  }

  setCaptured() {}

  tick() {}

  close() {
    this.video.removeEventListener("timeupdate", this.#onPlaying);
    this.video.removeEventListener("error", this.#onError);
    this.video.removeAttribute("src");
    this.video.load();
  }
}

/** Seconds of a clock that never goes back. */
function now() {
  return performance.now() / 1000;
}

/** The server's clock as seen from here, from what it says once a second; the quickest of the last messages is the best one. */
class ServerClock {
  /** @type {number[]} */
  #offsets = [];

  /** @param {number} serverMs UTC */
  note(serverMs) {
    this.#offsets.push(performance.now() - serverMs);
    if (this.#offsets.length > 30) this.#offsets.shift();
  }

  /** The server's UTC milliseconds at a time of `performance.now()`. @param {number} ms */
  at(ms) {
    return ms - Math.min(...this.#offsets);
  }
}

// ---------------------------------------------------------------- recording

/**
 * Writes the fragments that are played, from a key frame on, as one MP4 whose times begin at zero.
 */
class Recorder {
  /** @type {Blob[]} */
  #blobs = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #parts = [];
  #pending = 0;
  #init = /** @type {Uint8Array<ArrayBuffer> | null} */ (null);
  #start = NaN;
  #end = NaN;
  #writer;
  #isOver = false;
  /** A new connection has a time line of its own. */
  isCut = false;
  #finish = /** @type {(blob: Blob | null) => void} */ (() => {});
  bytes = 0;
  words = "";
  done = /** @type {Promise<Blob | null>} */ (new Promise((resolve) => (this.#finish = resolve)));

  /**
   * @param {WritableStream<Uint8Array> | undefined} writable
   * @param {() => void} onOver
   */
  constructor(writable, onOver) {
    this.#writer = writable?.getWriter();
    this.onOver = onOver;
    this.#writer?.closed.catch(() => this.stop("The file cannot be written."));
  }

  get seconds() {
    return this.#end - this.#start || 0;
  }

  /**
   * Take an init segment, or a fragment in its turn.
   * @param {Fragment | undefined} fragment
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {Map<number, TrackBox>} tracks
   */
  take(fragment, bytes, tracks) {
    if (this.#isOver) return;
    if (!fragment) return this.#takeInit(bytes);
    if (!this.#init) return;
    const isVideo = fragment.kind === "video";
    if (Number.isNaN(this.#start)) {
      if (!fragment.isKey || !isVideo) return;
      this.isCut = false;
      this.#start = fragment.pts;
      this.#write(this.#init);
    } else if (this.isCut || (isVideo && Math.abs(fragment.pts - this.#end) > 1)) {
      if (!fragment.isKey || !isVideo) return;
      this.isCut = false;
      this.#start += fragment.pts - this.#end; // the source was away: the file goes on without a hole
    }
    if (fragment.pts < this.#start) return; // sound from before the first picture
    if (isVideo) this.#end = fragment.pts + fragment.duration;
    const copy = bytes.slice();
    moveBack(copy, tracks, this.#start);
    this.#write(copy);
  }

  /** End the file. @param {string} [words] why, where nobody asked for it */
  stop(words = "") {
    if (this.#isOver) return this.done;
    this.#isOver = true;
    this.words = words;
    if (this.#writer) {
      const closing = this.#writer.close().catch(() => {});
      void closing.then(() => this.#finish(null));
    } else this.#finish(new Blob([...this.#blobs, ...this.#parts], { type: "video/mp4" }));
    this.#blobs = this.#parts = [];
    this.onOver();
    return this.done;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #takeInit(bytes) {
    const isSame = this.#init?.length === bytes.length && this.#init.every((byte, place) => byte === bytes[place]);
    if (this.#init && !Number.isNaN(this.#start) && !isSame) void this.stop("The stream has changed its coding.");
    else this.#init = bytes;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #write(bytes) {
    this.bytes += bytes.length;
    if (this.#writer) {
      this.#pending += bytes.length;
      if (this.#pending > MAX_WAITING_BYTES) return void this.stop("The file is written too slowly.");
      this.#writer.write(bytes).then(() => (this.#pending -= bytes.length), () => {});
      return;
    }
    this.#parts.push(bytes);
    this.#pending += bytes.length;
    if (this.#pending > BLOB_BYTES) {
      this.#blobs.push(new Blob(this.#parts)); // the browser may keep it on its disk
      this.#parts = [];
      this.#pending = 0;
    }
    if (this.bytes > MAX_RECORDED_BYTES) void this.stop("The recording is as large as it may become.");
  }
}

// ---------------------------------------------------------------- the looks

const STYLE = `
:host { display: block; position: relative; aspect-ratio: 16 / 9; min-width: 0; overflow: hidden; contain: content;
  background: var(--framecast-background, #07080b); border-radius: var(--framecast-radius, 0);
  color: #f2f4f8; font: 500 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-tap-highlight-color: transparent; --accent: var(--framecast-accent, #98a4ff); }
:host([hidden]) { display: none; }
:host(:fullscreen) { border-radius: 0; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.stage { position: absolute; inset: 0; container-type: inline-size; outline: none; }
.stage:focus-visible::after { content: ""; position: absolute; inset: 0; border: 3px solid var(--accent); border-radius: inherit; pointer-events: none; }
video, canvas, .still, .poster { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: var(--framecast-fit, contain); display: block; }
.veil { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 6px;
  padding: 12px 16px; text-align: center; background: #0b0d12; color: #b9c1d0; transition: opacity .2s; }
.veil[data-state=connecting].over, .veil[data-state=paused].over { background: rgb(8 9 13 / 55%); }
.veil[data-state=nosignal].over { background: rgb(8 9 13 / 78%); backdrop-filter: grayscale(1); color: #d5dae4; }
.veil strong { color: #f2f4f8; font-weight: 620; font-size: 15px; }
.veil span { max-width: 46ch; overflow-wrap: anywhere; }
.veil svg { width: 34px; height: 34px; opacity: .75; margin-bottom: 2px; }
.spin { width: 30px; height: 30px; margin-bottom: 6px; border-radius: 50%; border: 3px solid rgb(255 255 255 / 18%); border-top-color: #fff; animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
button { font: inherit; color: inherit; border: 0; cursor: pointer; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.big { width: 68px; height: 68px; border-radius: 50%; background: rgb(20 23 31 / 72%); display: grid; place-items: center; }
.big svg { width: 30px; height: 30px; opacity: 1; margin: 0; }
.sound { position: absolute; left: 12px; top: 12px; display: flex; align-items: center; gap: 8px; padding: 8px 14px 8px 10px; border-radius: 99px;
  background: #f2f4f8; color: #14171f; font-weight: 600; }
.sound svg { width: 20px; height: 20px; }
.toast { position: absolute; left: 50%; top: 14px; transform: translateX(-50%); max-width: calc(100% - 28px); padding: 7px 14px; border-radius: 99px;
  background: rgb(13 15 20 / 82%); pointer-events: none; }
.toast:empty { display: none; }
.bar { position: absolute; inset: auto 0 0; display: flex; align-items: center; gap: 2px; padding: 34px 10px 8px;
  background: linear-gradient(transparent, rgb(0 0 0 / 30%) 35%, rgb(0 0 0 / 72%)); opacity: 0; transition: opacity .18s; }
.stage[data-awake] .bar, .stage:focus-within:has(:focus-visible) .bar, .stage[data-state=paused] .bar { opacity: 1; }
.stage:not([data-awake], [data-state=paused]) .bar:not(:focus-within) { pointer-events: none; }
.bar button { width: 40px; height: 40px; border-radius: 10px; background: none; display: grid; place-items: center; flex: none; }
.bar button:hover { background: rgb(255 255 255 / 16%); }
.bar button[aria-pressed=true] { color: #ff6b62; }
.badge .rec { color: #ff8b83; }
.bar svg { width: 22px; height: 22px; filter: drop-shadow(0 1px 1px rgb(0 0 0 / 40%)); }
.badge { display: inline-flex; align-items: center; gap: 7px; margin: 0 8px; font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap;
  text-shadow: 0 1px 2px rgb(0 0 0 / 60%); }
.badge::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: #4cd08a; }
.badge:not([data-state=live])::before { background: #9aa4b6; }
.badge b { font-weight: 650; letter-spacing: .02em; }
.gap { flex: 1; }
input { width: 78px; margin: 0 8px 0 2px; accent-color: #fff; cursor: pointer; }
.hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container (max-width: 460px) { input { display: none; } .badge span { display: none; } .bar { padding-inline: 4px; } }
@container (max-width: 340px) { .bar .pip, .bar .shot, .bar .badge { display: none; } }
@container (max-width: 220px) { .veil span, .veil svg { display: none; } .veil strong { font-size: 13px; } .big { width: 44px; height: 44px; } }
@media (pointer: coarse) { input { display: none; } .bar button { width: 44px; height: 44px; } }
@media (prefers-reduced-motion: reduce) { .veil, .bar { transition: none; } .spin { animation-duration: 4s; } }
@media (forced-colors: active) { .bar button { border: 1px solid ButtonText; } }
`;

const ICONS = {
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5v14M16 5v14",
  loud: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  mute: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5",
  shot: "M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z",
  record: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12z",
  pip: "M3.500 5.500h17v13h-17zM12.500 12h5.500v4h-5.500z",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  lost: "M3 3l18 18M10 6h4.500a2 2 0 0 1 2 2v2.500l4.500-3v9M16.500 16.500a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2",
};

/**
 * @param {string} tag
 * @param {Record<string, string | EventListener>} attributes functions are listeners
 * @param {(Node | string)[]} children
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {keyof typeof ICONS} name */
function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const isFull = name === "play" || name === "record";
  const attributes = { d: ICONS[name], fill: isFull ? "currentColor" : "none", stroke: "currentColor", "stroke-width": name === "pause" ? "3" : "1.7", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries(attributes)) path.setAttribute(key, value);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** @param {Element} element @param {string} text screen readers announce each change, so there is none without one */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {string} word @param {keyof typeof ICONS} sign @param {string} name @param {() => unknown} onClick */
function button(word, sign, name, onClick) {
  return /** @type {HTMLButtonElement} */ (make("button", { type: "button", class: name, part: "button", "aria-label": word, title: word, click: () => void onClick() }, icon(sign)));
}

/** @param {HTMLButtonElement} element @param {string} word @param {keyof typeof ICONS} sign */
function dress(element, word, sign) {
  if (element.title === word) return;
  element.title = word;
  element.setAttribute("aria-label", word);
  element.replaceChildren(icon(sign));
}

/** The buttons over the picture. */
class Bar {
  #play;
  #mute;
  #record;
  #volume = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: "0", max: "100", "aria-label": "Volume" }));
  #word = make("b");
  #figure = make("span");
  #recorded = make("b", { class: "rec", hidden: "" });
  #badge = make("span", { class: "badge", part: "badge" }, this.#word, this.#figure, this.#recorded);
  element;

  /** @param {FramecastPlayer} player */
  constructor(player) {
    this.player = player;
    this.#play = button("Pause (k)", "pause", "play", () => player.togglePlay());
    this.#mute = button("Mute (m)", "loud", "mute", () => player.toggleMute());
    this.#record = button("Record (r)", "record", "record", () => player.saveRecording());
    this.#volume.addEventListener("input", () => (player.volume = Number(this.#volume.value) / 100));
    this.element = make(
      "div",
      { class: "bar", part: "controls", role: "toolbar", "aria-label": "Player" },
      this.#play,
      this.#mute,
      this.#volume,
      this.#badge,
      make("span", { class: "gap" }),
      this.#record,
      button("Snapshot (s)", "shot", "shot", () => player.saveSnapshot()),
    );
    if (document.pictureInPictureEnabled) this.element.append(button("Picture in picture (p)", "pip", "pip", () => player.togglePictureInPicture()));
    this.element.append(button("Fullscreen (f)", "full", "full", () => player.toggleFullscreen()));
  }

  update() {
    const { player } = this;
    const isPaused = player.state === "paused";
    dress(this.#play, isPaused ? "Play (k)" : "Pause (k)", isPaused ? "play" : "pause");
    dress(this.#mute, player.muted ? "Unmute (m)" : "Mute (m)", player.muted ? "mute" : "loud");
    this.#mute.hidden = this.#volume.hidden = !player.hasAudio;
    this.#volume.value = String(player.muted ? 0 : Math.round(player.volume * 100));
    this.#record.hidden = player.playing !== "mse";
    this.#record.setAttribute("aria-pressed", String(player.recording));
    dress(this.#record, player.recording ? "Stop recording (r)" : "Record (r)", "record");
    this.#recorded.hidden = !player.recording;
    say(this.#recorded, `REC ${Math.floor(player.recorded / 60)}:${String(Math.floor(player.recorded % 60)).padStart(2, "0")}`);
    this.#badge.dataset.state = player.state;
    say(this.#word, { live: "LIVE", paused: "PAUSED", connecting: "CONNECTING", nosignal: "NO SIGNAL", idle: "" }[player.state]);
    const latency = player.stats?.latency_ms;
    say(this.#figure, player.state === "live" && latency != null ? `${Math.round(latency)} ms` : "");
  }
}

// ---------------------------------------------------------------- the element

/** @typedef {MseScreen | JpegScreen | HlsScreen} Screen */
/** @typedef {"idle" | "connecting" | "live" | "nosignal" | "paused"} PlayerState */

/** Where this file came from: BASE/static/player.js. */
const BASE = new URL("../", import.meta.url).href;
const KEYS = /** @type {Record<string, (player: FramecastPlayer) => unknown>} */ ({
  " ": (player) => player.togglePlay(),
  k: (player) => player.togglePlay(),
  m: (player) => player.toggleMute(),
  f: (player) => player.toggleFullscreen(),
  p: (player) => player.togglePictureInPicture(),
  s: (player) => player.saveSnapshot(),
  r: (player) => player.saveRecording(),
  ArrowUp: (player) => (player.volume += 0.1),
  ArrowDown: (player) => (player.volume -= 0.1),
});
const TITLES = { idle: "", connecting: "Connecting", live: "", nosignal: "No signal", paused: "" };

export class FramecastPlayer extends HTMLElement {
  static observedAttributes = ["src", "server", "token", "mode", "controls", "muted", "no-audio", "poster", "background", "paused"];

  /** Who brings the bytes. @type {Transport} */
  transport = new OwnSocket();

  #video = /** @type {HTMLVideoElement} */ (make("video", { part: "video", playsinline: "", disableremoteplayback: "", "aria-hidden": "true", tabindex: "-1" }));
  #canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { part: "canvas", "aria-hidden": "true", width: "16", height: "9", hidden: "" }));
  #poster = /** @type {HTMLImageElement} */ (make("img", { class: "poster", alt: "", hidden: "" }));
  /** The last picture of the connection before, until this one has a picture of its own. */
  #still = /** @type {HTMLCanvasElement} */ (make("canvas", { class: "still", "aria-hidden": "true", width: "0", height: "0", hidden: "" }));
  #spin = make("div", { class: "spin" });
  #sign = icon("lost");
  #speaker = icon("loud");
  #big = button("Play", "play", "big", () => this.play());
  #title = make("strong");
  #words = make("span");
  #last = make("span");
  #veil = make("div", { class: "veil", part: "veil" }, this.#spin, this.#sign, this.#speaker, this.#big, this.#title, this.#words, this.#last);
  #sound = /** @type {HTMLButtonElement} */ (make("button", { class: "sound", part: "button", type: "button", hidden: "", click: () => (this.muted = false) }, icon("mute"), "Sound on"));
  #toast = make("div", { class: "toast", role: "status" });
  #announced = make("div", { class: "hush", role: "status" });
  #stage = make("div", { class: "stage", role: "group" }, this.#video, this.#canvas, this.#still, this.#poster, this.#veil, this.#sound, this.#toast, this.#announced);
  #bar = new Bar(this);

  #isSeen = false;
  #isPaused = false;
  /** @type {boolean | null} whether it was paused before the last click on the picture; null where that was elsewhere */
  #wasPaused = null;
  #isPip = false;
  #unseenTimer = 0;
  #observer = new IntersectionObserver((entries) => this.#onSeen(entries[entries.length - 1].isIntersecting), { rootMargin: "120px" });
  #onVisibility = () => this.#update();

  /** @type {Screen | null} */
  #screen = null;
  /** @type {(() => void) | null} */
  #hangUp = null;
  #clock = new ServerClock();
  #backoff = new Backoff();
  #mode = "";
  /** Modes that failed on this connection, and those that never will work here. @type {[Set<string>, Set<string>]} */
  #failed = [new Set(), new Set()];
  #retryTimer = 0;
  #ticker = 0;
  #awakeTimer = 0;
  #toastTimer = 0;
  #openedAt = 0;
  #heardAt = 0;
  #mediaAt = 0;
  #interval = 0;
  /** Seconds between the pictures of a slow stream, as the server says; 0 where they come more often. */
  #every = 0;
  #isDown = false;
  /** The server has said that the source is away. */
  #isOut = false;
  /** The server has said that what it sends is no fresh picture: "no signal", or what it kept. */
  #isOld = false;
  /** The server has said that the stream is live. */
  #isSaidLive = false;
  #hasPicture = false;
  #bytes = 0;
  #before = { at: 0, bytes: 0, shown: 0 };
  /** @type {Recorder | null} */
  #recorder = null;

  /** @type {PlayerState} */
  state = "idle";
  /** What is wrong, in words. */
  words = "";
  /** When the newest picture was shown while live, UTC ms; null before the first. @type {number | null} */
  seen = null;
  /** @type {Figures | null} */
  stats = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.#stage);
    this.#video.disableRemotePlayback = true;
    this.#video.addEventListener("volumechange", () => this.#show());
    this.#video.addEventListener("enterpictureinpicture", () => this.#setPip(true));
    this.#video.addEventListener("leavepictureinpicture", () => this.#setPip(false));
    // A browser pauses by itself: a video that was moved in the page, a headset that was taken off.
    this.#video.addEventListener("pause", () => queueMicrotask(() => this.#screen && !this.#isPaused && void this.#begin()));
    this.#stage.addEventListener("keydown", (event) => this.#onKey(event));
    this.#stage.addEventListener("pointermove", () => this.#wake());
    this.#stage.addEventListener("pointerleave", () => this.#sleep());
    this.#stage.addEventListener("dblclick", () => this.#onDoubleClick());
    this.#stage.addEventListener("click", (event) => this.#onClick(/** @type {PointerEvent} */ (event)));
    this.#show();
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#observer.observe(this);
    this.#update();
  }

  disconnectedCallback() {
    // An element that is only moved is back at once: nothing is freed then.
    queueMicrotask(() => {
      if (this.isConnected) return;
      document.removeEventListener("visibilitychange", this.#onVisibility);
      this.#observer.disconnect();
      clearTimeout(this.#unseenTimer);
      this.#isSeen = this.#isPip = false;
      void this.#recorder?.stop("The player was removed.");
      this.#update();
    });
  }

  /** With this a browser that can move elements does not remove them. */
  connectedMoveCallback() {}

  /**
   * @param {string} name
   * @param {string | null} old
   * @param {string | null} value
   */
  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "muted") this.#video.muted = value !== null;
    else if (name === "controls") this.#showControls();
    else if (name === "paused") value === null ? this.play() : this.pause();
    else if (name === "poster") this.#showPoster();
    else if (name === "background") this.#update();
    else {
      if (name === "src" || name === "server") this.seen = null;
      this.#restart();
    }
  }

  // --- attributes as properties

  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(name) {
    this.setAttribute("src", name);
  }

  /** The server's base address; ends with a slash. */
  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : BASE;
  }

  set server(url) {
    this.setAttribute("server", url);
  }

  /** That of a link to the stream; empty for who is logged in. */
  get token() {
    return this.getAttribute("token") ?? "";
  }

  set token(token) {
    this.setAttribute("token", token);
  }

  get mode() {
    return this.getAttribute("mode") ?? MODES.join();
  }

  set mode(modes) {
    this.setAttribute("mode", modes);
  }

  get controls() {
    return this.hasAttribute("controls");
  }

  set controls(isOn) {
    this.toggleAttribute("controls", isOn);
  }

  get noAudio() {
    return this.hasAttribute("no-audio");
  }

  set noAudio(isOn) {
    this.toggleAttribute("no-audio", isOn);
  }

  get background() {
    return this.hasAttribute("background");
  }

  set background(isOn) {
    this.toggleAttribute("background", isOn);
  }

  get poster() {
    return this.getAttribute("poster") ?? "";
  }

  set poster(url) {
    this.setAttribute("poster", url);
  }

  // --- what people do with it

  get muted() {
    return this.#video.muted;
  }

  set muted(isMuted) {
    this.#video.muted = isMuted;
    this.#sound.hidden = true;
  }

  get volume() {
    return this.#video.volume;
  }

  set volume(volume) {
    this.#video.volume = Math.min(1, Math.max(0, volume));
    if (volume > 0) this.muted = false;
  }

  get video() {
    return this.#video;
  }

  /** By what it plays now. */
  get playing() {
    return this.#screen ? this.#mode : "";
  }

  get hasAudio() {
    return this.#screen?.hasAudio ?? false;
  }

  get recording() {
    return this.#recorder !== null;
  }

  /** Seconds that are recorded so far. */
  get recorded() {
    return this.#recorder?.seconds ?? 0;
  }

  play() {
    this.#isPaused = false;
    this.#update();
  }

  /** Stop at this picture; nothing is received until `play`. */
  pause() {
    this.#isPaused = true;
    this.#video.pause();
    this.#update();
  }

  togglePlay() {
    if (this.#isPaused) this.play();
    else this.pause();
  }

  toggleMute() {
    this.muted = !this.muted;
  }

  /** Dial again now. */
  reconnect() {
    this.#backoff.reset();
    this.#restart();
  }

  /**
   * The picture that is shown, in full size.
   * @param {{type?: string, quality?: number}} [options]
   * @returns {Promise<Blob>}
   */
  async snapshot({ type = "image/jpeg", quality = 0.92 } = {}) {
    const screen = this.#screen;
    if (screen instanceof JpegScreen && screen.picture && type === "image/jpeg") return screen.picture;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [screen?.width ?? 0, screen?.height ?? 0];
    if (!screen || !this.#hasPicture || !canvas.width) throw new Error("There is no picture to take.");
    /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(screen instanceof JpegScreen ? this.#canvas : this.#video, 0, 0);
    const blob = await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve, type, quality));
    if (!blob) throw new Error(`The browser cannot make ${type}.`);
    return blob;
  }

  /**
   * Record what is played, from the next key frame on, as MP4.
   * @param {WritableStream<Uint8Array>} [writable] where the bytes go; else they are kept for the `Blob`
   */
  record(writable) {
    const screen = this.#screen;
    if (!(screen instanceof MseScreen)) throw new Error("Only a stream that plays by MSE can be recorded.");
    if (this.#recorder) throw new Error("It is recording already.");
    const recorder = (this.#recorder = new Recorder(writable, () => {
      this.#recorder = null;
      if (this.#screen instanceof MseScreen) this.#screen.onBytes = () => {};
      this.#tell("recorded", { bytes: recorder.bytes, words: recorder.words });
      this.#show();
      this.#update();
    }));
    if (screen.init) recorder.take(undefined, screen.init, new Map());
    this.#feed(recorder);
    this.#show();
    return { done: recorder.done, stop: () => recorder.stop() };
  }

  /** A recording goes on with what the screen of a new connection shows. @param {Recorder} recorder */
  #feed(recorder) {
    recorder.isCut = true;
    if (this.#screen instanceof MseScreen) this.#screen.onBytes = (fragment, bytes, tracks) => recorder.take(fragment, bytes, tracks);
  }

  /** Download the picture that is shown. */
  async saveSnapshot() {
    try {
      download(await this.snapshot(), `${this.#fileName()}.jpg`);
      this.#toastFor("Snapshot saved");
    } catch (error) {
      this.#toastFor(error instanceof Error ? error.message : String(error));
    }
  }

  /** Begin to record to a file, or end that. */
  async saveRecording() {
    if (this.#recorder) return void this.#recorder.stop();
    const name = `${this.#fileName()}.mp4`;
    const pick = /** @type {any} */ (globalThis).showSaveFilePicker;
    try {
      const handle = pick && (await pick({ suggestedName: name, types: [{ description: "Video", accept: { "video/mp4": [".mp4"] } }] }));
      const { done } = this.record(handle && (await handle.createWritable()));
      const recorder = /** @type {Recorder | null} */ (this.#recorder);
      this.#toastFor("Recording");
      const blob = await done;
      if (blob?.size) download(blob, name);
      this.#toastFor(recorder?.words || (recorder?.bytes ? "Recording saved" : "Nothing came that could be recorded"));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) this.#toastFor(error instanceof Error ? error.message : String(error));
    }
  }

  async toggleFullscreen() {
    const video = /** @type {any} */ (this.#video);
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (this.requestFullscreen) await this.requestFullscreen();
      else video.webkitEnterFullscreen?.(); // iPhones
    } catch {
      this.#toastFor("The browser does not allow fullscreen here.");
    }
  }

  async togglePictureInPicture() {
    try {
      if (this.#isPip) await document.exitPictureInPicture();
      else await this.#video.requestPictureInPicture();
    } catch {
      this.#toastFor("The browser does not allow picture in picture here.");
    }
  }

  // --- when it runs

  get #isWanted() {
    if (!this.isConnected || !this.src || this.#isPaused) return false;
    return this.background || this.#isPip || this.recording || (this.#isSeen && !document.hidden);
  }

  /** @param {boolean} isSeen */
  #onSeen(isSeen) {
    clearTimeout(this.#unseenTimer);
    if (isSeen) this.#isSeen = true;
    else this.#unseenTimer = setTimeout(() => ((this.#isSeen = false), this.#update()), UNSEEN_MS);
    this.#update();
  }

  /** @param {boolean} isPip */
  #setPip(isPip) {
    this.#isPip = isPip;
    this.#update();
  }

  #update() {
    const isRunning = this.#ticker !== 0;
    if (this.#isWanted && !isRunning) this.#start();
    else if (!this.#isWanted && isRunning) this.#halt();
    const isKept = this.#isPaused && this.isConnected && (this.#isSeen && !document.hidden);
    if (!this.#isWanted && !isKept) this.#free();
    if (!this.#isWanted) this.#setState(this.#isPaused && this.src ? "paused" : "idle");
  }

  #restart() {
    this.#halt();
    this.#free();
    this.#failed = [new Set(), new Set()];
    this.#breaks = 0;
    this.#update();
  }

  #start() {
    this.#before = { at: now(), bytes: this.#bytes, shown: 0 };
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#dial();
  }

  /** Receive nothing more; the picture stays. */
  #halt() {
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    this.#ticker = 0;
    this.#hangUp?.();
    this.#hangUp = null;
    void this.#recorder?.stop("The player was stopped.");
  }

  /** Hold nothing. */
  #free() {
    this.#drop();
    [this.#still.width, this.#still.hidden] = [0, true];
    this.#showPoster();
  }

  /** Keep what is shown as a picture alone: what the next screen shows is of a new connection, or there is none. */
  #freeze() {
    const screen = this.#screen;
    const shown = screen instanceof JpegScreen ? this.#canvas : this.#video;
    if (screen && this.#hasPicture && screen.width && (shown === this.#canvas || this.#video.readyState > 1)) {
      const scale = Math.min(1, STILL_WIDTH / screen.width);
      [this.#still.width, this.#still.height] = [Math.round(screen.width * scale), Math.round(screen.height * scale)];
      this.#still.getContext("2d")?.drawImage(shown, 0, 0, this.#still.width, this.#still.height);
      this.#still.hidden = false;
    }
    this.#drop();
    this.#showPoster();
  }

  #drop() {
    this.#screen?.close();
    this.#screen = null;
    this.#hasPicture = false;
    this.stats = null;
  }

  // --- a connection

  #dial() {
    clearTimeout(this.#retryTimer);
    this.#hangUp?.();
    this.#hangUp = null;
    const mode = this.#nextMode();
    if (!mode) return this.#retry(this.words || "This browser can play none of the ways that are allowed here.");
    this.#freeze();
    this.#mode = mode;
    this.#isDown = this.#isOut = this.#isOld = this.#isSaidLive = false;
    this.#openedAt = this.#heardAt = this.#mediaAt = now();
    if (this.state !== "nosignal") this.#setState("connecting");
    this.#screen = this.#newScreen(mode);
    if (this.#recorder) this.#feed(this.#recorder);
    if (mode === "hls") return void this.#begin();
    this.#hangUp = this.transport.open(
      { src: this.src, server: this.server, mode: mode === "mse" ? "mse" : "mjpeg", codecs: mode === "mse" ? supportedCodecs(!this.noAudio) : "", width: Number(this.getAttribute("width")) || 0, token: this.token },
      { onMessage: (message) => this.#onMessage(message), onBinary: (bytes) => this.#onBinary(bytes), onClosed: (words) => this.#onClosed(words) },
    );
  }

  #nextMode() {
    const isPossible = /** @type {Record<string, () => boolean>} */ ({
      mse: () => supportedCodecs(false) !== "",
      hls: () => !mediaSource() && this.#video.canPlayType("application/vnd.apple.mpegurl") !== "",
      mjpeg: () => true,
      webrtc: () => false, // its place: another screen and another transport
    });
    const modes = this.mode.split(",").map((mode) => mode.trim());
    return modes.find((mode) => !this.#failed.some((set) => set.has(mode)) && isPossible[mode]?.());
  }

  /** @param {string} mode @returns {Screen} */
  #newScreen(mode) {
    const events = {
      onPicture: () => this.#onPicture(),
      onBroken: (/** @type {string} */ words, /** @type {boolean} */ isFatal) => this.#onBroken(words, isFatal),
    };
    this.#canvas.hidden = mode !== "mjpeg";
    this.#video.hidden = mode === "mjpeg";
    if (mode === "mjpeg") return new JpegScreen(this.#canvas, events);
    if (mode === "hls") {
      const url = new URL("api/stream.m3u8", this.server);
      url.searchParams.set("src", this.src);
      if (this.token) url.searchParams.set("token", this.token);
      return new HlsScreen(this.#video, events, url.href);
    }
    return new MseScreen(this.#video, events, this.#clock);
  }

  /** @param {Message} message */
  #onMessage(message) {
    this.#heardAt = now();
    const { type, value } = message;
    if (type === "mse") {
      this.#screen?.begin(String(value));
      void this.#begin();
    } else if (type === "error") this.#onBroken(String(value).replace(/^(mse|mjpeg|webrtc): ?/, ""), false);
    else if (type === "framecast/state") this.#onState(value);
    else if (type === "framecast/signal") this.#onSignal(value);
    else if (type === "framecast/clock") {
      this.#clock.note(value.now_ms);
      if (value.captured_ms) this.#screen?.setCaptured(value.captured_ms);
    }
    this.#tell("message", message);
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #onBinary(bytes) {
    this.#heardAt = now();
    this.#bytes += bytes.length;
    if (this.#isOld && this.#mode === "mjpeg") return; // a "no signal" picture: the veil says the same over the last real one
    if (!this.#screen?.take(bytes)) return;
    const gap = this.#heardAt - this.#mediaAt;
    this.#interval = this.#hasPicture ? this.#interval + 0.1 * (Math.min(gap, SILENCE_S) - this.#interval) : 0;
    this.#mediaAt = this.#heardAt;
    // As JPEG the server sends "no signal" pictures, too: there its word counts.
    this.#isDown = this.#isOld || (this.#mode === "mjpeg" && this.#isOut);
  }

  /** The server says whether what follows are fresh pictures. @param {{live: boolean, detail?: string}} value */
  #onSignal({ live, detail }) {
    this.#isOld = !live;
    if (live) return void (this.#isOut = false);
    this.#isDown = true;
    this.#setState("nosignal", sentence(detail || "No pictures are coming"));
  }

  /** The server says what is with the source. @param {{state: string, reason?: string, detail?: string, live?: boolean, every_s?: number}} value */
  #onState({ state, reason, detail, live, every_s }) {
    this.#every = every_s ?? 0;
    if (live && this.#every) this.#onSlow();
    const isOut = ["offline", "stalled", "ended"].includes(state);
    this.#isSaidLive = live === true;
    this.#isOut = !live && (isOut || this.#isOut); // while it is dialled again it is still out
    if (live || !(isOut || this.#isDown)) return;
    this.#isDown = true;
    if (isOut || this.state !== "nosignal") this.#setState("nosignal", sentence(detail || reason || { ended: "the source has ended", stalled: "no pictures are coming" }[state] || ""));
  }

  /** It is known by now that pictures come seldom: the one that is shown may be no old one. */
  #onSlow() {
    const isFresh = now() - this.#mediaAt < this.#patience;
    if (this.state !== "nosignal" || this.#isOld || !this.#hasPicture || !isFresh) return;
    this.#isDown = false;
    this.#setState("live");
  }

  /** @param {string} words */
  #onClosed(words) {
    this.#hangUp = null;
    this.#failed[0].clear();
    this.#retry(words);
  }

  /**
   * This mode does not work, now or ever: take the next one.
   * @param {string} words
   * @param {boolean} isFatal
   */
  #onBroken(words, isFatal) {
    if (this.#ticker === 0) return;
    this.words = sentence(words);
    // One broken picture can be bad luck; what breaks again and again will do so for ever.
    const isHopeless = isFatal && this.#breaks >= 2;
    this.#breaks += isFatal ? 1 : 0;
    if (!isFatal || isHopeless) this.#failed[isHopeless ? 1 : 0].add(this.#mode);
    this.#freeze();
    if (!isFatal || isHopeless) this.#dial();
    else this.#retry(words);
  }

  #breaks = 0;

  /** @param {string} words */
  #retry(words) {
    this.#hangUp?.();
    this.#hangUp = null;
    this.#freeze();
    this.#setState("nosignal", sentence(words));
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.#failed[0].clear();
      this.#dial();
    }, this.#backoff.next());
  }

  #onPicture() {
    if (!this.#hasPicture) {
      this.#hasPicture = this.#poster.hidden = this.#still.hidden = true;
      this.#tell("picture", { after_ms: 1000 * (now() - this.#openedAt) });
    }
    if (this.#mode === "hls") {
      this.#mediaAt = this.#heardAt = now();
      this.#isDown = false;
    }
    if (this.#ticker === 0 || this.#isDown || now() - this.#mediaAt > this.#patience) return;
    this.seen = Date.now();
    if (this.state === "live") return;
    this.#backoff.reset();
    this.#setState("live");
  }

  /** How long a picture may be the newest one, seconds. */
  get #patience() {
    const every = Math.max(this.#interval, this.#every);
    return Math.max(this.#mode === "hls" ? 2 * SILENCE_S : SILENCE_S, Math.min(SILENCE_INTERVALS * every, SLOW_INTERVALS * every + SLOW_MARGIN_S));
  }

  /** Let the video run, with sound where that is wanted and allowed. */
  async #begin() {
    try {
      await this.#video.play();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "NotAllowedError") || this.#video.muted) return;
      this.#video.muted = true;
      this.#sound.hidden = !this.hasAudio; // browsers forbid to play unmuted also what has no sound
      await this.#video.play().catch(() => {});
    }
  }

  // --- time

  #tick() {
    this.#screen?.tick();
    const at = now();
    const isLate = at - this.#mediaAt > (this.state === "live" ? this.#patience : FIRST_S);
    if (this.#screen && isLate && (this.state === "live" || (this.state === "connecting" && this.#isSaidLive))) {
      this.#isDown = true;
      this.#setState("nosignal", "No pictures are coming.");
    }
    if (this.#hangUp && !this.#isDown && this.#hasPicture && this.#screen?.isStuck) this.#onBroken("Pictures come, but the browser does not show them.", true);
    else if (this.#screen && at - this.#heardAt > (this.#mode === "hls" ? HLS_SILENT_S : SILENT_S)) this.#retry("The server does not answer.");
    if (at - this.#before.at >= STATS_MS / 1000) this.#measure(at);
  }

  /** @param {number} at */
  #measure(at) {
    const screen = this.#screen;
    if (!screen) return;
    const quality = screen instanceof JpegScreen ? null : this.#video.getVideoPlaybackQuality();
    const [shown, dropped] = screen instanceof JpegScreen ? [screen.shown, screen.dropped] : [quality?.totalVideoFrames ?? 0, quality?.droppedVideoFrames ?? 0];
    const before = this.#before;
    const seconds = at - before.at;
    this.#before = { at, bytes: this.#bytes, shown };
    this.stats = {
      mode: this.#mode,
      codec: screen.mime.replace(/.*codecs="?|"/g, ""),
      width: screen.width,
      height: screen.height,
      fps: Math.max(0, shown - before.shown) / seconds,
      bits: (8 * (this.#bytes - before.bytes)) / seconds,
      latency_ms: this.state === "live" ? screen.latency : null,
      lead_ms: screen.lead === null ? null : 1000 * screen.lead,
      rate: this.#video.playbackRate,
      shown,
      dropped,
      stalls: screen.stalls,
      bytes: this.#bytes,
      hasAudio: screen.hasAudio,
    };
    if (this.state === "live" && at - this.#openedAt > PROVEN_S) this.#breaks = 0;
    this.#tell("stats", this.stats);
    this.#show();
  }

  // --- what is seen

  /**
   * @param {PlayerState} state
   * @param {string} [words]
   */
  #setState(state, words = "") {
    if (this.state === state && this.words === words) return;
    this.state = state;
    this.words = words;
    this.setAttribute("state", state);
    this.#show();
    this.#tell("state", { state, words, seen: this.seen });
  }

  #show() {
    const { state } = this;
    this.#stage.dataset.state = this.#veil.dataset.state = state;
    this.#stage.setAttribute("aria-label", { live: `Live picture of ${this.src}`, nosignal: `No signal from ${this.src}` }[/** @type {string} */ (state)] ?? `Player of ${this.src}`);
    const isOnlySound = state === "live" && this.#screen instanceof MseScreen && this.#screen.isOnlySound;
    this.#veil.hidden = state === "idle" || (state === "live" && !isOnlySound);
    this.#speaker.toggleAttribute("hidden", !isOnlySound);
    this.#veil.classList.toggle("over", this.#hasPicture || !this.#still.hidden);
    this.#spin.hidden = state !== "connecting";
    this.#sign.toggleAttribute("hidden", state !== "nosignal");
    this.#big.hidden = state !== "paused";
    say(this.#title, isOnlySound ? "Sound only" : TITLES[state]);
    say(this.#words, state === "nosignal" ? this.words : "");
    say(this.#last, state === "nosignal" && this.seen ? `Last picture ${timeWords(this.seen)}` : "");
    say(this.#announced, state === "nosignal" ? `No signal from ${this.src}. ${this.words}` : "");
    if (this.controls) this.#bar.update();
  }

  #showControls() {
    if (this.controls) this.#stage.append(this.#bar.element);
    else this.#bar.element.remove();
    this.#stage.toggleAttribute("tabindex", false);
    if (this.controls) this.#stage.setAttribute("tabindex", "0");
    this.#show();
  }

  #showPoster() {
    if (this.poster && this.#poster.src !== this.poster) this.#poster.src = this.poster;
    this.#poster.hidden = !this.poster || this.#hasPicture || !this.#still.hidden;
  }

  /** @param {string} words */
  #toastFor(words) {
    say(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => say(this.#toast, ""), 3000);
  }

  #wake() {
    this.#stage.toggleAttribute("data-awake", true);
    clearTimeout(this.#awakeTimer);
    this.#awakeTimer = setTimeout(() => this.#sleep(), 3000);
  }

  #sleep() {
    clearTimeout(this.#awakeTimer);
    this.#stage.toggleAttribute("data-awake", false);
  }

  // --- hands

  /** @param {Event} event */
  #isOnPicture(event) {
    return event.composedPath()[0] instanceof HTMLVideoElement || event.composedPath()[0] instanceof HTMLCanvasElement || event.composedPath()[0] === this.#veil;
  }

  /** @param {PointerEvent} event a finger shows the buttons, a mouse sees them already */
  #onClick(event) {
    if (event.detail === 1) this.#wasPaused = null;
    if (!this.controls || !this.#isOnPicture(event)) return;
    if (event.pointerType !== "mouse") this.#wake();
    if (event.detail !== 1) return;
    this.#wasPaused = this.#isPaused;
    if (event.pointerType === "mouse") this.togglePlay();
  }

  /** Its first click has paused or played, and its second may have hit the large button that this shows: neither was meant. */
  #onDoubleClick() {
    if (this.#wasPaused === null) return;
    if (this.#wasPaused) this.pause();
    else this.play();
    void this.toggleFullscreen();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!this.controls || event.ctrlKey || event.metaKey || event.altKey) return;
    const on = event.composedPath()[0];
    const isTaken = (on instanceof HTMLButtonElement && event.key === " ") || (on instanceof HTMLInputElement && event.key.startsWith("Arrow"));
    const work = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!work || isTaken || (event.repeat && !event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    this.#wake();
    work(this);
  }

  #fileName() {
    const time = new Date(Date.now() - 60000 * new Date().getTimezoneOffset()).toISOString();
    return `${this.src}-${time.slice(0, 19).replaceAll(":", "-")}`;
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {string} words */
function sentence(words) {
  const text = words.trim();
  return text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** @param {number} ms UTC */
function timeWords(ms) {
  const time = new Date(ms);
  return time.toDateString() === new Date().toDateString() ? time.toLocaleTimeString() : time.toLocaleString();
}

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

if (!customElements.get("framecast-player")) customElements.define("framecast-player", FramecastPlayer);
