import { cpu } from '@cotangent/backend-cpu';
import { expect, test } from 'vitest';
import { tensor, timeline, use } from '../index';

test('the page of a timeline draws its bars and lists its kernels', async () => {
  await use(cpu());
  const html = await timeline(() => tensor([[1, 2], [3, 4]]).matmul(tensor([[1], [2]])).exp().sum().dataSync(), { title: 'small' });
  const frame = document.createElement('iframe');
  frame.width = '900';
  frame.height = '700';
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
  frame.srcdoc = html;
  document.body.append(frame);
  await loaded;
  const page = frame.contentDocument!;
  expect(page.querySelectorAll('#rows tr').length).toBeGreaterThan(0);
  expect(page.body.textContent).toContain('contract');
  const canvas = page.querySelector('canvas')!;
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  expect(data.some((byte) => byte !== 0)).toBe(true);
});
