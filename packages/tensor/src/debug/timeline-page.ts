/** The page that `timeline` returns: data and a small program that draws it. */
import type { KernelExplanation } from './explain';

export interface TimelineRun {
  /** Place in `plans`. */
  readonly plan: number;
  /** Start and length of every kernel in milliseconds. */
  readonly bars: readonly (readonly [number, number])[];
}

export interface TimelineData {
  readonly backend: string;
  readonly milliseconds: number;
  readonly plans: readonly { readonly kernels: readonly (Omit<KernelExplanation, 'ops'> & { readonly ops: string })[] }[];
  readonly runs: readonly TimelineRun[];
}

export function timelinePage(title: string, data: TimelineData): string {
  const name = title.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  // A '<' in the data could end the script.
  const json = JSON.stringify(data).replace(/</g, '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${name}</h1><p id="about"></p></header>
<section class="numbers" id="numbers"></section>
<section class="card">
<div class="legend" id="legend"></div>
<canvas id="chart"></canvas>
<p class="hint">Wheel: zoom. Drag: move. Double click: everything.</p>
</section>
<section class="card">
<table><thead><tr id="head"></tr></thead><tbody id="rows"></tbody></table>
</section>
<div id="tip" hidden></div>
<script>const data = ${json};
${SCRIPT}</script>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --page: #f5f6f8; --card: #fff; --ink: #1c2330; --soft: #667085; --line: #e3e6ec; --area: #5b8def; }
@media (prefers-color-scheme: dark) { :root { --page: #12151b; --card: #1b2029; --ink: #e8ebf0; --soft: #98a2b3; --line: #2c3340; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 28px 24px 48px; background: var(--page); color: var(--ink);
  font: 14px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 22px; font-weight: 650; letter-spacing: -0.01em; }
header p, .hint { margin: 2px 0 0; color: var(--soft); }
.hint { font-size: 12px; }
.numbers { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0; }
.numbers div { flex: 1 1 auto; padding: 10px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  white-space: nowrap; }
.numbers b { display: block; font-size: 18px; font-weight: 650; font-variant-numeric: tabular-nums; }
.numbers span { color: var(--soft); font-size: 12px; }
.card { margin-bottom: 16px; padding: 16px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin-bottom: 10px; color: var(--soft); font-size: 12px; }
.legend i, td i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 3px; }
canvas { display: block; width: 100%; height: 300px; cursor: grab; touch-action: none; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { padding: 4px 10px; color: var(--soft); font-size: 12px; font-weight: 500; text-align: left; white-space: nowrap;
  cursor: pointer; user-select: none; }
td { padding: 5px 10px; border-top: 1px solid var(--line); white-space: nowrap; }
th.n, td.n { text-align: right; }
td.ops { max-width: 340px; overflow: hidden; text-overflow: ellipsis; }
td.share { position: relative; min-width: 130px; }
td.share em { position: absolute; left: 10px; top: 9px; height: 13px; border-radius: 3px; opacity: 0.35; }
tr.on td { background: color-mix(in srgb, var(--area) 12%, transparent); }
#tip { position: fixed; z-index: 1; max-width: 420px; padding: 10px 12px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); box-shadow: 0 6px 24px #0003; font-size: 12px; pointer-events: none; }
#tip b { display: block; margin-bottom: 4px; font-size: 13px; }
#tip table { width: auto; } #tip td { padding: 0 12px 0 0; border: 0; white-space: normal; } #tip td:first-child { color: var(--soft); }
`;

const SCRIPT = `
const COLORS = { contract: '#4c7ff0', map: '#2fa36b', row: '#e08a2e', group: '#19a5a5', reduce: '#d3a717', repeat: '#8f63e0',
  gather: '#d65ca5', scatter: '#d9534f', scan: '#7a9a2a', pad: '#8d99ae', concat: '#6c8fa8', pool: '#b5713d', poolGradient: '#9c5a2c',
  sort: '#5d6d2e', search: '#3c7f8c', host: '#7d7d86' };
const $ = (id) => document.getElementById(id);
const digits = (x) => x >= 99.95 ? x.toFixed(0) : x >= 9.995 ? x.toFixed(1) : x.toFixed(2);
const amount = (x, unit) => {
  let i = 0;
  for (; x >= 999.5 && i < 4; i++) x /= 1000;
  return (i === 0 && Number.isInteger(x) ? x : digits(x)) + ' ' + ['', 'k', 'M', 'G', 'T'][i] + unit;
};
const time = (ms) => ms >= 1 ? digits(ms) + ' ms' : digits(ms * 1000) + ' \\u00b5s';
const rate = (n, ms) => ms > 0 ? digits(n / ms / 1e6) : '-';

const bars = [];
const byId = new Map();
for (const run of data.runs) run.bars.forEach(([start, ms], k) => {
  const id = run.plan + '.' + k;
  let kernel = byId.get(id);
  if (!kernel) byId.set(id, kernel = { id, calls: 0, ms: 0, ...data.plans[run.plan].kernels[k] });
  kernel.calls++;
  kernel.ms += ms;
  bars.push({ start, ms, end: start + ms, kernel, run });
});
const kernels = [...byId.values()];
const busy = bars.reduce((sum, bar) => sum + bar.ms, 0);
const flops = bars.reduce((sum, bar) => sum + bar.kernel.flops, 0);
const bytes = bars.reduce((sum, bar) => sum + bar.kernel.bytesRead + bar.kernel.bytesWritten, 0);
const peak = Math.max(0, ...bars.map((bar) => bar.kernel.liveBytes));
const total = data.milliseconds;
$('about').textContent = 'backend ' + data.backend + ', kernel by kernel; the gaps are JavaScript: recording, planning, reading values';
const numbers = [[time(total), 'in all'], [time(busy), 'in kernels'], [bars.length, 'kernels run'], [amount(flops, 'flop'), 'arithmetic'],
  [rate(flops, busy), 'GFLOP/s'], [amount(bytes, 'B'), 'read and written'], [rate(bytes, busy), 'GB/s'],
  [amount(peak, 'B'), 'live at most']];
for (const [value, label] of numbers) {
  const box = $('numbers').appendChild(document.createElement('div'));
  box.append(Object.assign(document.createElement('b'), { textContent: value }), Object.assign(document.createElement('span'), { textContent: label }));
}
for (const kind of new Set(kernels.map((kernel) => kernel.kind))) {
  const item = $('legend').appendChild(document.createElement('span'));
  const own = kernels.filter((kernel) => kernel.kind === kind);
  item.innerHTML = '<i style="background:' + COLORS[kind] + '"></i>';
  item.append(kind + ' ' + time(own.reduce((sum, kernel) => sum + kernel.ms, 0)));
}

const canvas = $('chart');
const pen = canvas.getContext('2d');
const LEFT = 64, TOP = 18, BARS = 120, GAP = 34, CURVE = 96;
const ends = bars.length ? [bars[0].start, bars[bars.length - 1].end] : [0, total || 1];
const margin = 0.03 * (ends[1] - ends[0]);
let from = Math.max(0, ends[0] - margin), to = Math.min(total, ends[1] + margin), hovered, chosen;
const width = () => canvas.clientWidth - LEFT - 8;
const x = (ms) => LEFT + (ms - from) / (to - from) * width();
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

function draw() {
  const scale = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  const soft = css('--soft'), line = css('--line'), area = css('--area');
  const right = LEFT + width(), base = TOP + BARS + GAP + CURVE;
  pen.font = '11px system-ui, sans-serif';
  let step = 1e-4;
  for (let i = 0; (to - from) / step > width() / 90; i++) step *= i % 3 === 1 ? 2.5 : 2;
  pen.textAlign = 'center';
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
    pen.fillStyle = line;
    pen.fillRect(Math.round(x(t)), TOP, 1, base - TOP);
    pen.fillStyle = soft;
    pen.fillText(step < 0.1 ? Math.round(t * 1000) + ' \\u00b5s' : +t.toFixed(2) + ' ms', x(t), base + 18);
  }
  pen.textAlign = 'right';
  pen.fillText('kernels', LEFT - 10, TOP + BARS / 2 + 4);
  pen.fillText(amount(peak, 'B'), LEFT - 10, base - CURVE + 4);
  pen.fillText('memory', LEFT - 10, base - CURVE / 2 + 4);
  pen.fillText('0', LEFT - 10, base + 2);
  pen.save();
  pen.beginPath();
  pen.rect(LEFT, 0, width(), base + 1);
  pen.clip();
  pen.textAlign = 'left';
  for (const bar of bars) {
    if (bar.end < from || bar.start > to) continue;
    const a = x(bar.start), w = Math.max(x(bar.end) - a, 0.6);
    pen.globalAlpha = chosen && chosen !== bar.kernel.id ? 0.2 : hovered === bar ? 1 : 0.88;
    pen.fillStyle = COLORS[bar.kernel.kind];
    pen.beginPath();
    pen.roundRect(a, TOP + 6, Math.max(w - (w > 4 ? 1 : 0), 0.6), BARS - 12, Math.min(4, w / 3));
    pen.fill();
    if (hovered === bar) { pen.lineWidth = 2; pen.strokeStyle = css('--ink'); pen.stroke(); }
    if (w > 34) {
      pen.save();
      pen.clip();
      pen.fillStyle = '#fff';
      pen.globalAlpha = 1;
      pen.font = '600 12px system-ui, sans-serif';
      pen.fillText(bar.kernel.kind, a + 7, TOP + 26);
      pen.font = '11px system-ui, sans-serif';
      const words = bar.kernel.ops.split(' + ');
      words.slice(0, 4).forEach((word, i) => pen.fillText((i ? '+ ' : '') + word, a + 7, TOP + 44 + 14 * i));
      if (w > 60) pen.fillText(time(bar.ms), a + 7, TOP + BARS - 13);
      pen.restore();
    }
  }
  pen.globalAlpha = 1;
  const y = (b) => base - (peak ? b / peak : 0) * CURVE;
  pen.beginPath();
  pen.moveTo(LEFT, base);
  let last;
  for (const bar of bars) {
    // Between plans nothing of them is live.
    if (last && last.run !== bar.run) pen.lineTo(x(last.end), base);
    if (!last || last.run !== bar.run) pen.lineTo(x(bar.start), base);
    pen.lineTo(x(bar.start), y(bar.kernel.liveBytes));
    pen.lineTo(x(bar.end), y(bar.kernel.liveBytes));
    last = bar;
  }
  if (last) pen.lineTo(x(last.end), base);
  pen.lineTo(right, base);
  pen.strokeStyle = area;
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.globalAlpha = 0.18;
  pen.fillStyle = area;
  pen.fill();
  pen.restore();
  pen.fillStyle = line;
  pen.fillRect(LEFT, base, width(), 1);
}

const COLUMNS = [['kernel', (k) => k.kind], ['ops', (k) => k.ops], ['shape', (k) => k.shape], ['calls', (k) => k.calls],
  ['time', (k) => k.ms, (k) => time(k.ms)],
  ['share', (k) => k.ms, (k) => (100 * k.ms / busy).toFixed(1) + ' %'], ['flops', (k) => k.flops * k.calls, (k) => amount(k.flops * k.calls, '')],
  ['bytes', (k) => moved(k) * k.calls, (k) => amount(moved(k) * k.calls, 'B')], ['GFLOP/s', (k) => k.flops * k.calls / k.ms, (k) => rate(k.flops * k.calls, k.ms)],
  ['GB/s', (k) => moved(k) * k.calls / k.ms, (k) => rate(moved(k) * k.calls, k.ms)]];
const moved = (k) => k.bytesRead + k.bytesWritten;
let order = 4, down = true;
function fill() {
  const value = COLUMNS[order][1];
  kernels.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (down ? -1 : 1));
  const longest = Math.max(...kernels.map((k) => k.ms));
  $('rows').replaceChildren(...kernels.map((kernel) => {
    const row = document.createElement('tr');
    row.className = chosen === kernel.id ? 'on' : '';
    COLUMNS.forEach(([name, raw, text], i) => {
      const cell = row.appendChild(document.createElement('td'));
      if (i > 2) cell.className = 'n';
      if (name === 'kernel') cell.innerHTML = '<i style="background:' + COLORS[kernel.kind] + '"></i>';
      if (name === 'ops') { cell.className = 'ops'; cell.title = kernel.ops; }
      if (name === 'share') {
        cell.className = 'n share';
        cell.innerHTML = '<em style="background:' + COLORS[kernel.kind] + ';width:calc(' + 40 * kernel.ms / longest + '%)"></em>';
      }
      cell.append((text || raw)(kernel));
    });
    row.onclick = () => { chosen = chosen === kernel.id ? undefined : kernel.id; fill(); draw(); };
    return row;
  }));
  $('head').replaceChildren(...COLUMNS.map(([name], i) => {
    const cell = document.createElement('th');
    cell.textContent = name + (i === order ? (down ? ' \\u2193' : ' \\u2191') : '');
    if (i > 2) cell.className = 'n';
    cell.onclick = () => { down = i === order ? !down : i > 2; order = i; fill(); };
    return cell;
  }));
}

function tip(event, bar) {
  const box = $('tip');
  box.hidden = !bar;
  if (!bar) return;
  const k = bar.kernel;
  const lines = [['ops', k.ops], ['shape', k.shape], ['time', time(bar.ms) + ' from ' + time(bar.start) + ' on'],
    ['arithmetic', amount(k.flops, 'flop') + ', ' + rate(k.flops, bar.ms) + ' GFLOP/s'], ['read', amount(k.bytesRead, 'B')],
    ['written', amount(k.bytesWritten, 'B')], ['traffic', rate(moved(k), bar.ms) + ' GB/s'], ['live memory', amount(k.liveBytes, 'B')],
    ['slots', short(k.reads) + ' \\u2192 ' + short(k.writes)]];
  const table = document.createElement('table');
  for (const [name, text] of lines) {
    const row = table.insertRow();
    row.insertCell().textContent = name;
    row.insertCell().textContent = text;
  }
  box.replaceChildren(Object.assign(document.createElement('b'), { textContent: k.kind + ' ' + k.id }), table);
  box.style.left = Math.min(event.clientX + 14, innerWidth - box.offsetWidth - 8) + 'px';
  box.style.top = Math.min(event.clientY + 16, innerHeight - box.offsetHeight - 8) + 'px';
}
const short = (list) => list.length > 8 ? list.length + ' slots' : list.join(' ');

let drag;
const at = (event) => from + (event.offsetX - LEFT) / width() * (to - from);
function show(a, b) {
  const span = Math.min(b - a, total || 1);
  from = Math.max(0, Math.min(a, total - span));
  to = from + span;
  draw();
}
canvas.onwheel = (event) => {
  event.preventDefault();
  const t = at(event), factor = Math.exp(event.deltaY * 0.0015);
  show(t - (t - from) * factor, t + (to - t) * factor);
};
canvas.onpointerdown = (event) => { drag = { t: at(event) }; canvas.setPointerCapture(event.pointerId); };
canvas.onpointerup = () => drag = undefined;
canvas.onpointerleave = (event) => { hovered = undefined; tip(event); draw(); };
canvas.onpointermove = (event) => {
  if (drag) { const shift = drag.t - at(event); show(from + shift, to + shift); return; }
  const t = at(event), near = 2 / width() * (to - from);
  const inside = event.offsetY > TOP && event.offsetX > LEFT;
  const hit = (slack) => bars.find((bar) => bar.start - slack <= t && t <= bar.end + slack);
  const found = inside ? hit(0) || hit(near) : undefined;
  if (found !== hovered) { hovered = found; draw(); }
  tip(event, found);
};
canvas.ondblclick = () => show(0, total);
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
fill();
draw();
`;
