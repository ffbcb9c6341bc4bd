/** Loss and test accuracy as they develop: two small SVG charts over the same steps. */

const SVG = 'http://www.w3.org/2000/svg';
/** Space for the numbers at the left and below, in CSS pixels. */
const MARGIN = { left: 40, right: 10, top: 8, bottom: 20 };
/** The loss is drawn on a logarithmic scale between these. */
const LOSS = { low: 0.01, high: 4, ticks: [0.01, 0.1, 1] };
const ACCURACY = { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
/** How much of the smoothed loss comes from before the newest step. */
const MEMORY = 0.95;
/** The axis is never shorter, so that the first steps do not jump about. */
const FEWEST_STEPS = 100;

interface Position {
  readonly step: number;
  readonly value: number;
}

/** From a value to its height, 0 at the bottom to 1 at the top. */
type Scale = (value: number) => number;

const logarithmic: Scale = (value) => (Math.log(value) - Math.log(LOSS.low)) / (Math.log(LOSS.high) - Math.log(LOSS.low));
const linear: Scale = (value) => value;

export class Curves {
  readonly #losses: Position[] = [];
  readonly #smooth: Position[] = [];
  readonly #accuracies: Position[] = [];
  #frame = 0;

  constructor(
    private readonly lossChart: SVGSVGElement,
    private readonly accuracyChart: SVGSVGElement,
  ) {
    const observer = new ResizeObserver(() => this.#refresh());
    observer.observe(lossChart);
    observer.observe(accuracyChart);
  }

  /** Steps drawn so far. */
  get steps(): number {
    return this.#losses.length;
  }

  /** The loss of the last steps, smoothed. */
  get loss(): number | undefined {
    return this.#smooth.at(-1)?.value;
  }

  addLosses(losses: readonly number[]): void {
    for (const value of losses) {
      const step = this.#losses.length + 1;
      this.#losses.push({ step, value });
      // The first values count more, because there are none before them to remember.
      const memory = Math.min(MEMORY, 1 - 1 / step);
      this.#smooth.push({ step, value: memory * (this.loss ?? value) + (1 - memory) * value });
    }
    this.#refresh();
  }

  addAccuracy(step: number, value: number): void {
    this.#accuracies.push({ step, value });
    this.#refresh();
  }

  clear(): void {
    for (const values of [this.#losses, this.#smooth, this.#accuracies]) values.length = 0;
    this.#refresh();
  }

  #refresh(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const end = Math.max(FEWEST_STEPS, this.steps, this.#accuracies.at(-1)?.step ?? 0);
      const loss = this.loss;
      draw(this.lossChart, end, logarithmic, LOSS.ticks, String, [
        { name: 'noise', values: this.#losses },
        { name: 'loss', values: this.#smooth },
      ]);
      label(this.lossChart, 'Loss', loss === undefined ? undefined : `${loss.toFixed(3)} after ${this.steps} steps`);
      const accuracy = this.#accuracies.at(-1);
      draw(this.accuracyChart, end, linear, ACCURACY.ticks, (tick) => `${tick * 100} %`, [
        { name: 'accuracy', values: this.#accuracies },
      ]);
      label(this.accuracyChart, 'Test accuracy', accuracy && `${percent(accuracy.value)} after ${accuracy.step} steps`);
    });
  }
}

/** A share as people read it. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function label(chart: SVGSVGElement, name: string, state: string | undefined): void {
  chart.setAttribute('aria-label', `${name}: ${state ?? 'nothing yet'}`);
}

interface Line {
  /** Its class, from which the style sheet knows its colour. */
  readonly name: string;
  readonly values: readonly Position[];
}

function draw(
  chart: SVGSVGElement,
  end: number,
  scale: Scale,
  ticks: readonly number[],
  tickText: (tick: number) => string,
  lines: readonly Line[],
): void {
  const { width, height } = chart.getBoundingClientRect();
  if (width === 0) return;
  const [across, up] = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  const x = (step: number): number => MARGIN.left + (step / end) * across;
  const y = (value: number): number => MARGIN.top + (1 - Math.min(1, Math.max(0, scale(value)))) * up;
  const parts: SVGElement[] = [];
  for (const tick of ticks) {
    parts.push(make('line', { class: 'grid', x1: MARGIN.left, x2: MARGIN.left + across, y1: y(tick), y2: y(tick) }));
    parts.push(make('text', { x: MARGIN.left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, tickText(tick)));
  }
  for (const tick of stepTicks(end)) {
    const text = tick === 0 ? '0' : tick.toLocaleString('en');
    parts.push(make('text', { x: x(tick), y: height - 4, 'text-anchor': 'middle' }, text));
  }
  for (const { name, values } of lines) {
    const points = thin(values, Math.max(1, Math.floor(across))).map(({ step, value }) => `${x(step).toFixed(1)} ${y(value).toFixed(1)}`);
    if (points.length > 0) parts.push(make('path', { class: name, d: `M${points.join('L')}` }));
  }
  const last = lines.at(-1)!;
  const head = last.values.at(-1);
  if (head !== undefined) parts.push(make('circle', { class: last.name, cx: x(head.step), cy: y(head.value), r: 3.5 }));
  chart.setAttribute('viewBox', `0 0 ${width} ${height}`);
  chart.replaceChildren(...parts);
}

/** One value for each pixel: no more could be seen. The last stays. */
function thin(values: readonly Position[], most: number): Position[] {
  const every = Math.ceil(values.length / most);
  return values.filter((_, i) => (values.length - 1 - i) % every === 0);
}

/** Round numbers from 0 to the end, four or so. */
function stepTicks(end: number): number[] {
  const rough = end / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  return Array.from({ length: Math.floor(end / size) + 1 }, (_, i) => i * size);
}

function make(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}
