// <framecast-video src="ID">: a video of the library in any page. docs/reference/video-player.md describes it.
//
// Generated from the modules in video/: change those, then `make player`. One file without imports, so that a page of
// another site gets the player in one request.

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

// preferences.js

function preferred(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function prefer(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
  }
}

// captions.js

const LANGUAGE_KEY = "framecast-video-subtitles";

class Captions {
  element = make("div", { class: "captions", part: "captions", "aria-hidden": "true" });
  #onCue = () => this.#draw();
  #tracks = [];
  #chosen = -1;

  constructor(video, onChange) {
    this.video = video;
    this.onChange = onChange;
  }

  get labels() {
    return this.#tracks.map((track) => track.label);
  }

  get chosen() {
    return this.#chosen;
  }

  set(media, addressOf) {
    for (const track of this.#tracks) track.remove();
    this.#chosen = -1;
    this.#tracks = (media?.subtitles ?? []).map((one) => {
      const src = addressOf(one.name, /** @type {Media} */ (media));
      return /** @type {HTMLTrackElement} */ (make("track", { kind: "subtitles", srclang: one.language, label: one.label || one.language, src }));
    });
    this.video.append(...this.#tracks);
    this.choose(this.#tracks.findIndex((track) => track.srclang === (preferred(LANGUAGE_KEY) || "-")), false);
  }

  choose(place, isKept = true) {
    this.#tracks[this.#chosen]?.track.removeEventListener("cuechange", this.#onCue);
    this.#chosen = place;
    this.#tracks.forEach((track, at) => (track.track.mode = at === place ? "hidden" : "disabled"));
    const track = this.#tracks[place];
    track?.track.addEventListener("cuechange", this.#onCue);
    if (isKept) prefer(LANGUAGE_KEY, track?.srclang ?? "");
    this.#draw();
    this.onChange();
  }

  toggle() {
    if (!this.#tracks.length) return;
    this.choose(this.#chosen >= 0 ? -1 : Math.max(0, this.#tracks.findIndex((track) => track.srclang === navigator.language.slice(0, 2))));
  }

  #draw() {
    const cues = /** @type {VTTCue[]} */ ([...(this.#tracks[this.#chosen]?.track.activeCues ?? [])]);
    this.element.replaceChildren(...cues.map((cue) => make("p", {}, make("span", {}, cue.getCueAsHTML()))));
  }
}

// video-attributes.js

const VIDEO_BASE = new URL("../", import.meta.url).href;

class VideoAttributes extends HTMLElement {
  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(id) {
    this.setAttribute("src", id);
  }

  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : VIDEO_BASE;
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

  get autoplay() {
    return this.hasAttribute("autoplay");
  }

  set autoplay(isOn) {
    this.toggleAttribute("autoplay", isOn);
  }

  get loop() {
    return this.hasAttribute("loop");
  }

  set loop(isOn) {
    this.toggleAttribute("loop", isOn);
  }

  get preload() {
    return this.getAttribute("preload") ?? "none";
  }

  set preload(how) {
    this.setAttribute("preload", how);
  }

  get start() {
    return this.getAttribute("start") ?? "";
  }

  set start(place) {
    this.setAttribute("start", place);
  }

  get poster() {
    return this.getAttribute("poster") ?? "";
  }

  set poster(url) {
    this.setAttribute("poster", url);
  }

  get theatre() {
    return this.hasAttribute("theatre");
  }

  set theatre(isOn) {
    this.toggleAttribute("theatre", isOn);
  }

  get video() {
    throw new Error("the element that extends this has it");
  }

  get paused() {
    return this.video.paused;
  }

  get muted() {
    return this.video.muted;
  }

  set muted(isMuted) {
    this.video.muted = isMuted;
  }

  get volume() {
    return this.video.volume;
  }

  set volume(volume) {
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = this.video.volume === 0;
  }

  get playbackRate() {
    return this.video.playbackRate;
  }

  set playbackRate(rate) {
    this.video.defaultPlaybackRate = this.video.playbackRate = rate;
  }

  toggleMute() {
    this.muted = !this.muted;
  }

  toggleTheatre() {
    if (!this.hasAttribute("theatre-button")) return;
    this.theatre = !this.theatre;
    this.dispatchEvent(new CustomEvent("theatre", { detail: { isOn: this.theatre } }));
  }
}

// controls.js

class VideoControls extends VideoAttributes {
  #controller = null;

  get controller() {
    return this.#controller;
  }

  set controller(controller) {
    this.#controller = controller;
    this.show();
  }

  do(act, value = 0) {
    if (this.#controller?.act(act, value)) return false;
    if (act === "play") void this.play();
    else if (act === "pause") this.pause();
    else if (act === "seek") this.seek(value);
    else if (act === "speed") this.playbackRate = value;
    else this.dispatchEvent(new CustomEvent(act, { detail: {} })); // the page has the list
    return true;
  }

  togglePlay() {
    if (this.state === "playing") this.do("pause");
    else if (this.state !== "error") this.do("play");
  }

  skip(by) {
    this.do("seek", Math.max(0, this.currentTime + by));
  }

  get speed() {
    return this.#controller?.speed ?? this.playbackRate;
  }

  get state() {
    return "";
  }

  get currentTime() {
    return 0;
  }

  async play() {}

  pause() {}

  seek(_at) {}

  show() {}
}

// data-track.js

const WINDOW_S = 10;
const HOLD_S = 1;
const ROUNDING_S = 0.004;
const MOST_WINDOWS = 8;
const MOST_PARTS = 12;
const AGAIN_MS = 4000;

class DataTrack {
  #windows = new Map();

  constructor(name, addressOf, isGrowing, onData) {
    this.name = name;
    this.addressOf = addressOf;
    this.isGrowing = isGrowing;
    this.onData = onData;
  }

  at(at) {
    const place = Math.floor(at / WINDOW_S);
    const here = this.#window(place);
    const before = at - place * WINDOW_S < HOLD_S && place > 0 ? this.#window(place - 1) : null;
    if ((place + 1) * WINDOW_S - at < WINDOW_S / 2) this.#window(place + 1);
    const found = lastAt(here.records, at) ?? (before && lastAt(before.records, at));
    return found && at - found.time_s <= HOLD_S ? found : null;
  }

  #window(place) {
    const found = this.#windows.get(place) ?? { records: [], isWhole: false, askedAt: -Infinity, isAsking: false };
    this.#windows.delete(place);
    this.#windows.set(place, found);
    if (this.#windows.size > MOST_WINDOWS) this.#windows.delete(this.#windows.keys().next().value ?? 0);
    if (!found.isWhole && !found.isAsking && performance.now() - found.askedAt > AGAIN_MS) void this.#ask(place, found);
    return found;
  }

  async #ask(place, found) {
    found.isAsking = true;
    found.askedAt = performance.now();
    const isGrowing = this.isGrowing();
    try {
      const records = [];
      let [from, skip] = [place * WINDOW_S, 0];
      for (let part = 0; part < MOST_PARTS; part++) {
        const answer = await fetch(this.addressOf(from, (place + 1) * WINDOW_S, skip), { signal: AbortSignal.timeout(AGAIN_MS * 4) });
        if (!answer.ok) return;
        const { records: more, next_s: next, next_skip: nextSkip } = await answer.json();
        records.push(...more);
        if (next === null) break;
        [from, skip] = [next, nextSkip];
      }
      found.records = records;
      found.isWhole = !isGrowing;
      this.onData();
    } catch {
    } finally {
      found.isAsking = false;
    }
  }
}

function lastAt(records, at) {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle].time_s <= at + ROUNDING_S) low = middle + 1;
    else high = middle;
  }
  return low ? records[low - 1] : null;
}

// detections.js

const MOST_BOXES = 500;
const LONGEST_LABEL = 60;
const COLOURS = ["#ffd24a", "#4ac8ff", "#ff7ac2", "#7be36b", "#ff9a4a", "#b69cff", "#5ff0d0", "#ff6b6b"];

function boxesOf(value, picture) {
  const found = /** @type {Record<string, unknown>} */ (typeof value === "object" && value !== null ? value : {});
  if (!Array.isArray(found.boxes)) return [];
  const width = positive(found.width) ?? picture.width;
  const height = positive(found.height) ?? picture.height;
  if (!(width > 0 && height > 0)) return [];
  const made = found.boxes.slice(0, MOST_BOXES).map((box, place) => boxOf(box, width, height, labelOf(found, place)));
  return made.filter((box) => box !== null);
}

function boxOf(box, width, height, label) {
  if (!Array.isArray(box) || box.length !== 4 || !box.every((side) => Number.isFinite(side))) return null;
  const [left, top] = [clip(box[0] / width), clip(box[1] / height)];
  const [right, bottom] = [clip((box[0] + box[2]) / width), clip((box[1] + box[3]) / height)];
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top, label } : null;
}

function labelOf(found, place) {
  const label = Array.isArray(found.labels) ? found.labels[place] : undefined;
  const sure = Array.isArray(found.confidences) ? found.confidences[place] : undefined;
  const words = typeof label === "string" || typeof label === "number" ? String(label).slice(0, LONGEST_LABEL) : "";
  return Number.isFinite(sure) ? `${words} ${Math.round(100 * sure)} %`.trim() : words;
}

function colourOf(label) {
  const words = label.replace(/ ?-?\d{1,15} %$/, "");
  let sum = 0;
  for (const letter of words) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65521;
  return COLOURS[sum % COLOURS.length];
}

function positive(value) {
  return typeof value === "number" && value > 0 && value < 1e6 ? value : null;
}

function clip(value) {
  return Math.min(1, Math.max(0, value));
}

// data-overlay.js

const TRACK_KEY = "framecast-video-detections";
const ALL_TRACKS = "All";

class DataOverlay {
  element = /** @type {HTMLCanvasElement} */ (make("canvas", { class: "detections", part: "detections", "aria-hidden": "true" }));
  #tracks = [];
  #chosen = -1;
  #size = { width: 0, height: 0 };
  #isAsked = false;
  #resizing = new ResizeObserver(() => this.#draw(this.video.currentTime));

  constructor(video, onChange) {
    this.video = video;
    this.onChange = onChange;
    for (const type of ["seeked", "loadeddata", "timeupdate", "play"]) video.addEventListener(type, () => this.#follow());
    video.addEventListener("emptied", () => this.#clear());
    this.#resizing.observe(this.element);
  }

  get labels() {
    const names = this.#tracks.map((track) => track.name);
    return names.length > 1 ? [ALL_TRACKS, ...names] : names;
  }

  get chosen() {
    return this.#chosen;
  }

  set(item, media, addressOf) {
    const id = encodeURIComponent(item?.id ?? "");
    this.#size = { width: item?.width ?? 0, height: item?.height ?? 0 };
    this.#tracks = (media?.data ?? []).map(({ name }) => {
      const path = `api/videos/${id}/data/${encodeURIComponent(name)}`;
      return new DataTrack(name, (from, to, skip) => addressOf(`${path}?from_s=${from}&to_s=${to}&skip=${skip}`), () => this.isGrowing, () => this.#draw(this.video.currentTime));
    });
    this.isGrowing = item?.is_recording ?? false;
    const kept = preferred(TRACK_KEY);
    this.choose(kept === "off" ? -1 : Math.max(0, this.labels.indexOf(kept)), false);
  }

  isGrowing = false;

  choose(place, isKept = true) {
    this.#chosen = this.#tracks.length ? place : -1;
    if (isKept) prefer(TRACK_KEY, this.labels[place] ?? "off");
    this.#draw(this.video.currentTime);
    this.#follow();
    this.onChange();
  }

  toggle() {
    if (this.#tracks.length) this.choose(this.#chosen >= 0 ? -1 : 0);
  }

  #follow() {
    if (this.#chosen < 0 || this.#isAsked) return;
    if (!("requestVideoFrameCallback" in this.video)) return this.#draw(/** @type {HTMLVideoElement} */ (this.video).currentTime);
    this.#isAsked = true;
    this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.#isAsked = false;
      this.#draw(mediaTime);
      this.#follow();
    });
  }

  #clear() {
    this.element.getContext("2d")?.clearRect(0, 0, this.element.width, this.element.height);
  }

  #draw(at) {
    const { element, video } = this;
    const scale = devicePixelRatio || 1;
    const [width, height] = [Math.round(element.clientWidth * scale), Math.round(element.clientHeight * scale)];
    if (element.width !== width || element.height !== height) [element.width, element.height] = [width, height];
    const pen = element.getContext("2d");
    if (!pen) return;
    pen.clearRect(0, 0, width, height);
    if (this.#chosen < 0 || !video.videoWidth || !width) return;
    const isCover = getComputedStyle(video).objectFit === "cover";
    const area = areaOf(width, height, video.videoWidth, video.videoHeight, isCover);
    const label = this.labels[this.#chosen];
    for (const track of this.#tracks) {
      if (label !== ALL_TRACKS && label !== track.name) continue;
      const record = track.at(at);
      const boxes = record ? boxesOf(record.value, this.#size.width ? this.#size : { width: video.videoWidth, height: video.videoHeight }) : [];
      for (const box of boxes) drawBox(pen, box, area, scale);
    }
  }
}

function areaOf(width, height, wide, high, isCover) {
  const ratios = [width / wide, height / high];
  const by = isCover ? Math.max(...ratios) : Math.min(...ratios);
  return { left: (width - wide * by) / 2, top: (height - high * by) / 2, width: wide * by, height: high * by };
}

function drawBox(pen, box, area, scale) {
  const [x, y] = [area.left + box.x * area.width, area.top + box.y * area.height];
  const [width, height] = [box.width * area.width, box.height * area.height];
  const colour = colourOf(box.label);
  pen.lineJoin = "round";
  pen.strokeStyle = "rgb(0 0 0 / 60%)";
  pen.lineWidth = 4.5 * scale;
  pen.strokeRect(x, y, width, height);
  pen.strokeStyle = colour;
  pen.lineWidth = 2.5 * scale;
  pen.strokeRect(x, y, width, height);
  if (!box.label) return;
  const size = 13 * scale;
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const label = fitted(box.label, Math.max(width, area.left + area.width - x) - size, (words) => pen.measureText(words).width);
  const wide = pen.measureText(label).width + size;
  const top = y - size * 1.5 >= area.top ? y - size * 1.5 : y;
  pen.fillStyle = colour;
  pen.fillRect(x - 1.2 * scale, top, wide, size * 1.5);
  pen.fillStyle = "#10131a";
  pen.textBaseline = "middle";
  pen.fillText(label, x + size * 0.4, top + size * 0.8);
}

function fitted(words, room, widthOf) {
  let found = words;
  for (let length = words.length - 1; length > 0 && widthOf(found) > room; length--) found = `${words.slice(0, length)}…`;
  return found;
}

// signs.js

const FILLED = ["play", "pause", "next", "previous"];
const SIGNS = {
  play: "M7.500 4.500v15l12-7.500z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  again: "M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 3.500V8H15",
  next: "M5 5v14l10-7zM16.500 5h2.500v14h-2.500z",
  previous: "M19 5v14L9 12zM5 5h2.500v14H5z",
  loud: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  mute: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5",
  captions: "M3.500 5.500h17v13h-17zM10.500 10.500a2 2 0 1 0 0 3M17 10.500a2 2 0 1 0 0 3",
  detections: "M4 8.500V4h4.500M15.500 4H20v4.500M20 15.500V20h-4.500M8.500 20H4v-4.500M9 9h6v6H9z",
  settings: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10.500 3.500h3l.5 2.600 1.800 1 2.500-.9 1.500 2.600-2 1.700v2l2 1.700-1.500 2.600-2.500-.9-1.800 1-.5 2.600h-3l-.5-2.600-1.800-1-2.500.9-1.500-2.600 2-1.700v-2l-2-1.700 1.500-2.600 2.500.9 1.800-1z",
  theatre: "M3 6.500h18v11H3z",
  pip: "M3.500 5.500h17v13h-17zM12.500 12h5.500v4h-5.500z",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  small: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  back: "M14.500 6l-6 6 6 6",
  chosen: "M5 12.500l4.500 4.500L19 7.500",
  wrong: "M12 4L2.500 20h19zM12 10v4.500M12 17.200v.1",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.1",
};

function sign(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  const attributes = { d: SIGNS[name], fill: FILLED.includes(name) ? "currentColor" : "none", stroke: "currentColor", "stroke-width": FILLED.includes(name) ? "0" : "1.7", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries(attributes)) path.setAttribute(key, value);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

// choices.js

class Choices {
  #rows = make("div", { class: "choices-rows" });
  element = make("div", { class: "choices", part: "menu", role: "menu", hidden: "", "aria-label": "Settings" }, this.#rows);
  #button = null;
  #groups = () => [];
  #open = "";

  constructor(onClose) {
    this.onClose = onClose;
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle(button, groups, name = "") {
    if (this.isOpen) return this.close();
    this.#button = button;
    this.#groups = groups;
    this.element.hidden = false;
    button.setAttribute("aria-expanded", "true");
    this.#show(name);
  }

  close() {
    if (!this.isOpen) return;
    const hadFocus = this.element.contains(/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement);
    this.element.hidden = true;
    this.#button?.setAttribute("aria-expanded", "false");
    if (hadFocus) this.#button?.focus();
    this.onClose();
  }

  refresh() {
    if (!this.isOpen) return;
    const rows = this.#list();
    const place = rows.indexOf(/** @type {HTMLElement} */ (/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement));
    this.#show(this.#open, place);
  }

  #show(name, place) {
    const groups = this.#groups();
    const group = groups.find((one) => one.name === name);
    this.#open = group ? name : "";
    this.#rows.replaceChildren(...(group ? this.#listOf(group) : groups.map((one) => this.#groupRow(one))));
    const chosen = group ? group.choices.findIndex((one) => one.isChosen) + 1 : 0;
    (this.#list()[place ?? chosen] ?? this.#list()[0])?.focus();
  }

  #groupRow(group) {
    return make("button", { type: "button", role: "menuitem", "aria-haspopup": "true", tabindex: "-1", click: () => this.#show(group.name) }, make("span", {}, group.name), make("span", { class: "choices-now" }, group.now));
  }

  #listOf(group) {
    const back = make("button", { type: "button", role: "menuitem", class: "choices-back", tabindex: "-1", click: () => this.#show("") }, sign("back"), make("span", {}, group.name));
    const rows = group.choices.map((choice) =>
      make(
        "button",
        {
          type: "button",
          role: "menuitemradio",
          "aria-checked": String(choice.isChosen),
          tabindex: "-1",
          click: () => {
            choice.run();
            this.close();
          },
        },
        sign("chosen"),
        make("span", {}, choice.words),
      ),
    );
    return [back, ...rows];
  }

  #list() {
    return /** @type {HTMLElement[]} */ ([...this.#rows.children]);
  }

  #onKey(event) {
    const rows = this.#list();
    const at = rows.indexOf(/** @type {HTMLElement} */ (event.target));
    const places = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 };
    const to = places[event.key];
    if (event.key === "Tab" || event.key === "Escape") this.close();
    else if (event.key === "ArrowLeft" && this.#open) this.#show("");
    else if (event.key === "ArrowRight" && !this.#open) rows[at]?.click();
    else if (to !== undefined) rows[to % rows.length].focus();
    else if (event.key !== " " && event.key !== "Enter") return;
    event.stopPropagation();
    if (event.key !== " " && event.key !== "Enter" && event.key !== "Tab") event.preventDefault();
  }
}

// duration.js

function durationWords(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

// times.js

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

function placeWords(seconds) {
  return durationWords(Number.isFinite(seconds) ? Math.max(0, seconds) : 0);
}

function spokenWords(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const shown = parts.filter(([count], place) => count || (place === 2 && whole === 0));
  return shown.map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(" ");
}

function speedWords(speed) {
  return speed === 1 ? "Normal" : `${speed}×`;
}

function nextSpeed(speed, direction) {
  const further = SPEEDS.filter((one) => (one - speed) * direction > 0.001);
  return (direction > 0 ? further[0] : further[further.length - 1]) ?? speed;
}

function placeOf(text) {
  const named = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(text);
  if (text && named) return Number(named[1] ?? 0) * 3600 + Number(named[2] ?? 0) * 60 + Number(named[3] ?? 0);
  const parts = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})$/.exec(text);
  return parts ? Number(parts[1] ?? 0) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : NaN;
}

function sizeName({ width, height }) {
  return `${Math.min(width || height, height)}p`;
}

// seek-bar.js

const EDGE_PX = 6;

class SeekBar {
  #buffered = make("div", { class: "seek-buffered" });
  #chapters = make("div", { class: "seek-chapters" });
  #played = make("div", { class: "seek-played" });
  #picture = make("div", { class: "seek-picture", hidden: "" });
  #chapter = make("span", { class: "seek-chapter" });
  #place = make("span", { class: "seek-place" });
  #preview = make("div", { class: "seek-preview", part: "preview", "aria-hidden": "true", hidden: "" }, this.#picture, this.#chapter, this.#place);
  element = make(
    "div",
    { class: "seek", role: "slider", tabindex: "0", "aria-label": "Seek", "aria-valuemin": "0" },
    make("div", { class: "seek-rail" }, this.#buffered, this.#played, this.#chapters),
    make("div", { class: "seek-thumb" }),
    this.#preview,
  );
  #duration = 0;
  #list = [];
  #held = null;
  #asked = NaN;
  #shown = "";

  constructor(events) {
    this.events = events;
    const { element } = this;
    element.addEventListener("pointerdown", (event) => this.#onDown(event));
    element.addEventListener("pointermove", (event) => this.#onMove(event));
    element.addEventListener("pointerup", (event) => this.#onUp(event));
    element.addEventListener("pointercancel", () => this.#release());
    element.addEventListener("pointerleave", () => this.#held ?? this.hidePreview());
  }

  setChapters(chapters) {
    this.#list = chapters;
    this.#shown = "";
  }

  update(at, duration, buffered) {
    this.#duration = duration;
    const shown = this.#held ?? at;
    this.element.style.setProperty("--at", String(duration ? Math.min(1, shown / duration) : 0));
    this.#showRanges(duration, buffered);
    const whole = String(Math.floor(shown));
    if (this.element.getAttribute("aria-valuenow") === whole && this.element.getAttribute("aria-valuemax") === String(Math.floor(duration))) return;
    this.element.setAttribute("aria-valuemax", String(Math.floor(duration)));
    this.element.setAttribute("aria-valuenow", whole);
    this.element.setAttribute("aria-valuetext", `${spokenWords(shown)} of ${spokenWords(duration)}`);
  }

  #showRanges(duration, buffered) {
    const ranges = Array.from({ length: duration ? buffered.length : 0 }, (_, place) => [buffered.start(place) / duration, buffered.end(place) / duration]);
    const key = JSON.stringify([ranges, duration, this.#list.length]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#buffered.replaceChildren(...ranges.map(([from, to]) => part(from, Math.min(1, to))));
    const starts = this.#list.map((one) => one.start_s / duration).filter((from) => from > 0 && from < 1);
    this.#chapters.replaceChildren(...starts.map((from) => part(from, from)));
  }

  chapterAt(at) {
    return this.#list.findLast((one) => one.start_s <= at)?.title ?? "";
  }

  showPreview(at) {
    const found = this.events.pictureAt(at);
    this.#preview.hidden = false;
    this.#picture.hidden = !found;
    if (found) {
      const { style } = this.#picture;
      style.width = `${found.width}px`;
      style.height = `${found.height}px`;
      style.backgroundImage = `url("${found.url}")`;
      style.backgroundPosition = `-${found.x}px -${found.y}px`;
    }
    setText(this.#place, placeWords(at));
    setText(this.#chapter, this.chapterAt(at));
    const { width } = this.element.getBoundingClientRect();
    const half = this.#preview.offsetWidth / 2;
    const middle = this.#duration ? (at / this.#duration) * width : 0;
    this.#preview.style.left = `${Math.min(Math.max(half - EDGE_PX, middle), Math.max(half, width - half + EDGE_PX))}px`;
  }

  hidePreview() {
    this.#preview.hidden = true;
  }

  #placeOf(event) {
    const { left, width } = this.element.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / (width || 1))) * this.#duration;
  }

  #onDown(event) {
    if (event.button !== 0 || !this.#duration) return;
    this.element.setPointerCapture(event.pointerId);
    this.#asked = NaN;
    this.#held = this.#placeOf(event);
    this.element.toggleAttribute("data-held", true);
    this.events.onHold(true);
    if (event.pointerType === "mouse") this.#ask(this.#held); // a click jumps at once, a finger may still be moved
    this.showPreview(this.#held);
  }

  #onMove(event) {
    if (!this.#duration || (this.#held === null && event.pointerType !== "mouse")) return;
    const at = this.#placeOf(event);
    if (this.#held !== null) {
      this.#held = at;
      this.element.style.setProperty("--at", String(at / this.#duration));
    }
    this.showPreview(at);
  }

  #onUp(event) {
    if (this.#held === null) return;
    const at = this.#placeOf(event);
    this.#release();
    if (at !== this.#asked) this.#ask(at);
    if (event.pointerType !== "mouse") this.hidePreview();
  }

  #ask(at) {
    this.#asked = at;
    this.events.onSeek(at);
  }

  #release() {
    this.#held = null;
    this.element.toggleAttribute("data-held", false);
    this.events.onHold(false);
  }
}

function part(from, to) {
  const element = make("i");
  element.style.left = `${100 * from}%`;
  element.style.width = `${100 * Math.max(0, to - from)}%`;
  return element;
}

// tool.js

function tool(words, name, kind, onClick) {
  const element = make("button", { type: "button", class: `tool ${kind}`, part: "button", "aria-label": words, title: words, click: () => void onClick() }, sign(name));
  element.dataset.sign = name;
  return /** @type {HTMLButtonElement} */ (element);
}

function setTool(element, words, name) {
  if (element.title !== words) {
    element.title = words;
    element.setAttribute("aria-label", words);
  }
  if (element.dataset.sign === name) return;
  element.dataset.sign = name;
  element.replaceChildren(sign(name));
}

// deck.js

class Deck {
  #play;
  #previous;
  #next;
  #mute;
  #volume = /** @type {HTMLInputElement} */ (make("input", { type: "range", class: "volume", min: "0", max: "100", "aria-label": "Volume" }));
  #time = make("span", { class: "time", part: "time" });
  #chapter = make("span", { class: "chapter" });
  #captions;
  #detections;
  #settings;
  #theatre;
  #full;
  seekBar;
  choices;
  element;

  constructor(player, seeking) {
    this.player = player;
    this.seekBar = new SeekBar(seeking);
    this.choices = new Choices(() => this.update());
    this.#play = tool("Play (k)", "play", "play", () => player.togglePlay());
    this.#previous = tool("Previous video (Shift+p)", "previous", "previous", () => player.do("previous"));
    this.#next = tool("Next video (Shift+n)", "next", "next", () => player.do("next"));
    this.#mute = tool("Mute (m)", "loud", "mute", () => player.toggleMute());
    this.#volume.addEventListener("input", () => (player.volume = Number(this.#volume.value) / 100));
    this.#captions = tool("Subtitles (c)", "captions", "cc", () => player.captions.toggle());
    this.#detections = tool("Detections (d)", "detections", "data", () => player.detections.toggle());
    this.#settings = tool("Settings", "settings", "settings", () => this.choices.toggle(this.#settings, () => this.#groups()));
    this.#settings.setAttribute("aria-haspopup", "menu");
    this.#theatre = tool("Theatre (t)", "theatre", "theatre", () => player.toggleTheatre());
    this.#full = tool("Fullscreen (f)", "full", "full", () => player.toggleFullscreen());
    const right = [this.#captions, this.#detections, this.#settings, this.#theatre];
    if (document.pictureInPictureEnabled) right.push(tool("Picture in picture (p)", "pip", "pip", () => player.togglePictureInPicture()));
    const row = make("div", { class: "row" }, this.#previous, this.#play, this.#next, this.#mute, this.#volume, this.#time, this.#chapter, make("span", { class: "gap" }), ...right, this.#full);
    this.element = make("div", { class: "deck", part: "controls", role: "toolbar", "aria-label": "Player" }, this.seekBar.element, row);
  }

  update() {
    const { player } = this;
    const { state, duration, video } = player;
    const isOn = state === "playing";
    setTool(this.#play, isOn ? "Pause (k)" : state === "ended" ? "Play again (k)" : "Play (k)", isOn ? "pause" : state === "ended" ? "again" : "play");
    setTool(this.#mute, player.muted ? "Unmute (m)" : "Mute (m)", player.muted ? "mute" : "loud");
    const volume = String(player.muted ? 0 : Math.round(player.volume * 100));
    if (this.#volume.value !== volume) this.#volume.value = volume;
    this.#previous.hidden = !player.hasAttribute("has-previous");
    this.#next.hidden = !player.hasAttribute("has-next");
    this.#theatre.hidden = !player.hasAttribute("theatre-button");
    this.#theatre.setAttribute("aria-pressed", String(player.theatre));
    for (const [button, { labels, chosen }] of /** @type {const} */ ([[this.#captions, player.captions], [this.#detections, player.detections]])) {
      button.hidden = labels.length === 0;
      button.setAttribute("aria-pressed", String(chosen >= 0));
    }
    const isFull = document.fullscreenElement === player;
    setTool(this.#full, isFull ? "Leave fullscreen (f)" : "Fullscreen (f)", isFull ? "small" : "full");
    this.#showTime(player.currentTime, duration);
    this.seekBar.update(player.currentTime, duration, video.buffered);
  }

  #showTime(at, duration) {
    setText(this.#time, duration ? `${placeWords(at)} / ${placeWords(duration)}` : placeWords(at));
    setText(this.#chapter, this.seekBar.chapterAt(at));
  }

  #groups() {
    const { player } = this;
    const { speed } = player;
    const groups = [{ name: "Speed", now: speedWords(speed), choices: SPEEDS.map((one) => ({ words: speedWords(one), isChosen: one === speed, run: () => player.do("speed", one) })) }];
    const quality = player.qualities.find((one) => one.value === player.quality);
    const rungs = player.qualities.map((one) => ({ words: one.words, isChosen: one.value === player.quality, run: () => (player.quality = one.value) }));
    if (player.hasNewer) rungs.push({ words: "Load the better version", isChosen: false, run: () => player.reopen() });
    if (rungs.length) groups.push({ name: "Quality", now: quality?.words ?? "Auto", choices: rungs });
    return [...groups, ...offOr("Subtitles", player.captions), ...offOr("Detections", player.detections)];
  }
}

function offOr(name, of) {
  const { labels, chosen } = of;
  if (!labels.length) return [];
  const choices = ["Off", ...labels].map((words, place) => ({ words, isChosen: place - 1 === chosen, run: () => of.choose(place - 1) }));
  return [{ name, now: labels[chosen] ?? "Off", choices }];
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

// feed.js

const EVERY_MS = 5000;
const EVERY_QUIET_MS = 30000;
const ANSWER_MS = 10000;

function addressOf(path, server, token) {
  const url = new URL(path, server);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

class Feed {
  #backoff = new Backoff();
  #events = null;
  #timer = 0;
  #isRunning = false;
  #isAsking = false;
  #isOld = false;
  #onVisible = () => !document.hidden && this.#isRunning && !this.isSettled && void this.ask();
  isSettled = false;

  constructor(place, events) {
    this.place = place;
    this.events = events;
  }

  start() {
    this.#isRunning = true;
    document.addEventListener("visibilitychange", this.#onVisible);
    void this.ask();
  }

  stop() {
    this.#isRunning = false;
    document.removeEventListener("visibilitychange", this.#onVisible);
    clearTimeout(this.#timer);
    this.#unfollow();
  }

  async ask() {
    if (this.#isAsking) return void (this.#isOld = true);
    this.#isAsking = true;
    clearTimeout(this.#timer);
    try {
      do {
        this.#isOld = false;
        await this.#askOnce();
      } while (this.#isOld && this.#isRunning);
    } finally {
      this.#isAsking = false;
    }
  }

  async #askOnce() {
    const { server, id, token } = this.place;
    let status = 0;
    try {
      const answer = await fetch(addressOf(`api/videos/${encodeURIComponent(id)}`, server, token), { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
      status = answer.status;
      const found = await answer.json();
      if (this.#isRunning) this.#take(answer.ok, status, found);
    } catch {
      if (this.#isRunning) this.#fail(status, status ? `The server answered ${status}.` : "The server does not answer.");
    }
  }

  #take(isGood, status, found) {
    if (!isGood) return this.#fail(status, String(found.message ?? ""));
    this.#backoff.reset();
    this.isSettled = isFinal(found);
    if (this.isSettled) this.#unfollow();
    else this.#follow(isBusy(found) ? EVERY_MS : EVERY_QUIET_MS);
    this.events.onItem(found);
  }

  #fail(status, words) {
    this.events.onError(status, words);
    if (status !== 0 && status < 500) return this.#unfollow();
    this.#timer = setTimeout(() => void this.ask(), this.#backoff.next());
  }

  #follow(everyMs) {
    if (!this.#events && this.place.server.startsWith(`${location.origin}/`)) {
      const { server, id, token } = this.place;
      const events = new EventSource(addressOf("api/videos/events", server, token));
      events.addEventListener("open", () => void this.ask()); // what has changed before
      events.addEventListener("message", (event) => this.#isAbout(id, event.data) && void this.ask());
      this.#events = events;
    }
    this.#timer = setTimeout(() => void (document.hidden || this.ask()), everyMs);
  }

  #isAbout(id, data) {
    try {
      const changed = JSON.parse(data).id;
      return !changed || changed === id;
    } catch {
      return false;
    }
  }

  #unfollow() {
    this.#events?.close();
    this.#events = null;
  }
}

function isFinal(item) {
  return item.state === "ready" && item.media !== null && item.media.is_final !== false && !item.is_held && item.deleted_at === null;
}

function isBusy(item) {
  return ["uploading", "checking", "processing"].includes(item.state);
}

// actions.js

const USUAL_RATE = 25;

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

function act(player, { name, by }) {
  void ACTIONS[name](player, by);
}

function setVolume(player, volume) {
  player.volume = volume;
  player.toast(`Volume ${Math.round(100 * player.volume)} %`);
}

function setSpeed(player, speed) {
  if (player.do("speed", speed)) player.toast(`Speed: ${speedWords(speed)}`);
}

function toggleCaptions(player) {
  player.captions.toggle();
  const { labels, chosen } = player.captions;
  player.toast(labels.length ? `Subtitles: ${labels[chosen] ?? "off"}` : "This video has no subtitles.");
}

function toggleDetections(player) {
  player.detections.toggle();
  const { labels, chosen } = player.detections;
  player.toast(labels.length ? `Detections: ${labels[chosen] ?? "off"}` : "This video has no detections.");
}

// keys.js

const KEYS = {
  " ": ["toggle", 0],
  k: ["toggle", 0],
  j: ["skip", -10],
  l: ["skip", 10],
  ArrowLeft: ["skip", -5],
  ArrowRight: ["skip", 5],
  ArrowUp: ["volume", 0.05],
  ArrowDown: ["volume", -0.05],
  Home: ["seekTo", 0],
  End: ["seekTo", 1],
  m: ["mute", 0],
  f: ["fullscreen", 0],
  t: ["theatre", 0],
  i: ["pip", 0],
  p: ["pip", 0],
  c: ["captions", 0],
  d: ["detections", 0],
  "<": ["speed", -1],
  ">": ["speed", 1],
  ",": ["frame", -1],
  ".": ["frame", 1],
  "?": ["help", 0],
  N: ["next", 0],
  P: ["previous", 0],
};
const REPEATED = ["skip", "volume", "frame"];

const HELP = [
  ["Space, k", "Play or pause"],
  ["j, l", "10 seconds back, forward"],
  ["←, →", "5 seconds back, forward"],
  ["0 … 9", "Jump to 0 … 90 %"],
  [", .", "One frame back, forward"],
  ["↑, ↓", "Volume"],
  ["m", "Sound off, on"],
  ["c", "Subtitles"],
  ["d", "Detections"],
  ["< >", "Slower, faster"],
  ["f", "Fullscreen"],
  ["t", "Theatre"],
  ["p", "Picture in picture"],
  ["?", "This list"],
];

function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (/^\d$/.test(event.key)) return { name: "seekTo", by: Number(event.key) / 10 };
  const found = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : KEYS[event.key.length === 1 ? event.key.toLowerCase() : ""];
  if (!found || (event.repeat && !REPEATED.includes(found[0]))) return null;
  return { name: found[0], by: found[1] };
}

// taps.js

const DOUBLE_MS = 300;
const DRAG_PX = 14;
const MOST_DRAG_S = 180;

function thirdOf(x, width) {
  if (x < width / 3) return "left";
  return x > (2 * width) / 3 ? "right" : "middle";
}

class Taps {
  #last = -Infinity;
  #third = "middle";
  #count = 0;

  add(third, now) {
    this.#count = now - this.#last <= DOUBLE_MS && third === this.#third ? this.#count + 1 : 1;
    [this.#last, this.#third] = [now, third];
    return this.#count;
  }
}

function dragPlace(from, to, width, begin, duration) {
  const [x, y] = [to.x - from.x, to.y - from.y];
  if (Math.abs(x) < DRAG_PX || Math.abs(x) < 1.2 * Math.abs(y) || !(width > 0)) return null;
  return Math.min(duration, Math.max(0, begin + (x / width) * Math.min(MOST_DRAG_S, duration)));
}

// input.js

const AWAKE_MS = 3000;
const SKIP_S = 10;

class VideoInput {
  #awakeTimer = 0;
  #taps = new Taps();
  #finger = null;
  #wasPlaying = false;
  #pointer = "mouse";
  #onPageKey = (event) => this.#isFree(event) && this.#onKey(event);

  constructor(player, view, deck) {
    this.player = player;
    this.view = view;
    this.deck = deck;
    const { stage } = view;
    stage.addEventListener("keydown", (event) => this.#onKey(event));
    stage.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.wake());
    stage.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#sleep());
    stage.addEventListener("focusin", () => this.wake());
    stage.addEventListener("click", (event) => this.#onClick(/** @type {PointerEvent} */ (event)));
    stage.addEventListener("dblclick", (event) => this.#onDoubleClick(event));
    stage.addEventListener("pointerdown", (event) => this.#onDown(event));
    stage.addEventListener("pointermove", (event) => this.#onDrag(event));
    stage.addEventListener("pointerup", (event) => this.#onUp(event));
    stage.addEventListener("pointercancel", () => this.#letGo());
  }

  takePageKeys(isOn) {
    document.removeEventListener("keydown", this.#onPageKey);
    if (isOn) document.addEventListener("keydown", this.#onPageKey);
  }

  wake() {
    this.view.stage.toggleAttribute("data-awake", true);
    this.player.showTime();
    clearTimeout(this.#awakeTimer);
    this.#awakeTimer = setTimeout(() => this.#sleep(), AWAKE_MS);
  }

  #sleep() {
    clearTimeout(this.#awakeTimer);
    this.view.stage.toggleAttribute("data-awake", false);
  }

  #isOnPicture(event) {
    const target = event.composedPath()[0];
    return target instanceof HTMLVideoElement || target instanceof HTMLImageElement || target === this.view.stage;
  }

  #onClick(event) {
    if (!this.#isOnPicture(event) || event.pointerType !== "mouse") return;
    if (this.deck.choices.isOpen || !this.view.help.hidden) return this.#closePanels();
    if (event.detail !== 1) return;
    this.#wasPlaying = this.player.state === "playing";
    this.player.togglePlay();
  }

  #closePanels() {
    this.deck.choices.close();
    this.view.help.hidden = true;
  }

  #onDoubleClick(event) {
    if (!this.#isOnPicture(event) || this.#pointer !== "mouse") return;
    if (this.#wasPlaying) this.player.do("play");
    void this.player.toggleFullscreen();
  }

  #onDown(event) {
    this.#pointer = event.pointerType;
    if (event.pointerType === "mouse" || !this.#isOnPicture(event)) return;
    this.#finger = { x: event.clientX, y: event.clientY, at: this.player.currentTime, to: null, id: event.pointerId };
  }

  #onDrag(event) {
    const finger = this.#finger;
    if (!finger || finger.id !== event.pointerId || !this.player.duration) return;
    const { width } = this.view.stage.getBoundingClientRect();
    const to = dragPlace(finger, { x: event.clientX, y: event.clientY }, width, finger.at, this.player.duration);
    if (to === null && finger.to === null) return;
    finger.to = to ?? finger.to;
    this.wake();
    this.deck.seekBar.showPreview(/** @type {number} */ (finger.to));
  }

  #onUp(event) {
    const finger = this.#finger;
    if (!finger || finger.id !== event.pointerId) return;
    this.#letGo();
    if (finger.to !== null) return void this.player.do("seek", finger.to);
    const { left, width } = this.view.stage.getBoundingClientRect();
    this.#onTap(thirdOf(event.clientX - left, width), event.timeStamp);
  }

  #letGo() {
    this.#finger = null;
    this.deck.seekBar.hidePreview();
  }

  #onTap(third, now) {
    const count = this.#taps.add(third, now);
    if (this.deck.choices.isOpen) return this.#closePanels();
    if (this.player.state === "ready") return void this.player.do("play");
    if (count > 1 && third !== "middle") return this.skip(third === "left" ? -SKIP_S : SKIP_S, (count - 1) * SKIP_S);
    if (count > 1) return void this.player.togglePlay();
    if (this.view.stage.hasAttribute("data-awake")) this.#sleep();
    else this.wake();
  }

  skip(by, shown = Math.abs(by)) {
    this.player.skip(by);
    this.view.ripple(by < 0 ? "left" : "right", `${by < 0 ? "−" : "+"}${shown} s`);
  }

  #isFree(event) {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return false;
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    if (event.composedPath().includes(this.player)) return false; // the stage has seen it
    if (target.matches?.("input, select, textarea, [contenteditable], [role=menuitem], summary")) return false;
    return !(target.matches?.("button, a, pre") && [" ", "ArrowUp", "ArrowDown"].includes(event.key)) && !["Home", "End", "ArrowUp", "ArrowDown"].includes(event.key);
  }

  #onKey(event) {
    if (event.key === "Escape" && !this.view.help.hidden) return void (this.view.help.hidden = true);
    const action = actionOf(event);
    const target = event.composedPath()[0];
    const isButton = target instanceof HTMLButtonElement && event.key === " ";
    const isVolume = target instanceof HTMLInputElement && (event.key.startsWith("Arrow") || ["Home", "End"].includes(event.key));
    if (!action || isButton || isVolume) return;
    event.preventDefault();
    this.wake();
    if (action.name === "skip") this.skip(action.by);
    else act(this.player, action);
  }
}

// engine.js

const HLS_FILE = new URL("vendor/hls-1.7.4.min.js", import.meta.url).href;
const HLS_TYPE = "application/vnd.apple.mpegurl";
const MOST_MEDIA_ERRORS = 3;
const MEDIA_ERRORS_MS = 20000;
const TRIES = {
  default: {
    maxTimeToFirstByteMs: 10000,
    maxLoadTimeMs: 120000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 2, retryDelayMs: 300, maxRetryDelayMs: 1000 },
  },
};
const CONFIG = {
  fragLoadPolicy: TRIES,
  playlistLoadPolicy: TRIES,
  manifestLoadPolicy: TRIES,
  enableWorker: false, // a worker of a blob is forbidden by a strict policy; fragmented MP4 is passed on as it is
  startFragPrefetch: true,
  testBandwidth: false,
  abrEwmaDefaultEstimate: 6e6,
  capLevelToPlayerSize: true,
  maxBufferLength: 20,
  maxMaxBufferLength: 60,
  maxBufferSize: 60e6,
  backBufferLength: 60,
  enableWebVTT: false, // subtitles are tracks of this player
  enableIMSC1: false,
  enableCEA708Captions: false,
  enableEmsgMetadataCues: false,
  enableID3MetadataCues: false,
};

class Engine {
  #hls = null;
  #module = null;
  #backoff = new Backoff();
  #timer = 0;
  #mediaErrors = [];
  #isOpen = false;
  #wanted = -1;
  #onOnline = () => this.#isTroubled && this.#retry();
  #isTroubled = false;
  #onVideoError = () => this.#hls || this.#onNativeError();
  #url = "";

  constructor(video, addressOf, token, events) {
    this.video = video;
    this.addressOf = addressOf;
    this.token = token;
    this.events = events;
  }

  get qualities() {
    const levels = /** @type {any[]} */ (this.#hls?.levels ?? []);
    if (!levels.length) return [];
    const now = levels[this.#hls.currentLevel];
    const auto = now && this.#wanted < 0 ? `Auto (${sizeName(now)})` : "Auto";
    const rungs = levels.map((level, value) => ({ value, words: sizeName(level), bits: level.bitrate }));
    rungs.sort((one, other) => other.bits - one.bits);
    return [{ value: -1, words: auto }, ...rungs.map(({ value, words }) => ({ value, words }))];
  }

  get quality() {
    return this.#wanted;
  }

  set quality(value) {
    this.#wanted = value;
    if (this.#hls) this.#hls.nextLevel = value;
    this.events.onQualities();
  }

  async open(media, at) {
    this.close();
    this.#isOpen = true;
    addEventListener("online", this.#onOnline);
    this.video.addEventListener("error", this.#onVideoError);
    this.#url = this.addressOf(media.hls, media);
    if (usesOwnHls(this.video)) return this.#openDirectly(this.#url, at);
    try {
      this.#module ??= await import(HLS_FILE);
    } catch {
      return void (this.#isOpen && this.events.onFailed("A file of the player did not arrive."));
    }
    if (!this.#isOpen || this.#hls) return;
    const Hls = this.#module.default;
    if (Hls.isSupported()) this.#openByHls(Hls, at);
    else if (media.download) this.#openDirectly(this.addressOf(media.download, media), at);
    else this.events.onFailed("This browser plays no HLS.");
  }

  close() {
    this.#isOpen = this.#isTroubled = false;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#onOnline);
    this.video.removeEventListener("error", this.#onVideoError);
    this.#hls?.destroy();
    this.#hls = null;
    this.#mediaErrors = [];
    this.#wanted = -1;
    this.video.removeAttribute("src");
    this.video.load();
  }

  #openDirectly(url, at) {
    this.video.src = url;
    if (at > 0) this.video.addEventListener("loadedmetadata", () => (this.video.currentTime = at), { once: true });
  }

  #openByHls(Hls, at) {
    const token = this.token();
    const withToken = (/** @type {XMLHttpRequest} */ request, /** @type {string} */ url) => {
      const address = new URL(url);
      address.searchParams.set("token", token);
      request.open("GET", address.href, true);
    };
    const hls = new Hls({ ...structuredClone(CONFIG), startPosition: at > 0 ? at : -1, ...(token ? { xhrSetup: withToken } : {}) });
    this.#hls = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.events.onQualities());
    hls.on(Hls.Events.LEVEL_SWITCHED, () => this.events.onQualities());
    hls.on(Hls.Events.FRAG_BUFFERED, () => this.#onProgress());
    hls.on(Hls.Events.ERROR, (/** @type {string} */ _, /** @type {any} */ error) => this.#onError(Hls, error));
    hls.loadSource(this.#url);
    hls.attachMedia(this.video);
  }

  #onProgress() {
    this.#backoff.reset();
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.events.onTrouble("");
  }

  #onError(Hls, error) {
    const status = Number(error.response?.code ?? 0);
    if (status === 404 || status === 410) return this.#onGone();
    if (!error.fatal) return;
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) return this.#onMediaError();
    if (status >= 400 && status < 500) return this.events.onFailed(status === 401 || status === 403 ? "This video may not be watched any more." : `The server answered ${status}.`);
    if (error.type !== Hls.ErrorTypes.NETWORK_ERROR) return this.events.onFailed("The browser cannot play this video.");
    this.#isTroubled = true;
    this.events.onTrouble("The connection is lost. Playback continues when it is back.");
    this.#timer = setTimeout(() => this.#retry(), this.#backoff.next());
  }

  #onGone() {
    this.#hls.destroy();
    this.#hls = null;
    this.events.onGone();
  }

  #retry() {
    clearTimeout(this.#timer);
    if (!this.#hls) return;
    if (this.#hls.levels.length) this.#hls.startLoad(this.video.currentTime);
    else this.#hls.loadSource(this.#url);
  }

  #onMediaError() {
    const now = performance.now();
    this.#mediaErrors = [...this.#mediaErrors.filter((when) => now - when < MEDIA_ERRORS_MS), now];
    if (this.#mediaErrors.length > MOST_MEDIA_ERRORS) return this.events.onFailed("The browser cannot decode this video.");
    this.#hls.recoverMediaError();
  }

  #onNativeError() {
    const code = this.video.error?.code;
    if (!code || !this.#isOpen) return;
    this.events.onFailed(code === MediaError.MEDIA_ERR_NETWORK ? "The connection is lost." : "The browser cannot play this video.");
  }
}

function usesOwnHls(video) {
  if (!video.canPlayType(HLS_TYPE)) return false;
  const hasSource = "MediaSource" in globalThis || "ManagedMediaSource" in globalThis;
  return !hasSource || navigator.vendor.startsWith("Apple");
}

// item-words.js

function isPlayable(item) {
  return item.media !== null && item.deleted_at === null;
}

function noticeOf(item) {
  const notice = { title: "", words: "", progress: null, isBusy: false, isBad: false };
  if (item.deleted_at !== null) return { ...notice, title: "Deleted", words: "This video is in the bin.", isBad: true };
  if (item.state === "failed") return { ...notice, title: "This video could not be published", words: sentence(item.reason ?? ""), isBad: true };
  if (item.is_held) return { ...notice, title: "Held", words: "An admin holds this video back until it has been looked at.", isBad: true };
  const busy = { ...notice, progress: item.progress, isBusy: true };
  if (item.state === "uploading") return { ...busy, title: "Uploading", words: "The video can be played a moment after its last byte has arrived." };
  if (item.state === "checking") return { ...busy, title: "Checking", words: "The file is being checked. This takes a few seconds." };
  return { ...busy, title: "Processing", words: "The video starts to be playable on this page by itself." };
}

// playback.js

const BUSY_MS = 350;

class Playback {
  item = null;
  media = null;
  words = "";
  trouble = "";
  isBusy = false;
  #isFailed = false;
  #isStarted = false;
  #busyTimer = 0;
  #at = 0;
  #isAsked = false;
  #isPlayWanted = false;
  #placeWanted = null;
  #engine;

  constructor(video, place, events) {
    this.video = video;
    this.place = place;
    this.events = events;
    this.#engine = new Engine(video, place.addressOf, place.token, {
      onQualities: events.onQualities,
      onTrouble: (words) => this.#setTrouble(words),
      onFailed: (words) => this.fail(words),
      onGone: events.onGone,
    });
    for (const type of ["play", "pause", "ended", "seeking", "seeked", "loadedmetadata", "durationchange"]) video.addEventListener(type, () => events.onChange());
    video.addEventListener("loadedmetadata", () => this.#goThere());
    for (const type of ["waiting", "seeking"]) video.addEventListener(type, () => this.#wait());
    for (const type of ["playing", "seeked", "canplay", "pause", "emptied", "timeupdate"]) video.addEventListener(type, () => this.#goOn());
  }

  get state() {
    if (this.#isFailed) return "error";
    if (!this.item) return "loading";
    if (!this.media) return isPlayable(this.item) ? "ready" : "unavailable";
    if (!this.#isStarted) return "ready";
    if (this.video.ended) return "ended";
    return (this.place.intent() ?? !this.video.paused) ? "playing" : "paused";
  }

  get notice() {
    return this.item && this.state === "unavailable" ? noticeOf(this.item) : null;
  }

  get duration() {
    const own = this.video.duration;
    return Number.isFinite(own) && own > 0 ? own : (this.item?.duration_s ?? 0);
  }

  get at() {
    return this.media && this.video.readyState > 0 ? this.video.currentTime : this.#at;
  }

  get isStarted() {
    return this.#isStarted;
  }

  get qualities() {
    return this.#engine.qualities;
  }

  get quality() {
    return this.#engine.quality;
  }

  set quality(value) {
    this.#engine.quality = value;
  }

  get hasNewer() {
    return this.media !== null && !!this.item?.media && this.item.media.generation !== this.media.generation;
  }

  take(item) {
    const isFirst = this.item === null;
    this.item = item;
    if (isFirst) [this.#at, this.#isFailed] = [this.#placeWanted ?? this.place.begin(), false];
    const isPlayWanted = isFirst && this.#isPlayWanted;
    [this.#isPlayWanted, this.#placeWanted] = [false, null];
    if (isPlayable(item)) this.#takeMedia(isPlayWanted);
    else if (!this.#isStarted || item.deleted_at !== null) this.#close();
    this.events.onChange();
  }

  #takeMedia(isPlayWanted) {
    if (this.media && !this.hasNewer) return;
    if (this.media && this.#isStarted) return this.events.onNewer();
    if (isPlayWanted || this.place.isAutomatic()) void this.play();
    else if (this.place.isEager()) this.#open();
  }

  async play() {
    this.#isPlayWanted = !this.item;
    if (!this.item || !isPlayable(this.item)) return;
    this.#isFailed = false;
    this.#isStarted = true;
    if (!this.media) this.#open();
    this.events.onChange();
    try {
      await this.video.play();
    } catch (error) {
      if (!isRefusal(error)) return;
      if (this.video.muted) return void this.fail(`The browser does not play this: ${messageOf(error)}`);
      this.video.muted = true;
      await this.video.play().then(this.events.onMuted, (again) => (isRefusal(again) ? this.#rest() : this.events.onMuted()));
    }
  }

  pause() {
    this.#isPlayWanted = false;
    this.video.pause();
  }

  cue(at) {
    if (!this.item || !isPlayable(this.item)) return;
    this.#isStarted = true;
    if (!this.media) this.#open(at);
    this.seek(at);
  }

  seek(at) {
    const end = this.duration || Infinity;
    this.#at = Math.min(Math.max(0, at), end);
    if (!this.item) this.#placeWanted = this.#at;
    if (this.media && this.video.readyState > 0) this.video.currentTime = this.#at;
    else this.#isAsked = this.media !== null;
    this.events.onChange();
  }

  reopen() {
    const { at } = this;
    const isOn = this.#isStarted;
    this.#at = at;
    this.#isFailed = false;
    this.#open();
    if (isOn) void this.play();
    this.events.onChange();
  }

  close() {
    this.#close();
    this.item = null;
    this.words = "";
    [this.#isPlayWanted, this.#placeWanted] = [false, null];
  }

  fail(words) {
    this.#at = this.at;
    this.#isFailed = true;
    this.words = words;
    this.trouble = "";
    this.#goOn();
    this.video.pause();
    this.events.onChange();
  }

  #goThere() {
    if (this.#isAsked) this.video.currentTime = this.#at;
    this.#isAsked = false;
  }

  #open(at = this.#at) {
    const media = this.item?.media;
    if (!media) return;
    this.media = media;
    this.words = this.trouble = "";
    void this.#engine.open(media, at);
  }

  #close() {
    if (this.media) this.#engine.close();
    this.media = null;
    this.#isStarted = this.#isFailed = false;
    this.trouble = "";
    this.#goOn();
  }

  #rest() {
    this.#isStarted = false;
    this.video.muted = false;
    this.events.onChange();
  }

  #setTrouble(words) {
    this.trouble = words;
    this.events.onChange();
  }

  #wait() {
    if (this.#busyTimer || this.isBusy) return;
    this.#busyTimer = setTimeout(() => {
      this.#busyTimer = 0;
      this.isBusy = true;
      this.events.onChange();
    }, BUSY_MS);
  }

  #goOn() {
    if (this.video.seeking && this.media) return;
    clearTimeout(this.#busyTimer);
    this.#busyTimer = 0;
    if (!this.isBusy) return;
    this.isBusy = false;
    this.events.onChange();
  }
}

function isRefusal(error) {
  return error instanceof DOMException && error.name === "NotAllowedError";
}

// resume.js

const PREFIX = "framecast-video:";
const LEAST_S = 30;
const FINISHED_SHARE = 0.95;
const MOST_VIDEOS = 200;

class Resume {
  #memory;
  #key;

  constructor(memory, id) {
    this.#memory = memory;
    this.#key = PREFIX + id;
  }

  place(duration) {
    const [at] = read(this.#memory, this.#key);
    return isWorthIt(at, duration || Infinity) ? at : 0;
  }

  note(at, duration, now) {
    const memory = this.#memory;
    if (!memory) return;
    try {
      if (!isWorthIt(at, duration)) return void memory.removeItem(this.#key);
      memory.setItem(this.#key, `${at.toFixed(1)} ${now}`);
      this.#forgetOldest(memory);
    } catch {
    }
  }

  #forgetOldest(memory) {
    const keys = Array.from({ length: memory.length }, (_, place) => memory.key(place) ?? "").filter((key) => key.startsWith(PREFIX));
    if (keys.length <= MOST_VIDEOS) return;
    const ages = keys.map((key) => ({ key, when: read(memory, key)[1] })).sort((one, other) => one.when - other.when);
    for (const { key } of ages.slice(0, keys.length - MOST_VIDEOS)) memory.removeItem(key);
  }
}

function ownMemory() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function isWorthIt(at, duration) {
  return at > LEAST_S && at < FINISHED_SHARE * duration;
}

function read(memory, key) {
  try {
    const [at, when] = (memory?.getItem(key) ?? "").split(" ").map(Number);
    return [Number.isFinite(at) ? at : 0, Number.isFinite(when) ? when : 0];
  } catch {
    return [0, 0];
  }
}

// views.js

const ENOUGH_S = 10;
const MOST_STEP_S = 2;

class Views {
  #played = 0;
  #last = 0;
  #isCounted = false;

  constructor(onView) {
    this.onView = onView;
  }

  add(at, duration) {
    const step = at - this.#last;
    this.#last = at;
    if (this.#isCounted || step <= 0 || step > MOST_STEP_S) return;
    this.#played += step;
    if (!(this.#played >= Math.min(ENOUGH_S, duration / 2))) return;
    this.#isCounted = true;
    this.onView();
  }
}

// session.js

const NOTE_EVERY_MS = 5000;

class Session {
  #feed;
  #resume;
  #noted = 0;

  constructor(place, video, playback, events) {
    this.place = place;
    this.video = video;
    this.playback = playback;
    this.#feed = new Feed(place, events);
    this.#resume = new Resume(ownMemory(), this.isOwn ? place.id : `${place.server} ${place.id}`);
    this.views = new Views(() => this.#countView());
  }

  get isOwn() {
    return this.place.server.startsWith(`${location.origin}/`);
  }

  start() {
    this.#feed.start();
  }

  stop() {
    this.note();
    this.#feed.stop();
  }

  ask() {
    return this.#feed.ask();
  }

  onTime() {
    this.views.add(this.video.currentTime, this.video.duration);
    if (Date.now() - this.#noted > NOTE_EVERY_MS) this.note();
  }

  note() {
    this.#noted = Date.now();
    const { at, duration, media, isStarted } = this.playback;
    if (media && isStarted && duration && this.video.readyState > 0) this.#resume.note(at, duration, this.#noted);
  }

  begin(asked) {
    const place = placeOf(asked);
    if (place >= 0) return { at: place, isResumed: false };
    const at = this.#resume.place(this.playback.item?.duration_s ?? 0);
    return { at, isResumed: at > 0 };
  }

  #countView() {
    const { server, id } = this.place;
    if (this.isOwn) void fetch(addressOf(`api/videos/${encodeURIComponent(id)}/view`, server, ""), { method: "POST", keepalive: true }).catch(() => {});
  }
}

// storyboard.js

function tileAt(board, at) {
  if (!board || !(board.every_s > 0) || !(at >= 0)) return null;
  const place = Math.floor(at / board.every_s);
  const each = board.columns * board.rows;
  const sheet = board.sheets[Math.min(Math.floor(place / each), board.sheets.length - 1)];
  if (!sheet) return null;
  const inside = place % each;
  const { tile_width: width, tile_height: height } = board;
  return { sheet, x: (inside % board.columns) * width, y: Math.floor(inside / board.columns) * height, width, height };
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

// style.js

const VIDEO_STYLE = `${STYLE}
.poster { background: var(--framecast-background, #07080b); }
.stage { overflow: hidden; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.big { position: absolute; left: 50%; top: 50%; translate: -50% -50%; width: 76px; height: 76px; transition: scale .15s, background-color .15s; }
.big:hover { background: rgb(20 23 31 / 90%); scale: 1.06; }
.big svg { width: 34px; height: 34px; }
.busy { position: absolute; inset: 0; display: grid; place-items: center; pointer-events: none; }
.busy .spin { width: 46px; height: 46px; margin: 0; }
.veil svg { color: #f0b252; opacity: 1; }
.veil.over { background: rgb(8 9 13 / 82%); }
.veil progress { width: min(320px, 70%); height: 8px; margin-top: 8px; accent-color: var(--accent); }
.share { font-variant-numeric: tabular-nums; }
.retry { margin-top: 10px; min-height: 44px; padding: 0 18px; border-radius: 10px; background: #f2f4f8; color: #14171f; font-weight: 600; }
.unmute { position: absolute; top: 12px; left: 12px; display: flex; align-items: center; gap: 8px; min-height: 44px; padding: 0 16px 0 12px; border-radius: 10px; background: #f2f4f8; color: #14171f; font-weight: 620; box-shadow: 0 2px 12px rgb(0 0 0 / 40%); }
.unmute svg { width: 22px; height: 22px; }
.unmute[hidden] { display: none; }
.trouble { position: absolute; left: 50%; bottom: 84px; translate: -50% 0; max-width: calc(100% - 28px); padding: 8px 16px; border-radius: 10px; background: rgb(13 15 20 / 88%); text-align: center; pointer-events: none; }
.trouble:empty { display: none; }
.ripple { position: absolute; inset-block: 0; width: 34%; display: grid; place-items: center; font-weight: 650; font-size: 17px; opacity: 0; pointer-events: none; transition: opacity .2s; text-shadow: 0 1px 3px rgb(0 0 0 / 70%); background: rgb(255 255 255 / 12%); }
.ripple.left { left: 0; border-radius: 0 50% 50% 0 / 0 100% 100% 0; }
.ripple.right { right: 0; border-radius: 50% 0 0 50% / 100% 0 0 100%; }
.ripple[data-on] { opacity: 1; }
.detections { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.captions { position: absolute; inset: auto 0 18px; display: grid; justify-items: center; gap: 4px; padding: 0 5%; pointer-events: none; transition: bottom .18s; text-align: center; }
.captions p { margin: 0; }
.captions span { padding: 2px 8px; border-radius: 4px; background: rgb(8 9 13 / 78%); color: #fff; font-size: clamp(14px, 2.6cqi, 30px); line-height: 1.35; white-space: pre-line; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.stage:is([data-awake], [data-state=paused], [data-state=ended]) .captions { bottom: 88px; }

.deck { position: absolute; inset: auto 0 0; padding: 48px 12px 6px; background: linear-gradient(transparent, rgb(0 0 0 / 34%) 40%, rgb(0 0 0 / 78%)); opacity: 0; transition: opacity .18s; pointer-events: none; }
.deck > * { pointer-events: auto; }
.stage:not([data-playable]) .deck, .stage:is([data-state=error], [data-state=unavailable], [data-state=loading]) .deck { display: none; }
.stage:is([data-awake], [data-state=paused], [data-state=ended], [data-state=ready]) .deck, .stage:focus-within:has(:focus-visible) .deck, .stage:has([aria-expanded=true]) .deck, .stage:has([data-held]) .deck { opacity: 1; }
@media (hover: none) { .stage:not([data-awake], [data-state=paused], [data-state=ended], [data-state=ready], :has([aria-expanded=true])) .deck:not(:focus-within) > * { pointer-events: none; } }
.stage:not([data-awake])[data-state=playing]:not(:has([aria-expanded=true], [data-held])) { cursor: none; }
.row { display: flex; align-items: center; gap: 2px; }
.tool { width: 42px; height: 42px; border-radius: 10px; background: none; display: grid; place-items: center; flex: none; }
.tool:hover { background: rgb(255 255 255 / 16%); }
.tool svg { width: 23px; height: 23px; filter: drop-shadow(0 1px 1px rgb(0 0 0 / 40%)); }
.tool[aria-pressed=true] { box-shadow: inset 0 -3px 0 -1px var(--accent); }
.volume { width: 78px; }
.time { margin: 0 8px; font-size: 13.5px; font-variant-numeric: tabular-nums; white-space: nowrap; text-shadow: 0 1px 2px rgb(0 0 0 / 60%); }
.chapter { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13.5px; text-shadow: 0 1px 2px rgb(0 0 0 / 60%); }
.chapter:not(:empty)::before { content: "· "; }

.seek { position: relative; height: 22px; margin: 0 4px; cursor: pointer; touch-action: none; outline: none; border-radius: 6px; }
.seek:focus-visible { outline: 3px solid var(--accent); outline-offset: 0; }
.seek-rail { position: absolute; inset: 9px 0; border-radius: 3px; overflow: hidden; background: rgb(255 255 255 / 26%); transition: inset .12s; }
.seek:is(:hover, :focus-visible, [data-held]) .seek-rail { inset: 7.500px 0; }
.seek-buffered i { position: absolute; inset-block: 0; background: rgb(255 255 255 / 38%); }
.seek-played { position: absolute; inset: 0; background: var(--accent); transform-origin: left; transform: scaleX(var(--at, 0)); }
.seek-chapters i { position: absolute; inset-block: 0; min-width: 3px; background: rgb(8 9 13 / 85%); }
.seek-thumb { position: absolute; top: 50%; left: calc(100% * var(--at, 0)); width: 14px; height: 14px; border-radius: 50%; background: #fff; translate: -50% -50%; scale: 0; transition: scale .12s; box-shadow: 0 1px 4px rgb(0 0 0 / 45%); pointer-events: none; }
.seek:is(:hover, :focus-visible, [data-held]) .seek-thumb { scale: 1; }
.seek-preview { position: absolute; bottom: 28px; left: 0; translate: -50% 0; display: grid; justify-items: center; gap: 4px; pointer-events: none; text-align: center; }
.seek-picture { border-radius: 8px; border: 2px solid #f2f4f8; box-sizing: content-box; background-color: #0b0d12; background-repeat: no-repeat; box-shadow: 0 4px 18px rgb(0 0 0 / 50%); }
.seek-place, .seek-chapter { padding: 1px 8px; border-radius: 6px; background: rgb(13 15 20 / 88%); font-size: 13px; font-variant-numeric: tabular-nums; }
.seek-chapter { max-width: 220px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.seek-chapter:empty { display: none; }

.choices { position: absolute; right: 12px; bottom: 84px; min-width: 230px; max-width: calc(100% - 24px); max-height: calc(100% - 100px); overflow-y: auto; padding: 6px; border-radius: 12px; background: rgb(18 21 28 / 96%); box-shadow: 0 8px 30px rgb(0 0 0 / 45%); }
.choices button { display: flex; align-items: center; gap: 10px; width: 100%; min-height: 40px; padding: 4px 12px; border-radius: 8px; background: none; text-align: left; }
.choices button:hover, .choices button:focus-visible { background: rgb(255 255 255 / 14%); }
.choices button:focus-visible { outline-offset: -3px; }
.choices svg { width: 20px; height: 20px; flex: none; }
.choices [aria-checked=false] svg { visibility: hidden; }
.choices-now { margin-left: auto; color: #b9c1d0; }
.choices-back { border-bottom: 1px solid rgb(255 255 255 / 16%); border-radius: 8px 8px 0 0 !important; font-weight: 620; }
.help { position: absolute; inset: 0; margin: auto; width: min(560px, calc(100% - 24px)); height: fit-content; max-height: calc(100% - 24px); overflow-y: auto; padding: 16px 20px; border-radius: 12px; background: rgb(18 21 28 / 96%); box-shadow: 0 8px 30px rgb(0 0 0 / 45%); outline: none; }
.help dl { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 28px; margin: 8px 0 0; }
.help dl div { display: flex; justify-content: space-between; gap: 12px; padding: 3px 0; }
.help dt { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; color: #dfe3ec; white-space: nowrap; }
.help dd { margin: 0; color: #b9c1d0; text-align: right; }
@container (max-width: 620px) { .volume, .chapter { display: none; } .help dl { grid-template-columns: 1fr; } }
@container (max-width: 460px) { .deck { padding-inline: 6px; } .big { width: 64px; height: 64px; } .tool.pip { display: none; } .time { margin: 0 4px; font-size: 12.500px; } .seek-picture { zoom: .8; } .choices { right: 6px; bottom: 54px; max-height: calc(100% - 60px); } }
@container (max-width: 700px) { .tool.theatre { display: none; } }
@container (max-width: 380px) { .tool.mute { display: none; } }
@container (max-width: 300px) { .tool.settings, .tool.cc { display: none; } }
@media (pointer: coarse) { .seek { height: 30px; } .seek-rail { inset: 12px 0; } .seek:is(:hover, :focus-visible, [data-held]) .seek-rail { inset: 11px 0; } .seek-thumb { scale: 1; } .tool { width: 44px; height: 44px; } .volume { display: none; } .choices button { min-height: 44px; } .seek-preview { bottom: 38px; } }
@media (pointer: coarse) { @container (max-width: 460px) { .tool.mute { display: none; } } }
@media (prefers-reduced-motion: reduce) { .deck, .big, .ripple, .captions, .seek-rail, .seek-thumb { transition: none; } }
@media (forced-colors: active) { .tool { border: 1px solid ButtonText; } .seek-played { background: Highlight; forced-color-adjust: none; } }
`;

// view.js

const TOAST_MS = 4000;
const RIPPLE_MS = 600;

class VideoView {
  video = /** @type {HTMLVideoElement} */ (make("video", { part: "video", playsinline: "", preload: "auto", tabindex: "-1", "aria-hidden": "true" }));
  #poster = /** @type {HTMLImageElement} */ (make("img", { class: "poster", alt: "", hidden: "" }));
  #play;
  #spinner = make("div", { class: "busy", hidden: "" }, make("div", { class: "spin" }));
  #trouble = make("div", { class: "trouble", role: "status" });
  #title = make("strong");
  #words = make("span");
  #wrong = sign("wrong");
  #meter = /** @type {HTMLProgressElement} */ (make("progress", { max: "1", "aria-label": "Progress" }));
  #share = make("span", { class: "share" });
  #spin = make("div", { class: "spin" });
  #retry;
  #unmute;
  #toast = make("div", { class: "toast", role: "status" });
  #hush = make("div", { class: "hush", role: "status" });
  #ripples = { left: make("div", { class: "ripple left", "aria-hidden": "true" }), right: make("div", { class: "ripple right", "aria-hidden": "true" }) };
  #toastTimer = 0;
  #rippleTimer = 0;
  veil;
  stage;
  help = helpPanel();

  constructor(host, { play, unmute, retry }) {
    this.#unmute = make("button", { type: "button", class: "unmute", part: "button", title: "Sound on (m)", hidden: "", click: unmute }, sign("mute"), "Unmute");
    this.video.addEventListener("volumechange", () => this.#unmute.toggleAttribute("hidden", this.#unmute.hidden || !this.video.muted));
    this.#play = make("button", { type: "button", class: "big", part: "button", "aria-label": "Play", title: "Play", hidden: "", click: () => this.#begin(play) }, sign("play"));
    this.#retry = make("button", { type: "button", class: "retry", part: "button", hidden: "", click: retry }, "Try again");
    this.veil = make("div", { class: "veil", part: "veil", hidden: "" }, this.#spin, this.#wrong, this.#title, this.#words, this.#meter, this.#share, this.#retry);
    this.stage = make("div", { class: "stage", role: "group", tabindex: "0" }, this.video, this.#poster, this.#ripples.left, this.#ripples.right, this.#spinner, this.#play, this.veil, this.#trouble, this.#unmute, this.#toast, this.#hush);
    const root = host.attachShadow({ mode: "open", delegatesFocus: true });
    const style = new CSSStyleSheet();
    style.replaceSync(VIDEO_STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.stage);
  }

  #begin(play) {
    this.stage.focus({ preventScroll: true });
    play();
  }

  show({ state, title, notice, words, trouble, isBusy, isStarted }) {
    this.stage.dataset.state = state;
    this.stage.setAttribute("aria-label", title ? `Video: ${title}` : "Video");
    const isBad = state === "error" || (notice?.isBad ?? false);
    this.veil.hidden = !["loading", "unavailable", "error"].includes(state);
    this.veil.classList.toggle("over", state === "error" && isStarted);
    this.#spin.hidden = !(state === "loading" || notice?.isBusy) || (notice?.progress ?? null) !== null;
    this.#wrong.toggleAttribute("hidden", !isBad);
    setText(this.#title, state === "error" ? "The video does not play" : (notice?.title ?? (state === "loading" ? words && "No answer" : "")));
    setText(this.#words, notice?.words ?? (state === "error" || state === "loading" ? words : ""));
    this.#showProgress(notice?.progress ?? null);
    this.#retry.hidden = state !== "error";
    this.#play.hidden = state !== "ready";
    this.#spinner.hidden = !(isBusy && state === "playing");
    setText(this.#trouble, trouble);
    if (isStarted) this.#poster.hidden = true;
    setText(this.#hush, notice ? `${notice.title}. ${notice.words}` : state === "error" ? words : "");
  }

  #showProgress(progress) {
    this.#meter.hidden = this.#share.hidden = progress === null;
    if (progress === null) return;
    this.#meter.value = progress;
    setText(this.#share, `${Math.floor(100 * progress)} %`);
  }

  showPoster(url, isStarted) {
    if (url && this.#poster.src !== url) this.#poster.src = url;
    this.#poster.hidden = !url || isStarted;
  }

  ripple(side, words) {
    for (const [name, element] of Object.entries(this.#ripples)) element.toggleAttribute("data-on", name === side);
    setText(this.#ripples[side], words);
    clearTimeout(this.#rippleTimer);
    this.#rippleTimer = setTimeout(() => this.#ripples[side].toggleAttribute("data-on", false), RIPPLE_MS);
  }

  offerSound() {
    this.#unmute.hidden = false;
    setText(this.#hush, "The browser allows no sound yet.");
  }

  toast(words, ms = TOAST_MS) {
    setText(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => setText(this.#toast, ""), ms);
  }
}

function helpPanel() {
  const rows = HELP.map(([keys, words]) => make("div", {}, make("dt", {}, keys), make("dd", {}, words)));
  return make("div", { class: "help", role: "dialog", "aria-label": "Keys", tabindex: "-1", hidden: "" }, make("strong", {}, "Keys"), make("dl", {}, ...rows));
}

// windows.js

function toggleFullscreen(player) {
  return report(player, "The browser does not allow fullscreen here.", async () => {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (player.requestFullscreen) await player.requestFullscreen();
    else /** @type {any} */ (player.video).webkitEnterFullscreen?.(); // iPhones
  });
}

function togglePictureInPicture(player) {
  return report(player, "The browser does not allow picture in picture here.", async () => {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await player.video.requestPictureInPicture();
  });
}

async function report(player, failed, action) {
  try {
    await action();
  } catch {
    player.toast(failed);
  }
}

// element.js

const NEWER_MS = 8000;

class FramecastVideo extends VideoControls {
  static observedAttributes = ["src", "server", "token", "muted", "loop", "poster", "page-keys", "theatre", "theatre-button", "has-next", "has-previous"];

  #view = new VideoView(this, { play: () => this.do("play"), unmute: () => (this.muted = false), retry: () => this.#retry() });
  #file = (/** @type {string} */ name, /** @type {Media} */ media) => addressOf(media.base + name, this.server, this.token);
  #playback = new Playback(this.#view.video, {
    addressOf: this.#file,
    token: () => this.token,
    isEager: () => this.preload === "auto",
    isAutomatic: () => this.autoplay,
    begin: () => this.#begin(),
    intent: () => this.controller?.isPlaying ?? null,
  }, {
    onChange: () => this.show(),
    onQualities: () => this.#deck.choices.refresh(),
    onNewer: () => this.#announce(),
    onGone: () => void this.#followGone(),
    onMuted: () => this.#view.offerSound(),
  });
  captions = new Captions(this.#view.video, () => this.show());
  detections = new DataOverlay(this.#view.video, () => this.show());
  #deck = new Deck(this, { onSeek: (at) => this.do("seek", at), pictureAt: (at) => this.#pictureAt(at), onHold: () => this.#input.wake() });
  #input = new VideoInput(this, this.#view, this.#deck);
  #session = null;
  #state = "";
  #announced = "";
  #shown = "";
  #onHide = () => this.#session?.note();

  constructor() {
    super();
    const { stage, help } = this.#view;
    this.#view.video.after(this.detections.element);
    stage.append(this.captions.element, this.#deck.element, this.#deck.choices.element, help);
    const { video } = this;
    for (const type of ["timeupdate", "progress", "volumechange", "ratechange"]) video.addEventListener(type, () => this.showTime());
    video.addEventListener("timeupdate", () => this.#session?.onTime());
    video.addEventListener("pause", () => this.#session?.note());
    video.addEventListener("ended", () => this.#emit("ended", {}));
    this.addEventListener("fullscreenchange", () => this.show());
  }

  connectedCallback() {
    addEventListener("pagehide", this.#onHide);
    this.#input.takePageKeys(this.hasAttribute("page-keys"));
    this.#restart();
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      removeEventListener("pagehide", this.#onHide);
      this.#input.takePageKeys(false);
      this.#stop();
    });
  }

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "muted") this.video.muted = value !== null;
    else if (name === "loop") this.video.loop = value !== null;
    else if (name === "page-keys") this.#input.takePageKeys(value !== null && this.isConnected);
    else if (["src", "server", "token"].includes(name)) this.#restart();
    else this.show();
  }

  get item() {
    return this.#playback.item;
  }

  get state() {
    return this.#playback.state;
  }

  get words() {
    return this.#playback.words;
  }

  get video() {
    return this.#view.video;
  }

  get currentTime() {
    return this.#playback.at;
  }

  set currentTime(at) {
    this.seek(at);
  }

  get duration() {
    return this.#playback.duration;
  }

  get qualities() {
    return this.#playback.qualities;
  }

  get quality() {
    return this.#playback.quality;
  }

  set quality(value) {
    this.#playback.quality = value;
  }

  get hasNewer() {
    return this.#playback.hasNewer;
  }

  play() {
    return this.#playback.play();
  }

  pause() {
    this.#playback.pause();
  }

  seek(at) {
    this.#playback.seek(at);
    this.showTime();
  }

  cue(at) {
    this.#playback.cue(at);
    this.showTime();
  }

  toggleFullscreen() {
    return toggleFullscreen(this);
  }

  togglePictureInPicture() {
    return togglePictureInPicture(this);
  }

  reload() {
    return this.#session?.ask();
  }

  reopen() {
    this.#playback.reopen();
  }

  toast(words) {
    this.#view.toast(words);
  }

  toggleHelp() {
    const { help } = this.#view;
    help.hidden = !help.hidden;
    if (!help.hidden) help.focus();
  }

  showTime() {
    this.#deck.update();
  }

  #restart() {
    this.#stop();
    if (!this.isConnected || !this.src) return;
    const { server, token, src } = this;
    this.#session = new Session({ server, id: src, token }, this.video, this.#playback, { onItem: (item) => this.#take(item), onError: (status, words) => this.#onAway(status, words) });
    this.video.crossOrigin = this.#session.isOwn ? null : "anonymous";
    this.#session.start();
  }

  #stop() {
    this.#session?.stop();
    this.#session = null;
    this.#playback.close();
    this.show();
  }

  #take(item) {
    this.#playback.take(item);
    this.#emit("item", { item });
  }

  #onAway(status, words) {
    const isThere = this.item !== null && (status === 0 || status >= 500);
    if (!isThere) this.#playback.fail(sentence(words));
    this.#emit("away", { status, words });
  }

  #retry() {
    if (this.item) this.#playback.reopen();
    else this.#restart();
  }

  async #followGone() {
    const before = this.#playback.media?.generation;
    await this.#session?.ask();
    if (this.item?.media && this.item.media.generation !== before) this.reopen();
    else this.#playback.fail("Its files are not there any more.");
  }

  show() {
    if (!this.isConnected) return; // a constructor may set no attributes
    const { item, notice, words, trouble, isBusy, isStarted, state } = this.#playback;
    this.#view.show({ state, title: item?.title ?? "", notice, words, trouble, isBusy, isStarted });
    this.#view.stage.toggleAttribute("data-playable", this.#playback.media !== null || state === "ready");
    this.#showMedia(this.#playback.media ?? item?.media ?? null);
    this.#deck.update();
    if (state === this.#state) return;
    this.#state = state;
    this.setAttribute("state", state);
    this.#emit("state", { state, words });
  }

  #showMedia(media) {
    const poster = this.poster || (media?.poster ? this.#file(media.poster, media) : "");
    this.#view.showPoster(poster, this.#playback.isStarted);
    this.detections.isGrowing = this.item?.is_recording ?? false;
    const shown = JSON.stringify([media?.generation, media?.chapters, media?.subtitles, media?.data?.map((one) => one.name)]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#deck.seekBar.setChapters(media?.chapters ?? []);
    this.captions.set(media, this.#file);
    this.detections.set(this.item, media, (path) => addressOf(path, this.server, this.token));
  }

  #announce() {
    const generation = this.item?.media?.generation ?? "";
    if (generation === this.#announced) return;
    this.#announced = generation;
    this.#view.toast("A better version is ready: choose it under Settings, Quality.", NEWER_MS);
    this.#deck.choices.refresh();
  }

  #pictureAt(at) {
    const media = this.#playback.media ?? this.item?.media;
    const tile = tileAt(media?.storyboard, at);
    return media && tile ? { ...tile, url: this.#file(tile.sheet, media) } : null;
  }

  #begin() {
    const { at, isResumed } = this.#session?.begin(this.start) ?? { at: 0, isResumed: false };
    if (isResumed) this.#view.toast(`Continues at ${placeWords(at)}`);
    return at;
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// video-player.js

if (!customElements.get("framecast-video")) customElements.define("framecast-video", FramecastVideo);

export { FramecastVideo, placeOf, placeWords };
