// Times, speeds and sizes as people read them. Pure.

import { durationWords } from "../static/duration.js";

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

/** A place in a video: 0:05, 1:02:03. @param {number} seconds */
export function placeWords(seconds) {
  return durationWords(Number.isFinite(seconds) ? Math.max(0, seconds) : 0);
}

/** A place for screen readers: "1 hour 2 minutes 3 seconds". @param {number} seconds */
export function spokenWords(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ];
  const shown = parts.filter(([count], place) => count || (place === 2 && whole === 0));
  return shown.map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(" ");
}

/** @param {number} speed */
export function speedWords(speed) {
  return speed === 1 ? "Normal" : `${speed}×`;
}

/** The next speed of the list in a direction. @param {number} speed @param {1 | -1} direction */
export function nextSpeed(speed, direction) {
  const further = SPEEDS.filter((one) => (one - speed) * direction > 0.001);
  return (direction > 0 ? further[0] : further[further.length - 1]) ?? speed;
}

/** The place in a query: `t=90`, `t=1m30s`, `t=1:30`; NaN for anything else. @param {string} text */
export function placeOf(text) {
  const named = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(text);
  if (text && named) return Number(named[1] ?? 0) * 3600 + Number(named[2] ?? 0) * 60 + Number(named[3] ?? 0);
  const parts = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})$/.exec(text);
  return parts ? Number(parts[1] ?? 0) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : NaN;
}

/** The name of a rendition: 720p; of portrait video the width counts. @param {{width: number, height: number}} size */
export function sizeName({ width, height }) {
  return `${Math.min(width || height, height)}p`;
}
