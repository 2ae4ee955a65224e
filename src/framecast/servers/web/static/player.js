// <framecast-player src="NAME">: a live stream in any page, near the live edge. docs/reference/player.md describes it.
//
// Generated from the modules in player/: change those, then `make player`. One file without imports, so that a page of
// another site gets the player in one request.

// codecs.js

const CODECS = [
  ["avc1.640029", "avc1.64002A", "avc1.640033", "hvc1.1.6.L153.B0", "av01.0.08M.08", "vp09.00.50.08"],
  ["mp4a.40.2", "mp4a.40.5", "flac", "opus"],
];

function mediaSource() {
  const all = /** @type {any} */ (globalThis);
  return all.ManagedMediaSource ?? all.MediaSource;
}

function supportedCodecs(hasAudio = true) {
  const kind = mediaSource();
  const plays = (/** @type {string} */ codec) => kind?.isTypeSupported(`video/mp4; codecs="${codec}"`);
  const [video, audio] = CODECS.map((codecs) => codecs.filter(plays));
  return video.length ? [...video, ...(hasAudio ? audio : [])].join() : "";
}

const AUDIO = /^(mp4a|opus|flac|ac-3|ec-3)/i;

function codecsOf(mime) {
  return mime.replace(/.*codecs="?|"/g, "");
}

function hasAudioCodec(mime) {
  return codecsOf(mime).split(",").some((codec) => AUDIO.test(codec.trim()));
}

function trackKinds(mime) {
  return codecsOf(mime).split(",").map((codec) => AUDIO.test(codec.trim())).join();
}

// video-screen.js

class VideoScreen {
  constructor(video) {
    this.video = video;
  }

  get element() {
    return this.video;
  }

  get width() {
    return this.video.videoWidth;
  }

  get height() {
    return this.video.videoHeight;
  }

  get isReady() {
    return this.video.readyState > 1;
  }

  get counts() {
    const { totalVideoFrames, droppedVideoFrames } = this.video.getVideoPlaybackQuality();
    return { shown: totalVideoFrames, dropped: droppedVideoFrames };
  }
}

// hls-screen.js

class HlsScreen extends VideoScreen {
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
  isOnlySound = false;
  picture = null;

  constructor(video, events, url) {
    super(video);
    this.events = events;
    video.addEventListener("timeupdate", this.#onPlaying);
    video.addEventListener("error", this.#onError);
    video.src = url;
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

function playlistUrl({ src, server, token }) {
  const url = new URL("api/stream.m3u8", server);
  url.searchParams.set("src", src);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

// jpeg-screen.js

class JpegScreen {
  #context;
  #next = /** @type {Blob | null} */ (null);
  #isDrawing = false;
  #isClosed = false;
  picture = null;
  mime = "image/jpeg";
  stalls = 0;
  latency = null;
  lead = null;
  isOnlySound = false;
  isReady = true;
  hasAudio = false;
  isStuck = false;
  #shown = 0;
  #dropped = 0;

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

  get element() {
    return this.canvas;
  }

  get counts() {
    return { shown: this.#shown, dropped: this.#dropped };
  }

  begin() {}

  take(bytes) {
    if (this.#next) this.#dropped += 1;
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
        this.#shown += 1;
        this.events.onPicture();
      } catch {
        this.#dropped += 1; // a damaged picture: the next one follows
      }
    }
    this.#isDrawing = false;
  }
}

// append-queue.js

const KEEP_BEHIND_S = 5;
const MAX_BEHIND_S = 10;
const MAX_WAITING_BYTES = 8 << 20;

class AppendQueue {
  #buffer = null;
  #waiting = [];
  #bytes = 0;
  #needsKey = true;

  constructor(owner) {
    this.owner = owner;
  }

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

  get ranges() {
    try {
      return this.#buffer?.buffered.length ? this.#buffer.buffered : null;
    } catch {
      return null; // removed from its media source: after an error, or by a browser that manages its memory
    }
  }

  addInit(bytes) {
    this.#needsKey = true;
    this.#add({ bytes, isKey: false, isInit: true });
  }

  addMedia(bytes, isKey) {
    if (isKey) this.#needsKey = false;
    if (this.#needsKey) return;
    this.#add({ bytes, isKey, isInit: false });
    if (this.#bytes > MAX_WAITING_BYTES) this.#shed();
  }

  change(mime) {
    this.#enqueue((buffer) => {
      buffer.abort();
      buffer.changeType(mime);
    });
  }

  clear(onCleared) {
    this.#enqueue((buffer) => {
      buffer.remove(0, Infinity);
      onCleared();
    });
  }

  #enqueue(work) {
    this.#waiting.push(work);
    this.#pump();
  }

  #add(item) {
    this.#waiting.push(item);
    this.#bytes += item.bytes.length;
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
      this.owner.onBroken(`The browser rejects this video: ${error instanceof Error ? error.message : error}`);
    }
  }

  #append(buffer) {
    const end = this.#waiting.findIndex((entry) => typeof entry === "function");
    const items = /** @type {Item[]} */ (this.#waiting.slice(0, end < 0 ? undefined : end));
    const bytes = items.length === 1 ? items[0].bytes : joined(items);
    try {
      buffer.appendBuffer(bytes);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
      this.#makeRoom(buffer);
      return;
    }
    this.#waiting.splice(0, items.length);
    this.#bytes -= bytes.length;
  }

  #makeRoom(buffer) {
    const start = buffer.buffered.length ? buffer.buffered.start(0) : 0;
    const until = this.owner.position() - 0.5;
    if (until > start + 0.1) buffer.remove(0, until);
    else {
      this.#shed();
      buffer.remove(0, Infinity);
    }
  }

  #shed() {
    const isMedia = (/** @type {Entry} */ entry) => typeof entry !== "function" && !entry.isInit;
    const key = this.#waiting.findLastIndex((entry) => typeof entry !== "function" && entry.isKey);
    const rest = bytesOf(this.#waiting.slice(Math.max(0, key)));
    const keep = key > 0 && rest < MAX_WAITING_BYTES / 2;
    this.#waiting = this.#waiting.filter((entry, place) => !isMedia(entry) || (keep && place >= key));
    this.#needsKey = !keep;
    this.#bytes = bytesOf(this.#waiting);
  }

  #trim() {
    const ranges = this.ranges;
    const buffer = this.#buffer;
    const position = this.owner.position();
    if (!buffer || buffer.updating || !ranges || position - ranges.start(0) < MAX_BEHIND_S) return;
    buffer.remove(0, position - KEEP_BEHIND_S);
  }
}

function joined(items) {
  const whole = new Uint8Array(items.reduce((sum, item) => sum + item.bytes.length, 0));
  let at = 0;
  for (const { bytes } of items) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

function bytesOf(entries) {
  return entries.reduce((sum, entry) => sum + (typeof entry === "function" ? 0 : entry.bytes.length), 0);
}

// clock.js

function now() {
  return performance.now() / 1000;
}

class ServerClock {
  #offsets = [];

  note(serverMs) {
    this.#offsets.push(performance.now() - serverMs);
    if (this.#offsets.length > 30) this.#offsets.shift();
  }

  at(ms) {
    return ms - Math.min(...this.#offsets);
  }
}

// live-edge.js

const MARGIN_S = 0.02;
const SOUND_MARGIN_S = 0.1;
const MAX_SOUND_MARGIN_S = 0.5;
const SOUND_STEP_S = 0.05;
const SLOT_S = 1;
const SLOTS = 10;
const SLOWEST = 0.97;
const FASTEST = 1.1;
const FASTEST_HEARD = 1.05;
const FAR_S = 0.5;
const FASTEST_FAR = 1.3;
const FASTEST_FAR_HEARD = 1.1;
const DEAD_S = 0.01;
const JUMP_S = 3;

class LiveEdge {
  #slots = [];
  #isBurst = true;
  #before = { at: -Infinity, pts: -Infinity };
  #rate = 1;
  soundMargin = SOUND_MARGIN_S;

  note(now, pts, isVideo = true) {
    const offset = pts - now - (isVideo ? 0 : this.soundMargin - MARGIN_S);
    if (isVideo) {
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

  needMoreSound() {
    this.soundMargin = Math.min(MAX_SOUND_MARGIN_S, this.soundMargin + SOUND_STEP_S);
  }

  clear() {
    this.#slots = [];
    this.#isBurst = true;
    this.#before = { at: -Infinity, pts: -Infinity };
    this.#rate = 1;
  }

  target(now) {
    if (!this.#slots.length) return undefined;
    const least = this.#slots.map((slot) => slot.least).sort((a, b) => a - b);
    return least[least.length >= 4 ? 1 : 0] + now - MARGIN_S;
  }

  steer(now, position, isFresh = false, isHeard = false) {
    const target = this.target(now);
    if (target === undefined || (isFresh && this.#isBurst)) return { rate: (this.#rate = 1) };
    const behind = target - position;
    if (behind > (isFresh ? 0.3 : JUMP_S) || behind < -JUMP_S) {
      this.#rate = 1;
      return { rate: 1, jump: target };
    }
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

// mp4-boxes.js

const CONTAINERS = new Set(["moov", "trak", "edts", "mdia", "mvex", "moof", "traf"]);
const NOT_SYNC = 0x10000;

function eachBox(view, found) {
  try {
    eachBoxIn(view, found, 0, view.byteLength);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

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

function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readInit(bytes) {
  const view = viewOf(bytes);
  let tracks;
  let [id, timescale, edit] = [0, 1, 0];
  eachBox(view, (type, start) => {
    const afterTimes = () => start + (view.getUint8(start) === 1 ? 20 : 12);
    if (type === "moov") tracks = new Map();
    else if (type === "tkhd") [id, edit] = [view.getUint32(afterTimes()), 0];
    else if (type === "elst" && view.getUint32(start + 4)) edit = Math.max(0, view.getUint8(start) === 1 ? Number(view.getBigInt64(start + 16)) : view.getInt32(start + 12));
    else if (type === "mdhd") timescale = view.getUint32(afterTimes()) || 1;
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

function readFragment(bytes, tracks) {
  const view = viewOf(bytes);
  let fragment;
  let [flags, duration, decodeTime, runs] = [0, 0, 0, 0];
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

function shiftBack(bytes, tracks, seconds) {
  const view = viewOf(bytes);
  let timescale = 1;
  eachBox(view, (type, start) => {
    if (type === "tfhd") timescale = tracks.get(view.getUint32(start + 4))?.timescale ?? 1;
    if (type !== "tfdt") return;
    const shift = Math.round(seconds * timescale);
    if (view.getUint8(start) === 1) view.setBigUint64(start + 4, BigInt(Math.max(0, Number(view.getBigUint64(start + 4)) - shift)));
    else view.setUint32(start + 4, Math.max(0, view.getUint32(start + 4) - shift));
  });
}

// presented-frames.js

class PresentedFrames {
  #frame = 0;
  #onTime;

  constructor(video, isOnlySound, onPresented) {
    this.video = video;
    this.#onTime = () => {
      if ((isOnlySound() || !video.requestVideoFrameCallback) && !video.seeking && video.readyState > 1) onPresented(video.currentTime, NaN);
    };
    video.addEventListener("timeupdate", this.#onTime);
    if (!video.requestVideoFrameCallback) return;
    const onFrame = (/** @type {number} */ _at, /** @type {VideoFrameCallbackMetadata} */ frame) => {
      this.#frame = video.requestVideoFrameCallback(onFrame);
      onPresented(frame.mediaTime, frame.expectedDisplayTime);
    };
    this.#frame = video.requestVideoFrameCallback(onFrame);
  }

  close() {
    this.video.removeEventListener("timeupdate", this.#onTime);
    this.video.cancelVideoFrameCallback?.(this.#frame);
  }
}

// mse-screen.js

const STUCK_S = 4;

class MseScreen extends VideoScreen {
  #source = /** @type {MediaSource | null} */ (null);
  #url = "";
  #queue = /** @type {AppendQueue | null} */ (null);
  #edge = new LiveEdge();
  #kinds = "";
  #tracks = /** @type {Map<number, TrackBox>} */ (new Map());
  #newest = NaN;
  #end = NaN;
  #mustSeek = true;
  #freshUntil = 0;
  #beganAt = 0;
  #presented;
  #isShown = false;
  #shownAt = now();
  #broken = () => this.events.onBroken(`The browser cannot decode this video (${this.video.error?.message || this.video.error?.code}).`, true);
  #lastShown = NaN;
  #waits = () => {
    if (!this.#isShown || this.video.seeking) return;
    this.stalls += 1;
    this.#edge.needMoreSound();
  };
  mime = "";
  stalls = 0;
  #init = null;
  epoch;
  latency = null;
  picture = null;
  #receiver = null;

  constructor(video, events, clock) {
    super(video);
    this.events = events;
    this.clock = clock;
    video.preservesPitch = false; // to keep the pitch, a browser needs twice the sound in advance
    video.addEventListener("error", this.#broken);
    video.addEventListener("waiting", this.#waits);
    this.#presented = new PresentedFrames(video, () => this.isOnlySound, (mediaTime, displayMs) => this.#onShown(mediaTime, displayMs));
  }

  get hasAudio() {
    return hasAudioCodec(this.mime);
  }

  get lead() {
    return Number.isNaN(this.#end) ? null : this.#end - this.video.currentTime;
  }

  get isStuck() {
    return !this.video.paused && !document.hidden && now() - this.#shownAt > STUCK_S;
  }

  tap(receiver) {
    this.#receiver = receiver;
    if (this.#init) receiver?.(undefined, this.#init, new Map());
  }

  begin(mime) {
    const kinds = trackKinds(mime);
    const goesOn = this.#queue && this.#source?.readyState === "open" && kinds === this.#kinds && "changeType" in SourceBuffer.prototype;
    this.#kinds = kinds;
    this.#shownAt = now();
    this.epoch = undefined;
    this.#edge.clear();
    if (goesOn && mime === this.mime) return;
    this.mime = mime;
    if (goesOn) this.#queue?.change(mime);
    else this.#open(mime);
  }

  take(bytes) {
    const init = readInit(bytes);
    if (init) {
      this.#tracks = init;
      this.#init = bytes;
      this.#queue?.addInit(bytes);
      this.#receiver?.(undefined, bytes, init);
    }
    const fragment = readFragment(bytes, this.#tracks);
    if (!fragment) return false;
    const isMain = fragment.kind === "video" || this.isOnlySound;
    if (isMain) this.#follow(fragment);
    if (!Number.isNaN(this.#end)) this.#edge.note(now(), fragment.pts, isMain);
    if (!init) {
      this.#queue?.addMedia(bytes, isMain && fragment.isKey);
      this.#receiver?.(fragment, bytes, this.#tracks);
    }
    return isMain;
  }

  get isOnlySound() {
    return this.#tracks.size > 0 && ![...this.#tracks.values()].some((track) => track.kind === "video");
  }

  setCaptured(capturedMs) {
    if (!Number.isNaN(this.#newest)) this.epoch = capturedMs / 1000 - this.#newest;
  }

  tick() {
    const { video } = this;
    if (video.paused || video.seeking) return;
    if (!this.#isShown) {
      if (now() - this.#beganAt > 0.5) this.#leap();
      return;
    }
    const { rate, jump } = this.#edge.steer(now(), video.currentTime, now() < this.#freshUntil, this.hasAudio && !video.muted);
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (jump === undefined) return this.#leap();
    this.#freshUntil = 0; // one jump after joining; the playback rate corrects the rest
    this.#seek(jump);
  }

  close() {
    this.video.removeEventListener("error", this.#broken);
    this.video.removeEventListener("waiting", this.#waits);
    this.#presented.close();
    this.#release();
    this.video.playbackRate = 1;
    this.video.removeAttribute("src");
    this.video.load(); // frees the decoder
  }

  #follow({ pts, duration }) {
    const gap = pts - this.#end;
    this.#newest = pts;
    if (!(Math.abs(gap) < 1)) {
      if (!Number.isNaN(this.#end)) this.#queue?.clear(() => (this.#mustSeek = true));
      this.#edge.clear();
    }
    this.#end = pts + duration;
  }

  #open(mime) {
    this.#release();
    const Kind = mediaSource();
    if (!Kind) return;
    const source = (this.#source = new Kind());
    const queue = (this.#queue = new AppendQueue({
      position: () => this.video.currentTime,
      onTaken: () => this.#onTaken(),
      onBroken: (words) => this.events.onBroken(this.video.error?.message || words, true),
    }));
    source.addEventListener("sourceopen", () => {
      if (source !== this.#source) return; // another source has replaced this one
      URL.revokeObjectURL(this.#url);
      try {
        queue.attach(source.addSourceBuffer(mime));
      } catch {
        this.events.onBroken(`The browser cannot play ${mime}.`, true);
      }
    }, { once: true });
    this.#url = URL.createObjectURL(source);
    this.video.src = this.#url;
  }

  #release() {
    this.#queue?.close();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#queue = this.#source = null;
    this.#url = "";
    this.#end = this.#newest = NaN;
    this.#mustSeek = true;
    this.#isShown = false;
    this.#lastShown = NaN;
    this.#init = null;
    this.#edge.clear();
  }

  #onTaken() {
    const ranges = this.#queue?.ranges;
    if (!ranges || !this.#mustSeek) return;
    this.#mustSeek = false;
    this.#isShown = false;
    this.#beganAt = now();
    const start = ranges.start(ranges.length - 1);
    if (this.video.currentTime > 0 || start > 0.3) this.#seek(start);
  }

  #leap() {
    const ranges = this.#queue?.ranges;
    const at = this.video.currentTime;
    for (let place = 0; ranges && place < ranges.length; place += 1) {
      if (at >= ranges.start(place) - 0.01 && at < ranges.end(place)) return;
      if (ranges.start(place) > at && ranges.start(place) < this.#end) return this.#seek(ranges.start(place));
    }
  }

  #seek(position) {
    const ranges = this.#queue?.ranges;
    if (!ranges) return;
    const last = ranges.length - 1;
    this.video.currentTime = Math.max(ranges.start(last), Math.min(position, ranges.end(last) - 0.001));
  }

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

// modes.js

const SILENT_S = 7;
const HLS_SILENT_S = 15;
const FRESH_S = 1.5;

const MODES = {
  mse: {
    isPossible: () => supportedCodecs(false) !== "",
    channel: "mse",
    codecs: supportedCodecs,
    silent_s: SILENT_S,
    fresh_s: FRESH_S,
    hasPlaceholders: false,
    open: ({ video, clock }, events) => new MseScreen(video, events, clock),
  },
  hls: {
    isPossible: (video) => !mediaSource() && video.canPlayType("application/vnd.apple.mpegurl") !== "",
    channel: null,
    codecs: () => "",
    silent_s: HLS_SILENT_S,
    fresh_s: 2 * FRESH_S,
    hasPlaceholders: false,
    open: ({ video, address }, events) => new HlsScreen(video, events, playlistUrl(address)),
  },
  mjpeg: {
    isPossible: () => true,
    channel: "mjpeg",
    codecs: () => "",
    silent_s: SILENT_S,
    fresh_s: FRESH_S,
    hasPlaceholders: true,
    open: ({ canvas }, events) => new JpegScreen(canvas, events),
  },
};

const ALL_MODES = Object.keys(MODES).join();

const FAILURES = {
  closed: { excludes: "none", waits: true },
  silent: { excludes: "none", waits: true },
  refused: { excludes: "connection", waits: false },
  broken: { excludes: "none", waits: true },
  hopeless: { excludes: "page", waits: false },
};

const MAX_BREAKS = 3;

class ModeChoice {
  #excluded = { none: new Set(), connection: new Set(), page: new Set() };
  #breaks = 0;

  next(allowed, video) {
    const { connection, page } = this.#excluded;
    const names = allowed.split(",").map((name) => name.trim());
    return names.find((name) => Object.hasOwn(MODES, name) && !connection.has(name) && !page.has(name) && MODES[name].isPossible(video));
  }

  judge(isFatal) {
    if (!isFatal) return "refused";
    this.#breaks += 1;
    return this.#breaks >= MAX_BREAKS ? "hopeless" : "broken";
  }

  exclude(mode, excluded) {
    if (excluded !== "none") this.#excluded[excluded].add(mode);
  }

  retry() {
    this.#excluded.connection.clear();
  }

  prove() {
    this.#breaks = 0;
  }
}

// attributes.js

const BASE = new URL("../", import.meta.url).href;

class ReflectedAttributes extends HTMLElement {
  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(name) {
    this.setAttribute("src", name);
  }

  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : BASE;
  }

  set server(url) {
    this.setAttribute("server", url);
  }

  get token() {
    return this.getAttribute("token") ?? "";
  }

  set token(token) {
    this.setAttribute("token", token);
  }

  get mode() {
    return this.getAttribute("mode") ?? ALL_MODES;
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

  get pictureWidth() {
    return Number(this.getAttribute("width")) || 0;
  }
}

// dom.js

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

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

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

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function button(label, sign, name, onClick) {
  return /** @type {HTMLButtonElement} */ (make("button", { type: "button", class: name, part: "button", "aria-label": label, title: label, click: () => void onClick() }, icon(sign)));
}

function setButton(element, label, sign) {
  if (element.title === label) return;
  element.title = label;
  element.setAttribute("aria-label", label);
  element.replaceChildren(icon(sign));
}

// bar.js

const BADGES = { live: "LIVE", paused: "PAUSED", connecting: "CONNECTING", nosignal: "NO SIGNAL", idle: "" };

class Bar {
  #play;
  #mute;
  #record;
  #volume = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: "0", max: "100", "aria-label": "Volume" }));
  #state = make("b");
  #latency = make("span");
  #badge = make("span", { class: "badge", part: "badge" }, this.#state, this.#latency);
  element;

  constructor(player) {
    this.player = player;
    this.#play = button("Pause (k)", "pause", "play", () => player.togglePlay());
    this.#mute = button("Mute (m)", "loud", "mute", () => player.toggleMute());
    this.#record = button("Record to this device (r)", "record", "record", () => player.saveRecording());
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
    setButton(this.#play, isPaused ? "Play (k)" : "Pause (k)", isPaused ? "play" : "pause");
    setButton(this.#mute, player.muted ? "Unmute (m)" : "Mute (m)", player.muted ? "mute" : "loud");
    this.#mute.hidden = this.#volume.hidden = !player.hasAudio;
    this.#volume.value = String(player.muted ? 0 : Math.round(player.volume * 100));
    this.#record.hidden = player.playing !== "mse";
    this.#record.setAttribute("aria-pressed", String(player.recording));
    setButton(this.#record, player.recording ? "Stop recording (r)" : "Record to this device (r)", "record");
    this.#badge.dataset.state = player.state;
    setText(this.#state, BADGES[player.state]);
    const latency = player.stats?.latency_ms;
    setText(this.#latency, player.state === "live" && latency != null ? `${Math.round(latency)} ms` : "");
  }
}

// files.js

const REVOKE_MS = 60000;

async function snapshotOf(screen, type, quality) {
  if (screen?.picture && screen.picture.type === type) return screen.picture;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [screen?.width ?? 0, screen?.height ?? 0];
  if (!screen || !canvas.width) throw new Error("There is no picture to save.");
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(screen.element, 0, 0);
  const blob = await new Promise((/** @type {BlobCallback} */ resolve) => canvas.toBlob(resolve, type, quality));
  if (!blob) throw new Error(`The browser cannot encode ${type}.`);
  return blob;
}

async function recordTo(name, start) {
  const pick = /** @type {any} */ (globalThis).showSaveFilePicker;
  const handle = pick && (await pick({ suggestedName: name, types: [{ description: "Video", accept: { "video/mp4": [".mp4"] } }] }));
  const recorder = start(handle && (await handle.createWritable()));
  const blob = await recorder.done;
  if (blob?.size) download(blob, name);
  return recorder.words || (recorder.bytes ? "Recording saved" : "Nothing was recorded");
}

function fileName(src) {
  const time = new Date(Date.now() - 60000 * new Date().getTimezoneOffset()).toISOString();
  return `${src}-${time.slice(0, 19).replaceAll(":", "-")}`;
}

function download(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS);
}

// input.js

const AWAKE_MS = 3000;
const VOLUME_STEP = 0.1;

const KEYS = {
  " ": (player) => player.togglePlay(),
  k: (player) => player.togglePlay(),
  m: (player) => player.toggleMute(),
  f: (player) => player.toggleFullscreen(),
  p: (player) => player.togglePictureInPicture(),
  s: (player) => player.saveSnapshot(),
  r: (player) => player.saveRecording(),
  ArrowUp: (player) => (player.volume += VOLUME_STEP),
  ArrowDown: (player) => (player.volume -= VOLUME_STEP),
};

class Input {
  #wasPaused = null;
  #awakeTimer = 0;

  constructor(player, stage, veil) {
    this.player = player;
    this.stage = stage;
    this.veil = veil;
    stage.addEventListener("keydown", (event) => this.#onKey(event));
    stage.addEventListener("pointermove", () => this.#wake());
    stage.addEventListener("pointerleave", () => this.#sleep());
    stage.addEventListener("dblclick", () => this.#onDoubleClick());
    stage.addEventListener("click", (event) => this.#onClick(/** @type {PointerEvent} */ (event)));
  }

  #wake() {
    this.stage.toggleAttribute("data-awake", true);
    clearTimeout(this.#awakeTimer);
    this.#awakeTimer = setTimeout(() => this.#sleep(), AWAKE_MS);
  }

  #sleep() {
    clearTimeout(this.#awakeTimer);
    this.stage.toggleAttribute("data-awake", false);
  }

  #isOnPicture(event) {
    const target = event.composedPath()[0];
    return target instanceof HTMLVideoElement || target instanceof HTMLCanvasElement || target === this.veil;
  }

  #onClick(event) {
    if (event.detail === 1) this.#wasPaused = null;
    if (!this.player.controls || !this.#isOnPicture(event)) return;
    if (event.pointerType !== "mouse") this.#wake();
    if (event.detail !== 1) return;
    this.#wasPaused = this.player.isPaused;
    if (event.pointerType === "mouse") this.player.togglePlay();
  }

  #onDoubleClick() {
    if (this.#wasPaused === null) return;
    if (this.#wasPaused) this.player.pause();
    else this.player.play();
    void this.player.toggleFullscreen();
  }

  #onKey(event) {
    if (!this.player.controls || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const isUsed = (target instanceof HTMLButtonElement && event.key === " ") || (target instanceof HTMLInputElement && event.key.startsWith("Arrow"));
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || isUsed || (event.repeat && !event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    this.#wake();
    action(this.player);
  }
}

// last-picture.js

class LastPicture {
  #player;
  #view;
  #asked = "";

  constructor(player, view) {
    this.#player = player;
    this.#view = view;
    player.addEventListener("message", (event) => this.#onMessage(/** @type {CustomEvent<Message>} */ (event).detail));
  }

  forget() {
    this.#asked = "";
  }

  #onMessage({ type, value }) {
    if (type === "framecast/state" && value.last_ms && !this.#view.hasPicture) void this.#recall(value.last_ms);
  }

  async #recall(at) {
    const { src, server, token } = this.#player;
    const url = new URL(`api/last.jpeg?${new URLSearchParams({ src, at: String(at), ...(token && { token }) })}`, server);
    if (this.#asked === url.href) return;
    this.#asked = url.href;
    const image = new Image();
    image.src = url.href;
    try {
      await image.decode();
    } catch {
      return; // it is not kept any more
    }
    if (this.#asked === url.href) this.#view.recall(image);
  }
}

// backoff.js

const FIRST_WAIT_MS = 400;
const MAX_WAIT_MS = 8000;

class Backoff {
  #tries = 0;

  constructor(random = Math.random) {
    this.random = random;
  }

  next() {
    const longest = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries);
    this.#tries += 1;
    return longest * (0.75 + 0.25 * this.random());
  }

  reset() {
    this.#tries = 0;
  }
}

// freshness.js

const INTERVALS = 5;
const SLOW_INTERVALS = 2;
const SLOW_MARGIN_S = 3;
const MAX_INTERVAL_S = 1.5;
const FIRST_S = 8;

const AWAY = ["offline", "stalled", "ended"];
const DETAILS = { ended: "the source has ended", stalled: "no pictures are coming" };

class Freshness {
  heardAt = 0;
  mediaAt = 0;
  isDown = false;
  isSaidLive = false;
  isOld = false;
  #isAway = false;
  #interval = 0;
  #every = 0;

  open(at) {
    this.isDown = this.#isAway = this.isOld = this.isSaidLive = false;
    this.heardAt = this.mediaAt = at;
  }

  noteMedia(at, isFirst, mode) {
    const gap = Math.min(at - this.mediaAt, MAX_INTERVAL_S);
    this.#interval = isFirst ? 0 : this.#interval + 0.1 * (gap - this.#interval);
    this.mediaAt = at;
    this.isDown = this.isOld || (mode.hasPlaceholders && this.#isAway);
  }

  noteShown(at) {
    this.mediaAt = this.heardAt = at;
    this.isDown = false;
  }

  noteSignal({ live, detail }) {
    this.isOld = !live;
    if (live) {
      this.#isAway = false;
      return null;
    }
    this.isDown = true;
    return { isAway: true, words: detail || DETAILS.stalled };
  }

  noteSource({ state, reason, detail, live, every_s }) {
    this.#every = every_s ?? 0;
    const isAway = AWAY.includes(state);
    this.isSaidLive = live === true;
    this.#isAway = !live && (isAway || this.#isAway); // while the node reconnects the source is still away
    if (live || !(isAway || this.isDown)) return null;
    this.isDown = true;
    return { isAway, words: detail || reason || DETAILS[state] || "" };
  }

  get isSlowLive() {
    return this.isSaidLive && this.#every > 0;
  }

  isLate(at, mode) {
    return at - this.mediaAt > this.#patience(mode);
  }

  isFirstLate(at) {
    return this.isSaidLive && at - this.mediaAt > FIRST_S;
  }

  isSilent(at, mode) {
    return at - this.heardAt > mode.silent_s;
  }

  #patience(mode) {
    const every = Math.max(this.#interval, this.#every);
    return Math.max(mode.fresh_s, Math.min(INTERVALS * every, SLOW_INTERVALS * every + SLOW_MARGIN_S));
  }
}

// meter.js

const EVERY_S = 1;

class Meter {
  bytes = 0;
  #before = { at: 0, bytes: 0, shown: 0 };

  restart(at) {
    this.#before = { at, bytes: this.bytes, shown: 0 };
  }

  isDue(at) {
    return at - this.#before.at >= EVERY_S;
  }

  read(at, screen, { mode, isLive, rate }) {
    const { shown, dropped } = screen.counts;
    const before = this.#before;
    const seconds = at - before.at;
    this.#before = { at, bytes: this.bytes, shown };
    return {
      mode,
      codec: codecsOf(screen.mime),
      width: screen.width,
      height: screen.height,
      fps: Math.max(0, shown - before.shown) / seconds,
      bits: (8 * (this.bytes - before.bytes)) / seconds,
      latency_ms: isLive && screen.latency !== null ? Math.max(0, screen.latency) : null, // the clocks of server and browser are compared by estimates
      lead_ms: screen.lead === null ? null : 1000 * screen.lead,
      rate,
      shown,
      dropped,
      stalls: screen.stalls,
      bytes: this.bytes,
      hasAudio: screen.hasAudio,
    };
  }
}

// recorder.js

const MAX_RECORDED_BYTES = 1 << 30;
const BLOB_BYTES = 8 << 20;

class Recorder {
  #blobs = [];
  #parts = [];
  #pending = 0;
  #init = /** @type {Uint8Array<ArrayBuffer> | null} */ (null);
  #start = NaN;
  #end = NaN;
  #writer;
  #isOver = false;
  isCut = false;
  #finish = /** @type {(blob: Blob | null) => void} */ (() => {});
  bytes = 0;
  words = "";
  done = /** @type {Promise<Blob | null>} */ (new Promise((resolve) => (this.#finish = resolve)));

  constructor(writable, onOver) {
    this.#writer = writable?.getWriter();
    this.onOver = onOver;
    this.#writer?.closed.catch(() => this.stop("The file could not be written."));
  }

  get seconds() {
    return this.#end - this.#start || 0;
  }

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
      this.#start += fragment.pts - this.#end; // the source was interrupted: the file goes on without a gap
    }
    if (fragment.pts < this.#start) return; // sound that precedes the first picture
    if (isVideo) this.#end = fragment.pts + fragment.duration;
    const copy = bytes.slice();
    shiftBack(copy, tracks, this.#start);
    this.#write(copy);
  }

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

  #takeInit(bytes) {
    const isSame = this.#init?.length === bytes.length && this.#init.every((byte, place) => byte === bytes[place]);
    if (this.#init && !Number.isNaN(this.#start) && !isSame) void this.stop("The stream changed its format.");
    else this.#init = bytes;
  }

  #write(bytes) {
    this.bytes += bytes.length;
    if (this.#writer) {
      this.#pending += bytes.length;
      if (this.#pending > MAX_WAITING_BYTES) return void this.stop("Recording stopped: the disk is too slow.");
      this.#writer.write(bytes).then(() => (this.#pending -= bytes.length), () => {});
      return;
    }
    this.#parts.push(bytes);
    this.#pending += bytes.length;
    if (this.#pending > BLOB_BYTES) {
      this.#blobs.push(new Blob(this.#parts)); // the browser may move it to its disk
      this.#parts = [];
      this.#pending = 0;
    }
    if (this.bytes > MAX_RECORDED_BYTES) void this.stop("Recording stopped: it reached the limit of 1 GiB.");
  }
}

// words.js

function sentence(words) {
  const text = words.trim();
  return text && text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

function timeWords(ms) {
  const time = new Date(ms);
  if (time.toDateString() === new Date().toDateString()) return time.toLocaleTimeString([], { timeStyle: "short" });
  return time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// playback.js

const TICK_MS = 100;
const PROVEN_S = 60;

class Playback {
  state = "idle";
  words = "";
  seen = null;
  stats = null;
  screen = null;
  recorder = null;
  hasPicture = false;
  #modeName = "";
  #choice = new ModeChoice();
  #freshness = new Freshness();
  #clock = new ServerClock();
  #backoff = new Backoff();
  #meter = new Meter();
  #closeTransport = null;
  #retryTimer = 0;
  #ticker = 0;
  #openedAt = 0;

  constructor(options, view, events) {
    this.options = options;
    this.view = view;
    this.events = events;
  }

  get isRunning() {
    return this.#ticker !== 0;
  }

  get playing() {
    return this.screen ? this.#modeName : "";
  }

  start() {
    this.#meter.restart(now());
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#connect();
  }

  stop() {
    clearInterval(this.#ticker);
    clearTimeout(this.#retryTimer);
    this.#ticker = 0;
    this.#disconnect();
    void this.recorder?.stop("The player was stopped.");
  }

  release() {
    this.#closeScreen();
    this.view.clear();
    this.view.showPoster(this.options.poster, false);
  }

  forgive() {
    this.#choice = new ModeChoice();
  }

  resetWait() {
    this.#backoff.reset();
  }

  setState(state, words = "") {
    if (this.state === state && this.words === words) return;
    this.state = state;
    this.words = words;
    this.events.onState();
    this.events.emit("state", { state, words, seen: this.seen });
  }

  play() {
    return this.view.play(() => this.screen?.hasAudio ?? false);
  }

  record(writable) {
    if (!this.screen?.tap) throw new Error("Only a stream in mode mse can be recorded.");
    if (this.recorder) throw new Error("A recording is already running.");
    const recorder = (this.recorder = new Recorder(writable, () => {
      this.recorder = null;
      this.screen?.tap?.(null);
      this.events.emit("recorded", { bytes: recorder.bytes, words: recorder.words });
      this.events.onRecorded();
    }));
    this.#tap(recorder);
    this.events.emit("recording", {});
    this.events.onShown();
    return recorder;
  }

  #tap(recorder) {
    recorder.isCut = true;
    this.screen?.tap?.((fragment, bytes, tracks) => recorder.take(fragment, bytes, tracks));
  }

  get #mode() {
    return MODES[this.#modeName];
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#disconnect();
    const name = this.#choice.next(this.options.mode, this.view.video);
    if (!name) return this.#wait(this.words || "This browser supports none of the allowed modes.");
    this.#freeze();
    this.#modeName = name;
    this.#openedAt = now();
    this.#freshness.open(this.#openedAt);
    if (this.state !== "nosignal") this.setState("connecting");
    this.screen = this.#open(this.#mode);
    if (this.recorder) this.#tap(this.recorder);
    if (this.#mode.channel === null) return void this.play();
    const { src, server, token, pictureWidth: width, noAudio, transport } = this.options;
    this.#closeTransport = transport.open(
      { src, server, mode: this.#mode.channel, codecs: this.#mode.codecs(!noAudio), width, token },
      { onMessage: (message) => this.#onMessage(message), onBinary: (bytes) => this.#onBinary(bytes), onClosed: (words) => this.#onClosed(words) },
    );
  }

  #open(mode) {
    const { video, canvas } = this.view;
    const events = { onPicture: () => this.#onPicture(), onBroken: (/** @type {string} */ words, /** @type {boolean} */ isFatal) => this.#onBroken(words, isFatal) };
    const screen = mode.open({ video, canvas, clock: this.#clock, address: this.options }, events);
    this.view.showCanvas(screen.element === canvas);
    return screen;
  }

  #disconnect() {
    this.#closeTransport?.();
    this.#closeTransport = null;
  }

  #freeze() {
    if (this.screen && this.hasPicture) this.view.freeze(this.screen);
    this.#closeScreen();
    this.view.showPoster(this.options.poster, false);
  }

  #closeScreen() {
    this.screen?.close();
    this.screen = null;
    this.hasPicture = false;
    this.stats = null;
  }

  #onMessage(message) {
    this.#freshness.heardAt = now();
    const { type, value } = message;
    if (type === "mse") {
      this.screen?.begin(String(value));
      void this.play();
    } else if (type === "error") this.#onBroken(String(value).replace(/^(mse|mjpeg|webrtc): ?/, ""), false);
    else if (type === "framecast/signal") this.#onTrouble(this.#freshness.noteSignal(value));
    else if (type === "framecast/state") {
      this.seen ??= value.seen_ms ?? null;
      this.#onTrouble(this.#freshness.noteSource(value));
      this.#onSlow();
    }
    else if (type === "framecast/clock") {
      this.#clock.note(value.now_ms);
      if (value.captured_ms) this.screen?.setCaptured(value.captured_ms);
    }
    this.events.emit("message", message);
  }

  #onBinary(bytes) {
    const at = (this.#freshness.heardAt = now());
    this.#meter.bytes += bytes.length;
    if (this.#freshness.isOld && this.#mode.hasPlaceholders) return; // the veil says the same over the last real picture
    if (this.screen?.take(bytes)) this.#freshness.noteMedia(at, !this.hasPicture, this.#mode);
  }

  #onTrouble(trouble) {
    if (trouble && (trouble.isAway || this.state !== "nosignal")) this.setState("nosignal", sentence(trouble.words));
  }

  #onSlow() {
    const freshness = this.#freshness;
    if (this.state !== "nosignal" || !freshness.isSlowLive || freshness.isOld || !this.hasPicture || freshness.isLate(now(), this.#mode)) return;
    freshness.isDown = false;
    this.setState("live");
  }

  #onClosed(words) {
    this.#closeTransport = null;
    this.#fail("closed", words);
  }

  #onBroken(words, isFatal) {
    if (this.isRunning) this.#fail(this.#choice.judge(isFatal), words);
  }

  #fail(failure, words) {
    const { excludes, waits } = FAILURES[failure];
    this.#choice.exclude(this.#modeName, excludes);
    if (waits) return this.#wait(words);
    this.words = sentence(words);
    this.#connect();
  }

  #wait(words) {
    this.#disconnect();
    this.#freeze();
    this.setState("nosignal", sentence(words));
    this.#choice.retry();
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), this.#backoff.next());
  }

  #onPicture() {
    const at = now();
    if (!this.hasPicture) {
      this.hasPicture = true;
      this.view.showPicture();
      this.events.emit("picture", { after_ms: 1000 * (at - this.#openedAt) });
    }
    if (this.#mode.channel === null) this.#freshness.noteShown(at);
    if (!this.isRunning || this.#freshness.isDown || this.#freshness.isLate(at, this.#mode)) return;
    this.seen = Date.now();
    if (this.state === "live") return;
    this.#backoff.reset();
    this.setState("live");
  }

  #tick() {
    const { screen } = this;
    screen?.tick();
    const at = now();
    const isLate = this.state === "live" ? this.#freshness.isLate(at, this.#mode) : this.state === "connecting" && this.#freshness.isFirstLate(at);
    if (screen && isLate) {
      this.#freshness.isDown = true;
      this.setState("nosignal", "No pictures are coming.");
    }
    if (this.#closeTransport && !this.#freshness.isDown && this.hasPicture && screen?.isStuck) this.#onBroken("Pictures arrive, but the browser does not show them.", true);
    else if (screen && this.#freshness.isSilent(at, this.#mode)) this.#fail("silent", "The server does not answer.");
    if (this.screen && this.#meter.isDue(at)) this.#measure(at, this.screen);
  }

  #measure(at, screen) {
    const isLive = this.state === "live";
    this.stats = this.#meter.read(at, screen, { mode: this.#modeName, isLive, rate: this.view.video.playbackRate });
    if (isLive && at - this.#openedAt > PROVEN_S) this.#choice.prove();
    this.events.emit("stats", this.stats);
    this.events.onShown();
  }
}

// transport.js

const LOST = "The connection to the server was lost.";
const REFUSAL_MS = 3000;

class OwnSocket {
  open(request, receiver) {
    const url = new URL("api/ws", request.server);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("src", request.src);
    if (request.token) url.searchParams.set("token", request.token);
    if (request.mode === "mjpeg" && request.width) url.searchParams.set("w", String(request.width));
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let isRefused = true;
    let isOver = false;
    socket.onopen = () => {
      isRefused = false;
      socket.send(JSON.stringify(request.mode === "mse" ? { type: "mse", value: request.codecs } : { type: "mjpeg" }));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") receiver.onBinary(new Uint8Array(data));
      else receiver.onMessage(JSON.parse(data));
    };
    socket.onclose = async ({ reason }) => {
      const words = reason || (isRefused && (await refusalAt(url))) || LOST;
      if (!isOver) receiver.onClosed(words);
    };
    return () => {
      isOver = true;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    };
  }
}

async function refusalAt(url) {
  try {
    const answer = await fetch(url.href.replace(/^ws/, "http"), { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(REFUSAL_MS) });
    const { error, message } = await answer.json();
    return error === "Denied" ? String(message) : "";
  } catch {
    return "";
  }
}

// duration.js

function durationWords(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

// style.js

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
.veil span { max-width: 46ch; overflow-wrap: anywhere; text-wrap: balance; }
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
.rec { position: absolute; left: 10px; top: 10px; display: flex; align-items: center; gap: 6px; padding: 2px 9px 2px 8px; border-radius: 6px; pointer-events: none;
  background: #b3261e; color: #fff; font-size: 12px; font-weight: 650; letter-spacing: .03em; font-variant-numeric: tabular-nums; }
.rec::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentcolor; animation: blink 2s steps(2, jump-none) infinite; }
@keyframes blink { to { opacity: .25; } }
.sound + .rec { left: auto; right: 10px; }
.sound[hidden] + .rec { left: 10px; right: auto; }
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
@container (max-width: 300px) { .veil { font-size: 12.5px; line-height: 1.3; gap: 3px; padding: 8px 10px; } .veil svg { width: 24px; height: 24px; } }
@container (max-width: 180px) { .veil span, .veil svg { display: none; } .veil strong { font-size: 13px; } .big { width: 44px; height: 44px; } }
@media (pointer: coarse) { input { display: none; } .bar button { width: 44px; height: 44px; } }
@media (prefers-reduced-motion: reduce) { .veil, .bar { transition: none; } .spin { animation-duration: 4s; } .rec::before { animation: none; } }
@media (forced-colors: active) { .bar button { border: 1px solid ButtonText; } }
`;

// view.js

const STILL_WIDTH = 960;
const TOAST_MS = 3000;
const TITLES = { idle: "", connecting: "Connecting", live: "", nosignal: "No signal", paused: "" };
const LABELS = { live: (src) => `Live video of ${src}`, nosignal: (src) => `No signal from ${src}` };

class View {
  video = /** @type {HTMLVideoElement} */ (make("video", { part: "video", playsinline: "", disableremoteplayback: "", "aria-hidden": "true", tabindex: "-1" }));
  canvas = /** @type {HTMLCanvasElement} */ (make("canvas", { part: "canvas", "aria-hidden": "true", width: "16", height: "9", hidden: "" }));
  #poster = /** @type {HTMLImageElement} */ (make("img", { class: "poster", alt: "", hidden: "" }));
  #still = /** @type {HTMLCanvasElement} */ (make("canvas", { class: "still", "aria-hidden": "true", width: "0", height: "0", hidden: "" }));
  #spinner = make("div", { class: "spin" });
  #lost = icon("lost");
  #speaker = icon("loud");
  #play;
  #title = make("strong");
  #words = make("span");
  #last = make("span");
  #unmute;
  #toast = make("div", { class: "toast", role: "status" });
  #recorded = make("div", { class: "rec", part: "recording", hidden: "" });
  #announced = make("div", { class: "hush", role: "status" });
  #toastTimer = 0;
  #hasOwnPicture = false;
  veil;
  stage;

  constructor(host, { play, unmute }) {
    this.#play = make("button", { type: "button", class: "big", part: "button", "aria-label": "Play", title: "Play", click: play }, icon("play"));
    this.#unmute = make("button", { class: "sound", part: "button", type: "button", hidden: "", click: unmute }, icon("mute"), "Sound on");
    this.veil = make("div", { class: "veil", part: "veil" }, this.#spinner, this.#lost, this.#speaker, this.#play, this.#title, this.#words, this.#last);
    this.stage = make("div", { class: "stage", role: "group" }, this.video, this.canvas, this.#still, this.#poster, this.veil, this.#unmute, this.#recorded, this.#toast, this.#announced);
    const root = host.attachShadow({ mode: "open", delegatesFocus: true });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.stage);
    this.video.disableRemotePlayback = true;
  }

  get hasPicture() {
    return this.#hasOwnPicture || !this.#still.hidden;
  }

  show({ state, words, seen, recorded, src, hasPicture, isOnlySound }) {
    const isSpeaker = isOnlySound && state === "live";
    const isLost = state === "nosignal";
    this.#hasOwnPicture = hasPicture;
    this.stage.dataset.state = this.veil.dataset.state = state;
    this.stage.setAttribute("aria-label", LABELS[state]?.(src) ?? `Player of ${src}`);
    this.veil.hidden = state === "idle" || (state === "live" && !isSpeaker);
    this.#speaker.toggleAttribute("hidden", !isSpeaker);
    this.veil.classList.toggle("over", this.hasPicture);
    this.#spinner.hidden = state !== "connecting";
    this.#lost.toggleAttribute("hidden", !isLost);
    this.#play.hidden = state !== "paused";
    setText(this.#title, isSpeaker ? "Sound only" : TITLES[state]);
    setText(this.#words, isLost ? words : "");
    setText(this.#last, isLost && seen ? `Last seen ${timeWords(seen)}` : "");
    this.#recorded.hidden = recorded === null;
    if (recorded !== null) setText(this.#recorded, `REC ${durationWords(recorded)}`);
    setText(this.#announced, isLost ? `No signal from ${src}. ${words}` : "");
  }

  showControls(bar, isOn) {
    if (isOn) this.stage.append(bar);
    else bar.remove();
    this.stage.toggleAttribute("tabindex", false);
    if (isOn) this.stage.setAttribute("tabindex", "0");
  }

  showPoster(url, hasPicture) {
    if (url && this.#poster.src !== url) this.#poster.src = url;
    this.#poster.hidden = !url || hasPicture || !this.#still.hidden;
  }

  showCanvas(isCanvas) {
    this.canvas.hidden = !isCanvas;
    this.video.hidden = isCanvas;
  }

  showPicture() {
    this.#poster.hidden = this.#still.hidden = true;
  }

  freeze(screen) {
    if (!screen.width || !screen.isReady) return;
    const scale = Math.min(1, STILL_WIDTH / screen.width);
    this.#draw(screen.element, Math.round(screen.width * scale), Math.round(screen.height * scale));
  }

  recall(image) {
    if (this.hasPicture) return;
    this.#draw(image, image.naturalWidth, image.naturalHeight);
    this.#poster.hidden = true;
    this.veil.classList.add("over");
  }

  #draw(picture, width, height) {
    [this.#still.width, this.#still.height] = [width, height];
    this.#still.getContext("2d")?.drawImage(picture, 0, 0, width, height);
    this.#still.hidden = false;
  }

  clear() {
    [this.#still.width, this.#still.hidden] = [0, true];
  }

  async play(hasAudio) {
    try {
      await this.video.play();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "NotAllowedError") || this.video.muted) return;
      this.video.muted = true;
      this.#unmute.hidden = !hasAudio(); // browsers also refuse to play unmuted video that has no sound
      await this.video.play().catch(() => {});
    }
  }

  hideUnmute() {
    this.#unmute.hidden = true;
  }

  async report(action, failed = "") {
    try {
      const words = await action();
      if (words) this.toast(words);
    } catch (error) {
      const isCancelled = !failed && error instanceof DOMException && error.name === "AbortError"; // the user closed the file picker
      if (!isCancelled) this.toast(failed || messageOf(error));
    }
  }

  toast(words) {
    setText(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => setText(this.#toast, ""), TOAST_MS);
  }
}

// visibility.js

const UNSEEN_MS = 600;
const MARGIN = "120px";

class Visibility {
  #isSeen = false;
  #timer = 0;
  #observer = new IntersectionObserver((entries) => this.#onSeen(entries[entries.length - 1].isIntersecting), { rootMargin: MARGIN });

  constructor(element, onChange) {
    this.element = element;
    this.onChange = onChange;
  }

  get isSeen() {
    return this.#isSeen && !document.hidden;
  }

  observe() {
    document.addEventListener("visibilitychange", this.onChange);
    this.#observer.observe(this.element);
  }

  disconnect() {
    document.removeEventListener("visibilitychange", this.onChange);
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    this.#isSeen = false;
  }

  #onSeen(isSeen) {
    clearTimeout(this.#timer);
    if (isSeen) this.#isSeen = true;
    else {
      this.#timer = setTimeout(() => {
        this.#isSeen = false;
        this.onChange();
      }, UNSEEN_MS);
    }
    this.onChange();
  }
}

// element.js

class FramecastPlayer extends ReflectedAttributes {
  static observedAttributes = ["src", "server", "token", "mode", "controls", "muted", "no-audio", "poster", "background", "paused"];

  transport = new OwnSocket();

  #view = new View(this, { play: () => this.play(), unmute: () => (this.muted = false) });
  #playback = new Playback(this, this.#view, {
    onState: () => {
      this.setAttribute("state", this.state);
      this.#show();
    },
    onShown: () => this.#show(),
    onRecorded: () => {
      this.#show();
      this.#update();
    },
    emit: (name, detail) => void this.dispatchEvent(new CustomEvent(name, { detail })),
  });
  #bar = new Bar(this);
  #last = new LastPicture(this, this.#view);
  #visibility = new Visibility(this, () => this.#update());
  #isPaused = false;
  #isPip = false;

  constructor() {
    super();
    new Input(this, this.#view.stage, this.#view.veil);
    const { video } = this;
    video.addEventListener("volumechange", () => this.#show());
    video.addEventListener("enterpictureinpicture", () => this.#setPip(true));
    video.addEventListener("leavepictureinpicture", () => this.#setPip(false));
    video.addEventListener("pause", () => queueMicrotask(() => this.playing && !this.#isPaused && void this.#playback.play()));
    this.#show();
  }

  connectedCallback() {
    this.#visibility.observe();
    this.#update();
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#visibility.disconnect();
      this.#isPip = false;
      void this.#playback.recorder?.stop("The player was removed.");
      this.#update();
    });
  }

  connectedMoveCallback() {}

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "muted") this.video.muted = value !== null;
    else if (name === "controls") this.#showControls();
    else if (name === "paused") value === null ? this.play() : this.pause();
    else if (name === "poster") this.#view.showPoster(this.poster, this.#playback.hasPicture);
    else if (name === "background") this.#update();
    else {
      if (name === "src" || name === "server") this.#playback.seen = null;
      this.#restart();
    }
  }

  get state() {
    return this.#playback.state;
  }

  get words() {
    return this.#playback.words;
  }

  get seen() {
    return this.#playback.seen;
  }

  get stats() {
    return this.#playback.stats;
  }

  get video() {
    return this.#view.video;
  }

  get playing() {
    return this.#playback.playing;
  }

  get hasAudio() {
    return this.#playback.screen?.hasAudio ?? false;
  }

  get isPaused() {
    return this.#isPaused;
  }

  get recording() {
    return this.#playback.recorder !== null;
  }

  get recorded() {
    return this.#playback.recorder?.seconds ?? 0;
  }

  get muted() {
    return this.video.muted;
  }

  set muted(isMuted) {
    this.video.muted = isMuted;
    this.#view.hideUnmute();
  }

  get volume() {
    return this.video.volume;
  }

  set volume(volume) {
    this.video.volume = Math.min(1, Math.max(0, volume));
    if (volume > 0) this.muted = false;
  }

  play() {
    this.#isPaused = false;
    this.#update();
  }

  pause() {
    this.#isPaused = true;
    this.video.pause();
    this.#update();
  }

  togglePlay() {
    if (this.#isPaused) this.play();
    else this.pause();
  }

  toggleMute() {
    this.muted = !this.muted;
  }

  reconnect() {
    this.#playback.resetWait();
    this.#restart();
  }

  async snapshot({ type = "image/jpeg", quality = 0.92 } = {}) {
    return snapshotOf(this.#playback.hasPicture ? this.#playback.screen : null, type, quality);
  }

  record(writable) {
    const recorder = this.#playback.record(writable);
    return { done: recorder.done, stop: () => recorder.stop() };
  }

  saveSnapshot() {
    return this.#view.report(async () => {
      download(await this.snapshot(), `${fileName(this.src)}.jpg`);
      return "Snapshot saved";
    });
  }

  async saveRecording() {
    const { recorder } = this.#playback;
    if (recorder) return void recorder.stop();
    return this.#view.report(() =>
      recordTo(`${fileName(this.src)}.mp4`, (writable) => {
        const started = this.#playback.record(writable);
        this.#view.toast("Recording");
        return started;
      }),
    );
  }

  toggleFullscreen() {
    return this.#view.report(async () => {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (this.requestFullscreen) await this.requestFullscreen();
      else /** @type {any} */ (this.video).webkitEnterFullscreen?.(); // iPhones
    }, "The browser does not allow fullscreen here.");
  }

  togglePictureInPicture() {
    return this.#view.report(async () => {
      if (this.#isPip) await document.exitPictureInPicture();
      else await this.video.requestPictureInPicture();
    }, "The browser does not allow picture in picture here.");
  }

  get #isWanted() {
    if (!this.isConnected || !this.src || this.#isPaused) return false;
    return this.background || this.#isPip || this.recording || this.#visibility.isSeen;
  }

  #setPip(isPip) {
    this.#isPip = isPip;
    this.#update();
  }

  #update() {
    const playback = this.#playback;
    const isWanted = this.#isWanted;
    if (isWanted && !playback.isRunning) playback.start();
    else if (!isWanted && playback.isRunning) playback.stop();
    const isKept = this.#isPaused && this.isConnected && this.#visibility.isSeen;
    if (!this.#isWanted && !isKept) playback.release();
    if (!this.#isWanted) playback.setState(this.#isPaused && this.src ? "paused" : "idle");
  }

  #restart() {
    this.#playback.stop();
    this.#playback.release();
    this.#last.forget();
    this.#playback.forgive();
    this.#update();
  }

  #show() {
    const { state, words, seen, src } = this;
    const recorded = this.recording ? this.recorded : null;
    const { hasPicture, screen } = this.#playback;
    this.#view.show({ state, words, seen, recorded, src, hasPicture, isOnlySound: screen?.isOnlySound ?? false });
    if (this.controls) this.#bar.update();
  }

  #showControls() {
    this.#view.showControls(this.#bar.element, this.controls);
    this.#show();
  }
}

// player.js

if (!customElements.get("framecast-player")) customElements.define("framecast-player", FramecastPlayer);

export { Backoff, FramecastPlayer, LiveEdge, OwnSocket, SILENT_S, readFragment, readInit, supportedCodecs };
