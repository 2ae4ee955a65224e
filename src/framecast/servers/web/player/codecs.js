// What this browser can play out of MP4.

/** Video, then audio, best first (RFC 6381). */
const CODECS = [
  ["avc1.640029", "avc1.64002A", "avc1.640033", "hvc1.1.6.L153.B0", "av01.0.08M.08", "vp09.00.50.08"],
  ["mp4a.40.2", "mp4a.40.5", "flac", "opus"],
];

/** Safari on iOS has only ManagedMediaSource, Safari on macOS has both. @returns {typeof MediaSource | undefined} */
export function mediaSource() {
  const all = /** @type {any} */ (globalThis);
  return all.ManagedMediaSource ?? all.MediaSource;
}

/**
 * The codecs that this browser plays, separated by commas; '' if it plays no video.
 * @param {boolean} [hasAudio] include audio codecs
 */
export function supportedCodecs(hasAudio = true) {
  const kind = mediaSource();
  const plays = (/** @type {string} */ codec) => kind?.isTypeSupported(`video/mp4; codecs="${codec}"`);
  const [video, audio] = CODECS.map((codecs) => codecs.filter(plays));
  return video.length ? [...video, ...(hasAudio ? audio : [])].join() : "";
}

const AUDIO = /^(mp4a|opus|flac|ac-3|ec-3)/i;

/** The codecs of a media type, separated by commas. @param {string} mime */
export function codecsOf(mime) {
  return mime.replace(/.*codecs="?|"/g, "");
}

/** @param {string} mime */
export function hasAudioCodec(mime) {
  return codecsOf(mime).split(",").some((codec) => AUDIO.test(codec.trim()));
}

/** Which tracks are audio, as a text to compare: a source buffer cannot change that. @param {string} mime */
export function trackKinds(mime) {
  return codecsOf(mime).split(",").map((codec) => AUDIO.test(codec.trim())).join();
}
