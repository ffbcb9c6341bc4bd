import { cpu } from '@cotangent/backend-cpu';
import { beforeEach, expect, it } from 'vitest';
import { ArgumentError, BackendError, custom, parameter, tensor, timeline, use } from '../index';
import type { TimelineData } from './timeline-page';

beforeEach(async () => {
  await use(cpu());
});

function dataOf(html: string): TimelineData {
  return JSON.parse(/const data = (.*);\n/.exec(html)![1]!) as TimelineData;
}

it('shows every kernel of the last call, with the plans it belongs to', async () => {
  const w = parameter(tensor([1, 2, 3]));
  let calls = 0;
  const html = await timeline(async () => {
    calls++;
    w.assign(w.mul(2).exp().log());
    await w.add(1).sum().data();
  });
  expect(calls).toBe(2);
  const { backend, plans, runs, milliseconds } = dataOf(html);
  expect(backend).toBe('cpu');
  expect(runs.map(({ plan }) => plan)).toEqual([0, 1]);
  let end = 0;
  for (const { plan, bars } of runs) {
    expect(bars).toHaveLength(plans[plan]!.kernels.length);
    for (const [start, length] of bars) {
      expect(start).toBeGreaterThanOrEqual(end - 1e-6);
      end = start + length;
    }
  }
  expect(end).toBeLessThanOrEqual(milliseconds);
  expect(plans.flatMap(({ kernels }) => kernels.map(({ ops }) => ops)).join()).toContain('exp');
});

it('is one page that refers to nothing outside', async () => {
  const html = await timeline(() => tensor([1]).exp().dataSync(), { title: 'a <b> & "c"', warmup: 0 });
  expect(html).toContain('<title>a &#60;b&#62; &#38; &#34;c&#34;</title>');
  expect(html).not.toMatch(/https?:|src=|href=|@import|url\(/);
});

it('keeps names from ending the script', async () => {
  const odd = custom({ name: '</script>', shape: ([x]) => x!, forward: () => undefined });
  const html = await timeline(() => odd([tensor([1])]).dataSync());
  expect(html.match(/<\/script>/g)).toHaveLength(1);
  expect(dataOf(html).plans[0]!.kernels[0]!.ops).toBe('</script>');
});

it('refuses what it cannot do', async () => {
  await expect(timeline(() => undefined, { warmup: -1 })).rejects.toThrow(ArgumentError);
  const backend = cpu();
  await use(Object.assign(Object.create(backend) as typeof backend, { runObserved: undefined }));
  await expect(timeline(() => tensor([1]).exp().dataSync())).rejects.toThrow(BackendError);
});
