/** The page's style sheet: light and dark by the reader's preference, print, and down to 360 px. No fonts are fetched. */
export const PAGE_STYLES = `
:root{color-scheme:light dark;--paper:#fff;--ground:#fafaf8;--ink:#16181d;--muted:#5a616e;--rule:#e3e3de;--soft:#f2f2ee;--link:#1d4ed8;
--v0:#5d6778;--v1:#1f5fd0;--v2:#8a3fb8;--v3:#0b766e;--v4:#945a00;
--faster:#0f6b37;--equivalent:#22628a;--inconclusive:#805300;--slower:#b3261e;--broken:#9d1560;
--faster-soft:#e2f3e8;--equivalent-soft:#e1eff7;--inconclusive-soft:#fbf0d6;--slower-soft:#fde8e6;--broken-soft:#fbe4f0;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;
--mono:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#17191e;--ground:#111317;--ink:#e9e7e3;--muted:#a3a9b5;--rule:#2d3139;--soft:#1e2127;--link:#8fb4ff;
--v0:#a4aebd;--v1:#76a6ff;--v2:#cf9bff;--v3:#4fd0c4;--v4:#e6b04a;
--faster:#6fd694;--equivalent:#84c5ee;--inconclusive:#ebbd5c;--slower:#ff948a;--broken:#ff8fc4;
--faster-soft:#15301f;--equivalent-soft:#132c3b;--inconclusive-soft:#33270c;--slower-soft:#3b1714;--broken-soft:#3a142a}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-padding-top:3.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 var(--sans);overflow-wrap:anywhere}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
th a,td a,.charts a,.timeline a{text-decoration:none}
.timeline a{color:inherit}
th a:hover,td a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
code,pre{font-family:var(--mono);font-size:.88em}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.muted{color:var(--muted)}
.small{font-size:.84em}
.block{display:block}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;z-index:9;background:var(--paper);padding:.4rem .8rem}
.top{position:sticky;top:0;z-index:5;background:var(--ground);border-bottom:1px solid var(--rule)}
.top>div{max-width:1144px;margin:0 auto;padding:.55rem 2rem;display:flex;gap:.3rem 1.6rem;align-items:baseline;flex-wrap:wrap}
.brand{font-weight:650;letter-spacing:-.01em;margin-right:auto}
.brand span{color:var(--muted);font-weight:400}
nav{display:flex;gap:1.15rem;font-size:.88rem;overflow-x:auto}
nav a{color:var(--muted);text-decoration:none;white-space:nowrap}
nav a:hover{color:var(--ink);text-decoration:underline}
main{max-width:1144px;margin:0 auto;padding:0 2rem 4rem}
section{margin-top:4.2rem}
h1,h2,h3{line-height:1.2;text-wrap:balance;font-weight:650;letter-spacing:-.015em}
h1{font-size:clamp(1.55rem,1.1rem + 2.1vw,2.5rem);margin:.55rem 0 .7rem;letter-spacing:-.025em;max-width:27ch}
h2{font-size:1.45rem;margin:0 0 .35rem}
h3{font-size:1.05rem;margin:2.4rem 0 .35rem}
p{margin:.5rem 0}
.lead{color:var(--muted);max-width:72ch;margin:0 0 1.1rem}
.hero{margin-top:2.6rem}
.hero .detail{font-size:1.14rem;max-width:66ch;margin:.2rem 0 1.1rem;text-wrap:pretty}
.pill{margin:0}
.basis{color:var(--muted);font-size:.92rem;max-width:86ch;margin:.35rem 0}
.fine{color:var(--faster);font-weight:550;margin:.9rem 0}
.open{color:var(--inconclusive);font-weight:550;margin:.9rem 0}
.claims{padding:0;list-style:none;max-width:80ch}
.claims li{margin:.75rem 0}
.badge{display:inline-block;padding:.06rem .55rem;border-radius:99px;font-size:.84rem;font-weight:600;white-space:nowrap;background:var(--soft)}
.pill .badge{font-size:.98rem;padding:.16rem .8rem;margin-right:.4rem}
.badge.faster{color:var(--faster);background:var(--faster-soft)}
.badge.equivalent{color:var(--equivalent);background:var(--equivalent-soft)}
.badge.inconclusive{color:var(--inconclusive);background:var(--inconclusive-soft)}
.badge.slower{color:var(--slower);background:var(--slower-soft)}
.badge.broken{color:var(--broken);background:var(--broken-soft)}
.tag{display:inline-block;font-size:.74rem;line-height:1.35;padding:0 .4rem;border:1px solid var(--rule);border-radius:4px;color:var(--muted);font-weight:500;white-space:nowrap;font-family:var(--sans)}
.bad{color:var(--broken)}
.caveats{margin-top:1.4rem;border-left:3px solid var(--inconclusive);padding:.1rem 0 .1rem 1.1rem;max-width:86ch}
.caveats h2{font-size:.95rem;letter-spacing:0}
.caveats ul{margin:.3rem 0;padding:0;list-style:none;font-size:.92rem}
.caveats li{margin:.4rem 0;color:var(--muted)}
.caveats strong{color:var(--ink);font-weight:600}
.caveats strong::after{content:". "}
.scroll{overflow-x:auto;margin:.6rem 0 1rem;border:1px solid var(--rule);border-radius:8px;background:var(--paper)}
.boot-body .timeline{margin:.3rem 0;width:100%}
.boot-body .scroll{border:0;background:none;margin:.5rem 0}
.alarm .scroll{border-color:var(--broken)}
table{border-collapse:collapse;width:100%;font-size:.9rem;line-height:1.4}
caption{text-align:left;padding:.7rem .9rem .2rem;color:var(--muted);font-size:.86rem}
th,td{padding:.42rem .75rem;text-align:left;vertical-align:middle;border-top:1px solid var(--rule);font-weight:400}
thead td{border-top:0}
thead th{border-top:0;color:var(--muted);font-size:.8rem;font-weight:500;vertical-align:bottom;white-space:nowrap;overflow-wrap:normal}
tbody th{min-width:7.5rem;overflow-wrap:break-word}
.over{color:var(--muted);font-size:.92rem;margin:1.2rem 0 .4rem}
.word{white-space:nowrap;font-weight:550;font-size:.86rem}
.word.faster{color:var(--faster)}.word.equivalent{color:var(--muted)}.word.inconclusive{color:var(--inconclusive)}.word.slower{color:var(--slower)}.word.broken{color:var(--broken)}
tbody th code{font-size:.95em}
tfoot th,tfoot td{border-top:2px solid var(--rule);font-weight:600}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.picture,th.picture{padding-top:0;padding-bottom:0;white-space:nowrap}
td.picture svg,th.picture svg{display:block}
.effect strong{font-size:1.16em;font-weight:650}
.was{color:var(--muted)}
td.n a{color:inherit}
.why{min-width:16rem}
.hint{border-bottom:1px dotted var(--muted);cursor:help}
thead button{all:unset;cursor:pointer;color:inherit}
thead button:hover{color:var(--ink);text-decoration:underline}
thead button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
[aria-sort=ascending] button::after{content:" ↑"}
[aria-sort=descending] button::after{content:" ↓"}
tr:target>*,.boot-entry:target{background:var(--inconclusive-soft)}
.gates td,.gates th{padding-top:.65rem;padding-bottom:.65rem}
.gates thead th{padding-top:.5rem;padding-bottom:.4rem;white-space:normal}
.gates thead th.picture{white-space:nowrap}
.dense th,.dense td{padding-left:.4rem;padding-right:.4rem}
.gates td.picture,.gates th.picture{padding-left:.4rem;padding-right:.4rem}
svg text{font-family:var(--sans)}
svg.axis text{font-size:10.5px;fill:var(--muted)}
svg .zero{stroke:var(--muted);stroke-width:1}
svg .band{fill:var(--soft)}
@media (prefers-color-scheme:dark){svg .band{fill:#262a32}}
svg .line{fill:none;stroke-width:2;stroke:currentColor}
svg .dot{fill:currentColor}
svg .faster{color:var(--faster)}svg .equivalent{color:var(--equivalent)}svg .inconclusive{color:var(--inconclusive)}svg .slower{color:var(--slower)}svg .broken{color:var(--broken)}
.bar{fill:currentColor}svg .sum{color:var(--muted)}svg .next{stroke:var(--rule);stroke-width:1}
.v0{color:var(--v0)}.v1{color:var(--v1)}.v2{color:var(--v2)}.v3{color:var(--v3)}.v4{color:var(--v4)}
.variant{white-space:nowrap;font-weight:550}
.variant svg{vertical-align:-1px;margin-right:.35rem;fill:currentColor;stroke:currentColor;stroke-width:1.5}
.variant.v0 svg{fill:none}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,326px),1fr));gap:1rem;align-items:stretch}
figure,.figures{margin:0;padding:1rem;border:1px solid var(--rule);border-radius:8px;background:var(--paper);min-width:0}
figure{display:flex;flex-direction:column}
figcaption{color:var(--muted);font-size:.84rem;margin-top:.5rem}
.figures{align-self:start;padding:.2rem 0 .6rem;grid-column:span 2}
.figures .scroll{border:0;margin:0}
.figures p{padding:0 .9rem}
@media (max-width:760px){.figures{grid-column:auto}}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.3rem 0 .7rem;font-size:.9rem}
.legend svg{vertical-align:1px;margin-left:.35rem}
svg.chart{max-width:100%;height:auto;align-self:center;overflow:visible}
.chart a:hover path,.chart a.marked path{stroke:var(--ink);stroke-width:2.5;fill:var(--ink)}
.timeline{display:block;padding:0;margin:.7rem}
.timeline.narrow{display:none}
.timeline text{font-size:11px;fill:var(--muted)}
.timeline .who{font-size:13px;font-weight:650;fill:currentColor}
.timeline .name{fill:var(--ink)}
.timeline .grid{stroke:var(--rule)}
.timeline .end{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:3 3}
.timeline .span{fill:var(--paper);stroke:currentColor;stroke-width:1}
.timeline .span.path{fill:currentColor}
.timeline .seg{fill:currentColor;stroke:var(--paper);stroke-width:1}
.timeline .seg.s1{fill-opacity:.85}
.timeline .seg.wait{fill:url(#wait)}
.timeline .seg.unknown{fill:var(--paper);stroke:currentColor;stroke-dasharray:2 2}
.timeline text.on{fill:var(--paper);font-weight:550}
.timeline text.on.wait,.timeline text.on.unknown{fill:var(--ink)}
.timeline text.on.wait,.timeline text.name,.timeline text.tick{paint-order:stroke;stroke:var(--paper);stroke-width:3.5px;stroke-linejoin:round}
.timeline a:hover .name{text-decoration:underline}
.patterns{position:absolute}
details{margin:.6rem 0}
summary{cursor:pointer}
section>details>summary{padding:.3rem 0;color:var(--link)}
.boots{border:1px solid var(--rule);border-radius:8px;background:var(--paper);overflow:hidden}
.boot-entry{margin:0;border-top:1px solid var(--rule)}
.boot-entry:first-child{border-top:0}
.boot-entry summary{display:grid;grid-template-columns:1.4fr 1fr .7fr .8fr .8fr .9fr;gap:.2rem 1rem;padding:.42rem .9rem;font-size:.9rem;align-items:baseline;list-style:none}
.boot-entry summary::-webkit-details-marker{display:none}
.boot-entry .id::before{content:"▸";display:inline-block;width:1.1rem;color:var(--muted)}
.boot-entry[open] .id::before{content:"▾"}
.boot-entry summary:hover,.boot-entry.marked{background:var(--soft)}
.boot-body{padding:.1rem .9rem .8rem 2rem;font-size:.9rem}
.plain{list-style:none;padding:0;margin:.4rem 0}
.plain li{margin:.25rem 0}
.notes{font-size:.9rem;color:var(--muted);padding-left:1.2rem}
.controls{display:flex;flex-wrap:wrap;gap:.5rem 1.2rem;align-items:center;font-size:.9rem;margin:.4rem 0 .8rem}
.controls input[type=search],.controls select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--muted);border-radius:6px;padding:.22rem .55rem;margin-left:.3rem;max-width:15rem}
.controls input[type=search]{width:15rem}
.what{overflow-wrap:normal;min-width:4.5rem}
a.boot{text-decoration:underline}
.check{white-space:nowrap}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:.1rem 2rem;font-size:.9rem;margin:.8rem 0}
.facts div{display:flex;gap:.8rem;border-top:1px solid var(--rule);padding:.3rem 0}
.facts dt{color:var(--muted);flex:0 0 9rem}
.facts dd{margin:0;min-width:0}
code{overflow-wrap:inherit}
pre{white-space:pre-wrap;background:var(--soft);border:1px solid var(--rule);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;overflow-wrap:normal}
.tip{position:fixed;z-index:20;max-width:min(26rem,92vw);background:var(--ink);color:var(--ground);font-size:.84rem;line-height:1.4;padding:.3rem .6rem;border-radius:6px;pointer-events:none}
footer{max-width:1144px;margin:0 auto;padding:1.2rem 2rem 3rem;color:var(--muted);font-size:.84rem;border-top:1px solid var(--rule)}
.long #metrics,.long #boots,.long #diagnostics{content-visibility:auto;contain-intrinsic-size:auto 60rem}
@media screen and (max-width:720px){
main,footer{padding-left:1rem;padding-right:1rem}
.top{position:static}
.top>div{padding:.55rem 1rem}
html{scroll-padding-top:1rem}
section{margin-top:3rem}
.hero{margin-top:1.6rem}
.boot-entry summary{grid-template-columns:1fr 1fr}
.boot-entry summary .n{text-align:left}
.boot-body{padding-left:.9rem}
figure{padding:.8rem .4rem}
.alarm tr{display:grid;grid-template-columns:2fr repeat(3,1fr) 1.5fr}
.alarm th,.alarm td{padding:.3rem .4rem;min-width:0}
.alarm tbody tr{border-top:1px solid var(--rule)}
.alarm tbody :is(th,td){border:0}
.alarm .why{grid-column:1/-1}
.alarm thead .why{display:none}
.gates,.gates tbody{display:block}
.gates thead{display:none}
.gates tr{display:grid;grid-template-columns:1fr 1fr;padding:.8rem;border-top:1px solid var(--rule)}
.gates td[data-label]>*{display:block}
.gates .side{display:inline}
.gates .side+.side::before{content:" → "}
.gates tr:first-child{border-top:0}
.gates th,.gates td{display:block;border:0;padding:.18rem 0!important;min-width:0}
.gates tbody th{grid-column:1/-1}
.gates td[data-label]{grid-column:1/-1;display:flex;justify-content:space-between;gap:1rem;text-align:right}
.gates td[data-label]::before{content:attr(data-label);color:var(--muted);text-align:left}
.gates td.picture{grid-column:1/-1;padding:.4rem 0!important}
.gates .picture svg{width:100%;height:34px}
.waterfall,.waterfall tbody,.waterfall tfoot{display:block}
.waterfall thead,.waterfall td:nth-child(5){display:none}
.waterfall tr{display:flex;flex-wrap:wrap;gap:0 .45rem;padding:.5rem .8rem;border-top:1px solid var(--rule)}
.waterfall tbody tr:first-child{border-top:0}
.waterfall th,.waterfall td{border:0;padding:.08rem 0!important;min-width:0}
.waterfall th{flex:1 1 60%}
.waterfall td.picture{flex:0 0 100%}
.waterfall td:nth-child(n+4){font-size:.92em;color:var(--muted)}
.waterfall td:nth-child(4){order:1;margin-left:auto}
.waterfall td:last-child::before{content:"→ "}
.waterfall .picture svg{width:100%}
.timeline.wide{display:none}
.timeline.narrow{display:block;width:calc(100% - 1.4rem);max-width:30rem;height:auto}
}
@media print{
@page{margin:14mm 12mm}
html{font-size:10pt}
:root{--paper:#fff;--ground:#fff;--ink:#000;--muted:#444;--rule:#bbb;--soft:#eee;--v0:#5d6778;--v1:#1f5fd0;--v2:#8a3fb8;--v3:#0b766e;--v4:#945a00;--faster:#0f6b37;--equivalent:#22628a;--inconclusive:#805300;--slower:#b3261e;--broken:#9d1560;--link:#000}
body{font-size:1rem}
.top,.controls,.skip{display:none!important}
main{padding:0;max-width:none}
section{margin-top:1.6rem}
.long #metrics,.long #boots,.long #diagnostics{content-visibility:visible}
.scroll{overflow:visible;border:0}
table{font-size:.8rem}
th,td{padding:.25rem .4rem}
.lead,.over{break-after:avoid}
.gates td.picture svg,.gates th.picture svg{width:150px}
tr,figure,.figures,.boot-entry{break-inside:avoid}
tfoot{display:table-row-group}
h2,h3{break-after:avoid}
.charts{grid-template-columns:repeat(2,1fr)}
svg.timeline{width:100%;height:auto;margin:0}
.badge,.bar,.seg,.span,.band{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
