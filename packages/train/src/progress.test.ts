import { describe, expect, it } from 'vitest';
import { logProgress, progressLine, terminalProgress, type ProgressState } from './index';

const state: ProgressState = { label: 'epoch 2/5', batch: 12, batches: 40, samples: 384, rate: 512.4, eta: 75, loss: 0.25 };

describe('progressLine', () => {
  it('shows bar, count, loss, rate and time left', () => {
    expect(progressLine(state, 80)).toBe('epoch 2/5 [========                    ] 12/40  loss 0.2500  512/s  ETA 1m 15s');
  });

  it('fits any width', () => {
    for (const width of [20, 40, 60, 80, 200]) expect(progressLine(state, width).length).toBeLessThan(width);
  });

  it('does without the number of batches and without a loss', () => {
    expect(progressLine({ ...state, batches: undefined, eta: undefined, loss: undefined })).toBe('epoch 2/5  12 batches  512/s');
  });

  it('writes large rates and long times short', () => {
    const line = progressLine({ ...state, rate: 123_456, eta: 7290 }, 200);
    expect(line).toContain('123.5k/s');
    expect(line).toContain('ETA 2h 01m');
  });
});

describe('terminalProgress', () => {
  const terminal = (isTTY: boolean): { isTTY: boolean; text: string; write: (text: string) => void } => {
    const stream = { isTTY, columns: 80, text: '', write: (text: string): void => { stream.text += text; } };
    return stream;
  };

  it('redraws one line and ends it with the summary', () => {
    const stream = terminal(true);
    const progress = terminalProgress({ stream, interval: 0 });
    progress.update({ ...state, batch: 1 });
    progress.update({ ...state, batch: 2 });
    progress.end('epoch 2/5  loss 0.2');
    expect(stream.text.split('\r').length).toBe(4);
    expect(stream.text.endsWith('\r\x1b[2Kepoch 2/5  loss 0.2\n')).toBe(true);
  });

  it('draws seldom, but always the last batch', () => {
    const stream = terminal(true);
    const progress = terminalProgress({ stream, interval: 60_000 });
    for (let batch = 1; batch <= 40; batch++) progress.update({ ...state, batch });
    expect(stream.text.split('\r').length).toBe(3);
    expect(stream.text).toContain('40/40');
  });

  it('ends an open line when a pass fails, and only then', () => {
    const stream = terminal(true);
    const progress = terminalProgress({ stream, interval: 0 });
    progress.end(undefined);
    expect(stream.text).toBe('');
    progress.update(state);
    progress.end(undefined);
    expect(stream.text.endsWith('\n')).toBe(true);
  });

  it('is silent where there is no terminal [R34]', () => {
    const stream = terminal(false);
    const progress = terminalProgress({ stream });
    progress.update(state);
    progress.end('done');
    expect(stream.text).toBe('');
  });
});

describe('logProgress', () => {
  it('prints a line per epoch and nothing else', () => {
    const lines: string[] = [];
    const progress = logProgress((line) => lines.push(line));
    progress.update(state);
    progress.end(undefined);
    progress.end('epoch 1/1  loss 1');
    expect(lines).toEqual(['epoch 1/1  loss 1']);
  });
});
