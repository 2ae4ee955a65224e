// Rates and latency of a stream, from two readings of the server's counters.

/**
 * @typedef {object} ReaderFigures
 * @property {number} id
 * @property {string} label
 * @property {string} policy
 * @property {number} sent
 * @property {number} dropped
 * @property {number} handed
 * @property {number} latency_ns
 *
 * @typedef {object} TrackFigures
 * @property {string} name
 * @property {number} records
 * @property {number} bytes
 * @property {ReaderFigures[]} readers
 *
 * @typedef {object} Figures
 * @property {number} viewers
 * @property {TrackFigures[]} tracks
 */

const SMOOTH = 0.4;

export class Rates {
  /** @type {Map<string, {records: number, bytes: number, at: number}>} */
  #before = new Map();
  /** @type {Map<string, {rate: number, bits: number}>} */
  #rates = new Map();
  /** @type {Map<string, {handed: number, latency: number}>} */
  #handedBefore = new Map();
  /** Mean from arrival at the source to the reader since the last reading, ms. @type {Map<string, number>} */
  #latencies = new Map();

  /** @param {Figures} figures */
  read(figures) {
    const now = performance.now();
    for (const track of figures.tracks) {
      this.#readTrack(track, now);
      for (const reader of track.readers) this.#readReader(`${track.name} ${reader.id}`, reader);
    }
  }

  /** @param {string} track */
  rate(track) {
    return this.#rates.get(track);
  }

  /** @param {string} track @param {number} id */
  latency(track, id) {
    return this.#latencies.get(`${track} ${id}`);
  }

  /** @param {TrackFigures} track @param {number} now */
  #readTrack(track, now) {
    const before = this.#before.get(track.name);
    this.#before.set(track.name, { records: track.records, bytes: track.bytes, at: now });
    if (!before || now <= before.at || track.records < before.records) {
      this.#rates.delete(track.name);
      return;
    }
    const seconds = (now - before.at) / 1000;
    const rate = (track.records - before.records) / seconds;
    const bits = ((track.bytes - before.bytes) * 8) / seconds;
    const old = this.#rates.get(track.name) ?? { rate, bits };
    this.#rates.set(track.name, { rate: mix(old.rate, rate), bits: mix(old.bits, bits) });
  }

  /** @param {string} key @param {ReaderFigures} reader */
  #readReader(key, reader) {
    const before = this.#handedBefore.get(key);
    this.#handedBefore.set(key, { handed: reader.handed, latency: reader.latency_ns });
    const handed = reader.handed - (before?.handed ?? 0);
    if (handed > 0) this.#latencies.set(key, (reader.latency_ns - (before?.latency ?? 0)) / handed / 1e6);
  }
}

/** @param {number} old @param {number} fresh */
function mix(old, fresh) {
  return old + (fresh - old) * SMOOTH;
}
