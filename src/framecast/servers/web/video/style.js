// The style sheet of the shadow DOM. What the live player has as well is taken from it.

import { STYLE } from "../player/style.js";

export const VIDEO_STYLE = `${STYLE}
.poster { background: var(--framecast-background, #07080b); }
.stage { overflow: hidden; touch-action: pan-y; user-select: none; -webkit-user-select: none; }
.big { position: absolute; left: 50%; top: 50%; translate: -50% -50%; width: 76px; height: 76px; transition: scale .15s, background-color .15s; }
.big:hover { background: rgb(20 23 31 / 90%); scale: 1.06; }
.big svg { width: 34px; height: 34px; }
.busy { position: absolute; inset: 0; display: grid; place-items: center; pointer-events: none; }
.busy .spin { width: 46px; height: 46px; margin: 0; }
.veil svg { color: #f0b252; opacity: 1; }
.veil.over { background: rgb(8 9 13 / 82%); }
.veil progress { width: min(320px, 70%); height: 8px; margin-top: 8px; accent-color: var(--accent); }
.share { font-variant-numeric: tabular-nums; }
.retry { margin-top: 10px; min-height: 44px; padding: 0 18px; border-radius: 10px; background: #f2f4f8; color: #14171f; font-weight: 600; }
.unmute { position: absolute; top: 12px; left: 12px; display: flex; align-items: center; gap: 8px; min-height: 44px; padding: 0 16px 0 12px; border-radius: 10px; background: #f2f4f8; color: #14171f; font-weight: 620; box-shadow: 0 2px 12px rgb(0 0 0 / 40%); }
.unmute svg { width: 22px; height: 22px; }
.unmute[hidden] { display: none; }
.trouble { position: absolute; left: 50%; bottom: 84px; translate: -50% 0; max-width: calc(100% - 28px); padding: 8px 16px; border-radius: 10px; background: rgb(13 15 20 / 88%); text-align: center; pointer-events: none; }
.trouble:empty { display: none; }
.ripple { position: absolute; inset-block: 0; width: 34%; display: grid; place-items: center; font-weight: 650; font-size: 17px; opacity: 0; pointer-events: none; transition: opacity .2s; text-shadow: 0 1px 3px rgb(0 0 0 / 70%); background: rgb(255 255 255 / 12%); }
.ripple.left { left: 0; border-radius: 0 50% 50% 0 / 0 100% 100% 0; }
.ripple.right { right: 0; border-radius: 50% 0 0 50% / 100% 0 0 100%; }
.ripple[data-on] { opacity: 1; }
.detections { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.captions { position: absolute; inset: auto 0 18px; display: grid; justify-items: center; gap: 4px; padding: 0 5%; pointer-events: none; transition: bottom .18s; text-align: center; }
.captions p { margin: 0; }
.captions span { padding: 2px 8px; border-radius: 4px; background: rgb(8 9 13 / 78%); color: #fff; font-size: clamp(14px, 2.6cqi, 30px); line-height: 1.35; white-space: pre-line; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.stage:is([data-awake], [data-state=paused], [data-state=ended]) .captions { bottom: 88px; }

.deck { position: absolute; inset: auto 0 0; padding: 48px 12px 6px; background: linear-gradient(transparent, rgb(0 0 0 / 34%) 40%, rgb(0 0 0 / 78%)); opacity: 0; transition: opacity .18s; pointer-events: none; }
.deck > * { pointer-events: auto; }
.stage:not([data-playable]) .deck, .stage:is([data-state=error], [data-state=unavailable], [data-state=loading]) .deck { display: none; }
.stage:is([data-awake], [data-state=paused], [data-state=ended], [data-state=ready]) .deck, .stage:focus-within:has(:focus-visible) .deck, .stage:has([aria-expanded=true]) .deck, .stage:has([data-held]) .deck { opacity: 1; }
@media (hover: none) { .stage:not([data-awake], [data-state=paused], [data-state=ended], [data-state=ready], :has([aria-expanded=true])) .deck:not(:focus-within) > * { pointer-events: none; } }
.stage:not([data-awake])[data-state=playing]:not(:has([aria-expanded=true], [data-held])) { cursor: none; }
.row { display: flex; align-items: center; gap: 2px; }
.tool { width: 42px; height: 42px; border-radius: 10px; background: none; display: grid; place-items: center; flex: none; }
.tool:hover { background: rgb(255 255 255 / 16%); }
.tool svg { width: 23px; height: 23px; filter: drop-shadow(0 1px 1px rgb(0 0 0 / 40%)); }
.tool[aria-pressed=true] { box-shadow: inset 0 -3px 0 -1px var(--accent); }
.volume { width: 78px; }
.time { margin: 0 8px; font-size: 13.5px; font-variant-numeric: tabular-nums; white-space: nowrap; text-shadow: 0 1px 2px rgb(0 0 0 / 60%); }
.chapter { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13.5px; text-shadow: 0 1px 2px rgb(0 0 0 / 60%); }
.chapter:not(:empty)::before { content: "· "; }

.seek { position: relative; height: 22px; margin: 0 4px; cursor: pointer; touch-action: none; outline: none; border-radius: 6px; }
.seek:focus-visible { outline: 3px solid var(--accent); outline-offset: 0; }
.seek-rail { position: absolute; inset: 9px 0; border-radius: 3px; overflow: hidden; background: rgb(255 255 255 / 26%); transition: inset .12s; }
.seek:is(:hover, :focus-visible, [data-held]) .seek-rail { inset: 7.500px 0; }
.seek-buffered i { position: absolute; inset-block: 0; background: rgb(255 255 255 / 38%); }
.seek-played { position: absolute; inset: 0; background: var(--accent); transform-origin: left; transform: scaleX(var(--at, 0)); }
.seek-chapters i { position: absolute; inset-block: 0; min-width: 3px; background: rgb(8 9 13 / 85%); }
.seek-thumb { position: absolute; top: 50%; left: calc(100% * var(--at, 0)); width: 14px; height: 14px; border-radius: 50%; background: #fff; translate: -50% -50%; scale: 0; transition: scale .12s; box-shadow: 0 1px 4px rgb(0 0 0 / 45%); pointer-events: none; }
.seek:is(:hover, :focus-visible, [data-held]) .seek-thumb { scale: 1; }
.seek-preview { position: absolute; bottom: 28px; left: 0; translate: -50% 0; display: grid; justify-items: center; gap: 4px; pointer-events: none; text-align: center; }
.seek-picture { border-radius: 8px; border: 2px solid #f2f4f8; box-sizing: content-box; background-color: #0b0d12; background-repeat: no-repeat; box-shadow: 0 4px 18px rgb(0 0 0 / 50%); }
.seek-place, .seek-chapter { padding: 1px 8px; border-radius: 6px; background: rgb(13 15 20 / 88%); font-size: 13px; font-variant-numeric: tabular-nums; }
.seek-chapter { max-width: 220px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.seek-chapter:empty { display: none; }

.choices { position: absolute; right: 12px; bottom: 84px; min-width: 230px; max-width: calc(100% - 24px); max-height: calc(100% - 100px); overflow-y: auto; padding: 6px; border-radius: 12px; background: rgb(18 21 28 / 96%); box-shadow: 0 8px 30px rgb(0 0 0 / 45%); }
.choices button { display: flex; align-items: center; gap: 10px; width: 100%; min-height: 40px; padding: 4px 12px; border-radius: 8px; background: none; text-align: left; }
.choices button:hover, .choices button:focus-visible { background: rgb(255 255 255 / 14%); }
.choices button:focus-visible { outline-offset: -3px; }
.choices svg { width: 20px; height: 20px; flex: none; }
.choices [aria-checked=false] svg { visibility: hidden; }
.choices-now { margin-left: auto; color: #b9c1d0; }
.choices-back { border-bottom: 1px solid rgb(255 255 255 / 16%); border-radius: 8px 8px 0 0 !important; font-weight: 620; }
.help { position: absolute; inset: 0; margin: auto; width: min(560px, calc(100% - 24px)); height: fit-content; max-height: calc(100% - 24px); overflow-y: auto; padding: 16px 20px; border-radius: 12px; background: rgb(18 21 28 / 96%); box-shadow: 0 8px 30px rgb(0 0 0 / 45%); outline: none; }
.help dl { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 28px; margin: 8px 0 0; }
.help dl div { display: flex; justify-content: space-between; gap: 12px; padding: 3px 0; }
.help dt { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, monospace; color: #dfe3ec; white-space: nowrap; }
.help dd { margin: 0; color: #b9c1d0; text-align: right; }
@container (max-width: 620px) { .volume, .chapter { display: none; } .help dl { grid-template-columns: 1fr; } }
@container (max-width: 460px) { .deck { padding-inline: 6px; } .big { width: 64px; height: 64px; } .tool.pip { display: none; } .time { margin: 0 4px; font-size: 12.500px; } .seek-picture { zoom: .8; } .choices { right: 6px; bottom: 54px; max-height: calc(100% - 60px); } }
@container (max-width: 700px) { .tool.theatre { display: none; } }
@container (max-width: 380px) { .tool.mute { display: none; } }
@container (max-width: 300px) { .tool.settings, .tool.cc { display: none; } }
@media (pointer: coarse) { .seek { height: 30px; } .seek-rail { inset: 12px 0; } .seek:is(:hover, :focus-visible, [data-held]) .seek-rail { inset: 11px 0; } .seek-thumb { scale: 1; } .tool { width: 44px; height: 44px; } .volume { display: none; } .choices button { min-height: 44px; } .seek-preview { bottom: 38px; } }
@media (pointer: coarse) { @container (max-width: 460px) { .tool.mute { display: none; } } }
@media (prefers-reduced-motion: reduce) { .deck, .big, .ripple, .captions, .seek-rail, .seek-thumb { transition: none; } }
@media (forced-colors: active) { .tool { border: 1px solid ButtonText; } .seek-played { background: Highlight; forced-color-adjust: none; } }
`;
