// The options of a stream as people meet them in the form: grouped, with a sentence each. The same names, values and limits as
// in framecast.yaml (tests compare them).

/**
 * @typedef {object} Option
 * @property {string} name
 * @property {"yes" | "number" | "choice" | "text"} kind
 * @property {string} label
 * @property {string} hint
 * @property {boolean | number | string} standard what holds where nothing is said
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
      { name: "transport", kind: "choice", label: "RTSP over", hint: "TCP passes every network; UDP is for cameras that know nothing else.", standard: "tcp", choices: ["tcp", "udp", "multicast"] },
      { name: "verify_tls", kind: "yes", label: "Check the certificate", hint: "For rtsps and https. Switched off, whoever stands in between is believed, too.", standard: true },
      { name: "timeout_s", kind: "number", label: "Time to open", hint: "A source that does not answer for so long has failed.", standard: 10, least: 0.5, most: 300, unit: "s" },
      { name: "stall_s", kind: "number", label: "Silence allowed", hint: "Without a picture for so long it is dialled again.", standard: 5, least: 0.5, most: 3600, unit: "s" },
      { name: "interval_s", kind: "number", label: "Time between snapshots", hint: "Of an address that gives one JPEG picture: it is asked for so often.", standard: 1, least: 0.02, most: 86400, unit: "s" },
      { name: "retry_max_s", kind: "number", label: "Longest wait between tries", hint: "Tries come later each time, up to this.", standard: 1.5, least: 0.1, most: 3600, unit: "s" },
    ],
  },
  {
    title: "When nobody looks",
    options: [
      { name: "always", kind: "yes", label: "Stay connected", hint: "The first picture is there at once; the camera's network is always busy.", standard: false },
      { name: "idle_s", kind: "number", label: "Let go after", hint: "So long after the last reader has left.", standard: 10, least: 0, most: 86400, unit: "s" },
    ],
  },
  {
    title: "Picture and sound",
    options: [
      { name: "audio", kind: "yes", label: "Sound", hint: "Off leaves the source's sound out.", standard: true },
      { name: "loop", kind: "yes", label: "Begin again at the end", hint: "Of a file.", standard: true },
      { name: "hwaccel", kind: "text", label: "Decode by", hint: "cuda, vaapi, qsv, …; empty is software. What does not work falls back.", standard: "" },
      { name: "memory_limit_mb", kind: "number", label: "Memory at most", hint: "Shared memory of each of its tracks.", standard: 2048, least: 16, most: 1048576, unit: "MB" },
    ],
  },
];

/** All of them. */
export const OPTIONS = GROUPS.flatMap((group) => group.options);
