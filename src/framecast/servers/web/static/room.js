// <framecast-room src="KEY">: the chat of a room in any page. docs/reference/room.md describes it.
//
// Generated from the modules in room/: change those, then `make player`. One file without imports, so that a page of
// another site gets the player in one request.

// wire.js

const MOST_MESSAGES = 300;

class RoomError extends Error {
  constructor(kind, message, fields = {}) {
    super(message);
    this.kind = kind;
    this.fields = fields;
  }

  get waitS() {
    return Number(this.fields.wait_s) || 0;
  }

  get isOffline() {
    return this.kind === "Offline";
  }
}

// log.js

class RoomLog {
  messages = [];
  isLive = true;
  hasOlder = false;
  gapBefore = null;
  unseen = 0;
  isFollowing = true;
  isLooking = true;
  mine = new Map();
  pinned = null;
  settings = {};
  newest = 0;
  me = "";

  welcome(welcome) {
    this.me = welcome.you.id;
    this.pinned = welcome.room.pinned;
    this.settings = welcome.room.settings;
    const isContinued = welcome.is_continued && this.newest > 0;
    if (!isContinued) this.restart(welcome.events, welcome.is_gap);
    for (const event of welcome.events) this.apply(event, isContinued);
    this.#learnMine(welcome.mine, !isContinued);
  }

  restart(events, isGap) {
    const [first] = events;
    this.messages = [];
    this.isLive = true;
    this.isFollowing = true;
    this.unseen = 0;
    this.hasOlder = first !== undefined && first.seq > 1;
    this.gapBefore = isGap && first ? first.seq : null;
  }

  apply(event, isNew = true) {
    const { kind, message, target } = event;
    if (kind === "message" && message) return this.#add(message, isNew);
    if (kind === "react" && event.by?.id === this.me) this.#reactMyself(event);
    this.messages = changed(this.messages, event);
    if (kind === "settings") this.settings = { ...this.settings, ...event.settings };
    if (kind === "pin") this.pinned = message ?? this.find(Number(target)) ?? null;
    else if (this.pinned) this.pinned = changed([this.pinned], event).find((one) => !one.is_deleted) ?? null;
  }

  find(seq) {
    return this.messages.find((message) => message.seq === seq);
  }

  follow(isFollowing) {
    this.isFollowing = isFollowing && this.isLive;
    if (this.isFollowing && this.isLooking) this.unseen = 0;
  }

  look(isLooking) {
    this.isLooking = isLooking;
    this.follow(this.isFollowing);
  }

  addOlder(messages, isEnd) {
    const first = this.messages[0]?.seq ?? Infinity;
    const older = messages.filter((message) => message.seq < first);
    this.messages = [...older, ...this.messages];
    this.hasOlder = !isEnd && messages.length > 0;
    if (this.gapBefore !== null && older.length) this.gapBefore = null;
    if (this.messages.length <= MOST_MESSAGES) return;
    this.messages.length = MOST_MESSAGES;
    this.isLive = false;
    this.isFollowing = false;
  }

  addNewer(messages, isEnd) {
    const last = this.messages[this.messages.length - 1]?.seq ?? 0;
    this.messages.push(...messages.filter((message) => message.seq > last));
    this.#trim();
    this.isLive = isEnd;
  }

  show(messages, isLive) {
    this.messages = messages.slice(-MOST_MESSAGES);
    this.hasOlder = (this.messages[0]?.seq ?? 1) > 1;
    this.gapBefore = null;
    this.isLive = isLive;
    this.follow(isLive);
  }

  #learnMine(mine, isAll) {
    if (isAll) this.mine.clear();
    this.learnMine(mine);
  }

  learnMine(mine) {
    for (const [seq, emoji] of Object.entries(mine ?? {})) this.mine.set(Number(seq), new Set(emoji));
    const first = this.messages[0]?.seq ?? 0;
    if (this.mine.size > 2 * MOST_MESSAGES) for (const seq of [...this.mine.keys()]) if (seq < first) this.mine.delete(seq);
  }

  #add(message, isNew) {
    this.newest = Math.max(this.newest, message.seq);
    const isMine = message.author.id === this.me;
    if (isNew && !isMine && !(this.isFollowing && this.isLooking)) this.unseen += 1;
    if (!this.isLive) return;
    const last = this.messages[this.messages.length - 1];
    if (last && last.seq >= message.seq) return;
    if (!this.isFollowing && this.messages.length >= MOST_MESSAGES) {
      this.isLive = false;
      return;
    }
    this.messages.push(message);
    this.#trim();
  }

  #trim() {
    const over = this.messages.length - MOST_MESSAGES;
    if (over <= 0) return;
    for (const { seq } of this.messages.splice(0, over)) this.mine.delete(seq);
    this.hasOlder = true;
  }

  #reactMyself({ target, emoji = "", on = true }) {
    const mine = new Set(this.mine.get(Number(target)));
    if (on) mine.add(emoji);
    else mine.delete(emoji);
    this.mine.set(Number(target), mine);
  }
}

function changed(messages, event) {
  const { kind, message, target, seq } = event;
  const isTarget = (/** @type {Message} */ one) => one.seq === Number(target);
  if (kind === "edit" && message) return messages.map((one) => (one.seq === message.seq ? message : one));
  if (kind === "delete") return messages.map((one) => (isTarget(one) ? withoutText(one) : one));
  if (kind === "clear") return messages.map((one) => (one.author.id === target && one.seq < seq ? withoutText(one) : one));
  if (kind !== "react") return messages;
  const { emoji = "", count = 0 } = event;
  return messages.map((one) => (isTarget(one) ? { ...one, reactions: counted(one.reactions, emoji, count) } : one));
}

function withoutText(message) {
  return { ...message, text: "", spans: [], reactions: [], is_deleted: true };
}

function counted(reactions, emoji, count) {
  const isKnown = reactions.some((one) => one.emoji === emoji);
  if (!isKnown) return count > 0 ? [...reactions, { emoji, count }] : reactions;
  return reactions.map((one) => (one.emoji === emoji ? { emoji, count } : one)).filter((one) => one.count > 0);
}

// outbox.js

const MOST_UNSENT = 20;

class Outbox {
  list = [];
  #makeId;

  constructor(makeId) {
    this.#makeId = makeId;
  }

  get isFull() {
    return this.list.length >= MOST_UNSENT;
  }

  add(draft) {
    const unsent = { ...draft, id: this.#makeId(), state: "waiting", words: "" };
    this.list = [...this.list, unsent];
    return unsent;
  }

  next() {
    if (this.list.some((one) => one.state === "sending")) return null;
    const found = this.list.find((one) => one.state === "waiting");
    return found ? this.#put(found.id, { state: "sending" }) : null;
  }

  restart() {
    this.list = this.list.map((one) => (one.state === "sending" || one.state === "sent" ? { ...one, state: "waiting" } : one));
  }

  sent(id) {
    this.#put(id, { state: "sent" });
  }

  fail(id, words) {
    this.#put(id, { state: "failed", words });
  }

  again(id) {
    this.#put(id, { state: "waiting", words: "" });
  }

  remove(id) {
    const found = this.list.find((one) => one.id === id);
    if (found) this.list = this.list.filter((one) => one !== found);
    return found;
  }

  saved() {
    return JSON.stringify(this.list);
  }

  restore(text) {
    try {
      const list = JSON.parse(text ?? "[]");
      if (Array.isArray(list)) this.list = list.filter(isUnsent).slice(0, MOST_UNSENT);
    } catch {
      this.list = [];
    }
    this.restart();
  }

  #put(id, change) {
    let found = null;
    this.list = this.list.map((one) => (one.id === id ? (found = { ...one, ...change }) : one));
    return /** @type {Unsent | null} */ (found);
  }
}

function isUnsent(one) {
  return typeof one?.id === "string" && typeof one.text === "string" && ["waiting", "sending", "sent", "failed"].includes(one.state);
}

// rows.js

const GROUP_S = 300;
const GROUP_MEDIA_S = 30;

function rowsOf(room) {
  const rows = room.hasOlder || room.messages.length === 0 ? [] : [{ kind: "begin", key: "begin" }];
  let before = null;
  let isUnreadShown = room.readSeq === null;
  for (const message of room.messages) {
    if (room.ignored.has(message.author.id)) continue;
    const lines = linesBefore(message, before, room, isUnreadShown);
    isUnreadShown ||= lines.some((line) => line.kind === "unread");
    rows.push(...lines, rowOf(message, lines.length ? null : before, room));
    before = message;
  }
  if (!room.isLive) return rows;
  for (const [place, unsent] of room.unsent.entries()) rows.push({ kind: "unsent", key: `u${unsent.id}`, unsent, isContinued: place > 0 || before?.author.id === room.me, isOffline: room.isOffline ?? false });
  return rows;
}

function linesBefore(message, before, room, isUnreadShown) {
  const lines = [];
  if (room.gapBefore !== null && message.seq >= room.gapBefore && (!before || before.seq < room.gapBefore)) lines.push({ kind: "gap", key: "gap" });
  if (!before || dayOf(before.at) !== dayOf(message.at)) lines.push({ kind: "day", key: `d${dayOf(message.at)}`, at: message.at });
  const isUnread = !isUnreadShown && message.seq > Number(room.readSeq) && message.author.id !== room.me;
  if (isUnread && before) lines.push({ kind: "unread", key: "unread" });
  return lines;
}

function rowOf(message, before, room) {
  return {
    kind: "message",
    key: `m${message.seq}`,
    message,
    isContinued: before !== null && isGroup(before, message),
    isMine: message.author.id === room.me,
    isForMe: message.spans.some((span) => span.kind === "mention" && span.target === room.me),
    mine: [...(room.mine.get(message.seq) ?? [])].sort().join(" "),
  };
}

function isGroup(before, message) {
  const isNear = message.at - before.at < GROUP_S && Math.abs((message.media_time_s ?? 0) - (before.media_time_s ?? 0)) < GROUP_MEDIA_S;
  return before.author.id === message.author.id && isNear && !message.reply_to;
}

function dayOf(at) {
  const date = new Date(at * 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

function isSameRow(one, other) {
  if (one.kind !== other.kind) return false;
  if (one.kind === "message" && other.kind === "message") {
    return one.message === other.message && one.isContinued === other.isContinued && one.isMine === other.isMine && one.isForMe === other.isForMe && one.mine === other.mine;
  }
  if (one.kind === "unsent" && other.kind === "unsent") return one.unsent === other.unsent && one.isContinued === other.isContinued && one.isOffline === other.isOffline;
  return one.kind !== "day" || one.at === /** @type {DayRow} */ (other).at;
}

// room-words.js

function clockWords(at) {
  return new Date(at * 1000).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

function fullTimeWords(at) {
  return new Date(at * 1000).toLocaleString(undefined, { dateStyle: "full", timeStyle: "medium" });
}

function dayWords(at, now = Date.now() / 1000) {
  if (dayOf(at) === dayOf(now)) return "Today";
  if (dayOf(at) === dayOf(now - 86400)) return "Yesterday";
  const isThisYear = new Date(at * 1000).getFullYear() === new Date(now * 1000).getFullYear();
  return new Date(at * 1000).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
}

function waitWords(seconds) {
  const left = Math.max(1, Math.ceil(seconds));
  if (left < 100) return `${left} s`;
  if (left < 5400) return `${Math.ceil(left / 60)} min`;
  return left < 172800 ? `${Math.ceil(left / 3600)} h` : `${Math.ceil(left / 86400)} days`;
}

function placeWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function typingWords(names) {
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} is typing`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing`;
  return names.length === 3 ? `${names[0]}, ${names[1]} and ${names[2]} are typing` : "Several people are typing";
}

function newWords(count) {
  if (count <= 0) return "To the newest message";
  return count === 1 ? "1 new message" : `${count > 99 ? "99+" : count} new messages`;
}

function sentenceOf(text) {
  const words = text.trim();
  if (!words) return "";
  return words[0].toUpperCase() + words.slice(1) + (/[.!?…]$/.test(words) ? "" : ".");
}

function initialsOf(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [...words[0]][0] + [...words[words.length - 1]][0] : [...name].slice(0, 2).join("");
  return letters.toUpperCase();
}

function colourOf(id) {
  let sum = 7;
  for (const point of id) sum = (sum * 31 + (point.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}

// chat.js

const PAGE = 50;
const NEWEST = 100;
const AROUND = 30;
const TYPING_EVERY_S = 3;
const QUIET_S = 5;
const NOBODY = { count: 0, members: [], typing: [], stalled: [] };

class Chat {
  log = new RoomLog();
  outbox;
  you = null;
  room = null;
  presence = NOBODY;
  ignored = new Set();
  limits = {};
  queue = { held: 0, reports: 0 };
  readSeq = null;
  waitUntil = 0;
  refusal = { status: 0, words: "" };
  isLoading = false;
  #late = null;
  #typedAt = 0;
  #markedSeq = 0;
  #quietUntil = 0;

  constructor(connection, api, hooks) {
    this.connection = connection;
    this.api = api;
    this.hooks = hooks;
    this.outbox = new Outbox(hooks.makeId);
    connection.on("welcome", (welcome) => this.#onWelcome(welcome));
    connection.on("events", ({ events, is_gap: isGap }) => this.#onEvents(events, isGap));
    const set = (/** @type {Partial<Pick<Chat, "presence" | "you" | "queue">>} */ change) => (Object.assign(this, change), hooks.onChange());
    connection.on("presence", (presence) => set({ presence }));
    connection.on("you", (you) => set({ you: { ...this.you, ...you } }));
    connection.on("moderation", ({ held, reports }) => set({ queue: { held, reports } }));
    connection.on("error", (error) => hooks.onNotice(sentenceOf(error.message)));
    connection.on("state", ({ state, code }) => this.#onState(state, code));
  }

  reset() {
    this.log = new RoomLog();
    Object.assign(this, { you: null, room: null, presence: NOBODY, readSeq: null, waitUntil: 0, queue: { held: 0, reports: 0 }, refusal: { status: 0, words: "" } });
    this.ignored.clear();
    this.outbox.list = [];
    this.#markedSeq = 0;
    this.connection.forget();
    this.hooks.onChange();
  }

  get obstacle() {
    const { you } = this;
    if (!you || you.may_write) return null;
    if (you.muted_until && you.muted_until > this.hooks.now()) return "muted";
    return this.log.settings.is_open === false ? "closed" : "readonly";
  }

  get mayModerate() {
    return this.you?.may_moderate ?? false;
  }

  say(draft) {
    if (this.outbox.isFull) return "Too many messages wait for the connection.";
    this.outbox.add(draft);
    this.#typedAt = 0;
    if (!this.log.isLive) void this.toNewest();
    this.#goOn();
    return "";
  }

  sayAgain(id) {
    this.outbox.again(id);
    this.#goOn();
  }

  act = (fields) => this.connection.send(fields);

  react(seq, emoji) {
    return this.act({ type: "react", seq, emoji, on: !this.log.mine.get(seq)?.has(emoji) });
  }

  async ignore(author, on) {
    await this.act({ type: "ignore", author, on });
    if (on) this.ignored.add(author);
    else this.ignored.delete(author);
    this.hooks.onChange();
  }

  typing() {
    const now = this.hooks.now();
    if (now - this.#typedAt < TYPING_EVERY_S) return;
    if (this.connection.post({ type: "typing" })) this.#typedAt = now;
  }

  markRead() {
    const { newest } = this.log;
    if (newest <= this.#markedSeq || !this.connection.post({ type: "read", seq: newest })) return;
    this.#markedSeq = newest;
  }

  leaveMark() {
    if (this.log.isFollowing) this.readSeq = this.log.newest;
  }

  get #mayAsk() {
    return this.connection.isOpen && this.hooks.now() >= this.#quietUntil;
  }

  loadOlder() {
    const [first] = this.log.messages;
    if (!this.log.hasOlder || !first || !this.#mayAsk) return Promise.resolve();
    return this.#load({ before: first.seq, most: PAGE }, ({ messages }) => this.log.addOlder(messages, messages.length < PAGE));
  }

  loadNewer() {
    const last = this.log.messages[this.log.messages.length - 1];
    if (this.log.isLive || !last || !this.#mayAsk) return Promise.resolve();
    return this.#load({ after: last.seq, most: PAGE }, ({ messages }) => this.log.addNewer(messages, messages.length < PAGE));
  }

  toNewest() {
    if (this.log.isLive) return Promise.resolve();
    return this.#load({ most: NEWEST }, ({ messages }) => this.log.show(messages, true));
  }

  async reach(seq) {
    if (this.log.find(seq)) return true;
    const after = await this.api.messages({ after: seq, most: AROUND });
    await this.#load({ before: seq + 1, most: AROUND }, ({ messages }) => this.log.show([...messages, ...after.messages], after.messages.length < AROUND));
    this.log.follow(false);
    return this.log.find(seq) !== undefined;
  }

  async #load(query, take) {
    if (this.isLoading) return;
    this.isLoading = true;
    this.#late = [];
    const { log } = this;
    try {
      const page = await this.api.messages(query);
      if (log !== this.log) return;
      take(page);
      log.learnMine(page.mine);
      for (const event of this.#late) log.apply(event, false);
    } catch (error) {
      this.#quietUntil = this.hooks.now() + QUIET_S;
      this.hooks.onNotice(sentenceOf(/** @type {Error} */ (error).message));
    } finally {
      this.isLoading = false;
      this.#late = null;
      this.hooks.onChange();
    }
  }

  #onWelcome(welcome) {
    const isFirst = this.you === null;
    this.log.welcome(welcome);
    Object.assign(this, { you: welcome.you, room: welcome.room, presence: welcome.presence, limits: welcome.limits, refusal: { status: 0, words: "" } });
    this.ignored = new Set(welcome.ignored);
    if (isFirst && welcome.read) this.readSeq = welcome.read;
    for (const event of welcome.events) this.#forgetSent(event);
    this.outbox.restart();
    this.#goOn();
  }

  #onEvents(events, isGap) {
    this.#late?.push(...events);
    if (isGap) this.log.restart(events, true);
    for (const event of events) {
      this.log.apply(event, !isGap);
      if (event.kind === "settings" && !this.log.settings.slow_s) this.waitUntil = 0;
      if (event.kind !== "message" || !event.message) continue;
      this.#forgetSent(event);
      if (!this.ignored.has(event.message.author.id)) this.hooks.onMessage(event.message);
    }
    this.hooks.onChange();
  }

  #forgetSent({ kind, message, at }) {
    if (kind !== "message" || !message?.id || message.author.id !== this.you?.id || !this.outbox.remove(message.id)) return;
    const slowS = this.mayModerate ? 0 : Number(this.log.settings.slow_s) || 0;
    this.waitUntil = Math.max(this.waitUntil, at + slowS);
  }

  async #onState(state, code) {
    if (state === "open") this.#pump();
    if (state === "gone") this.log.restart([], false);
    if (state === "offline") {
      this.outbox.restart();
      if (this.you === null && code !== 0) this.refusal = await this.api.refusal();
    }
    this.hooks.onChange();
  }

  #pump() {
    if (!this.connection.isOpen) return;
    const next = this.outbox.next();
    if (!next) return;
    const fields = { type: "send", id: next.id, text: next.text, reply_to: next.replyTo?.seq ?? null, media_time_s: next.mediaTimeS };
    this.connection.send(fields).then(
      (done) => this.#onSent(next, done),
      (error) => this.#onRefused(next, error),
    );
  }

  #onSent(unsent, done) {
    const isKnown = typeof done.seq === "number" && done.seq <= (this.connection.last ?? -1);
    if (done.is_held) this.hooks.onNotice("A moderator looks at your message before others see it.");
    if (done.is_held || isKnown) this.outbox.remove(unsent.id);
    else this.outbox.sent(unsent.id);
    this.#goOn();
  }

  #onRefused(unsent, error) {
    if (error.isOffline) return;
    if (error.waitS) this.waitUntil = this.hooks.now() + error.waitS;
    if (this.hooks.onRefused(unsent, error)) this.outbox.remove(unsent.id);
    else this.outbox.fail(unsent.id, sentenceOf(error.message));
    this.#goOn();
  }

  #goOn() {
    this.hooks.onChange();
    this.#pump();
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

// connection.js

const PING_EVERY_MS = 25_000;
const ANSWER_WITHIN_MS = 12_000;
const BANNED_CODE = 4003;
const FINAL_CODES = [4001, BANNED_CODE];
const UNANSWERED = new Set(["typing", "read", "state", "ping", "more", "hello"]);

class RoomConnection {
  state = "idle";
  words = "";
  code = 0;
  last = null;
  epoch = null;
  greeting = {};

  #socket = null;
  #listeners = new Map();
  #waiting = new Map();
  #count = 0;
  #retry = 0;
  #beat = 0;
  #heardAt = 0;
  #options;
  #backoff;

  constructor(options) {
    this.#options = {
      hello: () => ({}),
      makeSocket: (/** @type {URL | string} */ url) => new WebSocket(url),
      later: (/** @type {() => void} */ run, /** @type {number} */ ms) => Number(setTimeout(run, ms)),
      cancel: (/** @type {number} */ timer) => clearTimeout(timer),
      now: () => performance.now(),
      ...options,
    };
    this.#backoff = new Backoff(options.random);
  }

  get isOpen() {
    return this.state === "open";
  }

  on(kind, listener) {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  open() {
    if (this.#socket) return;
    this.#options.cancel(this.#retry);
    this.#connect();
  }

  close() {
    this.#options.cancel(this.#retry);
    this.#drop();
    this.#set("idle", "");
  }

  forget() {
    this.last = null;
    this.epoch = null;
    this.#backoff.reset();
  }

  reopen() {
    if (this.state === "idle") return;
    this.#options.cancel(this.#retry);
    this.#drop();
    this.#backoff.reset();
    this.#connect();
  }

  send(fields) {
    if (UNANSWERED.has(fields.type)) {
      return this.post(fields) ? Promise.resolve({}) : Promise.reject(offline());
    }
    const ref = `r${++this.#count}`;
    return new Promise((resolve, reject) => {
      if (!this.post({ ...fields, ref })) return reject(offline());
      this.#waiting.set(ref, { resolve, reject });
    });
  }

  post(fields) {
    if (!this.isOpen || !this.#socket) return false;
    this.#socket.send(JSON.stringify(fields));
    return true;
  }

  ping() {
    const id = `p${++this.#count}`;
    const sentMs = this.#options.now();
    return new Promise((resolve, reject) => {
      if (!this.post({ type: "ping", id })) return reject(offline());
      this.#waiting.set(id, { resolve: (fields) => resolve({ sentMs, receivedMs: this.#options.now(), serverS: Number(fields.server_s) }), reject });
    });
  }

  #connect() {
    this.#set("connecting", this.words);
    const socket = this.#options.makeSocket(this.#options.address());
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", since: this.last, epoch: this.epoch, name: null, is_watching: false, ...this.#options.hello(), ...this.greeting }));
    socket.onmessage = ({ data }) => this.#socket === socket && typeof data === "string" && this.#onMessage(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#socket === socket && this.#onClosed(code, reason);
  }

  #onMessage(fields) {
    this.#heardAt = this.#options.now();
    if (fields.type === "done" || fields.type === "error") return this.#settle(fields);
    if (fields.type === "pong") this.#answer(fields.id)?.resolve(fields);
    else if (fields.type === "welcome") this.#onWelcome(/** @type {any} */ (fields));
    else if (fields.type === "events") return this.#onEvents(fields);
    else if (fields.type === "behind") this.post({ type: "more", since: this.last });
    else if (fields.type === "gone") this.words = String(fields.reason ?? "");
    this.#emit(fields.type, fields);
    if (fields.type === "welcome") this.#set("open", "");
  }

  #settle(fields) {
    const waiting = this.#answer(fields.ref);
    if (fields.type === "done") return waiting?.resolve(fields);
    const error = new RoomError(String(fields.error), String(fields.message), fields.fields);
    if (waiting) return waiting.reject(error);
    const socket = this.#socket;
    this.#emit("error", error);
    if (this.state === "connecting" && this.#socket === socket) this.#onClosed(error.kind === "Denied" ? BANNED_CODE : 0, error.message);
  }

  #answer(id) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #onWelcome(welcome) {
    const isSame = welcome.epoch === this.epoch && !welcome.is_gap;
    welcome.is_continued = isSame;
    if (isSame) welcome.events = welcome.events.filter((event) => event.seq > (this.last ?? -1));
    this.epoch = welcome.epoch;
    this.last = Math.max(welcome.last, isSame ? (this.last ?? 0) : 0);
    this.#backoff.reset();
    this.state = "open";
    this.#watch();
  }

  #onEvents({ events, epoch = "", is_gap: isGap = false, is_more: isMore = false }) {
    if (epoch) this.epoch = epoch;
    const fresh = isGap ? events : events.filter((/** @type {RoomEvent} */ event) => event.seq > (this.last ?? -1));
    if (fresh.length) this.last = fresh[fresh.length - 1].seq;
    if (fresh.length) this.#emit("events", { type: "events", events: fresh, is_gap: isGap });
    if (isMore) this.post({ type: "more", since: this.last });
  }

  #watch() {
    this.#options.cancel(this.#beat);
    this.#beat = this.#options.later(() => {
      const asked = this.#options.now();
      this.ping().catch(() => {});
      this.#beat = this.#options.later(() => {
        if (this.#heardAt >= asked) return this.#watch();
        this.#drop();
        this.#onClosed(0, "");
      }, ANSWER_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#options.cancel(this.#beat);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.reject(offline());
  }

  #onClosed(code, reason) {
    const words = reason || this.words;
    this.code = code;
    this.#drop();
    if (FINAL_CODES.includes(code)) return this.#set("gone", words);
    this.#set("offline", words);
    this.#retry = this.#options.later(() => this.#connect(), this.#backoff.next());
  }

  #set(state, words) {
    this.state = state;
    this.words = words;
    this.#emit("state", { state, words, code: this.code });
  }

  #emit(kind, fields) {
    for (const listener of [...(this.#listeners.get(kind) ?? [])]) listener(fields);
  }
}

function offline() {
  return new RoomError("Offline", "There is no connection to the server.");
}

// keep.js

function storage(where) {
  return where === "local" ? localStorage : sessionStorage;
}

function kept(where, name) {
  try {
    return storage(where).getItem(`framecast-room-${name}`) ?? "";
  } catch {
    return "";
  }
}

function keep(where, name, text) {
  try {
    if (text) storage(where).setItem(`framecast-room-${name}`, text);
    else storage(where).removeItem(`framecast-room-${name}`);
  } catch {
  }
}

function guestSecret() {
  const known = kept("local", "guest") || guestOfPage;
  const secret = /^[\w-]{32}$/.test(known) ? known : btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll("+", "-").replaceAll("/", "_");
  keep("local", "guest", secret);
  guestOfPage = secret;
  return secret;
}

let guestOfPage = "";

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// replay.js

const PART_S = 120;
const AHEAD_S = 20;
const MOST_AT_ONCE = 200;
const BEFORE_S = 60;

class Replay {
  #messages = [];
  #loaded = null;
  #position = 0;

  moveTo(position) {
    this.#position = position;
    const loaded = this.#loaded;
    if (loaded && (position < loaded.from || position > loaded.to + AHEAD_S)) this.clear();
  }

  wanted() {
    const loaded = this.#loaded;
    if (!loaded) {
      const from = Math.max(0, this.#position - BEFORE_S);
      return { from, to: this.#position + PART_S };
    }
    return loaded.to - this.#position < AHEAD_S ? { from: loaded.to, to: loaded.to + PART_S } : null;
  }

  add(part, messages) {
    const isNext = this.#loaded !== null && part.from === this.#loaded.to;
    if (!isNext && this.#loaded) return; // somebody has jumped since
    const last = messages.length >= MOST_AT_ONCE ? Math.max(...messages.map(timeOf)) : part.to;
    this.#loaded = { from: this.#loaded?.from ?? part.from, to: last > part.from ? last : part.to };
    this.#merge(messages);
    this.#forgetOld();
  }

  #merge(messages) {
    const known = new Set(this.#messages.map((message) => message.seq));
    const fresh = messages.filter((message) => message.media_time_s !== null && !known.has(message.seq));
    this.#messages = [...this.#messages, ...fresh].sort((one, other) => timeOf(one) - timeOf(other) || one.seq - other.seq);
  }

  shown() {
    const end = this.#messages.findIndex((message) => timeOf(message) > this.#position);
    return this.#messages.slice(0, end < 0 ? undefined : end).slice(-MOST_MESSAGES);
  }

  find(seq) {
    return this.#messages.find((message) => message.seq === seq);
  }

  apply(event) {
    const { kind, message } = event;
    const place = kind === "message" ? (message?.media_time_s ?? null) : null;
    if (kind !== "message") this.#messages = changed(this.#messages, event);
    else if (message && place !== null && this.#loaded && place >= this.#loaded.from && place <= this.#loaded.to) this.#merge([message]);
  }

  clear() {
    this.#messages = [];
    this.#loaded = null;
  }

  #forgetOld() {
    const passed = this.shown();
    const first = passed.length === MOST_MESSAGES ? passed[0] : undefined;
    if (!first) return;
    this.#messages = this.#messages.slice(this.#messages.indexOf(first));
    if (this.#loaded) this.#loaded.from = timeOf(first);
  }
}

function timeOf(message) {
  return message.media_time_s ?? 0;
}

// room-api.js

const ANSWER_MS = 10_000;

class RoomApi {
  #place;

  constructor(place) {
    this.#place = place;
  }

  socket() {
    const url = this.#url("/ws", {});
    url.protocol = url.protocol.replace("http", "ws");
    return url;
  }

  async refusal() {
    try {
      await this.get("", {});
      return { status: 200, words: "" };
    } catch (error) {
      const { kind, message, fields } = /** @type {RoomError} */ (error);
      return kind === "Offline" ? { status: 0, words: "" } : { status: Number(fields.status), words: message };
    }
  }

  async messages(query) {
    const { messages, mine } = await this.get("/messages", query);
    return { messages: [...messages].sort((one, other) => one.seq - other.seq), mine: mine ?? {} };
  }

  async get(path, query) {
    let answer;
    try {
      const { guest } = this.#place();
      answer = await fetch(this.#url(path, query), { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS), headers: guest ? { "Framecast-Guest": guest } : {} });
    } catch {
      throw new RoomError("Offline", "The server does not answer.");
    }
    const found = await answer.json().catch(() => null);
    if (!answer.ok) throw new RoomError(String(found?.error ?? "Failed"), String(found?.message ?? `The server answered ${answer.status}.`), { ...found?.fields, status: answer.status });
    return found;
  }

  #url(path, query) {
    const { server, key, token } = this.#place();
    const url = new URL(`api/rooms/${encodeURIComponent(key)}${path}`, server);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    if (token) url.searchParams.set("token", token);
    return url;
  }
}

// room-attributes.js

const HOME = new URL("../", import.meta.url).href;

class RoomAttributes extends HTMLElement {
  get src() {
    return this.getAttribute("src") ?? "";
  }

  set src(key) {
    this.setAttribute("src", key);
  }

  get key() {
    return this.src === "" || this.src.includes(":") ? this.src : `stream:${this.src}`;
  }

  get server() {
    const given = this.getAttribute("server");
    return given ? new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href : HOME;
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

  get guestName() {
    return this.getAttribute("guest-name") ?? "";
  }

  set guestName(name) {
    this.setAttribute("guest-name", name);
  }

  get readonly() {
    return this.hasAttribute("readonly");
  }

  set readonly(isOn) {
    this.toggleAttribute("readonly", isOn);
  }

  get closable() {
    return this.hasAttribute("closable");
  }

  set closable(isOn) {
    this.toggleAttribute("closable", isOn);
  }

  get replay() {
    return this.hasAttribute("replay");
  }

  set replay(isOn) {
    this.toggleAttribute("replay", isOn);
  }
}

// dom.js

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(isShown));
  return element;
}

function isShown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function noSignalSign() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M3 3l18 18M10 6h4.500a2 2 0 0 1 2 2v2.500l4.500-3v9M16.500 16.500a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2");
  path.setAttribute("fill", "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", "1.6");
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}

// menu.js

const GAP_PX = 6;
const EDGE_PX = 8;

class Menu {
  #box = el("div", { class: "menu", popover: "auto", role: "menu" });
  #button = null;

  constructor() {
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("toggle", (event) => this.#onToggle(/** @type {ToggleEvent} */ (event).newState === "open"));
  }

  get element() {
    return this.#box;
  }

  open(button, label, items) {
    if (this.#button) this.#onToggle(false);
    this.#button = button;
    this.#box.setAttribute("aria-label", label);
    this.#box.replaceChildren(...items.map((item) => this.#row(item)));
    this.#box.showPopover();
    this.#place();
    this.#rows()[0]?.focus();
  }

  #row(item) {
    const note = item.note ? el("span", { class: "menu-note" }, item.note) : null;
    if (item.href) return el("a", { role: "menuitem", href: item.href, tabindex: "-1" }, item.words, note);
    return el(
      "button",
      {
        role: "menuitem",
        type: "button",
        tabindex: "-1",
        class: item.isGrave ? "grave" : "",
        "aria-disabled": String(!item.run),
        onclick: () => {
          if (!item.run) return;
          this.#box.hidePopover();
          item.run();
        },
      },
      item.words,
      note,
    );
  }

  get #focused() {
    return /** @type {Document | ShadowRoot} */ (this.#box.getRootNode()).activeElement;
  }

  #rows() {
    return /** @type {HTMLElement[]} */ ([...this.#box.children]);
  }

  #place() {
    const button = /** @type {HTMLElement} */ (this.#button).getBoundingClientRect();
    const { width, height } = this.#box.getBoundingClientRect();
    const isBelow = button.bottom + GAP_PX + height < innerHeight - EDGE_PX;
    const left = Math.min(Math.max(EDGE_PX, button.right - width), innerWidth - width - EDGE_PX);
    const top = isBelow ? button.bottom + GAP_PX : Math.max(EDGE_PX, button.top - GAP_PX - height);
    this.#box.style.left = `${left}px`;
    this.#box.style.top = `${top}px`;
  }

  #onToggle(isOpen) {
    this.#button?.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) return;
    const focused = this.#focused;
    if (this.#button && (!focused || this.#box.contains(focused) || focused === document.body)) this.#button.focus();
    this.#button = null;
  }

  #onKey(event) {
    const rows = this.#rows();
    const at = rows.indexOf(/** @type {HTMLElement} */ (this.#focused));
    const places = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 };
    if (event.key === "Tab") this.#box.hidePopover();
    let to = places[event.key];
    if (to === undefined && event.key.length === 1 && event.key !== " ") {
      to = rows.findIndex((row) => row.textContent?.toLowerCase().startsWith(event.key.toLowerCase()));
    }
    if (to === undefined || to < 0) return;
    event.preventDefault();
    event.stopPropagation();
    rows[to % rows.length].focus();
  }
}

// icons.js

const PATHS = {
  add: "M12 5v14M5 12h14",
  grow: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
  shrink: "M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5",
  loud: "M4 10v4h3.500l4.500 4V6L7.500 10H4zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11",
  quiet: "M4 10v4h3.500l4.500 4V6L7.500 10H4zM16.500 9.500l5 5M21.500 9.500l-5 5",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
  before: "M14.500 6l-6 6 6 6",
  after: "M9.500 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  camera: "M4 8a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM16 10.500l4.500-2.500v8l-4.500-2.500",
  "no-signal": "M3 3l18 18M10 6h4.500a2 2 0 0 1 2 2v2.500l4.500-3v9M16.500 16.500a2 2 0 0 1-2 1.500H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2",
  shot: "M4 9a2 2 0 0 1 2-2h2l1.500-2h5L16 7h2a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM12 15.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  record: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  phone: "M8 3h8a1.500 1.500 0 0 1 1.500 1.500v15A1.500 1.500 0 0 1 16 21H8a1.500 1.500 0 0 1-1.500-1.500v-15A1.500 1.500 0 0 1 8 3zM11 18h2",
  again: "M19.500 12a7.500 7.500 0 1 1-2.300-5.400M19.500 3.500V8H15",
  reply: "M9.500 6L4.500 11l5 5M4.500 11H14a5.500 5.500 0 0 1 5.500 5.500V19",
  smile: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM8.500 13.500a4 4 0 0 0 7 0M9.200 9.500h.01M14.800 9.500h.01",
  pin: "M9 4h6l-1 6 3.500 3.500h-11L10 10zM12 13.500V20",
  send: "M4.500 12L4 4.500 21 12 4 19.500zM4.500 12H12",
  people: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.500 19a5.500 5.500 0 0 1 11 0M15.500 5.300a3 3 0 0 1 0 5.500M17 14a5.500 5.500 0 0 1 3.500 5",
  shield: "M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  remove: "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13M10.500 11v5M13.500 11v5",
  person: "M12 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20a7 7 0 0 1 14 0",
  program: "M4 5h16v14H4zM7.500 9.500l3 2.500-3 2.500M12.500 15h4",
  screen: "M3.500 5h17v11h-17zM9 20h6M12 16v4",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.500h4M4 14.500h4M16 9.500h4M16 14.500h4",
  upload: "M12 16V5M7.500 9.500L12 5l4.500 4.500M4.500 16v3h15v-3",
  play: "M7.500 5l11 7-11 7z",
  pause: "M8 5.500v13M16 5.500v13",
  down: "M6 9.500l6 6 6-6",
  up: "M6 14.500l6-6 6 6",
  talk: "M4.500 5.500h15v10.500h-8l-4 3.500v-3.500h-3zM8.500 9.500h7M8.500 12.500h4.500",
  gear: "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  list: "M4 6h11M4 11h11M4 16h7M16 14l5 3-5 3z",
  auto: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4z",
};
const STROKES = { more: "2.600", grip: "2.400" };
const SPACE = "http://www.w3.org/2000/svg";

function icon(name) {
  return drawn(PATHS[name], STROKES[name] ?? "1.700");
}

function gridIcon(side) {
  const step = 16 / side;
  const lines = Array.from({ length: side - 1 }, (_, place) => 4 + step * (place + 1));
  return drawn(`M4 4h16v16H4z${lines.map((at) => `M${at} 4v16M4 ${at}h16`).join("")}`, "1.500");
}

function drawn(path, stroke) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const line = document.createElementNS(SPACE, "path");
  const attributes = { d: path, fill: "none", stroke: "currentColor", "stroke-width": stroke, "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, value);
  svg.append(line);
  return svg;
}

// text-pieces.js

function piecesOf(text, spans) {
  const points = [...text];
  const pieces = [];
  let at = 0;
  const add = (/** @type {Piece["kind"]} */ kind, /** @type {number} */ end, target = "") => {
    if (end > at) pieces.push({ kind, text: points.slice(at, end).join(""), target });
    at = Math.max(at, end);
  };
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    if (span.start < at || span.end > points.length || span.end <= span.start) continue;
    const isLink = span.kind === "link";
    if (isLink && !webAddress(span.target)) continue;
    if (!isLink && span.kind !== "mention") continue;
    add("text", span.start);
    add(isLink ? "link" : "mention", span.end, isLink ? webAddress(span.target) : span.target);
  }
  add("text", points.length);
  return pieces;
}

function webAddress(target) {
  try {
    const url = new URL(target);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}

// message-view.js

const LINES = { unread: "New messages", gap: "You were away for long: the messages between are in the history", begin: "This is the beginning" };
const ROLES = { guest: "Guest", member: "", moderator: "Moderator", owner: "Owner" };

function rowView(row, actions) {
  if (row.kind === "day") return el("div", { class: "line day" }, el("span", {}, dayWords(row.at)));
  if (row.kind === "message") return messageView(row, actions);
  if (row.kind === "unsent") return unsentView(row, actions);
  return el("div", { class: `line ${row.kind}` }, el("span", {}, LINES[row.kind]));
}

function signOf(person) {
  return el("span", { class: "sign", "data-colour": String(colourOf(person.id)), "aria-hidden": "true" }, initialsOf(person.name));
}

function nameView(person) {
  const role = ROLES[person.role] ?? "";
  return el("span", { class: "who" }, el("bdi", { class: "name" }, person.name), role ? el("span", { class: "role", "data-role": person.role }, role) : "");
}

function textView(text, spans, me = "") {
  return piecesOf(text, spans).map((piece) => {
    if (piece.kind === "link") return el("a", { href: piece.target, target: "_blank", rel: "noopener nofollow ugc" }, piece.text);
    if (piece.kind === "mention") return el("span", { class: piece.target === me ? "mention is-me" : "mention" }, piece.text);
    return document.createTextNode(piece.text);
  });
}

function messageView(row, actions) {
  const { message, isContinued, isMine, isForMe } = row;
  const { author } = message;
  const classes = ["message", isContinued ? "continued" : "", isMine ? "mine" : "", isForMe ? "for-me" : "", message.is_deleted ? "deleted" : ""];
  const body = el(
    "div",
    { class: "body" },
    !isContinued && el("div", { class: "head" }, nameView(author), timeView(message, actions)),
    message.reply_to && quoteView(message.reply_to, actions),
    message.is_deleted ? el("p", { class: "text" }, "Message deleted") : el("p", { class: "text", dir: "auto" }, ...textView(message.text, message.spans, actions.me())),
    message.edited_at && !message.is_deleted ? el("span", { class: "note", title: fullTimeWords(message.edited_at) }, "edited") : "",
    reactionsView(row, actions),
  );
  const words = `${author.name}, ${clockWords(message.at)}`;
  const side = isContinued ? el("time", { class: "side", datetime: new Date(message.at * 1000).toISOString() }, clockWords(message.at).replace(/\s?[AP]M$/i, "")) : signOf(author);
  return el("article", { class: classes.filter(Boolean).join(" "), tabindex: "-1", "data-seq": String(message.seq), "aria-label": words }, side, body);
}

function timeView({ at, media_time_s: place }, actions) {
  const time = el("time", { datetime: new Date(at * 1000).toISOString(), title: fullTimeWords(at) }, clockWords(at));
  if (place === null || !actions.canSeek()) return time;
  const button = el("button", { type: "button", class: "place", "aria-label": `Play from ${placeWords(place)}`, onclick: () => actions.onSeek(place) }, placeWords(place));
  return el("span", { class: "times" }, button, time);
}

function quoteView(quote, actions) {
  const label = `Answers ${quote.name}: show that message`;
  return el("button", { type: "button", class: "quote", "aria-label": label, onclick: () => actions.onJump(quote.seq) }, el("bdi", { class: "name" }, quote.name), el("span", { dir: "auto" }, quote.text || "Message deleted"));
}

function reactionsView({ message, mine }, actions) {
  if (message.reactions.length === 0) return null;
  const own = new Set(mine.split(" "));
  const chips = message.reactions.map(({ emoji, count }) =>
    el("button", { type: "button", class: "reaction", "aria-pressed": String(own.has(emoji)), "aria-label": `${emoji} ${count}`, onclick: () => actions.onReact(message.seq, emoji) }, el("span", {}, emoji), String(count)),
  );
  return el("div", { class: "reactions" }, ...chips);
}

function unsentView({ unsent, isContinued, isOffline }, actions) {
  const isFailed = unsent.state === "failed";
  const button = (/** @type {string} */ words, /** @type {() => void} */ run) => el("button", { type: "button", class: "link", onclick: run }, words);
  const note = isFailed
    ? el("div", { class: "note bad" }, unsent.words, " ", button("Send again", () => actions.onAgain(unsent.id)), " ", button("Remove", () => actions.onGiveUp(unsent.id)))
    : el("span", { class: "note" }, isOffline ? "Waits for the connection" : "Sending …");
  const side = el("span", { class: "side" }, isFailed ? icon("no-signal") : "");
  return el("div", { class: `message mine unsent${isContinued ? " continued" : ""}`, "data-state": unsent.state }, side, el("div", { class: "body" }, el("p", { class: "text", dir: "auto" }, unsent.text), note));
}

// room-panel.js

class RoomPanel {
  #title = el("h3", { id: "panel-title" });
  #wrong = el("p", { class: "bad", role: "alert", hidden: true });
  body = el("div", { class: "panel-body" });
  element = el("section", { class: "panel", role: "dialog", "aria-labelledby": "panel-title", hidden: true });
  #opener = null;
  #onClose = () => {};
  name = "";

  constructor() {
    const close = el("button", { type: "button", class: "tool", "aria-label": "Close", onclick: () => this.close() }, icon("close"));
    this.element.append(el("div", { class: "panel-head" }, this.#title, close), this.body);
    this.element.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.close();
    });
  }

  open(name, title, parts, onClose = () => {}) {
    this.#onClose();
    if (this.element.hidden) this.#opener = /** @type {HTMLElement | null} */ (/** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement);
    this.#onClose = onClose;
    this.name = name;
    say(this.#title, title);
    this.fail("");
    this.body.replaceChildren(...parts.filter((part) => part !== null), this.#wrong);
    this.element.hidden = false;
    const first = this.body.querySelector("input, textarea, select, button") ?? this.element.querySelector("button");
    if (first instanceof HTMLElement) first.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.name = "";
    this.body.replaceChildren();
    this.#onClose();
    this.#onClose = () => {};
    if (this.#opener?.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  fail(words) {
    this.#wrong.hidden = words === "";
    say(this.#wrong, words);
  }

  async attempt(run, button) {
    if (button) button.disabled = true;
    this.fail("");
    try {
      await run();
      return true;
    } catch (error) {
      this.fail(sentenceOf(/** @type {Error} */ (error).message));
      return false;
    } finally {
      if (button) button.disabled = false;
    }
  }

  ask(name, title, parts, { words, isGrave = false, run, then = () => {} }) {
    const yes = /** @type {HTMLButtonElement} */ (el("button", { type: "submit", class: isGrave ? "button grave" : "button primary" }, words));
    const form = el("form", { class: "form", novalidate: true }, ...parts, el("div", { class: "form-actions" }, el("button", { type: "button", class: "button", onclick: () => this.close() }, "Cancel"), yes));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!(await this.attempt(run, yes))) return;
      this.close();
      then();
    });
    this.open(name, title, [form]);
  }
}

function field(label, control, hint = "") {
  return el("label", { class: "field" }, el("span", {}, label), control, hint && el("small", {}, hint));
}

function select(choices, chosen = "") {
  return /** @type {HTMLSelectElement} */ (el("select", {}, ...choices.map(([value, words]) => el("option", { value, selected: value === chosen }, words))));
}

// moderation.js

const TIMEOUTS = [["60", "1 minute"], ["300", "5 minutes"], ["900", "15 minutes"], ["3600", "1 hour"], ["86400", "1 day"], ["604800", "1 week"]];
const BANS = [["", "For good"], ["86400", "1 day"], ["604800", "1 week"], ["2592000", "30 days"]];
const SCOPES = [["account", "This person"], ["session", "This browser"], ["address", "This network address"]];
const SCOPE_WORDS = { session: "one browser", address: "network address" };
const SLOW = [["0", "Off"], ["3", "3 s"], ["5", "5 s"], ["10", "10 s"], ["30", "30 s"], ["60", "1 minute"], ["300", "5 minutes"]];
const HELD = { word: "a word of the list", link: "a link", new: "a new account" };
const GUESTS = [["off", "Not at all"], ["read", "May read"], ["write", "May write"]];
const LINKS = [["allowed", "From everybody"], ["members", "From members"], ["held", "Held until a moderator agrees"], ["refused", "From nobody"]];

class Moderation {
  #chat;
  #panel;

  constructor(chat, panel) {
    this.#chat = chat;
    this.#panel = panel;
  }

  act(action, fields = {}) {
    return this.#chat.act({ type: "moderate", action, ...fields });
  }

  restrict(person, action) {
    const isBan = action === "ban";
    const long = select(/** @type {[string, string][]} */ (isBan ? BANS : TIMEOUTS), isBan ? "" : "300");
    const scope = select(/** @type {[string, string][]} */ (SCOPES));
    const reason = /** @type {HTMLInputElement} */ (el("input", { maxlength: "200", autocomplete: "off" }));
    const words = isBan ? "It ends what this person has open here, at once." : "This person can read, and cannot write until then.";
    const parts = [el("p", { class: "quiet" }, words), field("For", long), isBan ? field("Whom", scope) : null, field("Reason", reason, "The person sees it. It stands in the audit log.")];
    const run = () => this.act(action, { target: person.id, seconds: long.value ? Number(long.value) : null, reason: reason.value.trim(), scope: scope.value });
    this.#panel.ask(action, `${isBan ? "Ban" : "Time out"} ${person.name}`, parts, { words: isBan ? "Ban" : "Time out", isGrave: isBan, run });
  }

  clear(person) {
    this.#panel.ask("clear", `Delete all messages of ${person.name}`, [el("p", { class: "quiet" }, "Nobody sees them any more, and nothing brings them back.")], { words: "Delete all", isGrave: true, run: () => this.act("clear", { target: person.id }) });
  }

  report(message) {
    const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "3", maxlength: "500" }));
    const quote = el("blockquote", { class: "held" }, nameView(message.author), el("p", { class: "text", dir: "auto" }, ...textView(message.text, message.spans)));
    this.#panel.ask("report", "Report a message", [quote, field("What is wrong with it?", words, "The moderators of this room see it.")], { words: "Report", run: () => this.#chat.act({ type: "report", seq: message.seq, text: words.value.trim() }), then: () => this.#chat.hooks.onNotice("The moderators see your report.") });
  }

  async openQueue() {
    const list = el("div", { class: "queue", "aria-busy": "true" }, el("p", { class: "quiet" }, "Loading …"));
    const stop = this.#chat.connection.on("moderation", () => void this.#fillQueue(list));
    this.#panel.open("queue", "Waiting for moderators", [list], stop);
    await this.#fillQueue(list);
  }

  async #fillQueue(list) {
    await this.#panel.attempt(async () => {
      const { held, reports } = await this.#chat.api.get("/queue", {});
      list.setAttribute("aria-busy", "false");
      const cards = [...held.map((/** @type {any} */ one) => this.#heldCard(one, list)), ...reports.map((/** @type {any} */ one) => this.#reportCard(one, list))];
      list.replaceChildren(...(cards.length ? cards : [el("p", { class: "quiet empty-words" }, "Nothing waits. Held messages and reports of members appear here.")]));
    });
  }

  #heldCard(held, list) {
    const { author, text } = held;
    return el(
      "article",
      { class: "card" },
      el("div", { class: "card-head" }, nameView(author), el("span", { class: "quiet" }, `Held for ${HELD[held.reason] ?? held.reason}`)),
      el("p", { class: "text", dir: "auto" }, text),
      this.#buttons(list, [["Publish", () => this.act("release", { target: held.id })], ["Refuse", () => this.act("refuse", { target: held.id })]], author),
    );
  }

  #reportCard(report, list) {
    const { message, by } = report;
    const { author, seq } = message;
    return el(
      "article",
      { class: "card" },
      el("div", { class: "card-head" }, nameView(author), el("span", { class: "quiet" }, `Reported by ${by}`)),
      el("p", { class: "text", dir: "auto" }, message.is_deleted ? "Message deleted" : message.text),
      report.text ? el("p", { class: "quiet", dir: "auto" }, `“${report.text}”`) : "",
      this.#buttons(list, [["Delete message", async () => (await this.act("delete", { target: seq }), this.act("resolve", { target: report.id }))], ["Nothing wrong", () => this.act("resolve", { target: report.id })]], author),
    );
  }

  #buttons(list, actions, author) {
    const buttons = actions.map(([words, run]) =>
      el("button", { type: "button", class: "button", onclick: async (event) => {
        const done = await this.#panel.attempt(run, /** @type {HTMLButtonElement} */ (event.currentTarget));
        if (done && this.#panel.name === "queue") await this.#fillQueue(list);
      } }, words),
    );
    const more = author ? el("button", { type: "button", class: "button", onclick: () => this.restrict(author, "timeout") }, "Time out") : "";
    return el("div", { class: "card-actions" }, ...buttons, more);
  }

  async openRestrictions() {
    const list = el("div", { class: "queue" }, el("p", { class: "quiet" }, "Loading …"));
    this.#panel.open("restrictions", "Time-outs and bans", [list]);
    await this.#fillRestrictions(list);
  }

  async #fillRestrictions(list) {
    await this.#panel.attempt(async () => {
      const { restrictions } = await this.#chat.api.get("/restrictions", {});
      const cards = restrictions.map((/** @type {any} */ one) => this.#restrictionCard(one, list));
      list.replaceChildren(...(cards.length ? cards : [el("p", { class: "quiet empty-words" }, "Nobody is timed out or banned.")]));
    });
  }

  #restrictionCard(one, list) {
    const until = one.until ? `for ${waitWords(one.until - this.#chat.hooks.now())} more` : "for good";
    const lift = el("button", { type: "button", class: "button", onclick: async (event) => {
      const run = () => this.act("lift", { target: one.id });
      if (await this.#panel.attempt(run, /** @type {HTMLButtonElement} */ (event.currentTarget))) await this.#fillRestrictions(list);
    } }, "Lift");
    const facts = [`by ${one.by}`, `${dayWords(one.created_at)}, ${clockWords(one.created_at)}`, SCOPE_WORDS[one.scope] ?? "", one.network].filter(Boolean).join(" · ");
    return el("article", { class: "card" }, el("div", { class: "card-head" }, el("bdi", { class: "name" }, one.name || one.author), el("span", { class: "quiet" }, `${one.kind === "ban" ? "Banned" : "Timed out"} ${until}`)), one.reason ? el("p", { class: "text", dir: "auto" }, one.reason) : "", el("p", { class: "quiet" }, facts), el("div", { class: "card-actions" }, lift));
  }

  openSettings() {
    const now = this.#chat.log.settings;
    const slow = select(withValue(/** @type {[string, string][]} */ (SLOW), String(now.slow_s ?? 0)), String(now.slow_s ?? 0));
    const links = select(/** @type {[string, string][]} */ (LINKS), now.links ?? "allowed");
    const open = select([["true", "Everybody who may"], ["false", "Only moderators"]], String(now.is_open ?? true));
    const isOwner = this.#chat.you?.role === "owner";
    const guests = select(/** @type {[string, string][]} */ (GUESTS), now.guests ?? "off");
    const words = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "4", spellcheck: "false" }));
    words.value = (now.words ?? []).join("\n");
    const action = select([["held", "Held until a moderator agrees"], ["refused", "Refused"]], now.words_action ?? "held");
    const patch = () => ({
      slow_s: Number(slow.value),
      links: links.value,
      is_open: open.value === "true",
      words: words.value.split("\n").map((word) => word.trim()).filter(Boolean),
      words_action: action.value,
      ...(isOwner ? { guests: guests.value } : {}),
    });
    const parts = [
      field("Slow mode: time between two messages of a person", slow),
      field("Who may write", open),
      isOwner ? field("People without an account", guests) : null,
      field("Links", links),
      field("Words, one a line", words, "Whole texts that appear in a message, whatever their case."),
      field("A message with such a word is", action),
    ];
    this.#panel.ask("settings", "Rules of this room", parts, { words: "Save", run: () => this.act("settings", { settings: patch() }) });
  }
}

function withValue(choices, value) {
  return choices.some(([one]) => one === value) ? choices : [...choices, [value, sentenceOf(waitWords(Number(value))).replace(/\.$/, "")]];
}

// people-panel.js

const FOUND_PAGE = 30;
const LONGEST_NAME = 40;

class PeoplePanel {
  #chat;
  #panel;
  #actions;

  constructor(chat, panel, actions) {
    this.#chat = chat;
    this.#panel = panel;
    this.#actions = actions;
  }

  openPeople() {
    const list = el("div", { class: "people" });
    const stop = this.#chat.connection.on("presence", () => this.#fillPeople(list));
    this.#panel.open("people", "People here", [list], stop);
    this.#fillPeople(list);
  }

  #fillPeople(list) {
    const { count, members } = this.#chat.presence;
    if (members === null) return list.replaceChildren(el("p", { class: "quiet" }, `${count} people are here: too many for a list.`));
    const order = { owner: 0, moderator: 1, member: 2, guest: 3 };
    const sorted = [...members].sort((one, other) => order[one.role] - order[other.role] || one.name.localeCompare(other.name));
    list.replaceChildren(...sorted.map((person) => this.#personRow(person)));
  }

  #personRow(person) {
    const isMe = person.id === this.#chat.you?.id;
    const isIgnored = this.#chat.ignored.has(person.id);
    const act = async (/** @type {Event} */ event) => {
      const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
      if (await this.#panel.attempt(() => this.#chat.ignore(person.id, !isIgnored), button)) button.replaceWith(this.#personRow(person).lastElementChild ?? "");
    };
    const action = isMe ? el("span", { class: "quiet" }, "You") : el("button", { type: "button", class: "link", onclick: act, "aria-label": `${isIgnored ? "No longer ignore" : "Ignore"} ${person.name}` }, isIgnored ? "Ignored" : "Ignore");
    return el("div", { class: "person" }, signOf(person), nameView(person), action);
  }

  openName(words = "Others see it beside what you write.") {
    const name = /** @type {HTMLInputElement} */ (el("input", { maxlength: String(LONGEST_NAME), autocomplete: "nickname", required: true }));
    name.value = this.#chat.you?.name ?? "";
    this.#panel.ask("name", "Your name here", [field("Name", name, words)], { words: "Use this name", run: () => this.#actions.onRename(name.value.trim()) });
    name.select();
  }

  openSearch() {
    const query = /** @type {HTMLInputElement} */ (el("input", { type: "search", "aria-label": "Search in this room", placeholder: "Words in messages", autocomplete: "off" }));
    const found = el("div", { class: "found" });
    const count = el("p", { class: "quiet", role: "status" });
    const form = el("form", { class: "search" }, query);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (query.value.trim()) void this.#search(query.value.trim(), found, count);
    });
    this.#panel.open("search", "Search", [form, count, found]);
  }

  async #search(q, found, count, before) {
    await this.#panel.attempt(async () => {
      const { messages } = await this.#chat.api.messages({ q, before, most: FOUND_PAGE });
      const rows = messages.reverse().map((message) => this.#foundRow(message));
      found.querySelector(".more")?.remove();
      if (before) found.append(...rows);
      else found.replaceChildren(...rows);
      say(count, found.children.length ? "" : `No message here has “${q}”.`);
      if (messages.length < FOUND_PAGE) return;
      const last = messages[messages.length - 1].seq;
      found.append(el("button", { type: "button", class: "button more", onclick: () => this.#search(q, found, count, last) }, "Older ones"));
    });
  }

  #foundRow(message) {
    const { author, at, seq } = message;
    const jump = () => {
      this.#panel.close();
      this.#actions.onJump(seq);
    };
    return el("button", { type: "button", class: "hit", onclick: jump }, el("span", { class: "hit-head" }, el("bdi", { class: "name" }, author.name), el("span", { class: "quiet" }, `${dayWords(at)}, ${clockWords(at)}`)), el("span", { class: "text", dir: "auto" }, ...textView(message.text, []) ));
  }
}

// mention.js

const MOST_SHOWN = 6;
const LONGEST_QUERY = 64;

function mentionAt(text, caret) {
  const before = text.slice(0, caret);
  const start = before.lastIndexOf("@");
  if (start < 0 || caret - start > LONGEST_QUERY) return null;
  if (start > 0 && !/[\s([{"'.,;:!?]/.test(before[start - 1])) return null;
  const query = before.slice(start + 1);
  return /[\n@]|\s\s|^\s/.test(query) ? null : { start, query };
}

function completions(query, names) {
  const wanted = query.toLocaleLowerCase();
  const fits = (/** @type {string} */ name) => {
    const low = name.toLocaleLowerCase();
    if (low.startsWith(wanted)) return 0;
    return low.split(/[\s._-]+/).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  const found = [...new Set(names)].map((name) => ({ name, rank: fits(name) })).filter((one) => one.rank < 2);
  return found.sort((one, other) => one.rank - other.rank || one.name.localeCompare(other.name)).slice(0, MOST_SHOWN).map((one) => one.name);
}

function withMention(text, caret, start, name) {
  const begin = `${text.slice(0, start)}@${name} `;
  return { text: begin + text.slice(caret).replace(/^ /, ""), caret: begin.length };
}

// composer.js

const MOST_ROWS = 7;
const COUNT_FROM = 0.85;
const LONGEST_TEXT = 2000;

class Composer {
  #field = /** @type {HTMLTextAreaElement} */ (el("textarea", { rows: "1", placeholder: "Message", "aria-label": "Message", "aria-autocomplete": "list", enterkeyhint: "send", autocomplete: "off" }));
  #send = /** @type {HTMLButtonElement} */ (el("button", { type: "button", class: "tool send", "aria-label": "Send", title: "Send", onclick: () => this.#submit() }, icon("send")));
  #about = el("div", { class: "about", hidden: true });
  #aboutWords = el("span", {});
  #count = el("span", { class: "count", "aria-hidden": "true" });
  #hint = el("p", { class: "hint", role: "status" });
  #list = el("ul", { class: "names", role: "listbox", id: "names", "aria-label": "People", hidden: true });
  #replyTo = null;
  #editing = null;
  #longest = LONGEST_TEXT;
  #waitS = 0;
  #refused = "";
  #place = 0;
  element;

  constructor(hooks) {
    this.hooks = hooks;
    this.#about.append(this.#aboutWords, el("button", { type: "button", class: "tool small", "aria-label": "Cancel", onclick: () => this.#cancel() }, icon("close")));
    const emoji = el("button", { type: "button", class: "tool", "aria-label": "Emoji", title: "Emoji", "aria-haspopup": "dialog", onclick: (event) => hooks.onEmoji(/** @type {HTMLElement} */ (event.currentTarget)) }, icon("smile"));
    this.element = el("div", { class: "composer" }, this.#list, this.#about, el("div", { class: "write" }, this.#field, this.#count, emoji, this.#send), this.#hint);
    this.#field.addEventListener("input", () => this.#onInput());
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#field.addEventListener("blur", () => this.#closeNames());
    this.#show();
  }

  get text() {
    return this.#field.value;
  }

  get isEmpty() {
    return this.#field.value.trim() === "" && !this.#editing;
  }

  put(text, replyTo = null) {
    this.#field.value = text;
    this.#replyTo = replyTo;
    this.hooks.onDraft(text);
    this.#show();
  }

  insert(emoji) {
    const { selectionStart: from, selectionEnd: to } = this.#field;
    this.#field.setRangeText(emoji, from, to, "end");
    this.#onInput();
    this.#field.focus();
  }

  reply(message) {
    this.#editing = null;
    this.#replyTo = message;
    this.#show();
    this.#field.focus();
  }

  edit(message) {
    this.#editing = message;
    this.#replyTo = null;
    this.#field.value = message.text;
    this.#show();
    this.#field.focus();
  }

  set longest(longest) {
    this.#longest = longest || LONGEST_TEXT;
  }

  get refused() {
    return this.#refused;
  }

  wait(words, waitS) {
    if (words === this.#refused && Math.ceil(waitS) === Math.ceil(this.#waitS)) return;
    this.#refused = words;
    this.#waitS = waitS;
    this.#show();
  }

  focus() {
    this.#field.focus();
  }

  #onInput() {
    this.#refused = "";
    this.#show();
    this.#complete();
    this.hooks.onDraft(this.#editing ? "" : this.#field.value);
    if (this.#field.value.trim()) this.hooks.onTyping();
  }

  #show() {
    const { value } = this.#field;
    const length = [...value].length;
    const about = this.#editing ?? this.#replyTo;
    this.#field.rows = Math.min(MOST_ROWS, value.split("\n").length);
    this.#about.hidden = about === null;
    if (about) this.#aboutWords.replaceChildren(this.#editing ? "Edit your message" : el("span", {}, "Answer ", el("bdi", { class: "name" }, about.author.name), ": ", about.text.slice(0, 100)));
    say(this.#count, length > this.#longest * COUNT_FROM ? String(this.#longest - length) : "");
    this.#count.classList.toggle("bad", length > this.#longest);
    this.#send.disabled = value.trim() === "" || length > this.#longest || (this.#waitS > 0 && !this.#editing);
    say(this.#hint, this.#words(length));
  }

  #words(length) {
    if (length > this.#longest) return `At most ${this.#longest} characters: ${length - this.#longest} too many.`;
    const wait = this.#waitS > 0 ? `You can write again in ${waitWords(this.#waitS)}.` : "";
    return [this.#refused, wait].filter(Boolean).join(" ");
  }

  #submit() {
    if (this.#send.disabled) return;
    const text = this.#field.value.trim();
    if (this.#editing) this.hooks.onEdit(text, this.#editing.seq);
    else {
      const refused = this.hooks.onSend(text, this.#replyTo);
      if (refused) return this.wait(refused, this.#waitS);
    }
    this.#refused = "";
    this.#cancel(true);
    this.#field.focus();
  }

  #cancel(isSent = false) {
    if (isSent || this.#editing) this.#field.value = "";
    this.#editing = this.#replyTo = null;
    this.hooks.onDraft(this.#field.value);
    this.#closeNames();
    this.#show();
  }

  #onKey(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (!this.#list.hidden && this.#onNameKey(key)) return event.preventDefault();
    if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (key === "Escape" && (this.#editing || this.#replyTo)) {
      event.preventDefault();
      event.stopPropagation();
      this.#cancel();
    } else if (key === "ArrowUp" && this.#field.value === "") {
      event.preventDefault();
      this.hooks.onEditLast();
    }
    event.stopPropagation();
  }

  #complete() {
    const found = mentionAt(this.#field.value, this.#field.selectionStart);
    const names = found ? completions(found.query, this.hooks.names()) : [];
    if (!found || names.length === 0) return this.#closeNames();
    this.#place = 0;
    this.#list.hidden = false;
    this.#field.setAttribute("aria-controls", "names");
    this.#list.replaceChildren(...names.map((name, at) => el("li", { role: "option", id: `name-${at}`, onpointerdown: (event) => (event.preventDefault(), this.#take(name)) }, el("bdi", {}, name))));
    this.#mark();
  }

  #mark() {
    [...this.#list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#place)));
    this.#field.setAttribute("aria-activedescendant", `name-${this.#place}`);
  }

  #onNameKey(key) {
    const count = this.#list.children.length;
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.#place = (this.#place + (key === "ArrowDown" ? 1 : count - 1)) % count;
      this.#mark();
    } else if (key === "Enter" || key === "Tab") this.#take(this.#list.children[this.#place].textContent ?? "");
    else if (key === "Escape") this.#closeNames();
    else return false;
    return true;
  }

  #take(name) {
    const found = mentionAt(this.#field.value, this.#field.selectionStart);
    if (!found) return;
    const { text, caret } = withMention(this.#field.value, this.#field.selectionStart, found.start, name);
    this.#field.value = text;
    this.#field.setSelectionRange(caret, caret);
    this.#closeNames();
    this.#onInput();
  }

  #closeNames() {
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#field.removeAttribute("aria-activedescendant");
    this.#field.removeAttribute("aria-controls");
  }
}

// emoji-picker.js

const QUICK = ["👍", "❤️", "😂"];
const GROUPS = [
  ["Reactions", ["👍", "👎", "❤️", "😂", "😮", "😢", "😡", "🎉", "🔥", "👏", "🙏", "👀", "💯", "✅", "❌", "❓"]],
  ["Faces", ["😀", "😅", "🙂", "😉", "😍", "🤩", "😎", "🤔", "🙄", "😴", "😬", "🤯", "🥳", "😱", "🤗", "🫡"]],
  ["Things", ["👋", "✌️", "🤝", "💪", "🐶", "🐱", "🦊", "🐦", "☀️", "🌧️", "❄️", "🌈", "🚗", "🚲", "📦", "🎥"]],
];
const COLUMNS = 8;
const MARGIN_PX = 8;

class EmojiPicker {
  #box = el("div", { class: "picker", popover: "auto", role: "dialog", "aria-label": "Emoji" });
  #onPick = () => {};

  constructor() {
    for (const [title, emoji] of GROUPS) {
      const buttons = emoji.map((one) => el("button", { type: "button", "aria-label": one, onclick: () => this.#pick(one) }, one));
      this.#box.append(el("div", { class: "picker-title" }, title), el("div", { class: "picker-grid" }, ...buttons));
    }
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get element() {
    return this.#box;
  }

  open(at, onPick) {
    this.#onPick = onPick;
    this.#box.showPopover();
    const from = at.getBoundingClientRect();
    const { width, height } = this.#box.getBoundingClientRect();
    const top = from.top - height - 6 > MARGIN_PX ? from.top - height - 6 : Math.min(from.bottom + 6, innerHeight - height - MARGIN_PX);
    const left = Math.min(Math.max(MARGIN_PX, from.right - width), innerWidth - width - MARGIN_PX);
    const style = this.#box.style;
    [style.left, style.top] = [`${left}px`, `${Math.max(MARGIN_PX, top)}px`];
    this.#buttons()[0]?.focus();
  }

  #pick(emoji) {
    this.#box.hidePopover();
    this.#onPick(emoji);
  }

  #buttons() {
    return [...this.#box.querySelectorAll("button")];
  }

  #onKey(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };
    const buttons = this.#buttons();
    const step = steps[event.key];
    if (!step) return;
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target)) + step;
    event.preventDefault();
    buttons[at]?.focus();
  }
}

// message-list.js

const END_PX = 48;
const TOP_PX = 240;
const FLASH_MS = 1600;

class MessageList {
  #rows = el("div", { class: "rows" });
  element = el("div", { class: "scroll", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "0" }, this.#rows);
  #shown = new Map();
  #isFollowing = true;
  #actions;
  #hooks;

  constructor(actions, hooks) {
    this.#actions = actions;
    this.#hooks = hooks;
    this.element.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.#rows.addEventListener(kind, (event) => {
        const message = /** @type {Element} */ (event.target).closest("article");
        if (message) hooks.onActive(message);
      });
    }
    new ResizeObserver(() => this.#isFollowing && this.#toEnd()).observe(this.element);
  }

  show(rows, isFollowing) {
    const anchor = isFollowing ? null : this.#anchor();
    this.#isFollowing = isFollowing;
    this.#reconcile(rows);
    if (isFollowing) this.#toEnd();
    else if (anchor) this.element.scrollTop += anchor.node.offsetTop - anchor.top;
    this.#askForMore();
  }

  jump(seq) {
    const node = this.#shown.get(`m${seq}`)?.node;
    if (!node) return false;
    this.#isFollowing = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.add("flash");
    setTimeout(() => node.classList.remove("flash"), FLASH_MS);
    return true;
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }

  #reconcile(rows) {
    const before = this.#shown;
    const now = new Map();
    for (const row of rows) {
      const old = before.get(row.key);
      const isKept = old !== undefined && isSameRow(old.row, row);
      now.set(row.key, { row, node: isKept ? old.node : rowView(row, this.#actions) });
      if (!isKept && old) old.node.replaceWith(now.get(row.key).node);
    }
    for (const [key, { node }] of before) if (!now.has(key)) node.remove();
    let next = this.#rows.firstElementChild;
    for (const { node } of now.values()) {
      if (node === next) next = node.nextElementSibling;
      else this.#rows.insertBefore(node, next);
    }
    this.#shown = now;
  }

  #anchor() {
    const top = this.element.scrollTop;
    for (const { row, node } of this.#shown.values()) {
      if (row.kind === "message" && node.offsetTop + node.offsetHeight > top) return { node: this.#kept(row.key), top: node.offsetTop };
    }
    return null;
  }

  #kept(key) {
    const shown = () => this.#shown.get(key)?.node;
    const first = shown();
    return {
      get offsetTop() {
        return (shown() ?? first)?.offsetTop ?? 0;
      },
    };
  }

  #toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < END_PX;
  }

  #onScroll() {
    if (this.element.clientHeight === 0) return;
    this.#isFollowing = this.#isAtEnd();
    this.#hooks.onScroll(this.#isFollowing);
    this.#askForMore();
  }

  #askForMore() {
    if (this.element.clientHeight === 0) return;
    if (this.element.scrollTop < TOP_PX) this.#hooks.onTop();
    if (this.#isAtEnd()) this.#hooks.onEnd();
  }

  #onKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const target = /** @type {HTMLElement} */ (event.target);
    if (!step || target.closest(".toolbar")) return;
    const messages = [...this.#rows.querySelectorAll("article")];
    const at = messages.indexOf(/** @type {HTMLElement} */ (target.closest("article")));
    const next = at < 0 ? messages[messages.length - 1] : messages[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

// message-tools.js

class MessageTools {
  #menu = new Menu();
  #message = null;
  #chat;
  #actions;
  element;

  constructor(chat, actions) {
    this.#chat = chat;
    this.#actions = actions;
    const tool = (/** @type {string} */ label, /** @type {Node | string} */ sign, /** @type {(button: HTMLElement) => void} */ run, name = "") =>
      el("button", { type: "button", class: `tool small ${name}`, "aria-label": label, title: label, onclick: (event) => run(/** @type {HTMLElement} */ (event.currentTarget)) }, sign);
    const quick = QUICK.map((emoji) => tool(`React with ${emoji}`, emoji, () => this.#with((message) => actions.react(message.seq, emoji)), "quick"));
    const more = tool("More", icon("more"), (button) => this.#openMenu(button));
    more.setAttribute("aria-haspopup", "menu");
    this.element = el(
      "div",
      { class: "toolbar", role: "toolbar", "aria-label": "This message" },
      ...quick,
      tool("React", icon("smile"), (button) => this.#with(({ seq }) => actions.pick(button, (emoji) => actions.react(seq, emoji)))),
      tool("Reply", icon("reply"), () => this.#with(actions.reply)),
      more,
    );
  }

  get menu() {
    return this.#menu.element;
  }

  moveTo(message) {
    const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
    const hasFocus = this.element.contains(root.activeElement);
    if (this.#message === message && this.element.parentNode === message) return;
    if (hasFocus || !this.#chat().you || message.classList.contains("deleted")) return;
    this.#message = message;
    this.element.classList.toggle("is-readonly", !this.#chat().you?.may_write);
    message.append(this.element);
  }

  #with(run) {
    const message = this.#actions.find(Number(this.#message?.dataset.seq));
    if (message) run(message);
  }

  #openMenu(button) {
    this.#with((message) => this.#menu.open(button, `Message of ${message.author.name}`, this.#items(message)));
  }

  #items(message) {
    const chat = this.#chat();
    const { author } = message;
    const isMine = author.id === chat.you?.id;
    const isIgnored = chat.ignored.has(author.id);
    const one = (/** @type {boolean} */ isShown, /** @type {Item} */ item) => (isShown ? [item] : []);
    return [
      ...one(isMine && Boolean(chat.you?.may_write), { words: "Edit", run: () => this.#actions.edit(message) }),
      { words: "Copy text", run: () => this.#actions.copy(message) },
      ...one(!isMine, { words: "Report …", run: () => this.#actions.report(message) }),
      ...one(!isMine, { words: isIgnored ? "No longer ignore this person" : "Ignore this person", note: "Only you do not see their messages", run: () => this.#actions.ignore(message, !isIgnored) }),
      ...one(isMine || chat.mayModerate, { words: "Delete", isGrave: true, run: () => this.#actions.remove(message) }),
      ...this.#moderatorItems(message, isMine),
    ];
  }

  #moderatorItems(message, isMine) {
    const chat = this.#chat();
    if (!chat.mayModerate) return [];
    const isPinned = chat.log.pinned?.seq === message.seq;
    const act = (/** @type {"timeout" | "ban" | "clear" | "pin" | "unpin"} */ action) => () => this.#actions.moderate(message, action);
    const pin = { words: isPinned ? "Unpin" : "Pin for all", run: act(isPinned ? "unpin" : "pin") };
    if (isMine) return [pin];
    return [pin, { words: "Time out …", run: act("timeout") }, { words: "Ban …", isGrave: true, run: act("ban") }, { words: "Delete all of this person …", isGrave: true, run: act("clear") }];
  }
}

// room-style-messages.js

const MESSAGE_STYLE = `
.scroll { position: relative; flex: 1; min-height: 0; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; padding: 10px 0 4px; scrollbar-width: thin; }
.rows { display: flex; flex-direction: column; justify-content: flex-end; min-height: 100%; }
.line { display: flex; align-items: center; gap: 10px; margin: 12px 16px 6px; font-size: .78rem; font-weight: 600; color: var(--muted); text-align: center; }
.line::before, .line::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.line.unread { color: var(--bad); }
.line.unread::before, .line.unread::after { border-color: var(--bad); }
.line.begin::before, .line.begin::after { display: none; }
.line.begin { justify-content: center; font-weight: 500; }
.message { position: relative; display: grid; grid-template-columns: 34px minmax(0, 1fr); gap: 0 10px; padding: 3px 14px; margin-top: 9px; }
.message.continued { margin-top: 0; }
.message:hover, .message:focus-within { background: var(--raised); }
.message.for-me { background: color-mix(in srgb, var(--accent) 13%, transparent); box-shadow: inset 3px 0 0 var(--accent); }
.message:focus-visible { outline-offset: -3px; }
.message.flash { animation: flash 1.6s; }
@keyframes flash { 0%, 40% { background: color-mix(in srgb, var(--accent) 28%, transparent); } }
.sign { width: 34px; height: 34px; margin-top: 2px; display: grid; place-items: center; border-radius: 50%; color: #fff; font-size: .76rem; font-weight: 650; letter-spacing: .01em; overflow: hidden; background: #4f5b76; }
.sign[data-colour="1"] { background: #3d5bc2; }
.sign[data-colour="2"] { background: #15795a; }
.sign[data-colour="3"] { background: #9a4a10; }
.sign[data-colour="4"] { background: #8a3a9b; }
.sign[data-colour="5"] { background: #ad2f5b; }
.side { display: grid; justify-items: center; align-content: start; padding-top: 3px; font-size: .68rem; color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
.continued time.side { opacity: 0; }
.continued:is(:hover, :focus-within) time.side { opacity: 1; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; min-width: 0; }
.head time { font-size: .76rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.who { display: inline-flex; flex-wrap: wrap; align-items: baseline; gap: 0 7px; min-width: 0; }
.role { padding: 0 6px; border-radius: 5px; background: var(--raised); color: var(--muted); font-size: .7rem; font-weight: 600; line-height: 1.6; }
.message:hover .role, .message:focus-within .role { background: var(--surface); }
.role[data-role=moderator], .role[data-role=owner] { color: var(--accent); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.text a { color: var(--accent); text-underline-offset: 3px; }
.deleted .text { color: var(--muted); font-style: italic; }
.mention { padding: 0 3px; border-radius: 5px; background: color-mix(in srgb, var(--accent) 16%, transparent); color: var(--accent); font-weight: 560; }
.mention.is-me { background: var(--accent); color: var(--accent-text); }
.note { font-size: .76rem; color: var(--muted); }
.quote { display: flex; gap: 6px; width: 100%; max-width: 100%; margin: 2px 0; padding: 2px 8px; border: 0; border-left: 3px solid var(--line); background: none; color: var(--muted); font-size: .85rem; text-align: left; }
.quote .name { flex: none; max-width: 40%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quote > :last-child { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quote:hover { border-color: var(--accent); color: var(--text); }
.reactions { display: flex; flex-wrap: wrap; gap: 5px; margin: 4px 0 3px; }
.reaction { display: inline-flex; align-items: center; gap: 5px; min-height: 27px; padding: 0 9px; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); color: var(--text); font-size: .82rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.reaction[aria-pressed=true] { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 14%, var(--surface)); }
.times { display: inline-flex; align-items: baseline; gap: 7px; }
.place { padding: 0 6px; border: 0; border-radius: 6px; background: color-mix(in srgb, var(--accent) 14%, transparent); color: var(--accent); font-size: .76rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.unsent .text { color: var(--muted); }
.unsent[data-state=failed] .side { color: var(--bad); }
.toolbar { position: absolute; right: 10px; top: -14px; display: none; padding: 2px; border: 1px solid var(--line); border-radius: 11px; background: var(--surface); box-shadow: 0 4px 14px rgb(0 0 0 / 16%); z-index: 1; }
.message:is(:hover, :focus-within) > .toolbar { display: flex; }
.message:first-of-type > .toolbar { top: 2px; }
.toolbar .quick { font-size: 16px; }
.toolbar.is-readonly > :not(:last-child) { display: none; }
@container (max-width: 560px) { .toolbar .quick { display: none; } }
@media (pointer: coarse) { .toolbar .tool { min-width: 38px; height: 38px; } .reaction { min-height: 34px; } .place, .quote { min-height: 28px; } }
@media (forced-colors: active) { .message.for-me { border-left: 3px solid Highlight; } .sign { border: 1px solid CanvasText; } }
@media (prefers-reduced-motion: reduce) { .message.flash { animation: none; outline: 2px solid var(--accent); outline-offset: -2px; } }
`;

// room-style.js

const ROOM_STYLE = `
:host { display: block; min-width: 0; min-height: 0; height: 100%; contain: content; container-type: inline-size;
  --ground: var(--framecast-ground, light-dark(#f4f5f8, #0d0f14)); --surface: var(--framecast-surface, light-dark(#ffffff, #161a22));
  --raised: var(--framecast-raised, light-dark(#eceef3, #1f2530)); --line: var(--framecast-line, light-dark(#dcdfe7, #2a3140));
  --text: var(--framecast-text, light-dark(#14171f, #e8ebf2)); --muted: var(--framecast-muted, light-dark(#565e6e, #9aa4b6));
  --accent: var(--framecast-accent, light-dark(#4450c8, #98a4ff)); --accent-text: var(--framecast-accent-text, light-dark(#ffffff, #0d0f14));
  --warn: light-dark(#8a5100, #f0b252); --bad: light-dark(#b3261e, #ff8a80); --bad-text: light-dark(#ffffff, #1b0705); --quiet: light-dark(#5c6475, #8b95a8);
  background: var(--surface); color: var(--text); border-radius: var(--framecast-radius, 0);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; -webkit-tap-highlight-color: transparent; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
p, h2, h3, ul { margin: 0; padding: 0; }
button, input, select, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: -2px; border-radius: 8px; }
.icon { width: 20px; height: 20px; display: block; flex: none; }
.room { position: relative; display: flex; flex-direction: column; height: 100%; min-height: 0; }
.room-head { display: flex; align-items: center; gap: 2px; min-height: 52px; padding: 4px 6px 4px 16px; border-bottom: 1px solid var(--line); }
.title { flex: 1; min-width: 0; font-size: 1.02rem; font-weight: 620; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tool { position: relative; min-width: 40px; height: 40px; padding: 0 8px; display: inline-flex; align-items: center; justify-content: center; gap: 5px; border: 0; border-radius: 10px; background: none; color: var(--muted); }
.tool:hover:not(:disabled) { background: var(--raised); color: var(--text); }
.tool.small { min-width: 32px; height: 32px; padding: 0 6px; }
.badge { font-size: .82rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.badge:empty { display: none; }
.ways { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 4px; padding: 4px; margin: 8px 12px 0; border-radius: 11px; background: var(--raised); }
.ways button { min-height: 34px; border: 0; border-radius: 8px; background: none; color: var(--muted); font-weight: 560; font-size: .9rem; }
.ways button[aria-pressed=true] { background: var(--accent); color: var(--accent-text); }
.pinned { display: flex; align-items: flex-start; gap: 8px; max-height: 30%; padding: 9px 10px 9px 16px; border-bottom: 1px solid var(--line); background: var(--raised); font-size: .92rem; }
.pinned > .icon { width: 17px; height: 17px; margin-top: 2px; color: var(--accent); }
.pinned .text { flex: 1; min-width: 0; max-height: 100px; overflow-y: auto; overflow-wrap: anywhere; white-space: pre-wrap; }
.pinned .tool { margin: -5px 0; }
.middle { position: relative; flex: 1; min-height: 0; display: flex; flex-direction: column; }
.empty { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; padding: 16px; text-align: center; color: var(--muted); pointer-events: none; }
.empty strong { color: var(--text); font-weight: 620; }
.empty .icon { width: 34px; height: 34px; opacity: .7; margin-bottom: 6px; }
.spin { width: 26px; height: 26px; border-radius: 50%; border: 3px solid var(--line); border-top-color: var(--accent); animation: turn 1s linear infinite; }
@keyframes turn { to { rotate: 1turn; } }
.newest { position: absolute; left: 50%; bottom: 10px; transform: translateX(-50%); min-height: 36px; padding: 0 16px; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); box-shadow: 0 4px 16px rgb(0 0 0 / 22%); font-size: .88rem; font-weight: 600; white-space: nowrap; }
.newest.is-new { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.foot { padding: 0 10px max(10px, env(safe-area-inset-bottom)); }
.typing { min-height: 1.5em; padding: 0 6px; font-size: .8rem; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.status { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; margin-bottom: 8px; padding: 9px 12px; border-radius: 10px; background: var(--raised); font-size: .9rem; overflow-wrap: anywhere; }
.status[data-kind=offline], .status[data-kind=muted] { box-shadow: inset 3px 0 0 var(--warn); }
.status[data-kind=banned], .status[data-kind=gone] { box-shadow: inset 3px 0 0 var(--bad); }
.status:last-of-type { margin-bottom: 4px; }
.composer { position: relative; }
.about { display: flex; align-items: center; gap: 8px; padding: 4px 2px 4px 10px; margin-bottom: 4px; border-left: 3px solid var(--accent); font-size: .86rem; color: var(--muted); }
.about > span { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.write { display: flex; align-items: flex-end; gap: 2px; padding: 2px; border: 1px solid var(--quiet); border-radius: 12px; background: var(--ground); }
.write:focus-within { outline: 2px solid var(--accent); outline-offset: -1px; }
.write textarea { flex: 1; min-width: 0; min-height: 40px; max-height: 168px; padding: 8px 4px 8px 10px; border: 0; outline: none; background: none; resize: none; field-sizing: content; line-height: 1.5; }
textarea::placeholder, input::placeholder { color: var(--muted); opacity: 1; }
.send:not(:disabled) { color: var(--accent); }
.count { align-self: center; padding: 0 4px; font-size: .78rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.hint { padding: 4px 6px 0; font-size: .84rem; color: var(--warn); overflow-wrap: anywhere; }
.hint:empty, .count:empty { display: none; }
.as { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 14px; padding: 6px 6px 0; font-size: .82rem; color: var(--muted); }
.names { position: absolute; left: 0; right: 0; bottom: calc(100% + 4px); list-style: none; padding: 5px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); box-shadow: 0 12px 40px rgb(0 0 0 / 28%); }
.names li { padding: 8px 10px; border-radius: 8px; cursor: pointer; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.names li[aria-selected=true] { background: var(--raised); }
.name { font-weight: 620; overflow-wrap: anywhere; }
.bad { color: var(--bad) !important; }
.quiet { color: var(--muted); font-size: .88rem; }
.link { padding: 2px; border: 0; background: none; color: var(--accent); font-weight: 560; text-decoration: underline; text-underline-offset: 3px; }
.hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.toast { position: absolute; left: 50%; bottom: 86px; transform: translateX(-50%); width: max-content; max-width: calc(100% - 28px); padding: 8px 15px; border-radius: 12px; background: var(--text); color: var(--surface); font-size: .9rem; pointer-events: none; z-index: 3; }
.toast:empty { display: none; }

.panel { position: absolute; inset: 0; z-index: 2; display: flex; flex-direction: column; background: var(--surface); }
.panel-head { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 8px 6px 4px 16px; }
.panel-head h3 { font-size: 1rem; font-weight: 620; min-width: 0; overflow-wrap: anywhere; }
.panel-body { flex: 1; min-height: 0; overflow-y: auto; padding: 6px 16px 16px; display: flex; flex-direction: column; gap: 12px; overscroll-behavior: contain; }
.form, .queue, .people, .found { display: flex; flex-direction: column; gap: 14px; }
.people { gap: 2px; }
.found { gap: 4px; }
.field { display: grid; gap: 5px; font-size: .92rem; font-weight: 560; }
.field small { font-weight: 400; color: var(--muted); font-size: .84rem; }
.panel :is(input, select, textarea) { width: 100%; min-height: 42px; padding: 8px 12px; border: 1px solid var(--quiet); border-radius: 10px; background: var(--ground); font-weight: 400; }
.panel textarea { resize: vertical; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 38px; padding: 0 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); font-weight: 560; font-size: .92rem; }
.button:hover:not(:disabled) { background: var(--raised); }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.button.grave { background: var(--bad); border-color: var(--bad); color: var(--bad-text); }
.form-actions { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; }
.card { display: grid; gap: 6px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 12px; }
.card-head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 2px 10px; min-width: 0; }
.card-actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 4px; }
.held { margin: 0; padding: 8px 12px; border-left: 3px solid var(--line); max-height: 140px; overflow-y: auto; }
.person { display: grid; grid-template-columns: 34px minmax(0, 1fr) auto; align-items: center; gap: 10px; min-height: 44px; }
.hit { display: grid; gap: 2px; padding: 8px 10px; margin: 0 -10px; border: 0; border-radius: 10px; background: none; text-align: left; }
.hit:hover { background: var(--raised); }
.hit-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 10px; }
.hit .text { display: -webkit-box; -webkit-line-clamp: 3; line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }

.menu { position: fixed; inset: auto; margin: 0; padding: 6px; min-width: 210px; max-width: min(300px, calc(100vw - 16px)); background: var(--surface); color: var(--text); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 12px 40px rgb(0 0 0 / 28%); }
.menu > * { display: block; width: 100%; padding: 9px 12px; border: 0; border-radius: 8px; background: none; color: inherit; font-size: .94rem; text-align: left; text-decoration: none; }
.menu > :is(:hover, :focus-visible):not([aria-disabled=true]) { background: var(--raised); }
.menu > .grave { color: var(--bad); }
.menu-note { display: block; font-size: .82rem; line-height: 1.35; color: var(--muted); }
.picker { position: fixed; inset: auto; margin: 0; padding: 8px; background: var(--surface); color: var(--text); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 12px 40px rgb(0 0 0 / 28%); }
.picker-title { padding: 4px 6px 2px; font-size: .78rem; font-weight: 600; color: var(--muted); }
.picker-grid { display: grid; grid-template-columns: repeat(8, 34px); }
.picker-grid button { width: 34px; height: 34px; padding: 0; border: 0; border-radius: 8px; background: none; font-size: 20px; line-height: 1; }
.picker-grid button:hover { background: var(--raised); }
@media (pointer: coarse) { .tool { min-width: 44px; height: 44px; } .picker-grid { grid-template-columns: repeat(8, 38px); } .picker-grid button { width: 38px; height: 40px; } .button, .menu > * { min-height: 44px; } }
@media (prefers-reduced-motion: reduce) { .spin { animation-duration: 4s; } }
`;

// room-view.js

const TOAST_MS = 5000;
const ANNOUNCE_EVERY_MS = 3000;

class RoomView {
  #chat;
  #title = el("h2", { class: "title" });
  #people;
  #queue;
  #close;
  #replay;
  #pinned = el("div", { class: "pinned", hidden: true });
  #empty = el("div", { class: "empty" });
  #toNewest = el("button", { type: "button", class: "newest", hidden: true });
  #typing = el("p", { class: "typing", "aria-live": "off" });
  #status = el("div", { class: "status", role: "status" });
  #as = el("p", { class: "as", hidden: true });
  #toast = el("div", { class: "toast", role: "status" });
  #announced = el("div", { class: "hush", role: "status" });
  #toastTimer = 0;
  #announcedAt = 0;
  #pinnedShown = "";
  #actions;
  panel = new RoomPanel();
  picker = new EmojiPicker();
  list;
  composer;
  tools;

  constructor(host, chat, actions) {
    this.#chat = chat;
    this.#actions = actions.view;
    this.tools = new MessageTools(() => chat, actions.tools);
    this.list = new MessageList(actions.row, { ...actions.list, onActive: (message) => this.tools.moveTo(message) });
    this.composer = new Composer(actions.composer);
    this.#people = this.#tool("People here", "people", () => actions.view.people());
    this.#queue = this.#tool("Waiting for moderators", "shield", () => actions.view.queue());
    this.#close = this.#tool("Close the chat", "close", () => actions.view.close());
    this.#replay = el("div", { class: "ways", role: "group", "aria-label": "Which messages", hidden: true }, this.#way("Live", false), this.#way("With the video", true));
    this.#toNewest.addEventListener("click", () => actions.view.newest());
    const root = host.attachShadow({ mode: "open", delegatesFocus: false });
    const style = new CSSStyleSheet();
    style.replaceSync(ROOM_STYLE + MESSAGE_STYLE);
    root.adoptedStyleSheets = [style];
    root.append(this.#skeleton());
  }

  #skeleton() {
    const more = this.#tool("More", "more", (button) => this.#actions.more(button));
    more.setAttribute("aria-haspopup", "menu");
    const head = el("header", { class: "room-head", part: "head" }, this.#title, this.#queue, this.#people, this.#tool("Search", "search", () => this.#actions.search()), more, this.#close);
    const middle = el("div", { class: "middle" }, this.list.element, this.#empty, this.#toNewest, this.panel.element);
    const foot = el("div", { class: "foot", part: "foot" }, this.#typing, this.#status, this.composer.element, this.#as);
    return el("section", { class: "room", "aria-label": "Chat" }, head, this.#replay, this.#pinned, middle, foot, this.tools.menu, this.picker.element, this.#toast, this.#announced);
  }

  #tool(label, sign, run) {
    return el("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick: (event) => run(/** @type {HTMLElement} */ (event.currentTarget)) }, icon(sign), el("span", { class: "badge" }));
  }

  #way(words, isReplay) {
    return el("button", { type: "button", onclick: () => this.#actions.replay(isReplay) }, words);
  }

  show(shown) {
    const { room, presence, queue, log, limits, mayModerate } = this.#chat;
    say(this.#title, room?.title || "Chat");
    this.#badge(this.#people, room ? String(presence.count) : "", `People here: ${presence.count}`);
    const waiting = queue.held + queue.reports;
    this.#queue.hidden = !mayModerate;
    this.#badge(this.#queue, waiting ? String(waiting) : "", `Waiting for moderators: ${queue.held} held, ${queue.reports} reported`);
    this.#close.hidden = !shown.isClosable;
    this.#showReplay(shown);
    this.#showPinned();
    this.list.show(shown.rows, shown.isFollowing);
    const count = log.unseen;
    this.#toNewest.hidden = shown.isReplay || shown.isFollowing || shown.rows.length === 0;
    this.#toNewest.classList.toggle("is-new", count > 0);
    say(this.#toNewest, newWords(count));
    say(this.#typing, typingWords(presence.typing.filter((name) => name !== this.#chat.you?.name)));
    this.#showEmpty(shown);
    this.#showStatus(shown);
    this.composer.longest = Number(limits.text_characters ?? 0);
  }

  #badge(button, words, label) {
    const badge = button.querySelector(".badge");
    if (badge) say(badge, words);
    if (button.title === label) return;
    button.title = label;
    button.setAttribute("aria-label", label);
  }

  #showReplay({ canReplay, isReplay }) {
    this.#replay.hidden = !canReplay;
    [...this.#replay.children].forEach((way, at) => way.setAttribute("aria-pressed", String(isReplay === (at === 1))));
  }

  #showPinned() {
    const { pinned } = this.#chat.log;
    const { mayModerate } = this.#chat;
    const key = pinned ? JSON.stringify([pinned, mayModerate]) : "";
    if (key === this.#pinnedShown) return;
    this.#pinnedShown = key;
    this.#pinned.hidden = !pinned;
    if (!pinned) return this.#pinned.replaceChildren();
    const unpin = mayModerate && el("button", { type: "button", class: "tool small", "aria-label": "Unpin", title: "Unpin", onclick: () => this.#actions.unpin() }, icon("close"));
    const text = el("p", { class: "text", dir: "auto" }, el("bdi", { class: "name" }, pinned.author.name), ": ", ...textView(pinned.text, pinned.spans));
    this.#pinned.replaceChildren(icon("pin"), text, unpin || "");
  }

  #showEmpty({ rows, status, isReplay }) {
    const isEmpty = !rows.some((row) => row.kind === "message" || row.kind === "unsent");
    this.#empty.hidden = !isEmpty;
    if (!isEmpty) return;
    const key = status.kind === "connecting" || !this.#chat.you ? status.kind || "connecting" : ["gone", "banned"].includes(status.kind) ? "gone" : isReplay ? "replay" : status.mayWrite ? "first" : "none";
    if (this.#empty.dataset.shown === key) return;
    this.#empty.dataset.shown = key;
    const words = { first: ["Nothing said yet", "Say hello: everybody who watches can read it."], none: ["Nothing said yet", ""], replay: ["Nothing said up to here", "Messages appear as the video passes them."] };
    const [head, text] = words[key] ?? ["", ""];
    this.#empty.replaceChildren(...(key === "connecting" ? [el("div", { class: "spin" })] : head ? [icon("talk"), el("strong", {}, head), el("span", {}, text)] : []));
  }

  #showStatus({ status, isReadonly, waitS }) {
    const { you, log, mayModerate } = this.#chat;
    const words = status.kind === "connecting" ? "" : status.words;
    this.#status.hidden = words === "";
    this.#status.dataset.kind = status.kind;
    if (this.#status.dataset.words !== words) {
      this.#status.dataset.words = words;
      this.#status.replaceChildren(el("span", {}, words), status.maySignIn ? el("button", { type: "button", class: "link", onclick: () => this.#actions.signIn() }, "Sign in") : "");
    }
    const mayWrite = status.mayWrite && you !== null && !isReadonly;
    this.composer.element.hidden = !mayWrite;
    this.composer.wait(this.composer.refused, waitS);
    const isGuest = mayWrite && you.id.startsWith("g:");
    const slow = mayWrite && !mayModerate && log.settings.slow_s > 0 ? `Slow mode: one message every ${log.settings.slow_s} s` : "";
    this.#as.hidden = !isGuest && !slow;
    const key = JSON.stringify([isGuest && you.name, slow]);
    if (this.#as.dataset.shown === key) return;
    this.#as.dataset.shown = key;
    const as = isGuest ? el("span", {}, "As ", el("bdi", { class: "name" }, you.name), " ", el("button", { type: "button", class: "link", onclick: () => this.#actions.rename() }, "Change")) : "";
    this.#as.replaceChildren(as, slow ? el("span", {}, slow) : "");
  }

  toast(words) {
    say(this.#toast, words);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => say(this.#toast, ""), TOAST_MS);
  }

  announce(words) {
    if (performance.now() - this.#announcedAt < ANNOUNCE_EVERY_MS) return;
    this.#announcedAt = performance.now();
    say(this.#announced, words);
  }
}

// room-desk.js

const QUOTED = 100;

class RoomDesk {
  #menu = new Menu();
  #host;
  #room;
  #moderation;
  #people;
  view;

  constructor(host, room) {
    this.#host = host;
    this.#room = room;
    this.view = new RoomView(host, room.chat, { view: this.#viewActions(), list: this.#listHooks(), row: this.#rowActions(), tools: this.#toolActions(), composer: this.#composerHooks() });
    this.#moderation = new Moderation(room.chat, this.view.panel);
    this.#people = new PeoplePanel(room.chat, this.view.panel, { onJump: (seq) => void this.#jump(seq), onRename: (name) => this.#rename(name) });
    this.view.panel.element.after(this.#menu.element);
  }

  onRefused(unsent, error) {
    const { composer } = this.view;
    if (!composer.isEmpty) return false;
    composer.put(unsent.text, unsent.replyTo ? (this.#find(unsent.replyTo.seq) ?? null) : null);
    composer.wait(sentenceOf(error.message), error.waitS);
    return true;
  }

  #viewActions() {
    return {
      close: () => void this.#host.dispatchEvent(new CustomEvent("close")),
      people: () => this.#people.openPeople(),
      search: () => this.#people.openSearch(),
      queue: () => void this.#moderation.openQueue(),
      more: (button) => this.#openMore(button),
      newest: () => void this.#toNewest(),
      unpin: () => void this.#try(() => this.#moderation.act("unpin")),
      rename: () => this.#people.openName(),
      signIn: () => void window.open(new URL("login", this.#host.server).href, "_top"),
      replay: (isReplay) => {
        this.#host.replay = isReplay;
      },
    };
  }

  #listHooks() {
    const { chat, isReplay, changed } = this.#room;
    return {
      onScroll: (isAtEnd) => {
        if (!isReplay()) chat.log.follow(isAtEnd);
        changed();
      },
      onTop: () => void (isReplay() || chat.loadOlder()),
      onEnd: () => void (isReplay() || chat.loadNewer()),
    };
  }

  #rowActions() {
    const { chat, changed } = this.#room;
    return {
      onJump: (seq) => void this.#jump(seq),
      onReact: (seq, emoji) => void this.#try(() => chat.react(seq, emoji)),
      onSeek: (seconds) => {
        if (this.#host.player) this.#host.player.currentTime = seconds;
      },
      onAgain: (id) => chat.sayAgain(id),
      onGiveUp: (id) => {
        chat.outbox.remove(id);
        changed();
      },
      canSeek: () => this.#host.player !== null,
      me: () => chat.you?.id ?? "",
    };
  }

  #toolActions() {
    const { chat } = this.#room;
    return {
      find: (seq) => this.#find(seq),
      react: (seq, emoji) => void this.#try(() => chat.react(seq, emoji)),
      pick: (button, onPick) => this.view.picker.open(button, onPick),
      reply: (message) => this.view.composer.reply(message),
      edit: (message) => this.view.composer.edit(message),
      remove: ({ seq, author }) => void this.#try(() => (author.id === chat.you?.id ? chat.act({ type: "delete", seq }) : this.#moderation.act("delete", { target: seq }))),
      copy: ({ text }) => void this.#try(() => navigator.clipboard.writeText(text), "Copied."),
      report: (message) => this.#moderation.report(message),
      ignore: ({ author }, isOn) => void this.#try(() => chat.ignore(author.id, isOn), isOn ? `You ignore ${author.name} now.` : `You see ${author.name} again.`),
      moderate: (message, action) => {
        if (action === "pin" || action === "unpin") void this.#try(() => this.#moderation.act(action, { target: message.seq }));
        else if (action === "clear") this.#moderation.clear(message.author);
        else this.#moderation.restrict(message.author, action);
      },
    };
  }

  #composerHooks() {
    const { chat, mediaTime } = this.#room;
    return {
      onSend: (text, message) => chat.say({ text, replyTo: message && { seq: message.seq, name: message.author.name, text: message.text.slice(0, QUOTED) }, mediaTimeS: mediaTime() }),
      onEdit: (text, seq) => void this.#try(() => chat.act({ type: "edit", seq, text })),
      onTyping: () => chat.typing(),
      onEditLast: () => {
        const mine = chat.log.messages.filter((message) => message.author.id === chat.you?.id && !message.is_deleted);
        if (mine.length) this.view.composer.edit(mine[mine.length - 1]);
      },
      onEmoji: (button) => this.view.picker.open(button, (emoji) => this.view.composer.insert(emoji)),
      names: () => this.#names(),
      onDraft: (text) => keep("session", `draft-${this.#host.key}`, text),
    };
  }

  #names() {
    const { presence, log, you } = this.#room.chat;
    const people = [...(presence.members ?? []), ...log.messages.map((message) => message.author)];
    return people.filter((person) => person.id !== you?.id).map((person) => person.name);
  }

  async #try(run, done = "") {
    try {
      await run();
      if (done) this.view.toast(done);
    } catch (error) {
      const { waitS, message } = /** @type {RoomError} */ (error);
      this.view.toast(waitS ? `${sentenceOf(message)} Try again in ${waitWords(waitS)}.` : sentenceOf(message));
    }
  }

  #find(seq) {
    return this.#room.chat.log.find(seq) ?? this.#room.replay.find(seq);
  }

  async #jump(seq) {
    if (this.#room.isReplay()) this.#host.replay = false;
    const { chat, showNow } = this.#room;
    await this.#try(async () => {
      if (!(await chat.reach(seq))) throw new Error("this message is not kept any more");
      chat.log.follow(false);
      showNow();
      this.view.list.jump(seq);
    });
  }

  async #rename(name) {
    keep("local", "name", name);
    this.#host.connection.reopen();
  }

  async #toNewest() {
    const { chat, changed } = this.#room;
    await chat.toNewest();
    chat.log.follow(true);
    changed();
  }

  #openMore(button) {
    const { mayModerate, you } = this.#room.chat;
    const { key, server } = this.#host;
    const page = { words: "Open in a page of its own", href: new URL(`rooms/${encodeURIComponent(key)}`, server).href };
    const name = { words: "My name here …", run: () => this.#people.openName() };
    const rules = [
      { words: "Rules of this room …", run: () => this.#moderation.openSettings() },
      { words: "Time-outs and bans …", run: () => void this.#moderation.openRestrictions() },
    ];
    this.#menu.open(button, "More", [...(you?.id.startsWith("g:") ? [name] : []), ...(mayModerate ? rules : []), page]);
  }
}

// room-status.js

const BANNED = 4003;
const REFUSED = [401, 403, 404];

function statusOf(room) {
  if (room.state === "gone") return goneStatus(room);
  if (REFUSED.includes(room.refusal.status)) return { kind: "gone", words: sentenceOf(room.refusal.words), mayWrite: false, maySignIn: room.refusal.status === 401 };
  if (room.state === "offline" || (room.state === "connecting" && room.isKnown)) return offlineStatus(room);
  if (!room.isKnown) return { kind: "connecting", words: "Connecting …", mayWrite: false };
  return obstacleStatus(room);
}

function goneStatus({ code, words }) {
  const why = sentenceOf(words);
  if (code === BANNED) return { kind: "banned", words: /banned/i.test(why) ? why : `You are banned from this room. ${why}`.trim(), mayWrite: false };
  return { kind: "gone", words: why || "This room is not here any more, or you may not see it.", mayWrite: false };
}

function offlineStatus({ isKnown, unsent }) {
  if (!isKnown) return { kind: "offline", words: "The server does not answer. This tries again by itself.", mayWrite: false };
  const kept = unsent ? `${unsent === 1 ? "1 message is" : `${unsent} messages are`} kept and sent` : "What you write is kept and sent";
  return { kind: "offline", words: `No connection. ${kept} when it is back.`, mayWrite: true };
}

function obstacleStatus({ obstacle, mutedUntil, reason, now }) {
  const why = reason ? ` ${sentenceOf(reason)}` : "";
  if (obstacle === "muted") return { kind: "muted", words: `You are timed out for ${waitWords(Number(mutedUntil) - now)} more.${why}`, mayWrite: false };
  if (obstacle === "closed") return { kind: "closed", words: "The moderators have closed the chat for now.", mayWrite: false };
  if (obstacle) return { kind: "readonly", words: sentenceOf(reason) || "Guests can read here. Sign in to write.", mayWrite: false, maySignIn: !reason };
  return { kind: "", words: "", mayWrite: true };
}

// room-element.js

const EVERY_MS = 500;
const READ_AFTER_MS = 1000;

class FramecastRoom extends RoomAttributes {
  static observedAttributes = ["src", "server", "token", "guest-name", "readonly", "replay", "closable"];

  #api = new RoomApi(() => ({ server: this.server, key: this.key, token: this.token, guest: this.#guest }));
  connection = new RoomConnection({ address: () => this.#api.socket(), hello: () => ({ name: this.#name, ...(this.#guest && { guest: this.#guest }) }) });
  #chat = new Chat(this.connection, this.#api, {
    onChange: () => this.#changed(),
    onMessage: (message) => this.#onMessage(message),
    onRefused: (unsent, error) => this.#desk.onRefused(unsent, error),
    onNotice: (words) => this.#desk.view.toast(words),
    makeId: newId,
    now: () => Date.now() / 1000,
  });
  #replay = new Replay();
  #desk = new RoomDesk(this, {
    chat: this.#chat,
    replay: this.#replay,
    isReplay: () => this.#isReplay,
    mediaTime: () => this.#mediaTime,
    changed: () => this.#changed(),
    showNow: () => this.#show(),
  });
  #player = null;
  #frame = 0;
  #ticker = 0;
  #readTimer = 0;
  #isAsking = false;
  #given = { state: "", count: -1, unseen: -1 };

  constructor() {
    super();
    this.connection.on("state", () => this.#tellState());
    this.connection.on("welcome", ({ epoch }) => this.#recallRead(epoch));
    this.connection.on("error", () => this.#doubtName());
    this.connection.on("events", ({ events }) => events.forEach((/** @type {RoomEvent} */ event) => this.#replay.apply(event)));
  }

  connectedCallback() {
    document.addEventListener("visibilitychange", this.#onLook);
    addEventListener("online", this.#onOnline);
    this.#onLook();
    this.#start();
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      document.removeEventListener("visibilitychange", this.#onLook);
      removeEventListener("online", this.#onOnline);
      this.connection.close();
      this.#tick();
    });
  }

  connectedMoveCallback() {}

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "src" || name === "server" || name === "token") {
      this.connection.close();
      this.#chat.reset();
      this.#replay.clear();
      this.#desk.view.panel.close();
      if (this.isConnected) this.#start();
    } else this.#changed();
    this.#tick();
  }

  get state() {
    return this.connection.state;
  }

  get words() {
    return this.#status.words;
  }

  get you() {
    return this.#chat.you;
  }

  get unread() {
    return this.#chat.log.unseen;
  }

  get count() {
    return this.#chat.presence.count;
  }

  get player() {
    return this.#player;
  }

  set player(player) {
    this.#player = player;
    this.#changed();
    this.#tick();
  }

  say(text) {
    const refused = this.#chat.say({ text, replyTo: null, mediaTimeS: this.#mediaTime });
    if (refused) throw new Error(refused);
  }

  focus() {
    this.#desk.view.list.focus();
  }

  #start() {
    if (!this.key) return this.#changed();
    this.#chat.outbox.restore(kept("session", `unsent-${this.key}`));
    this.#desk.view.composer.put(kept("session", `draft-${this.key}`));
    this.connection.open();
    this.#changed();
    this.#tick();
  }

  get #name() {
    return kept("local", "name") || this.guestName || null;
  }

  get #guest() {
    return new URL(this.server, location.href).origin === location.origin ? "" : guestSecret();
  }

  get #mediaTime() {
    const time = this.#player?.currentTime;
    return typeof time === "number" && Number.isFinite(time) && this.key.startsWith("video:") ? Math.round(time * 10) / 10 : null;
  }

  get #isReplay() {
    return this.replay && this.#player !== null;
  }

  #onLook = () => {
    const isLooking = !document.hidden;
    if (!isLooking) this.#chat.leaveMark();
    this.#chat.log.look(isLooking);
    this.#changed();
    this.#tick();
  };

  #onOnline = () => {
    if (this.state === "offline") this.connection.reopen();
  };

  #changed() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  #show() {
    const { log, outbox, you, ignored, readSeq } = this.#chat;
    const isReplay = this.#isReplay;
    const common = { ignored, mine: log.mine, me: you?.id ?? "", unsent: outbox.list, isOffline: this.state !== "open" };
    const rows = isReplay
      ? rowsOf({ ...common, messages: this.#replay.shown(), isLive: true, hasOlder: true, gapBefore: null, readSeq: null })
      : rowsOf({ ...common, messages: log.messages, isLive: log.isLive, hasOlder: log.hasOlder, gapBefore: log.gapBefore, readSeq });
    const waitS = Math.max(0, this.#chat.waitUntil - Date.now() / 1000);
    this.#desk.view.show({ rows, status: this.#status, isFollowing: isReplay || log.isFollowing, canReplay: this.#player !== null && this.key.startsWith("video:"), isReplay, isReadonly: this.readonly, isClosable: this.closable, waitS });
    if (this.key) keep("session", `unsent-${this.key}`, outbox.list.length ? outbox.saved() : "");
    if (log.isFollowing && log.isLooking && !isReplay && !this.#readTimer) this.#readTimer = setTimeout(() => this.#markRead(), READ_AFTER_MS);
    this.#tell();
    this.#tick();
  }

  #markRead() {
    this.#readTimer = 0;
    const { log } = this.#chat;
    if (!log.isFollowing || document.hidden || log.newest === 0) return;
    this.#chat.markRead();
    keep("local", `read-${this.key}`, `${this.connection.epoch} ${log.newest}`);
  }

  #recallRead(epoch) {
    const [of, seq] = kept("local", `read-${this.key}`).split(" ");
    if (of === epoch && this.#chat.readSeq === null) this.#chat.readSeq = Number(seq) || null;
  }

  #doubtName() {
    if (this.state !== "connecting" || !kept("local", "name")) return;
    keep("local", "name", "");
    this.connection.reopen();
  }

  get #status() {
    const { state, code, words } = this.connection;
    const { refusal, obstacle, you, outbox } = this.#chat;
    return statusOf({ state, code, words, refusal, isKnown: you !== null, obstacle, mutedUntil: you?.muted_until ?? null, reason: you?.reason ?? "", unsent: outbox.list.length, now: Date.now() / 1000 });
  }

  #tick() {
    const isWaiting = this.#chat.waitUntil > Date.now() / 1000 || this.#chat.obstacle === "muted";
    const isWanted = this.isConnected && !document.hidden && (isWaiting || this.#isReplay);
    if (isWanted === (this.#ticker !== 0)) return;
    clearInterval(this.#ticker);
    this.#ticker = isWanted ? setInterval(() => this.#onTick(), EVERY_MS) : 0;
  }

  #onTick() {
    if (this.#isReplay) void this.#follow();
    this.#changed();
    this.#tick();
  }

  async #follow() {
    this.#replay.moveTo(Number(this.#player?.currentTime) || 0);
    const part = this.#replay.wanted();
    if (!part || this.#isAsking || !this.#chat.you) return;
    this.#isAsking = true;
    try {
      const page = await this.#api.messages({ from_s: part.from, to_s: part.to, most: MOST_AT_ONCE });
      this.#replay.add(part, page.messages);
      this.#chat.log.learnMine(page.mine);
    } catch {
    } finally {
      this.#isAsking = false;
      this.#changed();
    }
  }

  #tellState() {
    const { state } = this;
    if (this.#given.state === state) return;
    this.#given.state = state;
    this.setAttribute("state", state);
    this.dispatchEvent(new CustomEvent("state", { detail: { state, words: this.words } }));
  }

  #tell() {
    const { count, unread } = this;
    if (this.#given.count !== count) this.dispatchEvent(new CustomEvent("presence", { detail: { count } }));
    if (this.#given.unseen !== unread) this.dispatchEvent(new CustomEvent("unread", { detail: { count: unread } }));
    Object.assign(this.#given, { count, unseen: unread });
  }

  #onMessage(message) {
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
    if (message.author.id !== this.you?.id) this.#desk.view.announce(`${message.author.name}: ${message.text}`);
  }
}

// watch-controller.js

class Remote {
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

  act(act, value) {
    const { session } = this;
    const wasBlocked = session.media.isBlocked;
    session.media.isBlocked = false; // whatever was clicked lets this player begin; then it goes where the room is
    if (!session.isFollowing) return false;
    return wasBlocked && act === "play" && session.isPlaying ? false : this.#send(act, value);
  }

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

// watch-media.js

const HAVE_FUTURE_DATA = 3;
const BUFFER_END_S = 0.3;
const UNABLE = ["loading", "unavailable", "error"];

class VideoMedia {
  isBlocked = false;

  #onBlocked;

  constructor(player, onBlocked = () => {}) {
    this.player = player;
    this.#onBlocked = onBlocked;
  }

  get at() {
    return this.player.currentTime;
  }

  get duration() {
    return this.player.duration;
  }

  get isPaused() {
    return this.player.video.paused;
  }

  get isSeeking() {
    return this.player.video.seeking;
  }

  get isAble() {
    return !UNABLE.includes(this.player.state);
  }

  get hasData() {
    return this.player.video.readyState >= HAVE_FUTURE_DATA;
  }

  aheadS(at) {
    const { buffered } = this.player.video;
    for (let place = 0; place < buffered.length; place += 1) {
      if (buffered.start(place) > at + 0.05 || buffered.end(place) < at) continue;
      return buffered.end(place) >= this.duration - BUFFER_END_S ? Infinity : buffered.end(place) - at;
    }
    return 0;
  }

  play() {
    void this.player.play().then(() => {
      this.isBlocked = this.isAble && this.player.state === "ready";
      if (this.isBlocked) this.#onBlocked();
    });
  }

  pause() {
    this.player.pause();
  }

  seek(at) {
    this.player.cue(at);
  }

  setRate(rate) {
    const { video } = this.player;
    if (Math.abs(video.playbackRate - rate) > 1e-3) video.playbackRate = rate;
  }
}

// watch-clock.js

const DRIFT = 1e-4;
const MOST_SAMPLES = 12;
const MOST_TRIP_S = 10;
const ROUNDING_S = 1e-4;

class ServerClock {
  #samples = [];

  get isKnown() {
    return this.#samples.length > 0;
  }

  note(sentS, receivedS, serverS) {
    const tripS = receivedS - sentS;
    if (!(tripS >= 0 && tripS <= MOST_TRIP_S) || !Number.isFinite(serverS)) return;
    const sample = { offsetS: serverS - (sentS + receivedS) / 2, errorS: tripS / 2 + ROUNDING_S, at: receivedS };
    const fitting = this.#samples.filter((one) => Math.abs(one.offsetS - sample.offsetS) <= boundOf(one, receivedS) + sample.errorS);
    this.#samples = [...fitting, sample].slice(-MOST_SAMPLES);
  }

  now(nowS) {
    return nowS + (this.#best(nowS)?.offsetS ?? NaN);
  }

  errorS(nowS) {
    const best = this.#best(nowS);
    return best ? boundOf(best, nowS) : Infinity;
  }

  #best(nowS) {
    return this.#samples.reduce((best, one) => (best && boundOf(best, nowS) <= boundOf(one, nowS) ? best : one), /** @type {Sample | null} */ (null));
  }
}

function boundOf(sample, nowS) {
  return sample.errorS + DRIFT * Math.abs(nowS - sample.at);
}

// watch-drift.js

const CORRECT_S = 0.02;
const CLOSE_S = 0.008;
const JUMP_S = 1;
const SMOOTH_S = 1.2;
const MOST_RATE = 0.08;
const STEPS = 100;
const FIRST_WAIT_S = 2;
const MOST_WAIT_S = 32;

class Drift {
  #isCorrecting = false;
  #jumpedAt = -Infinity;
  #waitS = FIRST_WAIT_S;

  reset() {
    this.#isCorrecting = false;
    this.#jumpedAt = -Infinity;
    this.#waitS = FIRST_WAIT_S;
  }

  step(offS, nowS) {
    const size = Math.abs(offS);
    if (size > JUMP_S && this.mayJump(nowS)) return null;
    if (size <= CORRECT_S) this.#waitS = FIRST_WAIT_S;
    this.#isCorrecting = size > (this.#isCorrecting ? CLOSE_S : CORRECT_S);
    if (!this.#isCorrecting) return 1;
    const change = Math.min(MOST_RATE, Math.max(1 / STEPS, size / SMOOTH_S));
    return 1 - Math.sign(offS) * Math.round(change * STEPS) / STEPS;
  }

  mayJump(nowS) {
    return nowS - this.#jumpedAt >= this.#waitS;
  }

  jumped(nowS) {
    if (this.#jumpedAt > -Infinity) this.#waitS = Math.min(MOST_WAIT_S, 2 * this.#waitS);
    this.#jumpedAt = nowS;
    this.#isCorrecting = false;
  }
}

// watch-target.js

function isMoving(playback) {
  return playback.is_playing && playback.waiting_for.length === 0;
}

function positionAt(playback, serverS, durationS) {
  const passed = isMoving(playback) ? Math.max(0, serverS - playback.at_s) * playback.speed : 0;
  return Math.min(Math.max(0, playback.position_s + passed), durationS > 0 ? durationS : Infinity);
}

// watch-follower.js

const TICK_S = 0.2;
const REST_S = 0.01;
const FIRST_LEAD_S = 0.8;
const LEAST_LEAD_S = 0.25;
const MOST_LEAD_S = 6;
const LATE_S = 0.08;
const MOST_TRIES = 2;
const SETTLE_S = 0.4;
const MOST_START_S = 0.25;

class Follower {
  #drift = new Drift();
  #playback = null;
  #cue = NaN;
  #leadS = FIRST_LEAD_S;
  #jumpedAt = 0;
  #tries = 0;
  #isReady = false;
  #startS = 0.03;
  #begunAt = -Infinity;
  #isLearning = false;

  constructor(media) {
    this.media = media;
  }

  set playback(playback) {
    if (playback?.version !== this.#playback?.version) {
      this.#drift.reset();
      this.#cue = NaN;
    }
    this.#playback = playback;
  }

  reset() {
    this.#drift.reset();
    this.#cue = NaN;
  }

  tick(nowS, serverS) {
    const { media } = this;
    if (!this.#playback || !Number.isFinite(serverS)) return TICK_S;
    const target = positionAt(this.#playback, serverS, media.duration);
    const isOver = media.duration > 0 && target >= media.duration;
    if (!isMoving(this.#playback) || isOver) return this.#rest(target, isOver, nowS);
    if (!Number.isNaN(this.#cue)) return this.#wait(target, nowS);
    if (media.isSeeking || !media.hasData) return media.isPaused ? this.#begin(target, nowS) : TICK_S;
    return media.isPaused ? this.#begin(target, nowS) : this.#follow(target, nowS);
  }

  #rest(target, isOver, nowS) {
    const { media } = this;
    this.#cue = NaN;
    media.setRate(this.#speed);
    if (isOver && media.duration - media.at < JUMP_S) return TICK_S; // it plays to its end
    if (!media.isPaused) media.pause();
    if (media.isSeeking || Math.abs(media.at - target) <= REST_S || !this.#drift.mayJump(nowS)) return TICK_S;
    this.#drift.jumped(nowS);
    media.seek(target);
    return TICK_S;
  }

  #begin(target, nowS) {
    const off = this.media.at - target;
    if (this.media.hasData && !this.media.isSeeking && off <= 0 && off > -JUMP_S / 4) return this.#play(nowS, false);
    return this.#drift.mayJump(nowS) ? this.#jump(target, nowS) : TICK_S;
  }

  #jump(target, nowS, tries = 0) {
    const { media } = this;
    const to = target + this.#leadS * this.#speed;
    this.#cue = media.duration > 0 ? Math.min(to, media.duration) : to;
    [this.#jumpedAt, this.#tries, this.#isReady] = [nowS, tries, false];
    this.#drift.jumped(nowS);
    media.setRate(this.#speed);
    if (!media.isPaused) media.pause();
    media.seek(this.#cue);
    return TICK_S / 4;
  }

  #wait(target, nowS) {
    const { media } = this;
    const lateS = (target - this.#cue) / this.#speed;
    const isReady = media.hasData && !media.isSeeking;
    if (!isReady) return lateS > MOST_LEAD_S && this.#drift.mayJump(nowS) ? this.#again(target, nowS) : TICK_S / 4;
    if (!this.#isReady) this.#learn(nowS - this.#jumpedAt);
    if (lateS > LATE_S) return this.#again(target, nowS);
    if (-lateS > this.#startS) return Math.min(TICK_S, -lateS - this.#startS);
    return this.#play(nowS, lateS <= 0);
  }

  #learn(tookS) {
    this.#isReady = true;
    this.#leadS = Math.min(MOST_LEAD_S, Math.max(LEAST_LEAD_S, 0.8 * this.#leadS, 1.2 * tookS + 0.1));
  }

  #again(target, nowS) {
    const isFar = target - this.#cue > JUMP_S;
    const mayJump = this.#tries < MOST_TRIES || (isFar && this.#drift.mayJump(nowS));
    return mayJump ? this.#jump(target, nowS, this.#tries + 1) : this.#play(nowS, false);
  }

  #play(nowS, isOnTime) {
    this.#cue = NaN;
    this.#begunAt = nowS;
    this.#isLearning = isOnTime;
    this.media.play();
    return SETTLE_S;
  }

  #follow(target, nowS) {
    const off = this.media.at - target;
    if (nowS - this.#begunAt < SETTLE_S && Math.abs(off) < JUMP_S) return TICK_S;
    if (this.#isLearning) {
      this.#startS = Math.min(MOST_START_S, Math.max(0, this.#startS - off / this.#speed / 2));
      this.#isLearning = false;
    }
    const factor = this.#drift.step(off, nowS);
    if (factor === null) return this.#jump(target, nowS);
    this.media.setRate(this.#speed * factor);
    return TICK_S;
  }

  get #speed() {
    return this.#playback?.speed ?? 1;
  }
}

// watch-stall.js

const STALL_S = 0.5;
const ENOUGH_S = 2;

class Stall {
  #since = NaN;
  isStalled = false;

  note({ shouldPlay, hasData, aheadS, nowS }) {
    const before = this.isStalled;
    if (!shouldPlay || (hasData && (!this.isStalled || aheadS >= ENOUGH_S))) this.#since = NaN;
    else if (Number.isNaN(this.#since)) this.#since = nowS;
    this.isStalled = !Number.isNaN(this.#since) && (this.isStalled || nowS - this.#since >= STALL_S);
    return this.isStalled !== before;
  }
}

// watch-session.js

const FIRST_PINGS = 5;
const PING_EVERY_S = 10;
const REPORT_EVERY_S = 2;
const OWN_S = 1;
const VIDEO_END_S = 0.25;

const BROWSER = { now: () => performance.now(), later: (run, ms) => Number(setTimeout(run, ms)), cancel: (timer) => clearTimeout(timer) };

class WatchSession {
  clock = new ServerClock();
  isInSync = true;
  playback = null;
  you = null;
  presence = { count: 0, members: null, typing: [], stalled: [] };
  remote = "moderators";
  #follower;
  #stall = new Stall();
  #offs = [];
  #timer = 0;
  #pingedAt = -Infinity;
  #reportedAt = -Infinity;
  #ownUntil = -Infinity;
  #pings = 0;
  #wanted = NaN;

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

  get leader() {
    return this.presence.members?.find((one) => one.id === this.playback?.leader)?.name ?? "";
  }

  get target() {
    return this.playback ? positionAt(this.playback, this.clock.now(this.#nowS), this.media.duration) : NaN;
  }

  get isPlaying() {
    return this.playback !== null && (this.playback.is_playing || this.playback.waiting_for.length > 0);
  }

  get isFollowing() {
    return this.isInSync && !!this.playback?.video && this.clock.isKnown;
  }

  leave() {
    this.isInSync = false;
    if (this.isPlaying && this.media.isPaused && this.#isAble) this.media.play();
    this.media.setRate(this.playback?.speed ?? 1);
    this.#report();
    this.events.onChange();
  }

  rejoin() {
    this.isInSync = true;
    this.media.isBlocked = false; // somebody has clicked
    this.#ownUntil = -Infinity;
    this.#follower.reset();
    if (this.playback?.video) this.events.onVideo(this.playback.video);
    this.#tick();
    this.events.onChange();
  }

  wake() {
    this.#pings = 0;
    this.#follower.reset();
    this.#tick();
  }

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

  #placeOf(action) {
    if (action !== "play" && action !== "pause") return {};
    const { at, duration } = this.media;
    return { position_s: action === "play" && duration > 0 && duration - at < VIDEO_END_S ? 0 : at };
  }

  #onWelcome(welcome) {
    this.you = welcome.you;
    this.presence = welcome.presence ?? this.presence;
    this.remote = welcome.room.settings?.remote ?? this.remote;
    this.#pings = 0;
    this.#take(welcome.room.playback, true);
    this.#report();
    this.#tick();
  }

  #onEvents(events) {
    const newest = events.findLast((one) => one.kind === "playback");
    const settings = events.findLast((one) => one.kind === "settings")?.settings;
    if (settings) this.remote = settings.remote;
    if (settings) this.events.onChange();
    if (newest) this.#take(newest.playback, false);
  }

  #onYou(you) {
    this.you = /** @type {You} */ ({ ...this.you, ...you });
    this.events.onChange();
  }

  #onPresence(presence) {
    this.presence = presence;
    this.events.onChange();
  }

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

  #ping(nowS) {
    const isDue = this.#pings < FIRST_PINGS || nowS - this.#pingedAt >= PING_EVERY_S;
    if (!isDue || !this.line.isOpen || (this.#pings < FIRST_PINGS && nowS - this.#pingedAt < TICK_S / 2)) return;
    this.#pingedAt = nowS;
    this.#pings += 1;
    this.line.ping().then(({ sentMs, receivedMs, serverS }) => this.#onPong(sentMs / 1000, receivedMs / 1000, serverS), () => {});
  }

  #onPong(sentS, receivedS, serverS) {
    const wasKnown = this.clock.isKnown;
    this.clock.note(sentS, receivedS, serverS);
    if (!wasKnown) this.#tick();
  }

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

// watch-pick.js

const TYPING_MS = 250;

class Pick {
  #title = el("h2", { id: "watch-pick" });
  #close = el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close", onclick: () => this.#dialog.close() }, icon("close"));
  #find = /** @type {HTMLInputElement} */ (el("input", { type: "search", class: "find", placeholder: "Search", "aria-label": "Search", oninput: () => this.#onInput() }));
  #rows = el("ul", { class: "rows" });
  #empty = el("p", { class: "empty", role: "status", hidden: true });
  #dialog = /** @type {HTMLDialogElement} */ (el("dialog", { "aria-labelledby": "watch-pick" }, el("div", { class: "head" }, this.#title, this.#close), this.#find, el("div", { class: "rows" }, this.#rows, this.#empty)));
  #question = null;
  #onPick = () => {};
  #timer = 0;
  #asked = 0;

  get element() {
    return this.#dialog;
  }

  open(question, onPick) {
    [this.#question, this.#onPick] = [question, onPick];
    say(this.#title, question.title);
    this.#find.hidden = !question.hasSearch;
    this.#find.value = "";
    this.#rows.replaceChildren();
    this.#empty.hidden = true;
    if (!this.#dialog.open) this.#dialog.showModal();
    void this.#ask();
  }

  #onInput() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), TYPING_MS);
  }

  async #ask() {
    const question = /** @type {Question} */ (this.#question);
    const number = ++this.#asked;
    let none = question.none;
    const found = await question.find(this.#find.value.trim()).catch((error) => {
      none = `The list cannot be shown: ${error.message}`;
      return /** @type {Choosable[]} */ ([]);
    });
    if (number !== this.#asked) return;
    this.#rows.replaceChildren(...found.map((one) => this.#row(one)));
    this.#empty.hidden = found.length > 0;
    say(this.#empty, none);
  }

  #row({ id, title, note, picture }) {
    const image = picture ? el("img", { class: "picture", src: picture, alt: "", loading: "lazy" }) : null;
    const pick = () => {
      this.#dialog.close();
      this.#onPick(id);
    };
    return el("li", {}, el("button", { type: "button", onclick: pick }, image, el("span", { class: "title" }, title), note && el("span", { class: "note" }, note)));
  }
}

// watch-style.js

const WATCH_STYLE = `
:host { display: block; color: var(--text, #161a23); font: inherit; line-height: 1.4; container-type: inline-size; }
:host([hidden]), [hidden] { display: none !important; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; min-height: 44px; padding: 8px 0 0; }
.state { flex: 1 1 240px; min-width: 0; display: grid; gap: 1px; }
.state strong { font-weight: 620; overflow-wrap: anywhere; }
.state strong.is-waiting::before { content: ""; display: inline-block; width: 11px; height: 11px; margin-right: 8px; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%; animation: turn 1s linear infinite; }
.note { color: var(--muted, #5b6477); font-size: .9em; overflow-wrap: anywhere; }
.acts { display: flex; flex-wrap: wrap; gap: 8px; }
button { font: inherit; color: inherit; cursor: pointer; }
.act { display: inline-flex; align-items: center; gap: 7px; min-height: 40px; padding: 0 14px; border: 1px solid var(--edge, #c6ccd8); border-radius: 10px; background: var(--card, #fff); font-weight: 560; }
.act:hover { border-color: var(--quiet, #7b8497); }
.act.primary { background: var(--accent, #2459d6); border-color: transparent; color: var(--accent-text, #fff); }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent, #2459d6); outline-offset: 2px; }
.icon { width: 20px; height: 20px; flex: none; }
.stage { display: grid; }
::slotted(framecast-video) { width: 100%; max-height: calc(100dvh - 240px); border-radius: var(--radius, 14px); overflow: hidden; }
.none { display: grid; justify-items: center; align-content: center; gap: 8px; min-height: min(46cqi, 420px); padding: 24px; border: 1px dashed var(--edge, #c6ccd8); border-radius: var(--radius, 14px); text-align: center; }
.none .icon { width: 40px; height: 40px; color: var(--muted, #5b6477); }
.none .act { margin-top: 8px; }
dialog { width: min(560px, calc(100vw - 24px)); max-height: min(680px, calc(100dvh - 24px)); padding: 0; border: 1px solid var(--edge, #c6ccd8); border-radius: 16px; background: var(--card, #fff); color: inherit; box-shadow: 0 18px 60px rgb(0 0 0 / 35%); overflow: hidden; }
dialog[open] { display: grid; grid-template-rows: auto auto minmax(0, 1fr); }
dialog::backdrop { background: rgb(8 9 13 / 55%); }
.head { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 14px 16px 10px 20px; }
.head h2 { margin: 0; font-size: 1.15rem; }
.close { display: grid; place-items: center; width: 44px; height: 44px; border: 0; border-radius: 10px; background: none; }
.close:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
.find { margin: 0 20px 12px; min-height: 44px; padding: 0 14px; border: 1px solid var(--quiet, #7b8497); border-radius: 10px; background: var(--ground, #f6f7f9); color: inherit; font: inherit; }
.rows { margin: 0; padding: 0 12px 12px; list-style: none; overflow-y: auto; }
.rows button { display: grid; grid-template-columns: auto minmax(0, 1fr); align-items: center; justify-items: start; gap: 2px 14px; width: 100%; min-height: 52px; padding: 6px 8px; border: 0; border-radius: 10px; background: none; text-align: left; }
.rows button:hover { background: color-mix(in srgb, currentColor 8%, transparent); }
.rows button:focus-visible { outline-offset: -3px; }
.picture { width: 112px; aspect-ratio: 16 / 9; border-radius: 8px; object-fit: cover; background: #14171f; grid-row: span 2; }
.rows .title { font-weight: 580; overflow-wrap: anywhere; }
.empty { padding: 18px 20px 24px; margin: 0; color: var(--muted, #5b6477); }
@keyframes turn { to { rotate: 1turn; } }
@media (pointer: coarse) { .act { min-height: 44px; } }
@media (prefers-reduced-motion: reduce) { .state strong.is-waiting::before { animation: none; } }
@container (max-width: 520px) { .bar { gap: 6px; padding: 6px 12px 8px; } .state { flex-basis: 100%; grid-template-columns: 1fr auto; align-items: baseline; column-gap: 12px; } .acts { width: 100%; gap: 6px; } .act { padding: 0 8px; font-size: .82em; } ::slotted(framecast-video) { border-radius: 0; max-height: 40dvh; } }
@media (max-height: 500px) { ::slotted(framecast-video) { max-height: calc(100dvh - 150px); } .none { min-height: 0; padding: 10px; } }
@media (prefers-color-scheme: dark) {
  :host { color: var(--text, #e8ebf2); }
  .note, .empty, .none .icon { color: var(--muted, #a3acbf); }
  .act, dialog { background: var(--card, #171b24); border-color: var(--edge, #333b4d); }
  .act.primary { background: var(--accent, #7aa2ff); color: var(--accent-text, #0b1020); border-color: transparent; }
  .find { background: var(--ground, #0f1218); }
}
`;

// watch-words.js

function statusWords(now) {
  if (!now.isOpen) return "Connecting to the room …";
  if (!now.hasVideo) return now.mayPlay ? "Choose a video to watch together." : "No video was chosen yet.";
  if (!now.isInSync) return now.isBeside ? "Others watch this video together." : "You watch on your own.";
  if (now.isBlocked) return "Press play to watch with the others.";
  if (now.waitingFor.length) return waitingWords(now.waitingFor, now.me);
  if (now.isStalled) return "Your player loads: it catches up with the others.";
  if (now.others === 0) return "Nobody else is here yet.";
  return now.others === 1 ? "Watching with one other." : `Watching with ${now.others} others.`;
}

function waitingWords(names, me) {
  const shown = names.map((name) => (name === me ? "you" : name));
  const rest = shown.length - 2;
  const list = rest > 0 ? `${shown[0]}, ${shown[1]} and ${rest === 1 ? "one other" : `${rest} others`}` : shown.join(" and ");
  return `Waiting for ${list} …`;
}

function remoteWords(now) {
  if (!now.hasVideo) return "";
  if (now.remote === "everyone") return "Everybody holds the remote.";
  if (now.remote === "moderators") return now.mayPlay ? "You and the other moderators hold the remote." : "The moderators hold the remote.";
  if (now.isLeader) return "You hold the remote.";
  if (!now.hasLeader) return "Nobody holds the remote: the first to press play takes it.";
  return `${now.leader || "The leader"} holds the remote.`;
}

function refusalWords(now) {
  const holder = now.remote === "moderators" ? "The moderators hold" : `${now.leader || "The leader"} holds`;
  return `${holder} the remote. Leave the sync to watch on your own.`;
}

// watch-view.js

class WatchView {
  #state = el("strong", { role: "status" });
  #remote = el("span", { class: "note" });
  #acts;
  #stage = el("div", { class: "stage" }, el("slot"));
  #none;
  #chooseFirst;
  #bar;
  pick = new Pick();

  constructor(host, actions) {
    this.#acts = {
      goOn: act("Go on without them", "", actions.goOn),
      rejoin: act("Rejoin", "primary", actions.rejoin),
      choose: act("Change video", "", actions.choose),
      take: act("Take the remote", "", actions.take),
      hand: act("Hand over", "", actions.hand),
      leave: act("Leave the sync", "", actions.leave),
    };
    this.#chooseFirst = act("Choose a video", "primary", actions.choose);
    this.#none = el("div", { class: "none", hidden: true }, icon("film"), el("strong", {}, "Watch a video together"), el("span", { class: "note" }, "Everybody in this room sees it at the same place, while you talk."), this.#chooseFirst);
    const root = host.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(WATCH_STYLE);
    root.adoptedStyleSheets = [style];
    this.#acts.hand.title = "Hand over the remote";
    this.#bar = el("div", { class: "bar", role: "group", "aria-label": "Watching together" }, el("div", { class: "state" }, this.#state, this.#remote), el("div", { class: "acts" }, ...Object.values(this.#acts)));
    root.append(this.#stage, this.#none, this.#bar, this.pick.element);
  }

  show(now) {
    const isWith = now.isOpen && now.hasVideo && now.isInSync;
    const isLead = isWith && now.remote === "leader";
    say(this.#state, statusWords(now));
    this.#state.classList.toggle("is-waiting", isWith && now.waitingFor.length > 0);
    say(this.#remote, now.isOpen ? remoteWords(now) : "");
    this.#bar.hidden = now.isOpen && !now.hasVideo && now.mayChoose;
    this.#none.hidden = now.hasVideo || !now.isOpen;
    this.#chooseFirst.hidden = !now.mayChoose;
    this.#stage.hidden = !now.hasVideo;
    const { goOn, rejoin, choose, take, hand, leave } = this.#acts;
    goOn.hidden = !(isWith && now.mayPlay && now.waitingFor.length > 0);
    rejoin.hidden = !(now.hasVideo && !now.isInSync);
    say(rejoin, now.isBeside ? "Join them" : "Rejoin");
    choose.hidden = !(isWith && now.mayChoose);
    take.hidden = !(isLead && now.mayLead && !now.isLeader);
    hand.hidden = !(isLead && now.mayLead && now.isLeader && now.others > 0);
    leave.hidden = !(now.hasVideo && now.isInSync);
  }
}

function act(words, kind, run) {
  return el("button", { type: "button", class: `act ${kind}`, hidden: true, onclick: run }, words);
}

// watch-element.js

const PLAYER_FILE = new URL("video-player.js", import.meta.url).href;
const MOST_VIDEOS = 50;
const KEYS = ["play", "pause", "seekbackward", "seekforward", "nexttrack"];
const SKIP_S = 10;

class FramecastWatch extends HTMLElement {
  #view = new WatchView(this, {
    choose: () => this.choose(),
    leave: () => this.leave(),
    rejoin: () => this.rejoin(),
    goOn: () => void this.#session?.act("play"),
    take: () => void this.#session?.act("lead"),
    hand: () => this.#handOver(),
  });
  #room = null;
  #player = null;
  #session = null;
  #isOwn = false;
  #offs = [];
  #onSeen = () => document.hidden || this.#session?.wake();
  #onPlayer = () => this.#show();
  #onItem = () => this.#session?.wake();

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

  #begin(wanted) {
    this.#offs.pop()?.();
    const session = /** @type {WatchSession} */ (this.#session);
    const isNew = this.#isOwn ? session.playback?.video !== wanted.video : !session.isPlaying;
    if (isNew && session.mayPlay) void (this.#isOwn ? this.watch(wanted.video, wanted.at) : session.act("seek", { position_s: wanted.at }));
    if (!session.isInSync) session.rejoin();
  }

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

  get session() {
    return this.#session;
  }

  get player() {
    return this.#player;
  }

  leave() {
    this.#session?.leave();
  }

  rejoin() {
    this.#session?.rejoin();
  }

  choose() {
    const question = { title: "Choose a video for all", none: "No video was found.", hasSearch: true, find: (/** @type {string} */ words) => this.#videos(words) };
    this.#view.pick.open(question, (id) => void this.watch(id));
  }

  watch(id, at = 0) {
    return this.#session?.act("video", { video: id, position_s: at });
  }

  #handOver() {
    const members = (this.#session?.presence.members ?? []).filter((one) => one.id !== this.#session?.you?.id);
    const rows = members.map(({ id, name, role }) => ({ id, title: name, note: role === "member" ? "" : role, picture: "" }));
    const question = { title: "Hand over the remote", none: "Nobody else is here.", hasSearch: false, find: async () => rows };
    this.#view.pick.open(question, (target) => void this.#session?.act("lead", { target }));
  }

  #makePlayer({ server, token }) {
    const player = /** @type {FramecastVideo} */ (el("framecast-video", { server, preload: "auto", start: "0", "page-keys": true, ...(token ? { token } : {}) }));
    this.append(player);
    return player;
  }

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

  #takeKeys(player) {
    const acts = [() => player.do("play"), () => player.do("pause"), () => player.skip(-SKIP_S), () => player.skip(SKIP_S), () => player.do("next")];
    KEYS.forEach((key, at) => navigator.mediaSession?.setActionHandler(key, acts[at]));
  }

  #follow(id) {
    if (this.#isOwn && this.#player && this.#player.src !== id) this.#player.src = id;
  }

  #show() {
    const session = this.#session;
    if (!session || !this.#player) return;
    const now = this.#now(session);
    this.hidden = !this.#isOwn && !now.isInSync && !(now.hasVideo && now.others > 0 && !this.#isOver(session));
    this.#view.show({ ...now, mayLead: now.mayPlay || (session.you?.may_moderate ?? false), mayChoose: now.mayPlay && this.#isOwn });
    this.#player.show();
  }

  #isOver({ target, media }) {
    return media.duration > 0 && target >= media.duration;
  }

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

function lengthOf(seconds) {
  return seconds ? `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}` : "";
}

// room.js

if (!customElements.get("framecast-room")) customElements.define("framecast-room", FramecastRoom);
if (!customElements.get("framecast-watch")) customElements.define("framecast-watch", FramecastWatch);

export { FramecastRoom, FramecastWatch, RoomConnection, RoomError };
