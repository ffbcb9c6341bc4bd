/** What training leaves on record. */
import { ArgumentError } from '@cotangent/tensor';
import type { MetricValue } from './metrics';

/** One epoch. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean training loss over the samples of the epoch, each batch with the weights it met. */
  readonly loss: number;
  /** Metrics of the training batches. */
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly validation?: { readonly loss: number; readonly metrics: Readonly<Record<string, MetricValue>> };
  /** The learning rate of the last update. */
  readonly lr: number;
  /** Time of training and validation. */
  readonly seconds: number;
}

/** What `fit` returns. */
export interface History {
  readonly epochs: EpochRecord[];
  /** Why training ended: all epochs done, no more improvement, an AbortSignal, a callback, or an error. */
  stopped: 'finished' | 'early' | 'aborted' | 'callback' | 'error';
  /** With early stopping: the epoch with the best figure, and whether its weights were put back. */
  bestEpoch: number | undefined;
  restored: boolean;
}

/** A figure of an epoch by its name: 'loss', 'accuracy', 'validation.loss', 'validation.accuracy'; `option` asks for it. */
export function figure(record: EpochRecord, name: string, option: string): number {
  const validation = name.startsWith('validation.');
  const part = validation ? record.validation : record;
  const key = validation ? name.slice('validation.'.length) : name;
  const value = part && (key === 'loss' ? part.loss : part.metrics[key]);
  if (typeof value === 'number') return value;
  const known = [
    'loss',
    ...numbers(record.metrics),
    ...(record.validation ? ['validation.loss', ...numbers(record.validation.metrics).map((metric) => `validation.${metric}`)] : []),
  ];
  throw new ArgumentError(`${option}: there is no figure '${name}' to monitor; expected one of ${known.join(', ')}.`);
}

/** An epoch in one line. */
export function summaryLine(record: EpochRecord, epochs: number): string {
  const { epoch, loss, metrics, validation, lr, seconds } = record;
  const figures = (prefix: string, part: { readonly loss: number; readonly metrics: EpochRecord['metrics'] }): string[] => [
    `${prefix}loss ${part.loss.toFixed(4)}`,
    ...numbers(part.metrics).map((name) => `${prefix}${name} ${(part.metrics[name] as number).toFixed(4)}`),
  ];
  const parts = [...figures('', { loss, metrics }), ...(validation ? figures('validation ', validation) : [])];
  return [`epoch ${epoch}/${epochs}`, ...parts, `lr ${Number(lr.toPrecision(3))}`, `${seconds.toFixed(1)} s`].join('  ');
}

function numbers(metrics: EpochRecord['metrics']): string[] {
  return Object.keys(metrics).filter((name) => typeof metrics[name] === 'number');
}
