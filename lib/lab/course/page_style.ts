/**
 * The style of the course's report: light and dark, from a phone's width to a desk's.
 *
 * It gives values to JupyterLab's variables, which what the notebooks show is styled by.
 */
export const PAGE_STYLE: string = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5b6474; --paper: #fff; --shade: #f4f5f8; --line: #dfe2e9;
  --accent: #2f6fb3; --bad: #b3261e; --good: #1c7a43; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ee; --soft: #a0a8b8; --paper: #14171d; --shade: #1d2129;
  --line: #343a46; --accent: #7db4ee; --bad: #ff8a80; --good: #6fd39a; } }
:root { --jp-content-font-color1: var(--ink); --jp-content-font-color2: var(--soft); --jp-border-color2: var(--line);
  --jp-layout-color1: var(--paper); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
a { color: var(--accent); }
h1 { line-height: 1.2; margin: 0 0 .5rem; }
section { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
.facts { color: var(--soft); margin: 0 0 1.5rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: 0 0 1.5rem; }
.figures div { background: var(--shade); border-radius: .5rem; padding: .75rem 1rem; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.2rem; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.ok { color: var(--good); } .failed { color: var(--bad); font-weight: 600; }
pre { overflow-x: auto; margin: .5rem 0; padding: .6rem .8rem; border-radius: .4rem; font: 13px/1.5 ui-monospace, monospace; }
pre.code { background: var(--shade); }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.outputs { border-left: 3px solid var(--line); padding-left: .8rem; margin: .5rem 0 1.2rem; }
.outputs > .html { overflow-x: auto; }
pre.stdout { padding: 0; white-space: pre-wrap; }
pre.stderr { color: var(--soft); padding: 0; white-space: pre-wrap; }
pre.error { color: var(--bad); border: 1px solid var(--bad); white-space: pre-wrap; }
img { max-width: 100%; height: auto; background: #fff; border-radius: .4rem; }
.prose > :first-child { margin-top: 0; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: 1rem; color: var(--soft); }
@media print { body { max-width: none; } section { break-before: page; } }
`.trim();
