// The style sheet of the bar and of the dialogs of watching together.

export const WATCH_STYLE = `
:host { display: block; color: var(--text, #161a23); font: inherit; line-height: 1.4; container-type: inline-size; }
:host([hidden]), [hidden] { display: none !important; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; min-height: 44px; padding: 8px 0 0; }
.state { flex: 1 1 240px; min-width: 0; display: grid; gap: 1px; }
.state strong { font-weight: 620; overflow-wrap: anywhere; }
.state strong.is-waiting::before { content: ""; display: inline-block; width: 11px; height: 11px; margin-right: 8px; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%; animation: turn 1s linear infinite; }
.note { color: var(--muted, #5b6477); font-size: .9em; overflow-wrap: anywhere; }
.acts { display: flex; flex-wrap: wrap; gap: 8px; }
button { font: inherit; color: inherit; cursor: pointer; }
.act { display: inline-flex; align-items: center; gap: 7px; min-height: 40px; padding: 0 14px; border: 1px solid var(--edge, #c6ccd8); border-radius: 10px; background: var(--card, #fff); font-weight: 560; }
.act:hover { border-color: var(--quiet, #7b8497); }
.act.primary { background: var(--accent, #2459d6); border-color: transparent; color: var(--accent-text, #fff); }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent, #2459d6); outline-offset: 2px; }
.icon { width: 20px; height: 20px; flex: none; }
.stage { display: grid; }
::slotted(framecast-video) { width: 100%; max-height: calc(100dvh - 240px); border-radius: var(--radius, 14px); overflow: hidden; }
.none { display: grid; justify-items: center; align-content: center; gap: 8px; min-height: min(46cqi, 420px); padding: 24px; border: 1px dashed var(--edge, #c6ccd8); border-radius: var(--radius, 14px); text-align: center; }
.none .icon { width: 40px; height: 40px; color: var(--muted, #5b6477); }
.none .act { margin-top: 8px; }
dialog { width: min(560px, calc(100vw - 24px)); max-height: min(680px, calc(100dvh - 24px)); padding: 0; border: 1px solid var(--edge, #c6ccd8); border-radius: 16px; background: var(--card, #fff); color: inherit; box-shadow: 0 18px 60px rgb(0 0 0 / 35%); overflow: hidden; }
dialog[open] { display: grid; grid-template-rows: auto auto minmax(0, 1fr); }
dialog::backdrop { background: rgb(8 9 13 / 55%); }
.head { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 14px 16px 10px 20px; }
.head h2 { margin: 0; font-size: 1.15rem; }
.close { display: grid; place-items: center; width: 44px; height: 44px; border: 0; border-radius: 10px; background: none; }
.close:hover { background: color-mix(in srgb, currentColor 10%, transparent); }
.find { margin: 0 20px 12px; min-height: 44px; padding: 0 14px; border: 1px solid var(--quiet, #7b8497); border-radius: 10px; background: var(--ground, #f6f7f9); color: inherit; font: inherit; }
.rows { margin: 0; padding: 0 12px 12px; list-style: none; overflow-y: auto; }
.rows button { display: grid; grid-template-columns: auto minmax(0, 1fr); align-items: center; justify-items: start; gap: 2px 14px; width: 100%; min-height: 52px; padding: 6px 8px; border: 0; border-radius: 10px; background: none; text-align: left; }
.rows button:hover { background: color-mix(in srgb, currentColor 8%, transparent); }
.rows button:focus-visible { outline-offset: -3px; }
.picture { width: 112px; aspect-ratio: 16 / 9; border-radius: 8px; object-fit: cover; background: #14171f; grid-row: span 2; }
.rows .title { font-weight: 580; overflow-wrap: anywhere; }
.empty { padding: 18px 20px 24px; margin: 0; color: var(--muted, #5b6477); }
@keyframes turn { to { rotate: 1turn; } }
@media (pointer: coarse) { .act { min-height: 44px; } }
@media (prefers-reduced-motion: reduce) { .state strong.is-waiting::before { animation: none; } }
@container (max-width: 520px) { .bar { gap: 6px; padding: 6px 12px 8px; } .state { flex-basis: 100%; grid-template-columns: 1fr auto; align-items: baseline; column-gap: 12px; } .acts { width: 100%; gap: 6px; } .act { padding: 0 8px; font-size: .82em; } ::slotted(framecast-video) { border-radius: 0; max-height: 40dvh; } }
@media (max-height: 500px) { ::slotted(framecast-video) { max-height: calc(100dvh - 150px); } .none { min-height: 0; padding: 10px; } }
@media (prefers-color-scheme: dark) {
  :host { color: var(--text, #e8ebf2); }
  .note, .empty, .none .icon { color: var(--muted, #a3acbf); }
  .act, dialog { background: var(--card, #171b24); border-color: var(--edge, #333b4d); }
  .act.primary { background: var(--accent, #7aa2ff); color: var(--accent-text, #0b1020); border-color: transparent; }
  .find { background: var(--ground, #0f1218); }
}
`;
