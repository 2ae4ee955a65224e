// What a mode shows its media on. Three classes implement it: MSE and HLS on the <video>, JPEG on a canvas.

/**
 * @import {Fragment, TrackBox} from "./mp4-boxes.js"
 *
 * @typedef {object} ScreenEvents
 * @property {() => void} onPicture a picture is on the screen
 * @property {(words: string, isFatal: boolean) => void} onBroken the screen failed; fatal: media that the browser cannot decode
 *
 * @typedef {(fragment: Fragment | undefined, bytes: Uint8Array<ArrayBuffer>, tracks: Map<number, TrackBox>) => void} FragmentReceiver
 *
 * @typedef {object} Screen
 * @property {HTMLVideoElement | HTMLCanvasElement} element
 * @property {boolean} isReady the element holds a picture
 * @property {string} mime
 * @property {number} width
 * @property {number} height
 * @property {boolean} hasAudio
 * @property {boolean} isOnlySound
 * @property {boolean} isStuck pictures arrive, but the browser shows none
 * @property {number} stalls
 * @property {number | null} latency from capture to screen, ms
 * @property {number | null} lead buffered ahead of the picture on the screen, s
 * @property {Blob | null} picture the picture on the screen, if it was received as JPEG
 * @property {{shown: number, dropped: number}} counts
 * @property {(mime: string) => void} begin
 * @property {(bytes: Uint8Array<ArrayBuffer>) => boolean} take returns true for a picture
 * @property {(capturedMs: number) => void} setCaptured the newest picture was captured then, UTC
 * @property {() => void} tick ten times a second
 * @property {(receiver: FragmentReceiver | null) => void} [tap] copies what is shown to a recorder
 * @property {() => void} close
 */

export {};
