// The style sheet of the shadow DOM.

export const STYLE = `
:host { display: block; position: relative; aspect-ratio: 16 / 9; min-width: 0; overflow: hidden; contain: content;
  background: var(--framecast-background, #07080b); border-radius: var(--framecast-radius, 0);
  color: #f2f4f8; font: 500 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-tap-highlight-color: transparent; --accent: var(--framecast-accent, #98a4ff); }
:host([hidden]) { display: none; }
:host(:fullscreen) { border-radius: 0; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.stage { position: absolute; inset: 0; container-type: inline-size; outline: none; }
.stage:focus-visible::after { content: ""; position: absolute; inset: 0; border: 3px solid var(--accent); border-radius: inherit; pointer-events: none; }
video, canvas, .still, .poster { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: var(--framecast-fit, contain); display: block; }
.veil { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 6px;
  padding: 12px 16px; text-align: center; background: #0b0d12; color: #b9c1d0; transition: opacity .2s; }
.veil[data-state=connecting].over, .veil[data-state=paused].over { background: rgb(8 9 13 / 55%); }
.veil[data-state=nosignal].over { background: rgb(8 9 13 / 78%); backdrop-filter: grayscale(1); color: #d5dae4; }
.veil strong { color: #f2f4f8; font-weight: 620; font-size: 15px; }
.veil span { max-width: 46ch; overflow-wrap: anywhere; text-wrap: balance; }
.veil svg { width: 34px; height: 34px; opacity: .75; margin-bottom: 2px; }
.spin { width: 30px; height: 30px; margin-bottom: 6px; border-radius: 50%; border: 3px solid rgb(255 255 255 / 18%); border-top-color: #fff; animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
button { font: inherit; color: inherit; border: 0; cursor: pointer; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.big { width: 68px; height: 68px; border-radius: 50%; background: rgb(20 23 31 / 72%); display: grid; place-items: center; }
.big svg { width: 30px; height: 30px; opacity: 1; margin: 0; }
.sound { position: absolute; left: 12px; top: 12px; display: flex; align-items: center; gap: 8px; padding: 8px 14px 8px 10px; border-radius: 99px;
  background: #f2f4f8; color: #14171f; font-weight: 600; }
.sound svg { width: 20px; height: 20px; }
.rec { position: absolute; left: 10px; top: 10px; display: flex; align-items: center; gap: 6px; padding: 2px 9px 2px 8px; border-radius: 6px; pointer-events: none;
  background: #b3261e; color: #fff; font-size: 12px; font-weight: 650; letter-spacing: .03em; font-variant-numeric: tabular-nums; }
.rec::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentcolor; animation: blink 2s steps(2, jump-none) infinite; }
@keyframes blink { to { opacity: .25; } }
.sound + .rec { left: auto; right: 10px; }
.sound[hidden] + .rec { left: 10px; right: auto; }
.toast { position: absolute; left: 50%; top: 14px; transform: translateX(-50%); max-width: calc(100% - 28px); padding: 7px 14px; border-radius: 99px;
  background: rgb(13 15 20 / 82%); pointer-events: none; }
.toast:empty { display: none; }
.bar { position: absolute; inset: auto 0 0; display: flex; align-items: center; gap: 2px; padding: 34px 10px 8px;
  background: linear-gradient(transparent, rgb(0 0 0 / 30%) 35%, rgb(0 0 0 / 72%)); opacity: 0; transition: opacity .18s; }
.stage[data-awake] .bar, .stage:focus-within:has(:focus-visible) .bar, .stage[data-state=paused] .bar { opacity: 1; }
.stage:not([data-awake], [data-state=paused]) .bar:not(:focus-within) { pointer-events: none; }
.bar button { width: 40px; height: 40px; border-radius: 10px; background: none; display: grid; place-items: center; flex: none; }
.bar button:hover { background: rgb(255 255 255 / 16%); }
.bar button[aria-pressed=true] { color: #ff6b62; }
.bar svg { width: 22px; height: 22px; filter: drop-shadow(0 1px 1px rgb(0 0 0 / 40%)); }
.badge { display: inline-flex; align-items: center; gap: 7px; margin: 0 8px; font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap;
  text-shadow: 0 1px 2px rgb(0 0 0 / 60%); }
.badge::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: #4cd08a; }
.badge:not([data-state=live])::before { background: #9aa4b6; }
.badge b { font-weight: 650; letter-spacing: .02em; }
.gap { flex: 1; }
input { width: 78px; margin: 0 8px 0 2px; accent-color: #fff; cursor: pointer; }
.hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container (max-width: 460px) { input { display: none; } .badge span { display: none; } .bar { padding-inline: 4px; } }
@container (max-width: 340px) { .bar .pip, .bar .shot, .bar .badge { display: none; } }
@container (max-width: 300px) { .veil { font-size: 12.5px; line-height: 1.3; gap: 3px; padding: 8px 10px; } .veil svg { width: 24px; height: 24px; } }
@container (max-width: 180px) { .veil span, .veil svg { display: none; } .veil strong { font-size: 13px; } .big { width: 44px; height: 44px; } }
@media (pointer: coarse) { input { display: none; } .bar button { width: 44px; height: 44px; } }
@media (prefers-reduced-motion: reduce) { .veil, .bar { transition: none; } .spin { animation-duration: 4s; } .rec::before { animation: none; } }
@media (forced-colors: active) { .bar button { border: 1px solid ButtonText; } }
`;
