// A QR code (ISO/IEC 18004): bytes, error correction level M, versions 1 to 20. Pure: a text in, rows of dark and light modules out.
//
// Own code, so that the token of a share link never leaves the page, and the server needs no library for it.

const MAX_VERSION = 20;
/** Error correction bytes of a block, by version, level M (table 9). */
const CHECK_BYTES = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
/** Blocks, by version, level M (table 9). */
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const LEVEL_M = 0;
const BYTES_MODE = 0b0100;
const FILL = [0xec, 0x11];
/** Generators of the BCH codes of the format and the version (annexes C and D). */
const FORMAT_POLYNOMIAL = 0x537;
const FORMAT_MASK = 0x5412;
const VERSION_POLYNOMIAL = 0x1f25;

/** Whether a mask inverts a module (table 10). @type {((y: number, x: number) => boolean)[]} */
const MASKS = [
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_y, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

/**
 * The modules of a code; the quiet zone of 4 modules around them is not among them.
 * @param {string} text
 * @returns {boolean[][]} rows; true is dark
 */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const drawing = new Drawing(version);
  drawing.drawData(withChecks(dataBytes(bytes, version), version));
  return drawing.finish();
}

/** @param {number} length in bytes */
function versionFor(length) {
  for (let version = 1; version <= MAX_VERSION; version++) {
    if (length + (version < 10 ? 2 : 3) <= dataSize(version)) return version;
  }
  throw new Error(`A QR code holds at most ${dataSize(MAX_VERSION) - 3} bytes here, got ${length}.`);
}

/** Modules that hold data or error correction. @param {number} version */
function dataModules(version) {
  const marks = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const all = (16 * version + 128) * version + 64;
  return all - (marks ? (25 * marks - 10) * marks - 55 : 0) - (version >= 7 ? 36 : 0);
}

/** @param {number} version */
function dataSize(version) {
  return (dataModules(version) >> 3) - CHECK_BYTES[version] * BLOCKS[version];
}

/**
 * Mode, length, text and padding (7.4).
 * @param {Uint8Array} bytes
 * @param {number} version
 */
function dataBytes(bytes, version) {
  /** @type {number[]} */
  const bits = [];
  const push = (/** @type {number} */ value, /** @type {number} */ count) => {
    for (let place = count - 1; place >= 0; place--) bits.push((value >> place) & 1);
  };
  push(BYTES_MODE, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  push(0, 4); // the terminator; always room for it: the length was rounded up to whole bytes
  while (bits.length % 8) bits.push(0);
  const size = dataSize(version);
  const found = Array.from({ length: Math.min(size, bits.length / 8) }, (_, place) => parseInt(bits.slice(8 * place, 8 * place + 8).join(""), 2));
  for (let place = 0; found.length < size; place++) found.push(FILL[place % 2]);
  return found;
}

/**
 * Split into blocks, add error correction, interleave (7.5, 7.6).
 * @param {number[]} data
 * @param {number} version
 */
function withChecks(data, version) {
  const count = BLOCKS[version];
  const short = Math.floor(data.length / count);
  const shorter = count - (data.length % count);
  const generator = generatorOf(CHECK_BYTES[version]);
  let from = 0;
  const blocks = Array.from({ length: count }, (_, place) => {
    const block = data.slice(from, (from += short + (place < shorter ? 0 : 1)));
    return { block, checks: remainder(block, generator) };
  });
  const taken = (/** @type {number[][]} */ rows, /** @type {number} */ length) =>
    Array.from({ length }, (_, column) => rows.filter((row) => column < row.length).map((row) => row[column])).flat();
  return [
    ...taken(blocks.map((one) => one.block), short + 1),
    ...taken(blocks.map((one) => one.checks), CHECK_BYTES[version]),
  ];
}

/** The Reed-Solomon generator of this degree, without its leading 1. @param {number} degree */
function generatorOf(degree) {
  const found = [...Array(degree - 1).fill(0), 1];
  let root = 1;
  for (let step = 0; step < degree; step++) {
    for (let place = 0; place < degree; place++) found[place] = product(found[place], root) ^ (found[place + 1] ?? 0);
    root = product(root, 2);
  }
  return found;
}

/**
 * @param {number[]} data
 * @param {number[]} generator
 */
function remainder(data, generator) {
  /** @type {number[]} */
  let found = generator.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ found[0];
    found = [...found.slice(1), 0].map((value, place) => value ^ product(generator[place], factor));
  }
  return found;
}

/** The product in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1. @param {number} one @param {number} other */
function product(one, other) {
  let found = 0;
  for (let place = 7; place >= 0; place--) {
    found = (found << 1) ^ ((found >> 7) * 0x11d);
    found ^= ((other >> place) & 1) * one;
  }
  return found;
}

/** The code as it is drawn: patterns first, then data, then the best mask. */
class Drawing {
  #version;
  #size;
  /** @type {boolean[][]} */
  #dark;
  /** Modules of patterns, format and version: no mask changes them. @type {boolean[][]} */
  #isFixed;

  /** @param {number} version */
  constructor(version) {
    this.#version = version;
    this.#size = 17 + 4 * version;
    const rows = () => Array.from({ length: this.#size }, () => /** @type {boolean[]} */ (Array(this.#size).fill(false)));
    [this.#dark, this.#isFixed] = [rows(), rows()];
    for (let at = 0; at < this.#size; at++) {
      this.#fix(6, at, at % 2 === 0);
      this.#fix(at, 6, at % 2 === 0);
    }
    for (const [y, x] of [[3, 3], [3, this.#size - 4], [this.#size - 4, 3]]) this.#drawRings(y, x, 4, (far) => far !== 2 && far !== 4);
    for (const [y, x] of this.#marks()) this.#drawRings(y, x, 2, (far) => far !== 1);
    this.#drawFormat(0);
    this.#drawVersion();
  }

  /** @param {number[]} bytes */
  drawData(bytes) {
    const size = this.#size;
    let bit = 0;
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5; // the timing pattern has a column of its own
      for (let step = 0; step < size; step++) {
        const isUp = ((right + 1) & 2) === 0;
        const y = isUp ? size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.#isFixed[y][x] || bit >= 8 * bytes.length) continue;
          this.#dark[y][x] = ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1) === 1;
          bit += 1;
        }
      }
    }
  }

  /** Apply the mask with the lowest penalty. */
  finish() {
    const penalties = MASKS.map((_, mask) => {
      this.#apply(mask);
      const found = penalty(this.#dark);
      this.#apply(mask); // once more takes it back
      return found;
    });
    this.#apply(penalties.indexOf(Math.min(...penalties)));
    return this.#dark;
  }

  /** @param {number} mask */
  #apply(mask) {
    this.#drawFormat(mask);
    this.#dark.forEach((row, y) => row.forEach((_, x) => (row[x] = row[x] !== (!this.#isFixed[y][x] && MASKS[mask](y, x)))));
  }

  /** @param {number} y @param {number} x @param {boolean} isDark */
  #fix(y, x, isDark) {
    this.#dark[y][x] = isDark;
    this.#isFixed[y][x] = true;
  }

  /**
   * Squares around a centre, as far as they are in the code.
   * @param {number} y
   * @param {number} x
   * @param {number} radius
   * @param {(far: number) => boolean} isDark
   */
  #drawRings(y, x, radius, isDark) {
    for (let down = -radius; down <= radius; down++) {
      for (let along = -radius; along <= radius; along++) {
        const [row, column] = [y + down, x + along];
        if (row >= 0 && column >= 0 && row < this.#size && column < this.#size) this.#fix(row, column, isDark(Math.max(Math.abs(down), Math.abs(along))));
      }
    }
  }

  /** Centres of the alignment patterns (annex E). */
  #marks() {
    if (this.#version === 1) return [];
    const count = Math.floor(this.#version / 7) + 2;
    const step = Math.ceil((this.#size - 13) / (2 * count - 2)) * 2;
    const places = [6, ...Array.from({ length: count - 1 }, (_, place) => this.#size - 7 - step * (count - 2 - place))];
    const [first, last] = [6, this.#size - 7];
    const isFinder = (/** @type {number} */ y, /** @type {number} */ x) => (y === first && (x === first || x === last)) || (y === last && x === first);
    return places.flatMap((y) => places.filter((x) => !isFinder(y, x)).map((x) => [y, x]));
  }

  /** Level and mask, twice (7.9). @param {number} mask */
  #drawFormat(mask) {
    const data = (LEVEL_M << 3) | mask;
    const bits = ((data << 10) | bchRemainder(data, 10, FORMAT_POLYNOMIAL)) ^ FORMAT_MASK;
    const bit = (/** @type {number} */ place) => ((bits >> place) & 1) === 1;
    const { length } = this.#dark;
    for (let place = 0; place < 15; place++) {
      const near = place < 6 ? place : place + 1;
      if (place < 8) this.#fix(near, 8, bit(place));
      else this.#fix(8, place === 8 ? 7 : 14 - place, bit(place));
      if (place < 8) this.#fix(8, length - 1 - place, bit(place));
      else this.#fix(length - 15 + place, 8, bit(place));
    }
    this.#fix(length - 8, 8, true);
  }

  /** Twice, from version 7 on (7.10). */
  #drawVersion() {
    if (this.#version < 7) return;
    const bits = (this.#version << 12) | bchRemainder(this.#version, 12, VERSION_POLYNOMIAL);
    for (let place = 0; place < 18; place++) {
      const [far, near] = [this.#size - 11 + (place % 3), Math.floor(place / 3)];
      this.#fix(near, far, ((bits >> place) & 1) === 1);
      this.#fix(far, near, ((bits >> place) & 1) === 1);
    }
  }
}

/** @param {number} data @param {number} degree @param {number} polynomial */
function bchRemainder(data, degree, polynomial) {
  let found = data;
  for (let step = 0; step < degree; step++) found = (found << 1) ^ ((found >> (degree - 1)) * polynomial);
  return found;
}

/** How hard a code is to read (7.8.3). @param {boolean[][]} rows */
function penalty(rows) {
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  const lines = [...rows, ...columns].map((line) => line.map(Number).join(""));
  const runs = lines.flatMap((line) => line.match(/0{5,}|1{5,}/g) ?? []).reduce((sum, run) => sum + run.length - 2, 0);
  const finders = lines.reduce((sum, line) => sum + [...line.matchAll(/(?=00001011101|10111010000)/g)].length, 0);
  let squares = 0;
  for (let y = 1; y < rows.length; y++) {
    for (let x = 1; x < rows.length; x++) {
      if (rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x - 1]) squares += 1;
    }
  }
  const dark = rows.flat().filter(Boolean).length / rows.length ** 2;
  return runs + 3 * squares + 40 * finders + 10 * Math.floor(Math.abs(20 * dark - 10));
}
