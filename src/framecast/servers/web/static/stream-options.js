// The options of a stream as the form shows them: in groups, with a hint each. Names, defaults and limits are those of
// framecast.yaml (tests compare them).

/**
 * @typedef {object} Option
 * @property {string} name
 * @property {"yes" | "number" | "choice" | "text"} kind
 * @property {string} label
 * @property {string} hint
 * @property {boolean | number | string} standard the default
 * @property {number} [least]
 * @property {number} [most]
 * @property {string} [unit]
 * @property {string[]} [choices]
 */

/** @type {{title: string, options: Option[]}[]} */
export const GROUPS = [
  {
    title: "Connection",
    options: [
      { name: "transport", kind: "choice", label: "RTSP transport", hint: "TCP works in every network. Use UDP for cameras that support nothing else.", standard: "tcp", choices: ["tcp", "udp", "multicast"] },
      { name: "verify_tls", kind: "yes", label: "Verify the TLS certificate", hint: "For rtsps and https. If off, any certificate is accepted, including an attacker's.", standard: true },
      { name: "timeout_s", kind: "number", label: "Connection timeout", hint: "Fail if the source does not answer within this time.", standard: 10, least: 0.5, most: 300, unit: "s" },
      { name: "stall_s", kind: "number", label: "Stall timeout", hint: "Reconnect after this long without a frame.", standard: 5, least: 0.5, most: 3600, unit: "s" },
      { name: "interval_s", kind: "number", label: "Snapshot interval", hint: "Time between requests to a source that returns single JPEG pictures.", standard: 1, least: 0.02, most: 86400, unit: "s" },
      { name: "retry_max_s", kind: "number", label: "Maximum retry delay", hint: "The delay between retries grows up to this limit.", standard: 1.5, least: 0.1, most: 3600, unit: "s" },
    ],
  },
  {
    title: "Without viewers",
    options: [
      { name: "always", kind: "yes", label: "Stay connected", hint: "The first picture appears at once, but the camera always sends.", standard: false },
      { name: "idle_s", kind: "number", label: "Idle timeout", hint: "Disconnect this long after the last reader has left.", standard: 10, least: 0, most: 86400, unit: "s" },
    ],
  },
  {
    title: "Video and audio",
    options: [
      { name: "audio", kind: "yes", label: "Audio", hint: "If off, the audio of the source is ignored.", standard: true },
      { name: "loop", kind: "yes", label: "Loop", hint: "Play a file again when it ends.", standard: true },
      { name: "hwaccel", kind: "text", label: "Hardware decoder", hint: "cuda, vaapi, qsv, …; empty: software. Falls back to software if the hardware does not work.", standard: "" },
      { name: "memory_limit_mb", kind: "number", label: "Memory limit", hint: "Shared memory for each track.", standard: 2048, least: 16, most: 1048576, unit: "MB" },
    ],
  },
];

/** All of them. */
export const OPTIONS = GROUPS.flatMap((group) => group.options);
