"""How the report's page looks: on light and dark screens, on phones, on paper. No colour says anything alone."""

STYLE = """
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--ink:#1c2430;--soft:#56616f;--line:#dbe1e8;--strong:#0067a3;
--bad:#a84300;--bar:#e3e9ef}
@media (prefers-color-scheme:dark){:root{--ground:#11161c;--card:#1a212a;--ink:#e7ebf0;--soft:#a5b0bd;--line:#323d4a;
--strong:#74bdf2;--bad:#ffa467;--bar:#2c3743}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere}
main,header,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
.kicker{margin:0;color:var(--strong);font-weight:600;letter-spacing:.02em}
h1{font-size:2.1rem;line-height:1.2;margin:.2rem 0 1rem}
h2{font-size:1.35rem;line-height:1.3;margin:0 0 .3rem}
h3{font-size:1.02rem;margin:1.4rem 0 0}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2.2rem;margin:0}
.facts div{min-width:0}
dt{color:var(--soft);font-size:.86rem}
dd{margin:0}
.tiles{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(12.5rem,1fr));gap:.9rem;
padding:0;margin:1.6rem 0}
.tiles li,section{background:var(--card);border:1px solid var(--line);border-radius:12px}
.tiles li{padding:.9rem 1.1rem 1rem}
.tiles b{font-size:1.75rem;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles span{display:block;color:var(--soft);font-size:.92rem}
.tiles svg{display:block;width:100%;height:6px;margin-top:.6rem}
.rest{fill:var(--bar)}
.part{fill:var(--strong)}
section{padding:1.3rem 1.4rem 1.5rem;margin:0 0 1.1rem}
.lead{margin:0;color:var(--soft)}
.prompt{margin:.1rem 0 .45rem;color:var(--soft);font-size:.92rem}
.words{white-space:pre-wrap;margin:0;padding:.1rem 0 .1rem .95rem;border-inline-start:3px solid var(--strong)}
p.missing{margin:0}
.missing{color:var(--soft);font-style:italic}
.good{color:var(--strong);font-weight:600}
.bad{color:var(--bad);font-weight:600}
.picture{margin:1.1rem 0 0}
img{display:block;max-width:100%;height:auto;padding:8px;background:#fff;border-radius:8px}
table{width:100%;border-collapse:collapse;margin-top:1.3rem;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:start;font-weight:600;font-size:1.02rem;padding-bottom:.3rem}
th,td{text-align:start;vertical-align:top;padding:.42rem .9rem .42rem 0;border-top:1px solid var(--line)}
thead th{color:var(--soft);font-weight:600;border-top:0;vertical-align:bottom;overflow-wrap:normal}
tbody th{font-weight:600}
.short{white-space:nowrap}
td details summary{cursor:pointer}
td ul,.list{margin:0;padding-inline-start:1.1rem}
footer{color:var(--soft);font-size:.86rem;padding-bottom:2.5rem}
@media screen and (max-width:46rem){
header{padding-top:1.4rem}
h1{font-size:1.6rem}
main,header,footer{padding-inline:.8rem}
.tiles{grid-template-columns:1fr 1fr;gap:.6rem}
section{padding:1rem}
table,tbody,tr,td,tbody th{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
caption{display:block}
tr{border-top:1px solid var(--line);padding:.6rem 0}
th,td{border:0;padding:.1rem 0}
.short{white-space:normal}
.picture{overflow-x:auto}
.picture img{min-width:34rem;max-width:none}
td::before{content:attr(data-label) ": ";color:var(--soft);font-weight:400;font-style:normal}
}
@media print{
:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--strong:#004f80;--bad:#833300;--bar:#ddd}
@page{margin:15mm}
body{font-size:10pt}
main,header,footer{max-width:none;padding:0}
header{padding:0}
section{border:0;padding:0;margin:0 0 1.4rem}
.tiles{grid-template-columns:repeat(4,1fr)}
table{font-size:8pt}
th,td{padding:.25rem .5rem .25rem 0}
tr,li,img,.words,.tiles li{break-inside:avoid}
h2,h3,caption,.prompt{break-after:avoid}
details::details-content{content-visibility:visible;height:auto}
.tiles svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
"""
