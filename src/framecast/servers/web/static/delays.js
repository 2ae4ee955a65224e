// The delay of each reader of a stream, from two readings of the server's counters. Pure.

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

export class Delays {
  /** @type {Map<string, {handed: number, latency: number}>} */
  #before = new Map();
  /** Mean from arrival at the source to the reader since the last reading, ms. @type {Map<string, number>} */
  #delays = new Map();

  /** @param {Figures} figures */
  read(figures) {
    for (const track of figures.tracks) {
      for (const reader of track.readers) this.#readReader(`${track.name} ${reader.id}`, reader);
    }
  }

  /** @param {string} track @param {number} id */
  of(track, id) {
    return this.#delays.get(`${track} ${id}`);
  }

  /** @param {string} key @param {ReaderFigures} reader */
  #readReader(key, reader) {
    const before = this.#before.get(key) ?? { handed: 0, latency: 0 };
    this.#before.set(key, { handed: reader.handed, latency: reader.latency_ns });
    const [handed, latency] = [reader.handed - before.handed, reader.latency_ns - before.latency];
    // A source that was started again counts from zero.
    if (handed < 0 || latency < 0) this.#delays.delete(key);
    else if (handed > 0) this.#delays.set(key, latency / handed / 1e6);
  }
}
