// Reads the machine-readable blocks of a test picture: docs/reference/test-pattern.md.

const COLUMNS = 32;
const ROWS = 4;
const ROWS_OF_PICTURE = 24;
const PLACES = [1 / 3, 1 / 2, 2 / 3];

/**
 * @param {{data: Uint8ClampedArray, width: number, height: number}} image as getImageData gives it; only the top sixth
 *   of the picture is looked at, but `height` is that of the whole picture
 * @returns {{frame: number, timeMs: number, streamId: number} | null}
 */
export function readBlocks({ data, width, height }) {
  const levels = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      let sum = 0;
      for (const down of PLACES) {
        const y = Math.floor(((row + down) * height) / ROWS_OF_PICTURE);
        for (const right of PLACES) {
          const x = Math.floor(((column + right) * width) / COLUMNS);
          sum += data[4 * (y * width + x) + 1];
        }
      }
      levels.push(sum / 9);
    }
  }
  const low = Math.min(...levels);
  const high = Math.max(...levels);
  if (high - low < 48) return null;
  const bytes = new DataView(new ArrayBuffer(16));
  levels.forEach((level, bit) => {
    if (level > (low + high) / 2) bytes.setUint8(bit >> 3, bytes.getUint8(bit >> 3) | (0x80 >> (bit & 7)));
  });
  if (bytes.getUint16(0) !== 0xfc01 || bytes.getUint16(14) !== crc16(bytes, 14)) return null;
  return {
    streamId: bytes.getUint16(2),
    frame: bytes.getUint32(4),
    timeMs: bytes.getUint16(8) * 2 ** 32 + bytes.getUint32(10),
  };
}

/** CRC-16/CCITT-FALSE of the first `length` bytes. */
function crc16(bytes, length) {
  let crc = 0xffff;
  for (let at = 0; at < length; at++) {
    crc ^= bytes.getUint8(at) << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return crc;
}
