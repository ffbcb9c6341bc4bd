/** What a run on a GPU found, and how it is shown. */
import type { Encoding } from './measure';

export interface Measured {
  /** Median milliseconds of one run. */
  readonly ms: number;
  /** Distance from the reference, relative to its largest element. */
  readonly error: number;
  readonly isCorrect: boolean;
}

/** Without figures where a library cannot do the task, or is not there. */
export type Side = Measured | { readonly missing: string };

export interface GpuRow {
  readonly id: string;
  readonly ours: Measured;
  readonly jax: Side;
  /** GFLOP/s and GB/s of our run, of what it cannot do without. */
  readonly gflops: number;
  readonly GBs: number;
  /** The time that arithmetic or copying takes at least, by the roofs, to our time. */
  readonly ofRoof: number;
  readonly bound: 'arithmetic' | 'copying';
}

/** JavaScript for a dispatch of a training step. */
export interface EncodingRow extends Encoding {
  readonly id: string;
}

export interface GpuResult {
  readonly adapter: string;
  readonly node: string;
  readonly rounds: number;
  readonly small: boolean;
  readonly jaxVersion: string | undefined;
  readonly roof: { readonly gflops: number; readonly copyGBs: number };
  readonly rows: readonly GpuRow[];
  readonly encoding: readonly EncodingRow[];
}

/** What the backend may take for a dispatch, in bare calls. */
const ENCODING_LIMIT = 1.5;

function timeText({ ms, isCorrect }: Measured): string {
  return `${ms.toFixed(3)}${isCorrect ? '' : ' (wrong)'}`;
}

export function tableOf({ adapter, node, rounds, small, jaxVersion, roof, rows, encoding }: GpuResult): string {
  const jaxName = jaxVersion === undefined ? 'jax-js' : `jax-js ${jaxVersion}`;
  const lines = [
    `${adapter}, Node ${node}, median of ${rounds} interleaved rounds${small ? ', small sizes: only correctness means anything' : ''}`,
    `roofs: ${roof.gflops.toFixed(0)} GFLOP/s (f32 multiply-adds in registers), ${roof.copyGBs.toFixed(0)} GB/s (buffer to buffer)`,
    '',
    `| task | ms | GFLOP/s | GB/s | of roof | correct | ${jaxName} ms | its time to ours |`,
    '|---|---:|---:|---:|---|---|---:|---:|',
    ...rows.map((row) => {
      const { id, ours, jax, gflops, GBs, ofRoof, bound } = row;
      const theirs = 'missing' in jax ? [jax.missing, ''] : [timeText(jax), (jax.ms / ours.ms).toFixed(2)];
      const correct = `${ours.isCorrect ? 'yes' : 'NO'} (${ours.error.toExponential(0)})`;
      return `| ${[id, ours.ms.toFixed(3), gflops.toFixed(1), GBs.toFixed(1), `${ofRoof.toFixed(3)} ${bound}`, correct, ...theirs].join(' | ')} |`;
    }),
    '',
    '| JavaScript, us per dispatch | dispatches | three bare calls | backend.run | compiled step | run / bare | step / bare | limit of run |',
    '|---|---:|---:|---:|---:|---:|---:|---|',
    ...encoding.map(({ id, dispatches, bareUs, runUs, stepUs }) => {
      const [ofRun, ofStep] = [runUs / bareUs, stepUs / bareUs];
      const limit = `<= ${ENCODING_LIMIT} ${ofRun <= ENCODING_LIMIT ? 'kept' : 'missed'}`;
      return `| ${[id, dispatches, ...[bareUs, runUs, stepUs, ofRun, ofStep].map((value) => value.toFixed(2)), limit].join(' | ')} |`;
    }),
  ];
  return lines.join('\n');
}
