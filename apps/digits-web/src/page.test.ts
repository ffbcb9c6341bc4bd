import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digits } from '@cotangent/datasets';
import { chromium, type Browser, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ViteDevServer } from 'vite';
import { findChromium } from '../../../tools/chromium';
import { MNIST_FILES } from './mnist-files';
import { startServer } from './server';

const executablePath = findChromium();

if (executablePath === undefined) {
  console.log('no chromium on PATH: the tests of the page digits-web are left out');
  it('the page is left out, because there is no chromium', () => expect(executablePath).toBeUndefined());
} else {
  testPage(executablePath);
}

async function hasGpu(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('navigator.gpu?.requestAdapter().then((adapter) => adapter !== null) ?? false');
}

/** The built-in digits as MNIST's files hold theirs: enlarged to a box of 20 x 20 in the middle of 28 x 28. */
async function writeFiles(folder: string): Promise<void> {
  const { data, target } = digits();
  const side = 28;
  const images = Array.from(target, (_, n) =>
    Uint8Array.from({ length: side * side }, (_, i) => {
      const [row, column] = [Math.floor(((Math.floor(i / side) - 4) * 8) / 20), Math.floor((((i % side) - 4) * 8) / 20)];
      const inside = row >= 0 && row < 8 && column >= 0 && column < 8;
      return inside ? Math.min(255, data[n * 64 + row * 8 + column]! * 16) : 0;
    }),
  );
  const idx = (...shape: number[]): Buffer => {
    const header = Buffer.alloc(4 + 4 * shape.length);
    header.set([0, 0, 8, shape.length]);
    shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    return header;
  };
  const parts = [
    [0, 1500],
    [1500, target.length],
  ] as const;
  for (const [i, [from, to]] of parts.entries()) {
    const pixels = Buffer.concat([idx(to - from, side, side), ...images.slice(from, to)]);
    await writeFile(join(folder, MNIST_FILES[2 * i]!), pixels);
    await writeFile(join(folder, MNIST_FILES[2 * i + 1]!), Buffer.concat([idx(to - from), Buffer.from(target.slice(from, to))]));
  }
}

function testPage(path: string): void {
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    server = await startServer({ watch: false });
    browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--enable-unsafe-webgpu'] });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(server.resolvedUrls!.local[0]!);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  /** Draws strokes, given in parts of the pad, with the mouse. */
  const draw = async (...strokes: (readonly [number, number])[][]): Promise<void> => {
    await page.click('#clear');
    const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
    for (const stroke of strokes) {
      for (const [i, [right, down]] of stroke.entries()) {
        await page.mouse.move(x + right * width, y + down * height, { steps: 4 });
        if (i === 0) await page.mouse.down();
      }
      await page.mouse.up();
    }
  };
  const spoken = (text: RegExp): Promise<void> => page.locator('#spoken', { hasText: text }).waitFor({ timeout: 5000 });
  const accuracy = async (): Promise<number> => Number.parseFloat((await page.textContent('#accuracy'))!);
  const choose = async (name: string): Promise<string> => {
    await page.check(`input[value="${name}"]`);
    const figures = page.locator(`#figures-${name}`, { hasText: /\sMB · / });
    await figures.waitFor();
    return (await figures.textContent())!;
  };

  describe('the page', () => {
    it('can be drawn on before anything is loaded, and learns to read', async () => {
      await draw([[0.5, 0.2], [0.5, 0.8]]);
      await spoken(/a \d, \d+ percent/);
      await page.click('#train');
      await page.waitForFunction("Number.parseFloat(document.getElementById('accuracy').textContent) > 93");
      expect(await page.getAttribute('#loss-chart path.loss', 'd')).toMatch(/^M/);
      await page.locator('#train:enabled').waitFor(); // it ends by itself
      expect(await page.textContent('#figures-wasm')).toMatch(/^\d+\.\d+\sms a step · \d+\.\d\sMB · 1 thread$/);
    });

    it('reads what is drawn with the mouse', async () => {
      await draw([[0.5, 0.2], [0.5, 0.8]]);
      await spoken(/a 1, /);
      const angles = Array.from({ length: 25 }, (_, i) => (i / 12) * Math.PI);
      await draw(angles.map((angle) => [0.5 + 0.2 * Math.sin(angle), 0.5 - 0.3 * Math.cos(angle)]));
      await spoken(/a 0, /);
      await draw([[0.3, 0.2], [0.7, 0.2], [0.45, 0.8]]);
      await spoken(/a 7, /);
      await draw([[0.36, 0.2], [0.33, 0.5], [0.66, 0.52]], [[0.65, 0.2], [0.63, 0.8]]);
      await spoken(/a 4, /);
      await draw([[0.3, 0.2], [0.7, 0.2], [0.45, 0.85]], [[0.4, 0.5], [0.7, 0.5]]);
      await spoken(/a 7, /);
      expect(await page.locator('#probabilities li.best').textContent()).toMatch(/^7\d+ %$/);
      expect(await page.textContent('#guess')).toBe('7');
    });

    it('reads what is drawn with keys', async () => {
      await page.focus('#pad');
      const down = Array<string>(4).fill('Shift+ArrowDown');
      for (const key of ['Escape', ' ', ...down, ' ']) await page.keyboard.press(key);
      await spoken(/a 1, /);
      await page.keyboard.press('Escape');
      await spoken(/Nothing is drawn/);
    });

    it('reaches every control with the Tab key, in the order of the page', async () => {
      await page.focus('#train');
      const order: string[] = [];
      for (let i = 0; i < 6; i++) {
        await page.keyboard.press('Tab');
        order.push(await page.evaluate('document.activeElement.id || document.activeElement.name'));
      }
      expect(order).toEqual(['reset', 'pad', 'clear', 'backend', 'save', 'file']);
    });

    it('goes on with what it has learned on other backends', async () => {
      const learned = await accuracy();
      expect(await choose('wasm-threads')).toMatch(/\d threads?$/);
      await page.click('#train');
      await page.click('#pause');
      await page.locator('#train:enabled').waitFor();
      expect(await accuracy()).toBeGreaterThan(learned - 5);
      if (await hasGpu(page)) {
        await choose('webgpu');
        await page.click('#train');
        await page.locator('#figures-webgpu', { hasText: /ms a step/ }).waitFor();
        await page.click('#pause');
        await page.locator('#train:enabled').waitFor();
        expect(await accuracy()).toBeGreaterThan(learned - 5);
        await draw([[0.5, 0.2], [0.5, 0.8]]);
        await spoken(/a 1, /);
      } else {
        expect(process.env['REQUIRE_WEBGPU'], 'REQUIRE_WEBGPU=1, but this Chromium has no adapter').not.toBe('1');
        console.log('this Chromium has no WebGPU adapter: digits-web is not tested on webgpu');
        expect(await page.textContent('#figures-webgpu')).toMatch(/^Not here: /);
      }
      await choose('wasm');
    });

    it('hands out the model and takes it back', async () => {
      const learned = await accuracy();
      const downloading = page.waitForEvent('download');
      await page.click('#save');
      const download = await downloading;
      expect(download.suggestedFilename()).toBe('digits-8x8.safetensors');
      const bytes = await readFile(await download.path());
      await page.click('#reset');
      await page.locator('#notice', { hasText: 'A new network' }).waitFor();
      await drop('mine.safetensors', bytes);
      await page.locator('#notice.good', { hasText: 'mine.safetensors is loaded: test accuracy' }).waitFor();
      expect(await accuracy()).toBe(learned);
    });

    it('says what it expected when a file is of no use, and keeps its weights', async () => {
      await drop('cat.png', Buffer.from('this is no model'));
      const notice = page.locator('#notice.bad', { hasText: 'cat.png cannot be used. Expected a .safetensors file with the weights' });
      await notice.waitFor();
      expect(await notice.textContent()).toContain('conv1.weight [16, 1, 3, 3]');
      await draw([[0.5, 0.2], [0.5, 0.8]]);
      await spoken(/a 1, /);
    });

    it('fits on a narrow screen, with the answer in sight beside the pad', async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      const bars = (await page.locator('#probabilities').boundingBox())!;
      expect(bars.y + bars.height).toBeLessThan(740);
    });

    it('has reported no error to the console', () => {
      expect(errors).toEqual([]);
    });
  });

  describe('a page whose first backend does not start', () => {
    it('says so, and works on another one that is chosen', async () => {
      const other = await browser.newPage();
      await other.route(/backend-wasm/, (route) => route.abort());
      await other.goto(server.resolvedUrls!.local[0]!);
      await other.locator('#notice.bad', { hasText: 'That did not work (start)' }).waitFor();
      expect(await other.textContent('#figures-wasm')).toMatch(/^Not here: /);
      expect(await other.isDisabled('#train')).toBe(true);
      if (await hasGpu(other)) {
        await other.check('input[value="webgpu"]');
        await other.locator('#train:enabled').waitFor();
        await other.click('#train');
        await other.locator('#figures-webgpu', { hasText: /ms a step/ }).waitFor();
      }
      await other.close();
    });
  });

  describe('the page with files of MNIST', () => {
    it('trains on their 28 x 28 pixels and reads what is drawn', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'digits-web-'));
      await writeFiles(folder);
      const own = await startServer({ data: folder, watch: false });
      const other = await browser.newPage();
      await other.goto(own.resolvedUrls!.local[0]!);
      await other.locator('#train:enabled').waitFor();
      expect(await other.textContent('#description')).toContain('MNIST: 1,500 digits of 28 × 28 pixels, 297 others');
      await other.click('#train');
      await other.waitForFunction("Number.parseFloat(document.getElementById('accuracy').textContent) > 50");
      await other.close();
      await own.close();
      await rm(folder, { recursive: true });
    });
  });

  /** Drops a file on the page as a file manager does. */
  async function drop(name: string, bytes: Buffer): Promise<void> {
    const source = `(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob('${bytes.toString('base64')}'), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], '${name}'));
      document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
    })()`;
    await page.evaluate(source);
  }
}
