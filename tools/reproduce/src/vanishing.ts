/**
 * Where gradients vanish: twenty layers of sigmoids, and twenty of ReLU with He's start, the same loss, the norm of the gradient of every
 * layer's weights.
 *
 * `pnpm reproduce vanishing [--layers 20] [--width 64] [--seed 1] [--svg file]` draws both, and fails when the sigmoids' gradients do not
 * fade towards the first layer or ReLU's do.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { backward } from '@cotangent/autodiff';
import { cpu } from '@cotangent/backend-cpu';
import { crossEntropy, init, Linear } from '@cotangent/layers';
import { manualSeed, randint, randn, relu, sigmoid, use, type Tensor } from '@cotangent/tensor';
import { wholeNumber } from './shared/options';

const { values } = parseArgs({
  options: {
    layers: { type: 'string', default: '20' },
    width: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
    svg: { type: 'string' },
  },
});
const depth = wholeNumber('layers', values.layers, 2);
const width = wholeNumber('width', values.width, 1);
const seed = wholeNumber('seed', values.seed, 0);
await use(cpu());

/** Norms of the gradients of the weights, first layer first. */
async function norms(activation: (x: Tensor) => Tensor, start: init.Initialiser): Promise<number[]> {
  manualSeed(seed);
  const hidden = Array.from({ length: depth }, () => new Linear(width, width));
  for (const { weight } of hidden) init.initialise(weight, start);
  const out = new Linear(width, 10);
  const x = randn([128, width]);
  const scores = out.forward(hidden.reduce<Tensor>((h, layer) => activation(layer.forward(h)), x));
  const grads = backward(crossEntropy(scores, randint(0, 10, [128])));
  return Promise.all(hidden.map(({ weight }) => (grads.get(weight) as Tensor).square().sum().sqrt().item()));
}

const NETS = [
  { name: 'sigmoid, Xavier', colour: '#b3261e', norms: await norms(sigmoid, (shape) => init.xavierNormal(shape)) },
  { name: 'ReLU, He', colour: '#1a56a8', norms: await norms(relu, (shape) => init.kaimingNormal(shape)) },
];

/** Decades below 1 that are drawn. */
const DECADES = 20;
for (const { name, norms } of NETS) {
  console.log(`\n${name}: norm of the gradient by layer`);
  norms.forEach((norm, layer) => {
    const bar = '#'.repeat(Math.max(0, Math.round((Math.log10(norm) + DECADES) * 2)));
    console.log(`${String(layer + 1).padStart(4)} ${norm.toExponential(1).padStart(8)} ${bar}`);
  });
}
if (values.svg !== undefined) writeFileSync(values.svg, picture());

const [sigmoids, relus] = NETS.map(({ norms }) => norms[0]! / norms.at(-1)!) as [number, number];
console.log(
  `\nvanishing: seed ${seed}, ${depth} layers of ${width}; first layer's gradient over the last's: sigmoid ${sigmoids.toExponential(1)}, ` +
    `ReLU ${relus.toFixed(2)}`,
);
if (!(sigmoids < 1e-6 && relus > 0.1 && relus < 10)) {
  console.log("the claim was below 1e-6 for sigmoids, and from 0.1 to 10 for ReLU with He's start");
  process.exitCode = 1;
}

/** Both curves over the layers, on a logarithmic scale. */
function picture(): string {
  const [wide, high, left, top] = [640, 360, 60, 30];
  const lowest = Math.floor(Math.log10(Math.min(...NETS.flatMap(({ norms }) => norms))));
  const highest = Math.ceil(Math.log10(Math.max(...NETS.flatMap(({ norms }) => norms))));
  const x = (layer: number): number => left + (layer / (depth - 1)) * (wide - left - 20);
  const y = (norm: number): number => top + ((highest - Math.log10(norm)) / (highest - lowest)) * (high - top - 50);
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, i) => highest - i).filter((tick) => (highest - tick) % 2 === 0);
  const text = (at: readonly [number, number], anchor: string, words: string, fill = '#333'): string =>
    `<text x="${at[0]}" y="${at[1]}" text-anchor="${anchor}" fill="${fill}">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" font-family="sans-serif" font-size="12">`,
    `<rect width="${wide}" height="${high}" fill="#fff"/>`,
    ...ticks.flatMap((tick) => [
      `<line x1="${left}" x2="${wide - 20}" y1="${y(10 ** tick)}" y2="${y(10 ** tick)}" stroke="#ddd"/>`,
      text([left - 6, y(10 ** tick) + 4], 'end', `1e${tick}`),
    ]),
    ...NETS.map(({ colour, norms }) => {
      const points = norms.map((norm, layer) => `${x(layer).toFixed(1)},${y(norm).toFixed(1)}`).join(' ');
      return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2"/>`;
    }),
    ...NETS.map(({ name, colour }, i) => text([left + 10 + 160 * i, 18], 'start', name, colour)),
    text([(left + wide) / 2, high - 28], 'middle', `layer (1 to ${depth})`),
    text([left, high - 8], 'start', "norm of the gradient of a layer's weights, after one batch"),
    '</svg>',
    '',
  ].join('\n');
}
