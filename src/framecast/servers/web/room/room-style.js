// The style sheet of the shadow DOM: the frame, header, panels, the line to write in. The colours are those of the product, light and dark.

export const ROOM_STYLE = `
:host { display: block; min-width: 0; min-height: 0; height: 100%; contain: content; container-type: inline-size;
  --ground: var(--framecast-ground, light-dark(#f4f5f8, #0d0f14)); --surface: var(--framecast-surface, light-dark(#ffffff, #161a22));
  --raised: var(--framecast-raised, light-dark(#eceef3, #1f2530)); --line: var(--framecast-line, light-dark(#dcdfe7, #2a3140));
  --text: var(--framecast-text, light-dark(#14171f, #e8ebf2)); --muted: var(--framecast-muted, light-dark(#565e6e, #9aa4b6));
  --accent: var(--framecast-accent, light-dark(#4450c8, #98a4ff)); --accent-text: var(--framecast-accent-text, light-dark(#ffffff, #0d0f14));
  --warn: light-dark(#8a5100, #f0b252); --bad: light-dark(#b3261e, #ff8a80); --bad-text: light-dark(#ffffff, #1b0705); --quiet: light-dark(#5c6475, #8b95a8);
  background: var(--surface); color: var(--text); border-radius: var(--framecast-radius, 0);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; -webkit-tap-highlight-color: transparent; }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
p, h2, h3, ul { margin: 0; padding: 0; }
button, input, select, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: -2px; border-radius: 8px; }
.icon { width: 20px; height: 20px; display: block; flex: none; }
.room { position: relative; display: flex; flex-direction: column; height: 100%; min-height: 0; }
.room-head { display: flex; align-items: center; gap: 2px; min-height: 52px; padding: 4px 6px 4px 16px; border-bottom: 1px solid var(--line); }
.title { flex: 1; min-width: 0; font-size: 1.02rem; font-weight: 620; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tool { position: relative; min-width: 40px; height: 40px; padding: 0 8px; display: inline-flex; align-items: center; justify-content: center; gap: 5px; border: 0; border-radius: 10px; background: none; color: var(--muted); }
.tool:hover:not(:disabled) { background: var(--raised); color: var(--text); }
.tool.small { min-width: 32px; height: 32px; padding: 0 6px; }
.badge { font-size: .82rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.badge:empty { display: none; }
.ways { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 4px; padding: 4px; margin: 8px 12px 0; border-radius: 11px; background: var(--raised); }
.ways button { min-height: 34px; border: 0; border-radius: 8px; background: none; color: var(--muted); font-weight: 560; font-size: .9rem; }
.ways button[aria-pressed=true] { background: var(--accent); color: var(--accent-text); }
.pinned { display: flex; align-items: flex-start; gap: 8px; max-height: 30%; padding: 9px 10px 9px 16px; border-bottom: 1px solid var(--line); background: var(--raised); font-size: .92rem; }
.pinned > .icon { width: 17px; height: 17px; margin-top: 2px; color: var(--accent); }
.pinned .text { flex: 1; min-width: 0; max-height: 100px; overflow-y: auto; overflow-wrap: anywhere; white-space: pre-wrap; }
.pinned .tool { margin: -5px 0; }
.middle { position: relative; flex: 1; min-height: 0; display: flex; flex-direction: column; }
.empty { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; padding: 16px; text-align: center; color: var(--muted); pointer-events: none; }
.empty strong { color: var(--text); font-weight: 620; }
.empty .icon { width: 34px; height: 34px; opacity: .7; margin-bottom: 6px; }
.spin { width: 26px; height: 26px; border-radius: 50%; border: 3px solid var(--line); border-top-color: var(--accent); animation: turn 1s linear infinite; }
@keyframes turn { to { rotate: 1turn; } }
.newest { position: absolute; left: 50%; bottom: 10px; transform: translateX(-50%); min-height: 36px; padding: 0 16px; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); box-shadow: 0 4px 16px rgb(0 0 0 / 22%); font-size: .88rem; font-weight: 600; white-space: nowrap; }
.newest.is-new { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.foot { padding: 0 10px max(10px, env(safe-area-inset-bottom)); }
.typing { min-height: 1.5em; padding: 0 6px; font-size: .8rem; color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.status { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; margin-bottom: 8px; padding: 9px 12px; border-radius: 10px; background: var(--raised); font-size: .9rem; overflow-wrap: anywhere; }
.status[data-kind=offline], .status[data-kind=muted] { box-shadow: inset 3px 0 0 var(--warn); }
.status[data-kind=banned], .status[data-kind=gone] { box-shadow: inset 3px 0 0 var(--bad); }
.status:last-of-type { margin-bottom: 4px; }
.composer { position: relative; }
.about { display: flex; align-items: center; gap: 8px; padding: 4px 2px 4px 10px; margin-bottom: 4px; border-left: 3px solid var(--accent); font-size: .86rem; color: var(--muted); }
.about > span { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.write { display: flex; align-items: flex-end; gap: 2px; padding: 2px; border: 1px solid var(--quiet); border-radius: 12px; background: var(--ground); }
.write:focus-within { outline: 2px solid var(--accent); outline-offset: -1px; }
.write textarea { flex: 1; min-width: 0; min-height: 40px; max-height: 168px; padding: 8px 4px 8px 10px; border: 0; outline: none; background: none; resize: none; field-sizing: content; line-height: 1.5; }
textarea::placeholder, input::placeholder { color: var(--muted); opacity: 1; }
.send:not(:disabled) { color: var(--accent); }
.count { align-self: center; padding: 0 4px; font-size: .78rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.hint { padding: 4px 6px 0; font-size: .84rem; color: var(--warn); overflow-wrap: anywhere; }
.hint:empty, .count:empty { display: none; }
.as { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 14px; padding: 6px 6px 0; font-size: .82rem; color: var(--muted); }
.names { position: absolute; left: 0; right: 0; bottom: calc(100% + 4px); list-style: none; padding: 5px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); box-shadow: 0 12px 40px rgb(0 0 0 / 28%); }
.names li { padding: 8px 10px; border-radius: 8px; cursor: pointer; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.names li[aria-selected=true] { background: var(--raised); }
.name { font-weight: 620; overflow-wrap: anywhere; }
.bad { color: var(--bad) !important; }
.quiet { color: var(--muted); font-size: .88rem; }
.link { padding: 2px; border: 0; background: none; color: var(--accent); font-weight: 560; text-decoration: underline; text-underline-offset: 3px; }
.hush { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.toast { position: absolute; left: 50%; bottom: 86px; transform: translateX(-50%); width: max-content; max-width: calc(100% - 28px); padding: 8px 15px; border-radius: 12px; background: var(--text); color: var(--surface); font-size: .9rem; pointer-events: none; z-index: 3; }
.toast:empty { display: none; }

.panel { position: absolute; inset: 0; z-index: 2; display: flex; flex-direction: column; background: var(--surface); }
.panel-head { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 8px 6px 4px 16px; }
.panel-head h3 { font-size: 1rem; font-weight: 620; min-width: 0; overflow-wrap: anywhere; }
.panel-body { flex: 1; min-height: 0; overflow-y: auto; padding: 6px 16px 16px; display: flex; flex-direction: column; gap: 12px; overscroll-behavior: contain; }
.form, .queue, .people, .found { display: flex; flex-direction: column; gap: 14px; }
.people { gap: 2px; }
.found { gap: 4px; }
.field { display: grid; gap: 5px; font-size: .92rem; font-weight: 560; }
.field small { font-weight: 400; color: var(--muted); font-size: .84rem; }
.panel :is(input, select, textarea) { width: 100%; min-height: 42px; padding: 8px 12px; border: 1px solid var(--quiet); border-radius: 10px; background: var(--ground); font-weight: 400; }
.panel textarea { resize: vertical; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 38px; padding: 0 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); font-weight: 560; font-size: .92rem; }
.button:hover:not(:disabled) { background: var(--raised); }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.button.grave { background: var(--bad); border-color: var(--bad); color: var(--bad-text); }
.form-actions { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; }
.card { display: grid; gap: 6px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 12px; }
.card-head { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 2px 10px; min-width: 0; }
.card-actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 4px; }
.held { margin: 0; padding: 8px 12px; border-left: 3px solid var(--line); max-height: 140px; overflow-y: auto; }
.person { display: grid; grid-template-columns: 34px minmax(0, 1fr) auto; align-items: center; gap: 10px; min-height: 44px; }
.hit { display: grid; gap: 2px; padding: 8px 10px; margin: 0 -10px; border: 0; border-radius: 10px; background: none; text-align: left; }
.hit:hover { background: var(--raised); }
.hit-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 10px; }
.hit .text { display: -webkit-box; -webkit-line-clamp: 3; line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }

.menu { position: fixed; inset: auto; margin: 0; padding: 6px; min-width: 210px; max-width: min(300px, calc(100vw - 16px)); background: var(--surface); color: var(--text); border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 12px 40px rgb(0 0 0 / 28%); }
.menu > * { display: block; width: 100%; padding: 9px 12px; border: 0; border-radius: 8px; background: none; color: inherit; font-size: .94rem; text-align: left; text-decoration: none; }
.menu > :is(:hover, :focus-visible):not([aria-disabled=true]) { background: var(--raised); }
.menu > .grave { color: var(--bad); }
.menu-note { display: block; font-size: .82rem; line-height: 1.35; color: var(--muted); }
.picker { position: fixed; inset: auto; margin: 0; padding: 8px; background: var(--surface); color: var(--text); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 12px 40px rgb(0 0 0 / 28%); }
.picker-title { padding: 4px 6px 2px; font-size: .78rem; font-weight: 600; color: var(--muted); }
.picker-grid { display: grid; grid-template-columns: repeat(8, 34px); }
.picker-grid button { width: 34px; height: 34px; padding: 0; border: 0; border-radius: 8px; background: none; font-size: 20px; line-height: 1; }
.picker-grid button:hover { background: var(--raised); }
@media (pointer: coarse) { .tool { min-width: 44px; height: 44px; } .picker-grid { grid-template-columns: repeat(8, 38px); } .picker-grid button { width: 38px; height: 40px; } .button, .menu > * { min-height: 44px; } }
@media (prefers-reduced-motion: reduce) { .spin { animation-duration: 4s; } }
`;
