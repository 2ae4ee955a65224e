// Reads the boxes of fragmented MP4 (ISO/IEC 14496-12): tracks of an init segment, times and key frames of a fragment. Pure.

/**
 * @typedef {{kind: "video" | "audio", timescale: number, edit: number, flags: number, duration: number}} TrackBox
 * @typedef {{kind: "video" | "audio", id: number, pts: number, duration: number, isKey: boolean}} Fragment times in seconds
 */

const CONTAINERS = new Set(["moov", "trak", "edts", "mdia", "mvex", "moof", "traf"]);
const NOT_SYNC = 0x10000;

/**
 * Calls `found` for each box, containers before their content. A truncated box ends the walk.
 * @param {DataView} view
 * @param {(type: string, start: number) => void} found `start` is the first byte after the header
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
 * The tracks of an init segment, by id; undefined if the bytes are not an init segment.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Map<number, TrackBox> | undefined}
 */
export function readInit(bytes) {
  const view = viewOf(bytes);
  /** @type {Map<number, TrackBox> | undefined} */
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

/**
 * The first track fragment (`traf`) of a fragment; undefined if the bytes hold none.
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
 * Subtracts a time from the decode times of all tracks of a fragment.
 * @param {Uint8Array<ArrayBuffer>} bytes changed in place
 * @param {Map<number, TrackBox>} tracks
 * @param {number} seconds
 */
export function shiftBack(bytes, tracks, seconds) {
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
