// Makers of cameras and the paths of their RTSP streams. One row per maker; docs/reference/sources.md says where each path was found.

/**
 * @typedef {object} Maker
 * @property {string} id
 * @property {string} label
 * @property {(channel: number, isSub: boolean) => string} path
 * @property {number} [port] of RTSP, if it is not 554
 * @property {boolean} [hasChannels] recorders and cameras with several lenses count their channels from 1
 * @property {boolean} [hasSub] false: only one stream has a usual path
 * @property {string} [hint] what to do at the camera first
 * @property {boolean} [isKeyed] the path is a key, which is a secret; there is no user
 */

export const RTSP_PORT = 554;
/** The maker of cameras that are not in the table: the path is typed. */
export const OTHER = "other";
/** A recorder has at most so many channels. */
export const MOST_CHANNELS = 256;

const two = (/** @type {number} */ channel) => String(channel).padStart(2, "0");
const dahua = (/** @type {number} */ channel, /** @type {boolean} */ isSub) => `/cam/realmonitor?channel=${channel}&subtype=${isSub ? 1 : 0}`;

/** @type {Maker[]} */
export const MAKERS = [
  { id: "amcrest", label: "Amcrest", path: dahua, hasChannels: true },
  { id: "axis", label: "Axis", path: (channel, isSub) => `/axis-media/media.amp?camera=${channel}${isSub ? "&resolution=640x360" : ""}`, hasChannels: true },
  { id: "bosch", label: "Bosch", path: (channel, isSub) => `/rtsp_tunnel?line=${channel}&inst=${isSub ? 2 : 1}`, hasChannels: true },
  { id: "dahua", label: "Dahua", path: dahua, hasChannels: true },
  { id: "foscam", label: "Foscam", path: (_, isSub) => (isSub ? "/videoSub" : "/videoMain"), port: 88 },
  { id: "onvif", label: "Generic ONVIF", path: (_, isSub) => (isSub ? "/onvif2" : "/onvif1"), hint: "Common with low-cost cameras. Others have another path: look for RTSP in the manual, and choose “Other maker”." },
  {
    id: "hanwha",
    label: "Hanwha camera (Wisenet, Samsung)",
    path: (channel) => (channel > 1 ? `/${channel - 1}/profile2/media.smp` : "/profile2/media.smp"),
    hasChannels: true,
    hasSub: false,
    hint: "Profile 2 is H.264 by default. Other profiles: choose “Other maker”.",
  },
  {
    id: "hanwha-recorder",
    label: "Hanwha recorder",
    path: (channel) => `/LiveChannel/${channel - 1}/media.smp`,
    hasChannels: true,
    hasSub: false,
    hint: "The RTSP port is the last of the recorder's device ports: 558 of 554-558.",
  },
  { id: "hikvision", label: "Hikvision (HiLook, Annke)", path: (channel, isSub) => `/Streaming/Channels/${channel}0${isSub ? 2 : 1}`, hasChannels: true },
  { id: "reolink", label: "Reolink", path: (channel, isSub) => `/Preview_${two(channel)}_${isSub ? "sub" : "main"}`, hasChannels: true, hint: "RTSP is off by default on new models: turn it on under Network, Advanced, Server settings." },
  { id: "tapo", label: "TP-Link Tapo", path: (_, isSub) => (isSub ? "/stream2" : "/stream1"), hint: "User and password are those of the camera account: Tapo app, Advanced settings, Camera account." },
  {
    id: "unifi",
    label: "Ubiquiti UniFi Protect",
    path: () => "/",
    port: 7447,
    hasSub: false,
    isKeyed: true,
    hint: "The host is the console. Turn RTSPS on in the camera's settings; the stream key is the part of the address between the port and the question mark.",
  },
  { id: "uniview", label: "Uniview camera", path: (_, isSub) => (isSub ? "/media/video2" : "/media/video1") },
  { id: "uniview-recorder", label: "Uniview recorder", path: (channel, isSub) => `/unicast/c${channel}/s${isSub ? 1 : 0}/live`, hasChannels: true },
];

/** @param {string} id @returns {Maker | undefined} undefined: another maker */
export function makerOf(id) {
  return MAKERS.find((maker) => maker.id === id);
}
