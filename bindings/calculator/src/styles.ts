// The look: calm, one accent, light and dark. A page that embeds the element sets the `--backcast-…` variables to its own colours.
import { css } from "lit";

export const styles = css`
  :host {
    --ink: var(--backcast-ink, light-dark(#1b2430, #e8ecf2));
    --soft: var(--backcast-soft, light-dark(#566273, #a3afc0));
    --line: var(--backcast-line, light-dark(#dde2ea, #313b4a));
    --edge: var(--backcast-edge, light-dark(#7d899b, #718096));
    --card: var(--backcast-card, light-dark(#ffffff, #1a212c));
    --well: var(--backcast-well, light-dark(#f4f6f9, #131922));
    --chosen: var(--backcast-chosen, light-dark(#ffffff, #2b3645));
    --accent: var(--backcast-accent, light-dark(#0f5f8c, #74bfea));
    --accent-soft: var(--backcast-accent-soft, light-dark(#b9d9ea, #2f6486));
    --alarm: var(--backcast-alarm, light-dark(#9a2c1c, #ffb4a5));
    --alarm-well: var(--backcast-alarm-well, light-dark(#fdf1ee, #321a17));
    display: block;
    container-type: inline-size;
    color: var(--ink);
    font: 400 0.9375rem/1.45 system-ui, "Segoe UI", "Liberation Sans", sans-serif;
    font-variant-numeric: tabular-nums;
  }
  [hidden] { display: none !important; }
  .columns { display: grid; gap: 1.25rem; align-items: start; }
  @container (min-width: 56rem) {
    .columns { grid-template-columns: minmax(22rem, 26rem) minmax(0, 1fr); }
    .answer { position: sticky; top: 1.25rem; }
  }
  .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; }

  /* Form */
  form { display: grid; gap: 1.5rem; }
  fieldset { border: 0; margin: 0; padding: 0; min-width: 0; display: grid; gap: 0.75rem; }
  fieldset + fieldset { border-top: 1px solid var(--line); padding-top: 1.25rem; }
  legend { padding: 0; font-weight: 600; font-size: 1rem; float: left; width: 100%; }
  .row { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; }
  .field { display: grid; gap: 0.3rem; flex: 1 1 6rem; min-width: 0; }
  .field.code { flex: 0 0 6rem; }
  .field.range { flex: 1 1 100%; }
  .field > span { color: var(--soft); font-size: 0.8125rem; }
  .field b { float: right; color: var(--ink); }
  input, select, button { font: inherit; color: inherit; }
  input:not([type]), select {
    box-sizing: border-box; width: 100%; height: 2.375rem; padding: 0 0.65rem;
    background: var(--card); border: 1px solid var(--edge); border-radius: 7px;
  }
  input[aria-invalid="true"] { border-color: var(--alarm); box-shadow: 0 0 0 1px var(--alarm); }
  .number input, input.figure { text-align: right; }
  input[type="range"] { width: 100%; margin: 0.3rem 0; accent-color: var(--accent); }
  :is(input, select, button, summary, .choice):focus-visible, .choice:has(:focus-visible) {
    outline: 2px solid var(--accent); outline-offset: 2px;
  }
  .hint { margin: 0; color: var(--soft); font-size: 0.8125rem; }
  kbd, code { font: inherit; font-weight: 600; color: var(--ink); white-space: nowrap; }
  code { white-space: normal; }
  .segmented { display: flex; background: var(--well); border: 1px solid var(--line); border-radius: 9px; padding: 3px; gap: 3px; }
  .choice { flex: 1; text-align: center; border-radius: 6px; padding: 0.3rem 0.5rem; cursor: pointer; color: var(--soft); }
  .choice input { position: absolute; opacity: 0; pointer-events: none; }
  .choice:has(:checked) { background: var(--chosen); color: var(--ink); font-weight: 600; box-shadow: 0 0 0 1px var(--line), 0 1px 2px rgb(0 0 0 / 8%); }

  .steps { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.5rem; }
  .steps li { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) 1.75rem; gap: 0.5rem; align-items: center; }
  .steps .heading { color: var(--soft); font-size: 0.8125rem; }
  .steps :is(.heading span:nth-child(2), li > .hint) { text-align: right; padding-right: 0.65rem; }

  button { background: var(--card); border: 1px solid var(--edge); border-radius: 7px; padding: 0.4rem 0.9rem; cursor: pointer; justify-self: start; }
  button:hover { background: var(--well); }
  button.quiet { border-color: transparent; color: var(--accent); padding-inline: 0.65rem; margin-left: -0.65rem; font-weight: 600; }
  button.icon { border-color: transparent; padding: 0; width: 1.75rem; height: 1.75rem; display: grid; place-items: center; color: var(--soft); }
  button.icon svg { width: 0.9rem; fill: none; stroke: currentcolor; stroke-width: 1.6; stroke-linecap: round; }

  /* Answer */
  .headline { margin: 0 0 0.4rem; font-size: 1.0625rem; font-weight: 600; text-wrap: pretty; }
  .said { margin: 0 0 1.25rem; color: var(--soft); }
  table + .hint { margin-top: 0.75rem; }
  .summary { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1rem 1.5rem; margin: 0 0 1.5rem; padding-bottom: 1.5rem; border-bottom: 1px solid var(--line); }
  .summary dt { color: var(--soft); font-size: 0.8125rem; }
  .summary dd { margin: 0; font-size: 1.375rem; font-weight: 600; line-height: 1.3; }
  .summary .main dd { font-size: 2.25rem; line-height: 1.1; color: var(--accent); letter-spacing: -0.01em; }
  .summary .range { white-space: nowrap; }
  .summary dd.note { font-size: 0.8125rem; font-weight: 400; color: var(--soft); }

  table { width: 100%; border-collapse: collapse; }
  caption { text-align: left; margin-bottom: 0.6rem; }
  caption > span:first-child { font-weight: 600; font-size: 1rem; }
  .legend { float: right; color: var(--soft); font-size: 0.8125rem; }
  .legend i { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 3px; margin: 0 0.35rem 0 0.9rem; vertical-align: -1px; }
  .legend .expected { background: var(--accent); }
  .legend .needed { width: 3px; border-radius: 0; background: var(--ink); }
  thead th { color: var(--soft); font-weight: 400; font-size: 0.8125rem; text-align: left; padding: 0.35rem 0; border-bottom: 1px solid var(--line); vertical-align: bottom; }
  tbody :is(th, td) { padding: 0.7rem 0; border-bottom: 1px solid var(--line); }
  tbody th { text-align: left; font-weight: 400; width: 36%; }
  .stage { display: block; font-weight: 600; margin-bottom: 0.3rem; overflow-wrap: anywhere; }
  :is(th, td).figure { text-align: right; padding-left: 1rem; white-space: nowrap; }
  thead th.figure { white-space: normal; }
  .muted { color: var(--soft); }
  .strong { font-weight: 600; }
  .bar { display: block; width: 100%; height: 0.7rem; background: var(--well); border-radius: 3px; }
  .bar { overflow: visible; }
  .bar .expected { fill: var(--accent); }
  .bar .needed { fill: var(--ink); }

  details { margin-top: 1.25rem; }
  summary { cursor: pointer; color: var(--accent); font-weight: 600; width: max-content; border-radius: 4px; }
  .explain { margin: 0.75rem 0 0; padding: 0.9rem 1rem 0.9rem 2.5rem; background: var(--well); border-radius: 8px; display: grid; gap: 0.4rem; overflow-wrap: anywhere; }
  .explain li::marker { color: var(--soft); }
  .error { background: var(--alarm-well); border-left: 3px solid var(--alarm); border-radius: 8px; padding: 0.9rem 1.1rem; }
  .error strong { color: var(--alarm); }
  .error + :is(.summary, .headline, .said) { margin-top: 1.4rem; }
  .error p { margin: 0.25rem 0 0; overflow-wrap: anywhere; }
  footer { display: flex; align-items: center; gap: 0.9rem; margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
  footer [role="status"] { color: var(--soft); font-size: 0.8125rem; }

  @container (max-width: 30rem) {
    .card { padding: 1.1rem; }
    :is(thead th, td):nth-child(2) { display: none; }
    .legend { float: none; display: block; }
    .legend i:first-child { margin-left: 0; }
  }
`;
