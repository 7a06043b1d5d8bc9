import { Markup } from './markup.ts';

/** The look of the page, and its filter: which rows show is a question of which buttons are checked. */
export const STYLE: Markup = new Markup(`<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#1b2026;--dim:#5b6570;--line:#dfe3e8;--head:#f4f6f8;--link:#0b5cad;
--p:#12693b;--pb:#eaf6ef;--f:#b00f2b;--fb:#fdeaec;--s:#66707b;--k:#7d5300;--kb:#fff3d9}
@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e3e7eb;--dim:#98a2ad;--line:#2c3238;--head:#1d2126;--link:#7db8f5;
--p:#6fce98;--pb:#16291f;--f:#ff8d9b;--fb:#3a191f;--s:#8d97a2;--k:#eabf68;--kb:#33290f}}
*{box-sizing:border-box}
body{margin:0 auto;padding:0 1rem 4rem;max-width:100rem;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.5rem;margin:1.25rem 0 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}header p{margin:.2rem 0 1rem}
.good{color:var(--p)}.bad{color:var(--f);font-weight:600}
small{color:var(--dim);font-weight:400}code,pre,.matrix b{font-family:ui-monospace,monospace;font-size:.9em}
table{border-collapse:separate;border-spacing:0}th{text-align:left;font-weight:400}thead th{color:var(--dim);font-size:.85rem}
.wide{overflow-x:auto}.adapters th,.adapters td{padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
.adapters td,.adapters thead th+th{text-align:right;font-variant-numeric:tabular-nums}.adapters small{display:block}
.adapters tbody th{font-weight:600}.adapters .f{color:var(--f);font-weight:600}
.views{display:flex;flex-wrap:wrap;gap:.4rem;border:0;padding:0;margin:1.5rem 0 .75rem}.views legend{float:left;padding:.25rem .5rem .25rem 0;color:var(--dim)}
.views label{border:1px solid var(--line);border-radius:1rem;padding:.2rem .75rem;cursor:pointer;white-space:nowrap}
.views input{position:absolute;opacity:0}.views label:has(:checked){background:var(--fg);color:var(--bg);border-color:var(--fg)}
.views label:has(:focus-visible){outline:2px solid var(--link);outline-offset:2px}.views label:has(:disabled){opacity:.45;cursor:default}
.scroll{overflow:auto;max-height:90vh;border:1px solid var(--line);border-radius:.5rem}
.matrix{width:100%}.matrix th:first-child{position:sticky;left:0;z-index:1;background:var(--bg);min-width:min(26rem,52vw);padding:.3rem .75rem}
.matrix thead th{position:sticky;top:0;z-index:2;background:var(--head);border-bottom:1px solid var(--line);vertical-align:bottom;padding:.4rem .5rem;text-align:center}
.matrix thead th:first-child{z-index:3;background:var(--head);text-align:left}
.tall thead span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:13rem;overflow:hidden;white-space:nowrap}
.matrix td{text-align:center;padding:.3rem .35rem;border-bottom:1px solid var(--line);border-left:1px solid var(--line);min-width:2.6rem;white-space:nowrap;font-variant-numeric:tabular-nums}
.matrix tbody th{border-bottom:1px solid var(--line)}.matrix tbody tr:not(.g) th{font-size:.85rem;padding-left:2.1rem}.matrix tr:not(.g) b{display:block;font-weight:600;overflow-wrap:anywhere}
.g th,.g td{background:var(--head)!important;font-size:.85rem}.g label{display:block;cursor:pointer;font-weight:600;font-size:.95rem}.g td{padding-inline:.2rem}
.g input{appearance:none;margin:0 .5rem 0 0;width:.7rem}.g input::before{content:"▸";color:var(--dim)}.g input:checked::before{content:"▾"}
.g input:focus-visible{outline:2px solid var(--link)}summary{cursor:pointer;color:var(--dim);margin-bottom:.25rem}
td.p{color:var(--p)}td.f{color:var(--f);background:var(--fb)!important;font-weight:700}td.s{color:var(--s)}td.k{color:var(--k);background:var(--kb)!important;font-weight:700}
td a{color:inherit;text-decoration:none;display:block}td a:hover{text-decoration:underline}
ul{list-style:none;padding:0;margin:0}section li{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .85rem;margin:.5rem 0;scroll-margin:1rem}
section li p{margin:.2rem 0;color:var(--dim);overflow-wrap:anywhere}section li:target{border-color:var(--link);box-shadow:0 0 0 1px var(--link)}
pre{margin:.5rem 0 0;padding:.6rem .75rem;background:var(--head);border-radius:.35rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}pre i{color:var(--dim)}
main:has(#groups:checked) tbody:has(input:not(:checked)) tr:not(.g),
main:has(#failed:checked) .matrix :is(tbody,tr:not(.g)):not(.failed):not(thead *),
main:has(#skipped:checked) .matrix :is(tbody,tr:not(.g)):not(.skipped):not(thead *),
main:has(#known:checked) .matrix :is(tbody,tr:not(.g)):not(.known):not(thead *){display:none}
main:not(:has(#groups:checked)) .g input{display:none}
@media(max-width:40rem){body{padding:0 .6rem 3rem;font-size:14px}.matrix th:first-child{min-width:52vw;padding:.25rem .5rem}
.matrix tbody tr:not(.g) th{padding-left:.5rem;font-size:.8rem}.adapters th,.adapters td{padding:.25rem .2rem;font-size:.85rem}.adapters thead th{font-size:.75rem}}
</style>`);
