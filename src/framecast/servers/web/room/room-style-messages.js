// The style sheet of the list and its messages.

export const MESSAGE_STYLE = `
.scroll { position: relative; flex: 1; min-height: 0; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; padding: 10px 0 4px; scrollbar-width: thin; }
.rows { display: flex; flex-direction: column; justify-content: flex-end; min-height: 100%; }
.line { display: flex; align-items: center; gap: 10px; margin: 12px 16px 6px; font-size: .78rem; font-weight: 600; color: var(--muted); text-align: center; }
.line::before, .line::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.line.unread { color: var(--bad); }
.line.unread::before, .line.unread::after { border-color: var(--bad); }
.line.begin::before, .line.begin::after { display: none; }
.line.begin { justify-content: center; font-weight: 500; }
.message { position: relative; display: grid; grid-template-columns: 34px minmax(0, 1fr); gap: 0 10px; padding: 3px 14px; margin-top: 9px; }
.message.continued { margin-top: 0; }
.message:hover, .message:focus-within { background: var(--raised); }
.message.for-me { background: color-mix(in srgb, var(--accent) 13%, transparent); box-shadow: inset 3px 0 0 var(--accent); }
.message:focus-visible { outline-offset: -3px; }
.message.flash { animation: flash 1.6s; }
@keyframes flash { 0%, 40% { background: color-mix(in srgb, var(--accent) 28%, transparent); } }
.sign { width: 34px; height: 34px; margin-top: 2px; display: grid; place-items: center; border-radius: 50%; color: #fff; font-size: .76rem; font-weight: 650; letter-spacing: .01em; overflow: hidden; background: #4f5b76; }
.sign[data-colour="1"] { background: #3d5bc2; }
.sign[data-colour="2"] { background: #15795a; }
.sign[data-colour="3"] { background: #9a4a10; }
.sign[data-colour="4"] { background: #8a3a9b; }
.sign[data-colour="5"] { background: #ad2f5b; }
.side { display: grid; justify-items: center; align-content: start; padding-top: 3px; font-size: .68rem; color: var(--muted); font-variant-numeric: tabular-nums; white-space: nowrap; }
.continued time.side { opacity: 0; }
.continued:is(:hover, :focus-within) time.side { opacity: 1; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; min-width: 0; }
.head time { font-size: .76rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.who { display: inline-flex; flex-wrap: wrap; align-items: baseline; gap: 0 7px; min-width: 0; }
.role { padding: 0 6px; border-radius: 5px; background: var(--raised); color: var(--muted); font-size: .7rem; font-weight: 600; line-height: 1.6; }
.message:hover .role, .message:focus-within .role { background: var(--surface); }
.role[data-role=moderator], .role[data-role=owner] { color: var(--accent); }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.text a { color: var(--accent); text-underline-offset: 3px; }
.deleted .text { color: var(--muted); font-style: italic; }
.mention { padding: 0 3px; border-radius: 5px; background: color-mix(in srgb, var(--accent) 16%, transparent); color: var(--accent); font-weight: 560; }
.mention.is-me { background: var(--accent); color: var(--accent-text); }
.note { font-size: .76rem; color: var(--muted); }
.quote { display: flex; gap: 6px; width: 100%; max-width: 100%; margin: 2px 0; padding: 2px 8px; border: 0; border-left: 3px solid var(--line); background: none; color: var(--muted); font-size: .85rem; text-align: left; }
.quote .name { flex: none; max-width: 40%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quote > :last-child { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.quote:hover { border-color: var(--accent); color: var(--text); }
.reactions { display: flex; flex-wrap: wrap; gap: 5px; margin: 4px 0 3px; }
.reaction { display: inline-flex; align-items: center; gap: 5px; min-height: 27px; padding: 0 9px; border: 1px solid var(--line); border-radius: 99px; background: var(--surface); color: var(--text); font-size: .82rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.reaction[aria-pressed=true] { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 14%, var(--surface)); }
.times { display: inline-flex; align-items: baseline; gap: 7px; }
.place { padding: 0 6px; border: 0; border-radius: 6px; background: color-mix(in srgb, var(--accent) 14%, transparent); color: var(--accent); font-size: .76rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.unsent .text { color: var(--muted); }
.unsent[data-state=failed] .side { color: var(--bad); }
.toolbar { position: absolute; right: 10px; top: -14px; display: none; padding: 2px; border: 1px solid var(--line); border-radius: 11px; background: var(--surface); box-shadow: 0 4px 14px rgb(0 0 0 / 16%); z-index: 1; }
.message:is(:hover, :focus-within) > .toolbar { display: flex; }
.message:first-of-type > .toolbar { top: 2px; }
.toolbar .quick { font-size: 16px; }
.toolbar.is-readonly > :not(:last-child) { display: none; }
@container (max-width: 560px) { .toolbar .quick { display: none; } }
@media (pointer: coarse) { .toolbar .tool { min-width: 38px; height: 38px; } .reaction { min-height: 34px; } .place, .quote { min-height: 28px; } }
@media (forced-colors: active) { .message.for-me { border-left: 3px solid Highlight; } .sign { border: 1px solid CanvasText; } }
@media (prefers-reduced-motion: reduce) { .message.flash { animation: none; outline: 2px solid var(--accent); outline-offset: -2px; } }
`;
